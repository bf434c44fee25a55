"""Revoke a licence."""

from operations.kit.drafting import Draft, step, write
from operations.kit.expecting import shows
from operations.kit.given import asked, given
from operations.kit.looking import Look
from operations.kit.operation import Operation
from sources.ports.directory import Person
from sources.ports.software import Licence


@given
class Given:
    """Which seat."""

    licence: str = asked("The seat, by its licence id.", most=120)


class RevokeLicence(Operation[Given]):
    """Take a seat of a product back."""

    name = "revoke_licence"
    event = "licence.revoked"
    ports = ("software",)
    given = Given
    undone_by = "grant_licence"

    async def draft(self, employee: Person, given: Given, look: Look) -> Draft:
        """One call; proven by the employee's licences, taken back by granting the product again."""
        licence = await look.one_of(
            Licence, "software", "licences_of", employee.ref, lambda each: each.licence_id == given.licence, "licence"
        )
        revoke = write("software", licence.source, "revoke_licence", holder=employee.ref, licence_id=given.licence)
        grant = write("software", licence.source, "grant_licence", holder=employee.ref, product=licence.product)
        gone = revoke.showing(where=(shows("licence_id", given.licence),), exists=False)
        again = grant.showing(where=(shows("product", licence.product),))
        return Draft.of(step("revoke", "Licence", gone, again))
