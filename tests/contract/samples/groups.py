"""Samples of the port's writes: somebody who is not in a group, somebody who is, and not alone."""

from typing import Any

import pytest

from sources.ports.groups import Group
from sources.ports.question import Need
from tests.contract.keys import employees
from tests.contract.subjects import Source
from tests.contract.writing import Sample, asked


async def group(source: Source) -> tuple[Group, tuple[str, ...], str]:
    """A group of at least two, the logins of its members, and that of an employee who is not in it."""
    nested = Need(args=(("nested", True),))
    memberships = await asked(source, "groups", "memberships_of", employees(source.company), nested)
    groups = {each.group.object_id: each.group for answer in memberships for each in answer}
    members = await asked(source, "groups", "members_of", [*groups])
    known = {each.login for answer in memberships for each in answer}
    for found, within in zip(groups.values(), members, strict=True):
        logins = tuple(each.login for each in within)
        others = sorted(known - set(logins))
        if len(logins) > 1 and others:
            return found, logins, others[0]
    pytest.fail("the company has no such group here")


def logins(after: Any) -> set[str]:
    """Who is in the group."""
    return {each.login for each in after}


async def add_to_group(source: Source) -> Sample:
    found, _, other = await group(source)
    return Sample((found.object_id, other), lambda after: other in logins(after))


async def remove_from_group(source: Source) -> Sample:
    found, members, _ = await group(source)
    return Sample((found.object_id, members[0]), lambda after: members[0] not in logins(after))


SAMPLES = {"add_to_group": add_to_group, "remove_from_group": remove_from_group}
