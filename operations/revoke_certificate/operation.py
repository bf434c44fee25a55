"""Revoke a certificate."""

from operations.kit.drafting import Draft, step, write
from operations.kit.expecting import is_set
from operations.kit.given import asked, given
from operations.kit.looking import Look
from operations.kit.mark import Mark
from operations.kit.node import NodeId
from operations.kit.operation import Operation
from sources.ports.certificates import Certificate
from sources.ports.directory import Person


@given
class Given:
    """Which certificate."""

    certificate: NodeId = asked("The certificate.", node="Certificate")


class RevokeCertificate(Operation[Given]):
    """Make a certificate worthless for good."""

    name = "revoke_certificate"
    event = "certificate.revoked"
    ports = ("certificates",)
    given = Given
    mark = Mark("certificates", "certificates_of", "revoked_at", "serial")
    notifies = True

    async def draft(self, employee: Person, given: Given, look: Look) -> Draft:
        """One call; proven when the authority shows since when."""
        node = given.certificate
        certificate = await look.one_of(
            Certificate,
            "certificates",
            "certificates_of",
            employee.ref,
            lambda each: each.serial == node.key and each.source == node.source,
            "certificate",
        )
        revoke = write("certificates", certificate.source, "revoke_certificate", serial=certificate.serial)
        return Draft.of(
            step("revoke", "Certificate", revoke.showing(is_set("revoked_at"))),
            about=certificate,
            side_effects=("It cannot be made good again.",),
        )
