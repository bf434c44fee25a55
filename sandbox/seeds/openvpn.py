"""Who is connected, as the VPN concentrator lists it."""

from typing import Final

from sandbox.company.model import Company
from sources.openvpn.twin import Client, OpenVpnTwin

_SHOUTED: Final = 5
"""Every so many certificates were issued with the name in capital letters."""


def twin(company: Company) -> OpenVpnTwin:
    """The concentrator's twin, with everyone connected who is."""
    return OpenVpnTwin(seed(company))


def seed(company: Company) -> list[Client]:
    """Tunnels by the common name of the certificate, some in capital letters, and one client that never said who it is."""
    tunnels = [
        Client(
            common_name=each.owner_login.upper() if number % _SHOUTED == _SHOUTED - 1 else each.owner_login,
            real_address=each.real_address,
            virtual_address=each.virtual_ip,
            received=each.bytes_received,
            sent=each.bytes_sent,
            since=int(each.connected_since.timestamp()),
            client_id=each.client_id,
        )
        for number, each in enumerate(company.vpn_sessions)
    ]
    free = max((each.client_id for each in tunnels), default=-1) + 1
    return [*tunnels, Client("UNDEF", "203.0.113.7:50964", "", 0, 0, int(company.now.timestamp()), free)]
