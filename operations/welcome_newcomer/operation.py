"""Welcome a newcomer."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from operations.kit.given import asked, given
from operations.kit.looking import Look
from operations.kit.node import NodeId
from operations.kit.problems import problem
from operations.kit.scenario import Part, Scenario, for_each, part
from sources.ports.accounts import Account
from sources.ports.directory import Person

_SUBJECT: Final = "Ready for the first day"


@given
class Given:
    """What is to be ready on the first day; whatever is not named is left."""

    groups: tuple[str, ...] = asked("The groups of the department, by their ids.", most=20, default=())
    alias: str | None = asked("Another address of the mailbox.", most=200, default=None)
    licences: tuple[str, ...] = asked("Products to give a seat of.", most=20, default=())
    zones: tuple[str, ...] = asked("The zones that a badge for the first days opens.", most=20, default=())
    until: datetime | None = asked("Until when that badge is good.", default=None)
    device: NodeId | None = asked("The device to hand out.", node="Device", default=None)
    queue: str | None = asked("The queue in which a ticket tells what is ready.", most=100, default=None)


class WelcomeNewcomer(Scenario[Given]):
    """Make ready what somebody needs on their first day."""

    name = "welcome_newcomer"
    event = "newcomer.welcomed"
    ports = ("accounts",)
    given = Given
    notifies = True
    limit = 30
    made_of = (
        "enable_account",
        "add_to_group",
        "add_mail_alias",
        "grant_licence",
        "issue_temporary_badge",
        "assign_device",
        "create_ticket",
    )

    def parts(self, given: Given) -> tuple[Part, ...]:
        """The account first, since others hang on it; what is told to people last, when all of it is there."""
        if bool(given.zones) != (given.until is not None):
            raise problem("BadInput", "until: is needed with zones, and only then", path=("input", "until"))
        found = [for_each("enable_account", _accounts)]
        found += [part("add_to_group", needed=True, group=each) for each in given.groups]
        if given.alias is not None:
            found.append(part("add_mail_alias", needed=True, alias=given.alias))
        found += [part("grant_licence", needed=True, product=each) for each in given.licences]
        if given.zones:
            found.append(part("issue_temporary_badge", needed=True, zones=given.zones, until=given.until))
        if given.device is not None:
            found.append(part("assign_device", needed=True, device=given.device))
        if given.queue is not None:
            found.append(part("create_ticket", needed=True, queue=given.queue, subject=_SUBJECT, text=_ready(given)))
        return tuple(found)


async def _accounts(employee: Person, look: Look) -> Sequence[Mapping[str, object]]:
    """The newcomer's own accounts."""
    several: tuple[Account, ...] = await look.ask("accounts", "accounts_of", employee.ref)
    return [{"account": NodeId("Account", each.source, each.object_id)} for each in several if each.kind == "PERSONAL"]


def _ready(given: Given) -> str:
    """What is ready, in few words; numbers of things, since a ticket is read by many."""
    told = [f"groups: {len(given.groups)}", f"licences: {', '.join(given.licences) or 'none'}"]
    told += [f"device: {given.device.key}"] if given.device is not None else []
    return "\n".join(["The account is enabled.", *told])
