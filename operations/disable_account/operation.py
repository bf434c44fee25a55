"""Disable an account."""

from operations.kit.drafting import Draft, step, write
from operations.kit.expecting import shows
from operations.kit.given import asked, given
from operations.kit.looking import Look
from operations.kit.node import NodeId
from operations.kit.operation import Operation
from sources.ports.directory import Person


@given
class Given:
    """Which account."""

    account: NodeId = asked("The account.", node="Account")


class DisableAccount(Operation[Given]):
    """Keep an account out until it is enabled again."""

    name = "disable_account"
    event = "account.disabled"
    ports = ("accounts",)
    given = Given
    notifies = True
    undone_by = "enable_account"

    async def draft(self, employee: Person, given: Given, look: Look) -> Draft:
        """One call; proven when the account shows it, taken back by the opposite."""
        account = await look.account(employee, given.account)
        there = write("accounts", account.source, "disable", account_id=account.object_id)
        back = write("accounts", account.source, "enable", account_id=account.object_id)
        call = there.showing(shows("enabled", False))
        return Draft.of(step("disable", "Account", call, back.showing(shows("enabled", True))))
