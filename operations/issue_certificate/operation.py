"""Issue a certificate."""

from operations.kit.drafting import MADE, Draft, step, write
from operations.kit.expecting import is_set, is_unset
from operations.kit.given import asked, given
from operations.kit.looking import Look
from operations.kit.mark import Mark
from operations.kit.operation import Operation
from sources.ports.directory import Person


@given
class Given:
    """What for, and for how long. Units: `days`."""

    usage: str = asked("What it is for.", choices=("VPN", "WIFI", "SIGNING"))
    days: int = asked("For how many days.", least=1, most=825, default=365)


class IssueCertificate(Operation[Given]):
    """Issue a certificate to somebody; the private key is shown once."""

    name = "issue_certificate"
    event = "certificate.issued"
    ports = ("certificates",)
    given = Given
    mark = Mark("certificates", "certificates_of", "not_before", "serial", everyday=True)
    notifies = True
    undone_by = "revoke_certificate"
    reveals = True
    limit = 20

    async def draft(self, employee: Person, given: Given, look: Look) -> Draft:
        """One call; proven when the authority lists the new serial, taken back by revoking it."""
        source = look.only_source("certificates", "issue_certificate")
        issue = write(
            "certificates", source, "issue_certificate", owner=employee.ref, purpose=given.usage, days=given.days
        )
        revoke = write("certificates", source, "revoke_certificate", serial={MADE: "issue"})
        made = step("issue", "Certificate", issue.showing(is_unset("revoked_at")), revoke.showing(is_set("revoked_at")))
        return Draft.of(made)
