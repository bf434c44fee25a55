"""Port `vpn`: who is connected to the company's network from outside, right now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sources.ports.call import CallContext
from sources.ports.errors import Answer
from sources.ports.keys import EmployeeRef
from sources.ports.question import Need, question
from sources.ports.write import Written, write


@dataclass(frozen=True, slots=True)
class VpnSession:
    """One open tunnel. Units: traffic in bytes since it was opened. Addresses as `host:port` and plain host."""

    source: str
    session_id: str
    login: str
    connected_at: datetime
    real_address: str | None = None
    virtual_address: str | None = None
    received_bytes: int | None = None
    sent_bytes: int | None = None


class Vpn(Protocol):
    """A VPN concentrator."""

    @question(key=EmployeeRef, record=VpnSession, many=True)
    async def vpn_sessions_of(
        self, keys: Sequence[EmployeeRef], need: Need, call: CallContext
    ) -> Sequence[Answer[tuple[VpnSession, ...]]]:
        """Open tunnels of each, the longest standing first."""
        ...

    @write(readback="vpn_sessions_of", key="holder")
    async def disconnect(self, holder: EmployeeRef, session_id: str, call: CallContext) -> Written:
        """Close one tunnel of the holder; its client may connect again. One that the holder does not have is closed."""
        ...

    @write(readback="vpn_sessions_of", key="holder")
    async def disconnect_all(self, holder: EmployeeRef, call: CallContext) -> Written:
        """Close every tunnel of somebody. Refused where the system could not without closing others' as well."""
        ...
