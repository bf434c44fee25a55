"""privacyIDEA: exact owners, a login that is shared and renewed, tokens that only look usable, writes refused."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from sources.kit.desk import SourceDesk
from sources.kit.manifest import systems
from sources.kit.resilience.line import Line
from sources.kit.source import Instance
from sources.kit.twin.faults import GARBAGE_KINDS, Fault, GarbageKind
from sources.ports.call import CallContext
from sources.ports.errors import SourceError, WriteRefused
from sources.ports.keys import EmployeeRef
from sources.ports.permit import WritePermit
from sources.ports.question import EVERYTHING
from sources.privacyidea import mapping
from sources.privacyidea.client import PrivacyIdea
from sources.privacyidea.twin import PiSeed, PiToken, PrivacyIdeaTwin

LISTING = "GET /token/"
LOGIN = "POST /auth"


def seed() -> PiSeed:
    """Anna with two tokens, Anna-B with one, Boris with more than a page of them, a user without any."""
    info = {"creation_date": "2026-01-02T03:04:05+00:00", "last_auth": "2026-11-22 21:57:38.123456+00:00"}
    tokens = [
        PiToken("TOTP0002", "totp", "anna", "telephone", failcount=1, info=info),
        PiToken("PIPU0001", "push", "anna", locked=False, failcount=10),
        PiToken("PISM0003", "sms", "anna-b"),
        *(PiToken(f"OATH{number:04}", "hotp", "boris") for number in range(120)),
    ]
    return PiSeed("corp", {"anna": "guid-1", "anna-b": "guid-2", "boris": "guid-3", "empty": "guid-4"}, tokens)


@pytest.fixture
async def twin() -> AsyncIterator[PrivacyIdeaTwin]:
    """A running twin."""
    served = PrivacyIdeaTwin(seed())
    await served.start()
    yield served
    await served.stop()


@pytest.fixture
async def source(twin: PrivacyIdeaTwin) -> AsyncIterator[PrivacyIdea]:
    """The connector at that twin."""
    opened = PrivacyIdea(Instance("mfa", "privacyidea", systems()["privacyidea"], twin.settings()))
    yield opened
    await opened.close()


def context(permit: WritePermit | None = None) -> CallContext:
    """A request with two seconds left."""
    return CallContext("test", time.monotonic() + 2, "t", "tester", permit=permit)


async def ask(source: PrivacyIdea, *logins: str) -> list[object]:
    """Ask for the factors of these."""
    keys = [EmployeeRef(f"id-{login}", login) for login in logins]
    return list(
        await SourceDesk([Line(source)]).ask("second_factors", "second_factors_of", keys, EVERYTHING, context())
    )


async def test_one_call_for_each_person_and_one_login_for_all(source: PrivacyIdea, twin: PrivacyIdeaTwin) -> None:
    answers = await ask(source, "anna", "nobody", "anna-b", "empty", "anna")
    assert [[factor.serial for factor in answer] for answer in answers] == [
        ["PIPU0001", "TOTP0002"],
        [],
        ["PISM0003"],
        [],
        ["PIPU0001", "TOTP0002"],
    ]
    assert twin.seen == {LOGIN: 1, LISTING: 4}


async def test_a_factor_is_told_in_the_words_of_the_port(source: PrivacyIdea) -> None:
    (answer,) = await ask(source, "anna")
    push, totp = answer
    assert (totp.kind, totp.active, totp.locked, totp.failures) == ("TOTP", True, False, 1)
    assert totp.description == "telephone"
    assert totp.enrolled_at.isoformat() == "2026-01-02T03:04:05+00:00"
    assert totp.last_used_at.isoformat() == "2026-11-22T21:57:38.123456+00:00"
    assert (push.kind, push.locked, push.enrolled_at) == ("PUSH", True, None)


async def test_more_tokens_than_a_page_are_all_told(source: PrivacyIdea, twin: PrivacyIdeaTwin) -> None:
    (answer,) = await ask(source, "boris")
    assert len(answer) == 120
    assert twin.seen[LISTING] == 2


@pytest.mark.parametrize(
    "login", ["*", "an*", "anna*", "ann?", "anna@corp", "anna@nowhere", "", " ", "anna&user=boris"]
)
async def test_a_login_is_data_and_never_widens(source: PrivacyIdea, login: str) -> None:
    assert await ask(source, login) == [()]


async def test_tokens_of_someone_else_are_dropped_if_the_server_sends_them(
    source: PrivacyIdea, twin: PrivacyIdeaTwin
) -> None:
    twin.users["anna*"] = "guid-9"
    twin.tokens["OTHER"] = PiToken("OTHER", "totp", "anna*")
    (answer,) = await ask(source, "anna*")
    assert [factor.serial for factor in answer] == ["OTHER"]


async def test_a_session_that_ran_out_is_renewed_once(source: PrivacyIdea, twin: PrivacyIdeaTwin) -> None:
    await ask(source, "anna")
    twin.expire_sessions()
    (answer,) = await ask(source, "anna-b")
    assert [factor.serial for factor in answer] == ["PISM0003"]
    assert twin.seen == {LOGIN: 2, LISTING: 3}


async def test_many_that_are_refused_together_share_one_login(source: PrivacyIdea, twin: PrivacyIdeaTwin) -> None:
    await ask(source, "anna")
    twin.expire_sessions()
    answers = await ask(source, "anna", "anna-b", "boris", "empty")
    assert not any(isinstance(answer, SourceError) for answer in answers)
    assert twin.seen[LOGIN] == 2


async def test_a_login_outlives_the_question_that_began_it(source: PrivacyIdea, twin: PrivacyIdeaTwin) -> None:
    await twin.break_with(Fault("slow", latency=0.3))
    hurried = CallContext("test", time.monotonic() + 0.1, "t", "tester")
    line = Line(source)
    (late,) = await line.ask("second_factors_of", [EmployeeRef("1", "anna")], EVERYTHING, hurried)
    assert isinstance(late, SourceError)
    await asyncio.sleep(0.3)
    await twin.break_with(None)
    (answer,) = await ask(source, "anna")
    assert len(answer) == 2
    assert twin.seen[LOGIN] == 1


async def test_a_wrong_password_is_a_refusal(twin: PrivacyIdeaTwin) -> None:
    settings = {**twin.settings(), "password": "wrong"}
    source = PrivacyIdea(Instance("mfa", "privacyidea", systems()["privacyidea"], settings))
    (answer,) = await ask(source, "anna")
    assert isinstance(answer, SourceError)
    assert answer.code == "SOURCE_REJECTED"
    await source.close()


@pytest.mark.parametrize("kind", GARBAGE_KINDS)
@pytest.mark.parametrize("signed_in", [False, True])
async def test_garbage_is_never_an_empty_answer(
    source: PrivacyIdea, twin: PrivacyIdeaTwin, kind: GarbageKind, signed_in: bool
) -> None:
    if signed_in:
        await source.start(context())
    await twin.break_with(Fault("garbage", garbage=kind))
    for answer in await ask(source, "anna", "empty", "nobody"):
        assert isinstance(answer, SourceError)
        assert answer.code == "BAD_SOURCE_DATA"


@pytest.mark.parametrize(
    ("changed", "active"),
    [({}, True), ({"revoked": True}, False), ({"rollout_state": "clientwait"}, False), ({"active": False}, False)],
)
def test_only_a_finished_token_that_is_on_is_active(changed: dict[str, object], active: bool) -> None:
    row = {"serial": "S", "tokentype": "totp", "username": "anna", "active": True, "locked": False, "revoked": False}
    factor = mapping.second_factor_of({**row, "rollout_state": "enrolled", **changed}, "mfa")
    assert factor.active is active


def test_an_unknown_kind_of_token_is_another_one() -> None:
    row = {"serial": "S", "tokentype": "papertoken", "username": "anna", "active": True, "locked": False}
    assert mapping.second_factor_of(row, "mfa").kind == "OTHER"


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/token/disable"), ("DELETE", "/token/TOTP0002"), ("POST", "/token/init"), ("POST", "/auth/rights")],
)
async def test_no_write_reaches_the_wire_without_a_permit(
    source: PrivacyIdea, twin: PrivacyIdeaTwin, method: str, path: str
) -> None:
    with pytest.raises(WriteRefused):
        await source._http.request(method, path, context(), json={"serial": "TOTP0002"})
    assert twin.calls == 0
    assert twin.tokens["TOTP0002"].active


async def test_a_permit_lets_one_token_be_disabled_and_no_second(source: PrivacyIdea, twin: PrivacyIdeaTwin) -> None:
    token = await source._session.sign_in(context())
    call = context(WritePermit("disable_factor", "disable", "mfa", "disable_token", time.monotonic() + 5))
    headers = {"Authorization": token}
    for serial in ("TOTP0002", "PISM0003"):
        send = source._http.request(
            "POST", "/token/disable", call, json={"serial": serial}, headers=headers, write="disable_token"
        )
        if serial == "TOTP0002":
            await send
        else:
            with pytest.raises(WriteRefused):
                await send
    assert (twin.tokens["TOTP0002"].active, twin.tokens["PISM0003"].active) == (False, True)
    (answer,) = await ask(source, "anna")
    assert [factor.active for factor in answer] == [True, False]
