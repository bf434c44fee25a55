"""Disconnect from the VPN."""

from operations.kit.drafting import Draft, Step, step, write
from operations.kit.expecting import shows
from operations.kit.looking import Look
from operations.kit.operation import Nothing, Operation
from sources.ports.directory import Person
from sources.ports.vpn import VpnSession


class DisconnectVpn(Operation[Nothing]):
    """Close the tunnels of somebody."""

    name = "disconnect_vpn"
    event = "vpn_session.closed"
    ports = ("vpn",)
    given = Nothing

    async def draft(self, employee: Person, _given: Nothing, look: Look) -> Draft:
        """One call for each that is open now; proven when it is gone. One opened meanwhile is another one."""
        found: tuple[VpnSession, ...] = await look.ask("vpn", "vpn_sessions_of", employee.ref)
        return Draft.of(*(_closed(employee, number, each) for number, each in enumerate(found, 1)))


def _closed(employee: Person, number: int, one: VpnSession) -> Step:
    end = write("vpn", one.source, "disconnect", holder=employee.ref, session_id=one.session_id)
    return step(f"end_{number}", "VpnSession", end.showing(where=(shows("session_id", one.session_id),), exists=False))
