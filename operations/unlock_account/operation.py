"""Unlock an account."""

from operations.kit.drafting import Draft, step, write
from operations.kit.expecting import is_unset
from operations.kit.given import asked, given
from operations.kit.looking import Look
from operations.kit.node import NodeId
from operations.kit.operation import Operation
from sources.ports.directory import Person


@given
class Given:
    """Which account."""

    account: NodeId = asked("The account that is locked.", node="Account")


class UnlockAccount(Operation[Given]):
    """Let an account in again that wrong passwords have locked."""

    name = "unlock_account"
    event = "account.unlocked"
    ports = ("accounts",)
    given = Given
    notifies = True

    async def draft(self, employee: Person, given: Given, look: Look) -> Draft:
        """One call: clear the lock; proven when the account shows none."""
        account = await look.account(employee, given.account)
        unlock = write("accounts", account.source, "unlock", account_id=account.object_id)
        return Draft.of(step("unlock", "Account", unlock.showing(is_unset("locked_since")), passes=True))
