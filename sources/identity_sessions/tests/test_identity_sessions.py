"""Sessions by the directory's id: one search a batch, pages only beyond it, ended only with a permit."""

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sources.identity_sessions.client import IdentityProvider
from sources.identity_sessions.twin import IdentityTwin, Session
from sources.kit.desk import SourceDesk
from sources.kit.manifest import systems
from sources.kit.resilience.line import Line
from sources.kit.source import Instance
from sources.kit.twin.faults import GARBAGE_KINDS, Fault
from sources.ports.call import CallContext
from sources.ports.errors import SourceError, WriteRefused
from sources.ports.keys import EmployeeRef
from sources.ports.permit import WritePermit
from sources.ports.question import EVERYTHING

LOGIN = "POST /realms/corp/protocol/openid-connect/token"
SEARCH = "POST /admin/realms/corp/sessions/search"
IVAN, ANA = "7d0c3b1e-0000-4000-8000-00000000000a", "7d0c3b1e-0000-4000-8000-00000000000b"


def session(key: str, user: str, seen: int = 1_795_384_360_000, **changes: Any) -> Session:
    row = Session(
        id=key, userId=user, clients=[{"clientId": "wiki", "name": "Wiki"}], ipAddress="203.0.113.9", userAgent="Osprey/131",
        start=1_795_380_000_000, lastAccess=seen, expires=1_795_470_000_000,
    )  # fmt: skip
    return Session(**{**row, **changes})  # type: ignore[typeddict-item]


def ref(number: int, uid: str | None) -> EmployeeRef:
    return EmployeeRef(f"{number:07}", f"login{number}", directory_id=uid)


def a_call(permit: WritePermit | None = None) -> CallContext:
    return CallContext("test", time.monotonic() + 3, "t", "tester", permit=permit)


def leave(write: str) -> WritePermit:
    return WritePermit("terminate_sessions", "end", "sso", write, time.monotonic() + 5)


def code(answer: object) -> str:
    assert isinstance(answer, SourceError)
    return answer.code


async def ask(source: IdentityProvider, *keys: EmployeeRef) -> list[Any]:
    return list(await Line(source).ask("sessions_of", keys, EVERYTHING, a_call()))


@pytest.fixture
async def twin() -> AsyncIterator[IdentityTwin]:
    both = [{"clientId": "mail", "name": "Webmail"}, {"clientId": "tracker", "name": ""}]
    twin = IdentityTwin(
        [
            session("s1", IVAN, 1_795_384_360_000),
            session("s2", IVAN.upper(), 1_795_384_999_000, clients=both),
            session("s3", ANA, 0),
        ]
    )
    await twin.start()
    yield twin
    await twin.stop()


@pytest.fixture
async def source(twin: IdentityTwin) -> AsyncIterator[IdentityProvider]:
    source = IdentityProvider(Instance("sso", "identity_sessions", systems()["identity_sessions"], twin.settings()))
    yield source
    await source.close()


async def test_sessions_come_latest_first_and_name_every_application(
    twin: IdentityTwin, source: IdentityProvider
) -> None:
    ivan, nobody, ana = await ask(source, ref(1, IVAN), ref(2, "unknown"), ref(3, ANA))
    assert [each.session_id for each in ivan] == ["s2", "s1"] and nobody == ()
    assert [each.application for each in ivan] == ["Webmail, tracker", "Wiki"]
    assert ivan[1].last_seen_at.isoformat() == "2026-11-22T21:52:40+00:00"
    assert (ana[0].last_seen_at, ana[0].ip, ana[0].user_agent) == (None, "203.0.113.9", "Osprey/131")
    assert twin.seen == {LOGIN: 1, SEARCH: 1}


async def test_who_has_no_directory_id_costs_no_call(twin: IdentityTwin, source: IdentityProvider) -> None:
    assert await ask(source, ref(1, None), ref(2, "")) == [(), ()]
    assert twin.calls == 0


async def test_120_people_cost_three_searches(twin: IdentityTwin, source: IdentityProvider) -> None:
    await source.start(a_call())
    answers = await ask(source, *(ref(number, f"uid-{number}") for number in range(120)))
    assert answers == [()] * 120 and twin.seen == {LOGIN: 1, SEARCH: 3}


async def test_what_exceeds_a_page_is_read_to_its_end(twin: IdentityTwin, source: IdentityProvider) -> None:
    twin.page = 2
    ivan, ana = await ask(source, ref(1, IVAN), ref(3, ANA))
    assert (len(ivan), len(ana)) == (2, 1) and twin.seen == {LOGIN: 1, SEARCH: 2}


class Circling(IdentityTwin):
    """Says that more follows, for ever."""

    async def _search(self, request: Any) -> Any:
        from aiohttp import web

        return web.json_response({"sessions": [], "next": "again"})


async def test_pages_without_an_end_are_bad_data() -> None:
    twin = Circling([])
    await twin.start()
    source = IdentityProvider(Instance("sso", "identity_sessions", systems()["identity_sessions"], twin.settings()))
    assert [code(each) for each in await ask(source, ref(1, IVAN))] == ["BAD_SOURCE_DATA"]
    assert twin.seen == {LOGIN: 1, SEARCH: 20}
    await source.close()
    await twin.stop()


async def test_an_id_is_a_value_and_nothing_else(twin: IdentityTwin, source: IdentityProvider) -> None:
    nasty = ["*", '"], "max": 1, "x": ["', "../users", "\r\nX: 1", "a,b", "' or 1=1 --"]
    assert await ask(source, *(ref(number, each) for number, each in enumerate(nasty))) == [()] * len(nasty)
    assert twin.seen == {LOGIN: 1, SEARCH: 1}


async def test_a_bad_row_costs_its_owner_only(twin: IdentityTwin, source: IdentityProvider) -> None:
    twin.sessions["s3"]["clients"] = []
    ivan, ana = await ask(source, ref(1, IVAN), ref(3, ANA))
    assert len(ivan) == 2 and code(ana) == "BAD_SOURCE_DATA"


@pytest.mark.parametrize("signed_in", [True, False])
@pytest.mark.parametrize("kind", GARBAGE_KINDS)
async def test_garbage_is_never_an_empty_list(
    twin: IdentityTwin, source: IdentityProvider, kind: str, signed_in: bool
) -> None:
    if signed_in:
        await source.start(a_call())
    await twin.break_with(Fault("garbage", garbage=kind))  # type: ignore[arg-type]
    assert [code(each) for each in await ask(source, ref(1, IVAN), ref(2, "nobody"))] == ["BAD_SOURCE_DATA"] * 2


@pytest.mark.parametrize(
    ("fault", "expected"),
    [("refused", "SOURCE_UNAVAILABLE"), ("unavailable", "SOURCE_UNAVAILABLE"), ("hang", "SOURCE_TIMEOUT"),
     ("busy", "SOURCE_UNAVAILABLE"), ("denied", "SOURCE_REJECTED")],
)  # fmt: skip
async def test_failures_are_coded(twin: IdentityTwin, source: IdentityProvider, fault: str, expected: str) -> None:
    source.manifest = source.manifest.model_copy(update={"timeout": 0.2})
    await twin.break_with(Fault(fault))  # type: ignore[arg-type]
    assert [code(each) for each in await ask(source, ref(1, IVAN))] == [expected]


async def test_a_write_without_a_permit_does_not_leave(twin: IdentityTwin, source: IdentityProvider) -> None:
    await source.start(a_call())
    seen = twin.calls
    for method, path in (
        ("DELETE", "/sessions/s1"),
        ("POST", f"/users/{IVAN}/logout"),
        ("POST", "/sessions/search/all"),
    ):
        for write in (None, "terminate"):
            with pytest.raises(WriteRefused):
                await source.api.request(method, f"{source.admin}{path}", a_call(), write=write)
    assert twin.calls == seen and len(twin.sessions) == 3


async def test_a_permit_ends_one_session_once(twin: IdentityTwin, source: IdentityProvider) -> None:
    call = a_call(leave("terminate"))
    await source.api.request("DELETE", f"{source.admin}/sessions/s1", call, write="terminate", accept=(204,))
    with pytest.raises(WriteRefused):
        await source.api.request("DELETE", f"{source.admin}/sessions/s2", call, write="terminate", accept=(204,))
    assert sorted(twin.sessions) == ["s2", "s3"]


async def write(source: IdentityProvider, name: str, *arguments: object) -> None:
    await SourceDesk([Line(source)]).write("sso", name, arguments, a_call(leave(name)))


async def test_one_session_is_ended_and_ending_it_again_sends_nothing(
    twin: IdentityTwin, source: IdentityProvider
) -> None:
    for _ in range(2):
        await write(source, "terminate", ref(1, IVAN.upper()), "s1")
    assert sorted(twin.sessions) == ["s2", "s3"]
    assert twin.seen["DELETE /admin/realms/corp/sessions/s1"] == 1


@pytest.mark.parametrize("session", ["s3", "s9", "../users"])
async def test_a_session_of_somebody_else_is_not_ended(
    twin: IdentityTwin, source: IdentityProvider, session: str
) -> None:
    await write(source, "terminate", ref(1, IVAN), session)
    assert len(twin.sessions) == 3 and not any(each.startswith("DELETE") for each in twin.seen)


async def test_everything_of_a_person_ends_at_once(twin: IdentityTwin, source: IdentityProvider) -> None:
    for _ in range(2):
        await write(source, "terminate_all", ref(1, IVAN))
    assert await ask(source, ref(1, IVAN)) == [()] and sorted(twin.sessions) == ["s3"]


@pytest.mark.parametrize(("name", "more"), [("terminate", ["s1"]), ("terminate_all", [])])
async def test_who_has_no_directory_id_is_refused(
    twin: IdentityTwin, source: IdentityProvider, name: str, more: list[str]
) -> None:
    with pytest.raises(SourceError) as refused:
        await write(source, name, ref(1, None), *more)
    assert refused.value.code == "SOURCE_REJECTED" and twin.calls == 0 and len(twin.sessions) == 3
