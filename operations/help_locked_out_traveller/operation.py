"""Help a traveller who is locked out."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from operations.kit.given import asked, given
from operations.kit.looking import Look
from operations.kit.node import NodeId
from operations.kit.problems import problem
from operations.kit.scenario import Part, Scenario, for_each, part
from sources.ports.accounts import Account
from sources.ports.directory import Person
from sources.ports.second_factors import SecondFactor


@given
class Given:
    """What is needed on the way, and for how long."""

    group: NodeId | None = asked("A group for the time away, that of the VPN for example.", node="Group", default=None)
    until: datetime | None = asked("Until when; the group is left by itself then.", default=None)
    end_sessions: bool = asked("Whether sign-ins that are open are ended, so that all begins anew.", default=True)


class HelpLockedOutTraveller(Scenario[Given]):
    """Let somebody in again who is locked out while travelling."""

    name = "help_locked_out_traveller"
    event = "traveller.helped"
    ports = ("accounts",)
    given = Given
    notifies = True
    limit = 30
    made_of = ("unlock_account", "reset_second_factor", "terminate_sessions", "add_to_group")

    def parts(self, given: Given) -> tuple[Part, ...]:
        """The locks first; the group last, so that nothing is lent where the rest was refused."""
        if (given.group is None) != (given.until is None):
            raise problem("BadInput", "until: is needed with a group, and only then", path=("input", "until"))
        lent = () if given.group is None else (part("add_to_group", needed=True, group=given.group, until=given.until),)
        ended = (part("terminate_sessions"),) if given.end_sessions else ()
        return (
            for_each("unlock_account", _locked),
            for_each("reset_second_factor", _failed),
            *ended,
            *lent,
        )


async def _locked(employee: Person, look: Look) -> Sequence[Mapping[str, object]]:
    """Accounts that wrong passwords have locked."""
    found: tuple[Account, ...] = await look.ask("accounts", "accounts_of", employee.ref)
    return [{"account": NodeId("Account", each.source, each.object_id)} for each in found if each.locked]


async def _failed(employee: Person, look: Look) -> Sequence[Mapping[str, object]]:
    """Tokens that have been mistyped."""
    found: tuple[SecondFactor, ...] = await look.ask("second_factors", "second_factors_of", employee.ref)
    return [{"serial": each.serial} for each in found if each.failures]
