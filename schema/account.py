"""Account: a sign-in account in one of the company's domains."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from schema.declare import CONFIDENTIAL, PERSONAL, Lookup, boundary, computed, noun, value
from schema.node import Node

if TYPE_CHECKING:
    from schema.employee import Employee


@strawberry.enum(description="What an account is for.")
class AccountKind(Enum):
    PERSONAL = strawberry.enum_value("PERSONAL", description="A person's everyday account.")
    ADMIN = strawberry.enum_value("ADMIN", description="A person's second account, with more rights.")
    SERVICE = strawberry.enum_value("SERVICE", description="A program's account.")


@noun(domain="account", keys=("id",), lookup=Lookup("accounts", "account_by_id", "object_id"), owner="owner")
class Account(Node):
    """A sign-in account in one domain."""

    login: str = value("Sign-in name in this domain.")
    domain: str = value("The domain.")
    kind: AccountKind = value("What it is for.")
    enabled: bool = value("Whether an administrator lets it sign in.")
    principal_name: str | None = value("User principal name.")
    distinguished_name: str | None = value("Place in the tree.", CONFIDENTIAL)
    description: str | None = value("What administrators noted.", CONFIDENTIAL)
    locked_since: datetime | None = value("Since when too many wrong passwords have locked it.")
    wrong_passwords: int | None = value("Wrong passwords in a row.")
    password_set_at: datetime | None = value("When the password was last set.")
    password_expires_at: datetime | None = value("When the password expires; null for never.")
    must_change_password: bool | None = value("Whether the next sign-in asks for a new password.")
    last_sign_in_at: datetime | None = value("Last sign-in the domain remembers.", PERSONAL)
    expires_at: datetime | None = value("When the account itself ends; null for never.")
    created_at: datetime | None = value("When it was made.")

    @computed(reads=("locked_since",))
    def locked(self) -> bool:
        """Whether too many wrong passwords have locked it."""

    @boundary("directory", "people_by_id", key="employee_id")
    def owner(self) -> Annotated["Employee", strawberry.lazy("schema.employee")] | None:
        """Whose account it is, where the domain knows the employee number."""
