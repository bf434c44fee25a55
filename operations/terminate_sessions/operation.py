"""End sign-ins."""

from operations.kit.drafting import Draft, Step, step, write
from operations.kit.expecting import shows
from operations.kit.looking import Look
from operations.kit.operation import Nothing, Operation
from sources.ports.directory import Person
from sources.ports.sessions import IdentitySession


class TerminateSessions(Operation[Nothing]):
    """End every sign-in of somebody at the identity provider."""

    name = "terminate_sessions"
    event = "identity_session.ended"
    ports = ("sessions",)
    given = Nothing
    notifies = True

    async def draft(self, employee: Person, _given: Nothing, look: Look) -> Draft:
        """One call for each that is open now; proven when it is gone. One opened meanwhile is another one."""
        found: tuple[IdentitySession, ...] = await look.ask("sessions", "sessions_of", employee.ref)
        return Draft.of(*(_closed(employee, number, each) for number, each in enumerate(found, 1)))


def _closed(employee: Person, number: int, one: IdentitySession) -> Step:
    end = write("sessions", one.source, "terminate", holder=employee.ref, session_id=one.session_id)
    return step(
        f"end_{number}", "IdentitySession", end.showing(where=(shows("session_id", one.session_id),), exists=False)
    )
