"""Pages by family name: servers sort by one attribute, leave namesakes in any order, and put the nameless last."""

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sources.kit.desk import SourceDesk
from sources.kit.manifest import systems
from sources.kit.resilience.line import Line
from sources.kit.source import Instance
from sources.ports.call import CallContext
from sources.ports.directory import PeopleFilter, Person
from sources.ports.question import Page
from sources.scim.client import ScimDirectory
from sources.scim.twin import ScimTwin


def _user(number: int, family: str | None) -> dict[str, Any]:
    # ids that run against logins, so that the server's order of namesakes is not ours
    user = {"id": f"uid-{9000 - number}", "externalId": f"{number:07}", "userName": f"u{number:04}"}
    return user | ({"name": {"familyName": family}} if family else {})


@pytest.fixture
async def twin() -> AsyncIterator[ScimTwin]:
    users = [_user(number, "Silva") for number in range(1, 41)]
    users += [_user(number, "Abril" if number % 2 else "abril") for number in range(41, 51)]
    users += [_user(number, None) for number in range(51, 56)]
    users += [{"id": "uid-1", "userName": "a.machine"}]
    twin = ScimTwin(users)
    await twin.start()
    yield twin
    await twin.stop()


@pytest.fixture
async def desk(twin: ScimTwin) -> AsyncIterator[SourceDesk]:
    instance = Instance("directory", "scim", systems()["scim"], {"extension": "urn:none", **twin.settings()})
    desk = SourceDesk([Line(ScimDirectory(instance))])
    yield desk
    await desk.close()


async def _walk(desk: SourceDesk, size: int) -> list[Person]:
    found: list[Person] = []
    after = None
    while True:
        call = CallContext("test", time.monotonic() + 3, "trace", "tester")
        page = Page(size, after)
        window = await desk.list("directory", "people", page, call, wanted=PeopleFilter(), order="NAME")
        found += window.records
        if not window.has_next:
            return found
        after = window.cursors[-1]


@pytest.mark.parametrize("size", [1, 3, 7, 10, 45, 200])
async def test_namesakes_come_by_login_and_the_nameless_last(desk: SourceDesk, size: int) -> None:
    expected = [*range(41, 51), *range(1, 41), *range(51, 56)]
    assert [int(each.employee_id) for each in await _walk(desk, size)] == expected


async def test_a_page_costs_a_call_and_one_more_where_it_ends_among_namesakes(desk: SourceDesk, twin: ScimTwin) -> None:
    await _walk(desk, 200)
    assert twin.seen == {"GET /scim/v2/Users": 1}
    twin.seen.clear()
    call = CallContext("test", time.monotonic() + 3, "trace", "tester")
    await desk.list("directory", "people", Page(12, None), call, wanted=PeopleFilter(), order="NAME")
    assert twin.seen == {"GET /scim/v2/Users": 2}
