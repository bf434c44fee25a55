"""What somebody who has left still has, one question for each kind of it."""

from collections.abc import Mapping, Sequence

from operations.kit.looking import Look
from operations.kit.node import NodeId
from sources.ports.accounts import Account
from sources.ports.badges import Badge
from sources.ports.certificates import Certificate
from sources.ports.directory import Person
from sources.ports.equipment import Device
from sources.ports.second_factors import SecondFactor
from sources.ports.software import Licence

Inputs = Sequence[Mapping[str, object]]


async def accounts(employee: Person, look: Look) -> Inputs:
    """Their own accounts, and those they administer with; one of a service would stop the service."""
    found: tuple[Account, ...] = await look.ask("accounts", "accounts_of", employee.ref)
    return [{"account": NodeId("Account", each.source, each.object_id)} for each in found if each.kind != "SERVICE"]


async def second_factors(employee: Person, look: Look) -> Inputs:
    """Tokens that let in."""
    found: tuple[SecondFactor, ...] = await look.ask("second_factors", "second_factors_of", employee.ref)
    return [{"serial": each.serial} for each in found if each.active]


async def certificates(employee: Person, look: Look) -> Inputs:
    """Certificates that are good now."""
    found: tuple[Certificate, ...] = await look.ask("certificates", "certificates_of", employee.ref)
    return [
        {"certificate": NodeId("Certificate", each.source, each.serial)}
        for each in found
        if each.revoked_at is None and each.not_after > look.now()
    ]


async def badges(employee: Person, look: Look) -> Inputs:
    """Badges that open doors."""
    found: tuple[Badge, ...] = await look.ask("badges", "badges_of", employee.ref)
    return [{"number": each.number} for each in found if each.blocked_at is None]


async def licences(employee: Person, look: Look) -> Inputs:
    """Seats of products."""
    found: tuple[Licence, ...] = await look.ask("software", "licences_of", employee.ref)
    return [{"licence": each.licence_id} for each in found]


async def devices_in_words(employee: Person, look: Look) -> str:
    """Devices that have to come back, a line for each; empty where there are none."""
    found: tuple[Device, ...] = await look.ask("equipment", "devices_of", employee.ref)
    return "\n".join(f"{each.tag}: {each.kind.lower()} {each.model or ''}".rstrip() for each in found)
