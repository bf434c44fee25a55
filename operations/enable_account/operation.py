"""Enable an account."""

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


class EnableAccount(Operation[Given]):
    """Let a disabled account in again."""

    name = "enable_account"
    event = "account.enabled"
    ports = ("accounts",)
    given = Given
    notifies = True
    undone_by = "disable_account"

    async def draft(self, employee: Person, given: Given, look: Look) -> Draft:
        """One call; proven when the account shows it, taken back by the opposite."""
        account = await look.account(employee, given.account)
        there = write("accounts", account.source, "enable", account_id=account.object_id)
        back = write("accounts", account.source, "disable", account_id=account.object_id)
        call = there.showing(shows("enabled", True))
        return Draft.of(step("enable", "Account", call, back.showing(shows("enabled", False))))
