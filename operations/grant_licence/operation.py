"""Grant a licence."""

from operations.kit.drafting import MADE, Draft, step, write
from operations.kit.expecting import shows
from operations.kit.given import asked, given
from operations.kit.looking import Look
from operations.kit.mark import Mark
from operations.kit.operation import Operation
from sources.ports.directory import Person


@given
class Given:
    """Of which product."""

    product: str = asked("The product.", most=120)


class GrantLicence(Operation[Given]):
    """Give somebody a seat of a product."""

    name = "grant_licence"
    event = "licence.granted"
    ports = ("software",)
    given = Given
    mark = Mark("software", "licences_of", "granted_at", "licence_id", everyday=True)
    undone_by = "revoke_licence"

    async def draft(self, employee: Person, given: Given, look: Look) -> Draft:
        """One call; proven by the employee's licences, taken back by revoking the seat."""
        source = look.only_source("software", "grant_licence")
        grant = write("software", source, "grant_licence", holder=employee.ref, product=given.product)
        revoke = write("software", source, "revoke_licence", holder=employee.ref, licence_id={MADE: "grant"})
        seat = grant.showing(where=(shows("product", given.product),))
        gone = revoke.showing(where=(shows("product", given.product),), exists=False)
        return Draft.of(step("grant", "Licence", seat, gone))
