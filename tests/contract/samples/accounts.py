"""Samples of the port's writes: an account of an employee, in the state that the write ends."""

from collections.abc import Callable
from typing import Any

import pytest

from sources.kit.ldap import LdapTransport
from sources.kit.reads import ReadRules
from sources.ports.accounts import Account
from sources.ports.errors import SourceError
from sources.ports.write import Secret
from tests.contract.keys import employees
from tests.contract.subjects import Source, call_of
from tests.contract.writing import Sample, asked, prepared

LOCKED_AFTER = 6
PASSWORD = Secret("Quiet-River-4719!")


async def account(source: Source, fits: Callable[[Account], bool]) -> Account:
    """The first account that fits."""
    answers = await asked(source, "accounts", "accounts_of", employees(source.company))
    found = next((each for answer in answers for each in answer if fits(each)), None)
    if found is None:
        pytest.fail("the company has no such account here")
    return found


def ordinary(each: Account) -> bool:
    """Neither disabled nor locked."""
    return each.enabled and not each.locked and each.kind == "PERSONAL"


async def lock(source: Source, found: Account) -> None:
    """Sign in with wrong passwords until the directory has had enough, as people do."""
    given = source.standing.instance.settings
    ldap = LdapTransport(
        source.name,
        given["url"],
        ReadRules(source.name),
        user=given["user"],
        password=given["password"],
        ca=given.get("ca"),
    )
    for attempt in range(LOCKED_AFTER):
        with pytest.raises(SourceError):
            await ldap.check(str(found.distinguished_name), f"Wrong-{attempt}", call_of())
    await ldap.close()


async def unlock(source: Source) -> Sample:
    found = await account(source, ordinary)
    await lock(source, found)
    return Sample((found.object_id,), lambda after: after is not None and not after.locked)


async def reset_password(source: Source) -> Sample:
    found = await account(source, ordinary)

    def shows(after: Any) -> bool:
        return after.password_set_at is not None and after.password_set_at != found.password_set_at

    return Sample((found.object_id, PASSWORD), shows, again="twice")


async def require_change(source: Source) -> Sample:
    found = await account(source, lambda each: ordinary(each) and not each.must_change_password)
    return Sample((found.object_id,), lambda after: after.must_change_password is True)


async def disable(source: Source) -> Sample:
    found = await account(source, ordinary)
    return Sample((found.object_id,), lambda after: not after.enabled)


async def enable(source: Source) -> Sample:
    found = await account(source, ordinary)
    await prepared(source, "disable", found.object_id)
    return Sample((found.object_id,), lambda after: after.enabled)


SAMPLES = {
    "unlock": unlock,
    "reset_password": reset_password,
    "require_change": require_change,
    "disable": disable,
    "enable": enable,
}
