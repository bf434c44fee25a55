"""Samples of the port's writes: a token that is on, one that is off, one with failures."""

from collections.abc import Callable
from typing import Any

import pytest

from sources.ports.keys import EmployeeRef
from sources.ports.second_factors import SecondFactor
from tests.contract.keys import employees
from tests.contract.subjects import Source
from tests.contract.writing import Sample, asked, prepared


async def token(source: Source, fits: Callable[[SecondFactor], bool]) -> tuple[EmployeeRef, str]:
    """The first token that fits, and whose it is."""
    owners = {each.owner_login for each in source.company.second_factors}
    people = [each for each in employees(source.company) if each.login in owners]
    answers = await asked(source, "second_factors", "second_factors_of", people)
    for holder, answer in zip(people, answers, strict=True):
        for each in answer:
            if fits(each):
                return holder, each.serial
    pytest.fail("the company has no such token")


def one(after: Any, serial: str) -> SecondFactor | None:
    """The token of that serial."""
    return next((each for each in after if each.serial == serial), None)


async def disable_token(source: Source) -> Sample:
    holder, serial = await token(source, lambda each: each.active)

    def shows(after: Any) -> bool:
        found = one(after, serial)
        return found is not None and not found.active

    return Sample((holder, serial), shows)


async def enable_token(source: Source) -> Sample:
    holder, serial = await token(source, lambda each: each.active)
    await prepared(source, "disable_token", holder, serial)

    def shows(after: Any) -> bool:
        found = one(after, serial)
        return found is not None and found.active

    return Sample((holder, serial), shows)


async def reset_token(source: Source) -> Sample:
    holder, serial = await token(source, lambda each: bool(each.failures))

    def shows(after: Any) -> bool:
        found = one(after, serial)
        return found is not None and found.failures == 0

    return Sample((holder, serial), shows)


async def remove_token(source: Source) -> Sample:
    holder, serial = await token(source, lambda each: each.active)
    return Sample((holder, serial), lambda after: one(after, serial) is None)


SAMPLES = {
    "disable_token": disable_token,
    "enable_token": enable_token,
    "reset_token": reset_token,
    "remove_token": remove_token,
}
