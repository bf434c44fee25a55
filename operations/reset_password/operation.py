"""Reset a password."""

from operations.kit.drafting import Draft, generated, step, write
from operations.kit.expecting import later, shows
from operations.kit.given import asked, given
from operations.kit.looking import Look
from operations.kit.mark import Mark
from operations.kit.node import NodeId
from operations.kit.operation import Operation
from operations.kit.problems import problem
from sources.ports.directory import Person


@given
class Given:
    """Which account."""

    account: NodeId = asked("The account.", node="Account")


class ResetPassword(Operation[Given]):
    """Give an account a password of the moment, to be changed at sign-in."""

    name = "reset_password"
    event = "password.reset"
    ports = ("accounts",)
    given = Given
    mark = Mark("accounts", "accounts_of", "password_set_at", "object_id", everyday=True)
    notifies = True
    reveals = True
    limit = 20

    async def draft(self, employee: Person, given: Given, look: Look) -> Draft:
        """Two calls: the password, and that it has to be changed; proven by when it was set and by what is asked."""
        account = await look.account(employee, given.account)
        if not account.enabled:
            raise problem("NotPossible", "the account is disabled; a password would let nobody in")
        reset = write(
            "accounts", account.source, "reset_password", account_id=account.object_id, password=generated("password")
        )
        steps = [
            step("reset", "Account", reset.showing(later("password_set_at", account.password_set_at)), passes=True)
        ]
        if look.retry(account.source, "require_change") is not None:
            change = write("accounts", account.source, "require_change", account_id=account.object_id)
            steps.append(
                step("require_change", "Account", change.showing(shows("must_change_password", True)), passes=True)
            )
        return Draft.of(*steps, side_effects=("The old password is worth nothing at once.",))
