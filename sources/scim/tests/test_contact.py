"""What is peculiar to writes over SCIM: versions, what is left alone, what is taken away, tokens that may only read."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from sources.kit.manifest import systems
from sources.kit.resilience.line import Line
from sources.kit.source import Instance
from sources.ports.call import CallContext
from sources.ports.directory import Person, Phone
from sources.ports.errors import SourceError
from sources.ports.permit import WritePermit
from sources.ports.question import EVERYTHING
from sources.scim.client import ScimDirectory
from sources.scim.twin import ScimTwin

WORKPLACE = "urn:okno:params:scim:schemas:extension:workplace:2.0:User"
USER: dict[str, Any] = {
    "id": "uid-1",
    "externalId": "0000001",
    "userName": "ann",
    "phoneNumbers": [{"value": "1", "type": "mobile"}],
    "addresses": [{"type": "work", "locality": "Berlin"}],
    WORKPLACE: {"desk": "A-1", "floor": "3"},
}
Opened = Callable[..., Awaitable[tuple[ScimTwin, Line]]]


@pytest.fixture
async def opened() -> AsyncIterator[Opened]:
    async with AsyncExitStack() as stack:

        async def start(*, versions: bool = True, **settings: str) -> tuple[ScimTwin, Line]:
            twin = ScimTwin([{**USER, WORKPLACE: dict(USER[WORKPLACE])}], versions=versions)
            await twin.start()
            stack.push_async_callback(twin.stop)
            given = {"extension": WORKPLACE, **twin.settings(), **settings}
            source = ScimDirectory(Instance("directory", "scim", systems()["scim"], given))
            stack.push_async_callback(source.close)
            return twin, Line(source)

        yield start


def call(*, writing: bool = False) -> CallContext:
    permit = WritePermit("op", "step", "directory", "update_contact", time.monotonic() + 5) if writing else None
    return CallContext("test", time.monotonic() + 5, "trace", "tester", permit=permit, fresh=True)


async def update(line: Line, phones: tuple[Phone, ...] | None, desk: str | None, who: str = "0000001") -> None:
    await line.write("update_contact", [who, phones, desk], call(writing=True))


async def person(line: Line) -> Person:
    (found,) = await line.ask("people_by_id", ["0000001"], EVERYTHING, call())
    assert isinstance(found, Person)
    return found


@pytest.mark.parametrize("versions", [True, False])
async def test_none_leaves_and_nothing_takes_away(opened: Opened, versions: bool) -> None:
    _, line = await opened(versions=versions)
    await update(line, None, "B-2")
    found = await person(line)
    assert found.workplace is not None
    assert (found.phones, found.workplace.desk, found.workplace.floor) == ((Phone("MOBILE", "1"),), "B-2", "3")
    await update(line, (), None)
    assert (await person(line)).phones == ()
    await update(line, (Phone("OTHER", "+1"),), "")
    found = await person(line)
    assert found.workplace is not None
    assert (found.phones, found.workplace.desk, found.workplace.city) == ((Phone("OTHER", "+1"),), None, "Berlin")


async def test_a_change_over_somebody_elses_is_refused(opened: Opened) -> None:
    twin, line = await opened()
    tags: list[str] = []
    source = line.source
    assert isinstance(source, ScimDirectory)
    found, _ = await source._users.find(call(), where='externalId eq "0000001"')
    tags.append(found[0]["meta"]["version"])
    await update(line, None, "B-2")
    before = twin.state()
    with pytest.raises(SourceError) as told:
        await source._writes.patch("uid-1", [], tags[0], call(writing=True), write="update_contact")
    assert told.value.code == "SOURCE_REJECTED"
    assert twin.state() == before


async def test_a_token_that_may_only_read_changes_nothing(opened: Opened) -> None:
    twin, line = await opened(write_token="")
    before = twin.state()
    with pytest.raises(SourceError) as told:
        await update(line, None, "B-2")
    assert (told.value.code, twin.state()) == ("SOURCE_REJECTED", before)


@pytest.mark.parametrize(("who", "desk"), [("0000002", "B-2"), ('" or userName pr or "', "B-2"), ("0000001", None)])
async def test_nobody_and_nothing_are_refused_before_anything_is_sent(
    opened: Opened, who: str, desk: str | None
) -> None:
    twin, line = await opened()
    with pytest.raises(SourceError) as told:
        await update(line, None, desk, who)
    assert (told.value.code, twin.writes) == ("SOURCE_REJECTED", 0)
