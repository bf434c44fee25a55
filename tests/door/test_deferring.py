"""What holds of `@defer`: parts when they are preferred, all at once otherwise; the same in the end; recorded before."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp
import orjson
import pytest

from gateway.media import LEGACY, PARTS
from sources.kit.twin.faults import Fault
from tests.door.conftest import Door
from tests.operations.test_unrecorded import unwritable
from tests.sandbox import ALL_SEEING

pytest_plugins = ("tests.operations.floor",)

CARD: Final = """query($login: String!) { employee(by: {login: $login}) { id login
  ... @defer(label: "slow") { mailbox { address } }
  ... @defer(label: "other") { login devices(first: 2) { edges { node { id hostname } } } } } }"""
APOLLO: Final = f"{PARTS};deferSpec=20220824,application/graphql-response+json,application/json;q=0.9"


class Parts:
    """Parts, as they come. Shape: `raw` as they were written."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.answer = answer
        self.raw = b""

    async def next(self) -> Any:
        """The next part; None at the end."""
        async with asyncio.timeout(20):
            while True:
                line = await self.answer.content.readline()
                self.raw += line
                if line in (b"", b"-----\r\n"):
                    return None
                if line.startswith(b"{"):
                    return orjson.loads(line.rstrip(b"\r\n").removesuffix(b"-----"))

    async def later(self) -> AsyncIterator[Any]:
        """All that come behind the first."""
        while True:
            more = await self.next()
            yield more
            if not more["hasNext"]:
                assert await self.next() is None
                return


@asynccontextmanager
async def parted(
    door: Door, query: str, by: str = ALL_SEEING, accept: str = APOLLO, **variables: Any
) -> AsyncIterator[Parts]:
    """A request whose answer may come in parts."""
    headers = {**await door.bearer(by), "Accept": accept, "Accept-Encoding": "gzip", "Cache-Control": "no-cache"}
    body = {"query": query, "variables": variables}
    async with aiohttp.ClientSession() as session, session.post(door.url, json=body, headers=headers) as answer:
        yield Parts(answer)


def laid(data: Any, part: Any) -> None:
    """Lay a part into what was answered, as clients do."""
    place = data
    for step in part["path"]:
        place = place[step]

    def merge(old: Any, new: Any) -> None:
        for key, value in new.items() if isinstance(new, dict) else enumerate(new):
            if isinstance(value, dict | list) and (isinstance(old, list) or key in old):
                merge(old[key], value)
            else:
                old[key] = value

    merge(place, part["data"])


def whole(query: str) -> str:
    """The same query with nothing deferred."""
    return query.replace('@defer(label: "slow")', "").replace('@defer(label: "other")', "").replace("@defer", "")


def somebody(door: Door, place: int = 5) -> str:
    """A login."""
    return str(door.stand.sandbox.world.company.people[place].login)


async def test_parts_come_later_and_make_the_same_answer(door: Door) -> None:
    login = somebody(door)
    async with parted(door, CARD, login=login) as parts:
        assert parts.answer.headers["Content-Type"] == 'multipart/mixed; boundary="-"; deferSpec=20220824'
        assert "Content-Encoding" not in parts.answer.headers, "a part leaves as soon as it is there"
        first = await parts.next()
        assert first["hasNext"] is True
        assert set(first["data"]["employee"]) == {"id", "login"}
        labels, data = set(), first["data"]
        async for more in parts.later():
            for each in more["incremental"]:
                labels.add(each["label"])
                assert each["path"] == ["employee"]
                laid(data, each)
        assert each["extensions"]["cost"]["actual"] > 0
        assert each["extensions"]["traceId"] == first["extensions"]["traceId"]
    assert labels == {"slow", "other"}
    asked = await door.ask({"query": whole(CARD), "variables": {"login": login}})
    assert data == asked.body["data"]
    assert parts.raw.startswith(b"---\r\nContent-Type: application/json; charset=utf-8\r\n\r\n{")
    assert parts.raw.endswith(b"\r\n-----\r\n")


async def test_a_slow_system_holds_up_its_own_part_alone(door: Door) -> None:
    twin = door.stand.sandbox.world.twins["mail"]
    await twin.break_with(Fault("slow", latency=1.0))
    try:
        async with parted(door, CARD, login=somebody(door, 6)) as parts:
            came = [await parts.next() for _ in range(3)]
    finally:
        await twin.break_with(None)
    assert [each["incremental"][0]["label"] for each in came[1:]] == ["other", "slow"]


@pytest.mark.parametrize(
    "accept",
    [
        LEGACY,
        "*/*",
        f"{LEGACY}, {PARTS};q=0.1",
        f"{PARTS};deferSpec=20991231, {LEGACY};q=0.1",
        f"{PARTS};incrementalSpec=v0.2, {LEGACY};q=0.1",
    ],
)
async def test_whoever_does_not_prefer_parts_is_answered_at_once(door: Door, accept: str) -> None:
    login = somebody(door)
    said = await door.ask({"query": CARD, "variables": {"login": login}}, Accept=accept)
    assert said.headers["Content-Type"].startswith(LEGACY)
    assert "hasNext" not in said.body
    asked = await door.ask({"query": whole(CARD), "variables": {"login": login}})
    assert said.body["data"] == asked.body["data"]


@pytest.mark.parametrize("accept", [APOLLO, PARTS, f"{LEGACY}, {PARTS}", f"{LEGACY};q=0.5, text/event-stream, {PARTS}"])
async def test_whoever_takes_parts_as_well_as_the_rest_gets_them_of_what_is_deferred(door: Door, accept: str) -> None:
    async with parted(door, CARD, accept=accept, login=somebody(door)) as parts:
        assert parts.answer.headers["Content-Type"].startswith(PARTS)
        assert (await parts.next())["hasNext"] is True


async def test_nothing_deferred_comes_in_one_piece(door: Door) -> None:
    for query in ("{ viewer { login } }", "{ viewer { ... @defer(if: false) { login } } }"):
        said = await door.ask({"query": query}, Accept=APOLLO)
        assert said.body["data"] == {"viewer": {"login": ALL_SEEING}}
        assert "json" in said.headers["Content-Type"]


async def test_a_list_has_a_part_for_each_of_its_objects_and_their_system_is_asked_once(door: Door) -> None:
    query = "{ employees(first: 5) { edges { node { login ... @defer { devices { edges { node { id } } } } } } } }"
    door.stand.sandbox.forget_calls()
    async with parted(door, query) as parts:
        first = await parts.next()
        more = await parts.next()
    assert [each["path"] for each in more["incremental"]] == [["employees", "edges", n, "node"] for n in range(5)]
    for each in more["incremental"]:
        laid(first["data"], each)
    assert more["hasNext"] is False
    assert door.stand.sandbox.calls()["equipment"] == 1
    asked = await door.ask({"query": whole(query)})
    assert first["data"] == asked.body["data"]


async def test_what_is_deferred_within_what_is_deferred_comes_after_it(door: Door) -> None:
    query = """query($login: String!) { employee(by: {login: $login}) { id
      ... @defer { devices(first: 1) { edges { node { id ... @defer { management { enrolled } } } } } } } }"""
    login = somebody(door)
    async with parted(door, query, login=login) as parts:
        first, paths = await parts.next(), []
        async for more in parts.later():
            for each in more["incremental"]:
                paths.append(each["path"])
                laid(first["data"], each)
    assert paths[0] == ["employee"]
    assert all(each == ["employee", "devices", "edges", 0, "node"] for each in paths[1:])
    asked = await door.ask({"query": whole(query), "variables": {"login": login}})
    assert first["data"] == asked.body["data"]


async def test_what_is_within_a_slow_part_waits_for_it(door: Door) -> None:
    query = """query($login: String!) { employee(by: {login: $login}) { id
      ... @defer(label: "slow") { mailbox { address }
        devices(first: 1) { edges { node { id ... @defer(label: "inner") { hostname } } } } }
      ... @defer(label: "other") { sessions { totalCount } } } }"""
    mail, sessions = (door.stand.sandbox.world.twins[name] for name in ("mail", "sessions"))
    await mail.break_with(Fault("slow", latency=1.2))
    await sessions.break_with(Fault("slow", latency=0.4))
    try:
        async with parted(door, query, login=somebody(door)) as parts:
            first, labels = await parts.next(), []
            async for more in parts.later():
                for each in more["incremental"]:
                    labels.append(each["label"])
                    laid(first["data"], each)
    finally:
        await mail.break_with(None)
        await sessions.break_with(None)
    assert labels == ["other", "slow", "inner"], "what a part is laid into has been said before"


async def test_errors_of_two_parts_of_one_object_do_not_mix(door: Door) -> None:
    query = """query($login: String!) { employee(by: {login: $login}) { id
      ... @defer(label: "mail") { mailbox { address } }
      ... @defer(label: "badges") { badges { edges { node { number } } } }
      ... @defer(label: "fine") { login } } }"""
    twins = [door.stand.sandbox.world.twins[name] for name in ("mail", "badges")]
    for twin in twins:
        await twin.break_with(Fault("unavailable"))
    try:
        async with parted(door, query, login=somebody(door, 11)) as parts:
            await parts.next()
            told = {each["label"]: each async for more in parts.later() for each in more["incremental"]}
    finally:
        for twin in twins:
            await twin.break_with(None)
    sources = {label: [each["extensions"]["source"] for each in part.get("errors", ())] for label, part in told.items()}
    assert sources == {"mail": ["mail"], "badges": ["badges"], "fine": []}


async def test_withheld_fields_are_told_in_the_part_that_lacks_them(door: Door) -> None:
    query = """query($login: String!) { employee(by: {login: $login}) { id
      ... @defer(label: "personal") { personal { homeAddress } }
      ... @defer(label: "account") { account { locked } } } }"""
    async with parted(door, query, by="half.seeing", login=somebody(door, 12)) as parts:
        await parts.next()
        told = {each["label"]: each async for more in parts.later() for each in more["incremental"]}
    named = {label: {each["path"][1] for each in part["errors"]} for label, part in told.items()}
    assert named == {"personal": {"personal"}, "account": {"account"}}


async def test_errors_stand_in_the_part_that_they_are_about(door: Door) -> None:
    twin = door.stand.sandbox.world.twins["mail"]
    await twin.break_with(Fault("unavailable"))
    try:
        async with parted(door, CARD, login=somebody(door, 7)) as parts:
            first, told = await parts.next(), {}
            async for more in parts.later():
                told |= {each["label"]: each for each in more["incremental"]}
    finally:
        await twin.break_with(None)
    assert "errors" not in first
    assert "errors" not in told["other"]
    assert told["slow"]["data"] == {"mailbox": None}
    assert told["slow"]["errors"][0]["path"] == ["employee", "mailbox"]
    assert told["slow"]["errors"][0]["extensions"]["source"] == "mail"


async def test_nobody_has_no_later_parts(door: Door) -> None:
    said = await door.ask({"query": CARD, "variables": {"login": "nobody"}}, Accept=APOLLO)
    assert said.body["data"] == {"employee": None}


async def test_each_part_is_recorded_before_it_is_sent(door: Door) -> None:
    """What is shown first and what later stands in two records, the second written when the first part is out."""
    query = """query($login: String!) { employee(by: {login: $login}) { phones { number }
      ... @defer(label: "slow") { sessions { edges { node { lastSeenAt } } } } } }"""
    login = somebody(door, 8)
    twin = door.stand.sandbox.world.twins["sessions"]
    await twin.break_with(Fault("slow", latency=1.0))
    try:
        async with parted(door, query, login=login) as parts:
            first = await parts.next()
            trace = first["extensions"]["traceId"]
            (before,) = reads(door, trace)
            assert before["fields"] == ["Employee.phones", "Phone.number"]
            assert [more["hasNext"] async for more in parts.later()] == [False]
    finally:
        await twin.break_with(None)
    (later,) = reads(door, trace)[1:]
    assert later["fields"]
    assert all(each.startswith("IdentitySession.") or each == "Employee.sessions" for each in later["fields"])


async def test_a_part_that_cannot_be_recorded_is_not_shown(door: Door) -> None:
    query = """query($login: String!) { employee(by: {login: $login}) { id
      ... @defer(label: "slow") { phones { number } } } }"""
    async with (
        unwritable(door.stand, "new.code = 'employee.read'"),
        parted(door, query, login=somebody(door, 9)) as parts,
    ):
        first = await parts.next()
        assert first["data"]["employee"]["id"]
        ((lost,),) = [more["incremental"] async for more in parts.later()]
        assert lost["data"] is None
        assert [each["extensions"]["code"] for each in lost["errors"]] == ["AUDIT_UNAVAILABLE"]


def reads(door: Door, trace: str) -> list[Any]:
    """What stands in the trail of the reads of one request, in order."""
    return [each for each in door.stand.records(code="employee.read") if each.get("trace") == trace]
