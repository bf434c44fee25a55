"""Secure a lost laptop."""

from collections.abc import Mapping, Sequence
from typing import Final

from operations.kit.given import asked, given
from operations.kit.looking import Look
from operations.kit.node import NodeId
from operations.kit.scenario import Part, Scenario, for_each, part
from sources.ports.certificates import Certificate
from sources.ports.directory import Person

_OF_DEVICES: Final = ("VPN", "WIFI")
"""What certificates are for that let a device into the network."""


@given
class Given:
    """Which laptop, and how it is made safe."""

    device: NodeId = asked("The laptop.", node="Device")
    wipe: bool = asked("Whether to erase it; without it, it is locked.", default=False)
    ticket: NodeId | None = asked("The ticket to note it in.", node="Ticket", default=None)


class LostLaptop(Scenario[Given]):
    """Keep a lost laptop, and whoever has found it, out of everything."""

    name = "lost_laptop"
    event = "lost_laptop.secured"
    ports = ("equipment",)
    given = Given
    notifies = True
    limit = 10
    on_failure = "go_on"
    made_of = (
        "block_device",
        "wipe_device",
        "lock_device",
        "terminate_sessions",
        "disconnect_vpn",
        "revoke_certificate",
        "comment_ticket",
    )

    def parts(self, given: Given) -> tuple[Part, ...]:
        """The device first, then whatever is open from it, then what it could come back with."""
        text = f"The laptop {given.device.key} is lost. It is {'erased' if given.wipe else 'locked'} and kept out."
        noted = () if given.ticket is None else (part("comment_ticket", ticket=given.ticket, text=text),)
        return (
            part("block_device", needed=True, device=given.device),
            part("wipe_device" if given.wipe else "lock_device", device=given.device),
            part("terminate_sessions"),
            part("disconnect_vpn"),
            for_each("revoke_certificate", _certificates),
            *noted,
        )


async def _certificates(employee: Person, look: Look) -> Sequence[Mapping[str, object]]:
    """The certificates that are good now and let a device in."""
    found: tuple[Certificate, ...] = await look.ask("certificates", "certificates_of", employee.ref)
    return [
        {"certificate": NodeId("Certificate", each.source, each.serial)}
        for each in found
        if each.revoked_at is None and each.not_after > look.now() and each.purpose in _OF_DEVICES
    ]
