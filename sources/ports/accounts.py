"""Port `accounts`: sign-in accounts in the company's domains."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sources.ports.call import CallContext
from sources.ports.errors import Answer
from sources.ports.identifiers import Identifier
from sources.ports.keys import EmployeeRef
from sources.ports.question import Need, question
from sources.ports.write import Secret, Written, write


@dataclass(frozen=True, slots=True)
class Account:
    """One sign-in account. Shape: `kind` is PERSONAL, ADMIN or SERVICE; `object_id` survives renames.

    `enabled` is what an administrator set; `locked_since` what too many wrong passwords did.
    """

    source: str
    object_id: str
    login: str
    domain: str
    kind: str
    enabled: bool
    distinguished_name: str | None = None
    principal_name: str | None = None
    display_name: str | None = None
    email: str | None = None
    employee_id: str | None = None
    description: str | None = None
    locked_since: datetime | None = None
    wrong_passwords: int | None = None
    password_set_at: datetime | None = None
    password_expires_at: datetime | None = None
    must_change_password: bool | None = None
    last_sign_in_at: datetime | None = None
    expires_at: datetime | None = None
    created_at: datetime | None = None

    @property
    def locked(self) -> bool:
        """Whether the account is locked now."""
        return self.locked_since is not None


class Accounts(Protocol):
    """Accounts of one domain."""

    @question(key=EmployeeRef, record=Account, many=True)
    async def accounts_of(
        self, keys: Sequence[EmployeeRef], need: Need, call: CallContext
    ) -> Sequence[Answer[tuple[Account, ...]]]:
        """All accounts of each, the personal one first."""
        ...

    @question(key=str, record=Account)
    async def account_by_id(self, keys: Sequence[str], need: Need, call: CallContext) -> Sequence[Answer[Account]]:
        """Accounts by their immutable object id."""
        ...

    async def identifiers(self, call: CallContext) -> Sequence[Identifier]:
        """Logins that the directory does not know: second and administrative accounts, as names of their employee."""
        ...

    @write(readback="account_by_id", key="account_id")
    async def unlock(self, account_id: str, call: CallContext) -> Written:
        """Let an account in again that wrong passwords have locked."""
        ...

    @write(readback="account_by_id", key="account_id")
    async def reset_password(self, account_id: str, password: Secret, call: CallContext) -> Written:
        """Give an account another password."""
        ...

    @write(readback="account_by_id", key="account_id")
    async def require_change(self, account_id: str, call: CallContext) -> Written:
        """Let the password be changed at the next sign-in."""
        ...

    @write(readback="account_by_id", key="account_id")
    async def disable(self, account_id: str, call: CallContext) -> Written:
        """Keep an account out until it is enabled again."""
        ...

    @write(readback="account_by_id", key="account_id")
    async def enable(self, account_id: str, call: CallContext) -> Written:
        """Let a disabled account in again."""
        ...
