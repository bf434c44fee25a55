"""Mailboxes by address: one GET a batch, aliases lead home, an address can only be an address."""

import time
from collections.abc import AsyncIterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from aiohttp import web

from sources.kit.desk import SourceDesk
from sources.kit.manifest import systems
from sources.kit.resilience.line import Line
from sources.kit.source import Instance
from sources.kit.twin.faults import GARBAGE_KINDS, Fault
from sources.mail_rest.client import MailAdministration
from sources.mail_rest.twin import Mailbox, MailTwin
from sources.ports.call import CallContext
from sources.ports.errors import SourceError, WriteRefused
from sources.ports.keys import EmployeeRef
from sources.ports.mail import OutOfOffice
from sources.ports.permit import WritePermit
from sources.ports.question import EVERYTHING, Need

LIST = "GET /v1/mailboxes"


def box(address: str, **changes: Any) -> Mailbox:
    row = Mailbox(
        address=address, displayName="A person", state="active", aliases=[], quotaMiB=10240, usedKiB=2048,
        forwarding=None, outOfOffice=None, lastLogon="2026-11-20T10:00:00+03:00",
    )  # fmt: skip
    return Mailbox(**{**row, **changes})  # type: ignore[typeddict-item]


def ref(number: int, email: str | None) -> EmployeeRef:
    return EmployeeRef(f"{number:07}", f"login{number}", email)


def a_call(permit: WritePermit | None = None) -> CallContext:
    return CallContext("test", time.monotonic() + 3, "t", "tester", permit=permit)


def leave(write: str) -> WritePermit:
    return WritePermit("set_out_of_office", "set", "mail", write, time.monotonic() + 5)


def code(answer: object) -> str:
    assert isinstance(answer, SourceError)
    return answer.code


async def ask(source: MailAdministration, *keys: EmployeeRef, need: Need = EVERYTHING) -> list[Any]:
    return list(await Line(source).ask("mailbox_of", keys, need, a_call()))


AWAY = {
    "state": "SCHEDULED",
    "from": "2026-11-01T00:00:00Z",
    "until": "2026-11-30T23:59:00Z",
    "text": "Вернусь в декабре",
}


@pytest.fixture
async def twin() -> AsyncIterator[MailTwin]:
    twin = MailTwin(
        [
            box("Ipetrov@okno.example", aliases=["Ivan.Petrov@okno.example"], outOfOffice=AWAY),
            box("asouza@okno.example", forwarding={"to": "helpdesk@okno.example", "keepCopy": False}, quotaMiB=-1),
            box("left@okno.example", state="suspended", lastLogon=None),
        ]
    )
    await twin.start()
    yield twin
    await twin.stop()


def connect(twin: MailTwin, **settings: str) -> MailAdministration:
    return MailAdministration(Instance("mail", "mail_rest", systems()["mail_rest"], {**twin.settings(), **settings}))


@pytest.fixture
async def source(twin: MailTwin) -> AsyncIterator[MailAdministration]:
    source = connect(twin)
    yield source
    await source.close()


async def test_a_mailbox_is_told_in_the_words_of_the_port(twin: MailTwin, source: MailAdministration) -> None:
    ivan, ana, left = await ask(
        source, ref(1, "ipetrov@okno.example"), ref(2, "ASouza@OKNO.example"), ref(3, "left@okno.example")
    )
    assert (ivan.enabled, ivan.quota_bytes, ivan.used_bytes) == (True, 10 * 1024**3, 2 * 1024**2)
    assert (ivan.out_of_office.enabled, ivan.out_of_office.message) == (True, "Вернусь в декабре")
    assert ivan.last_opened_at.isoformat() == "2026-11-20T07:00:00+00:00"
    assert (ana.forwards_to, ana.quota_bytes, ana.out_of_office) == ("helpdesk@okno.example", None, None)
    assert (left.enabled, left.last_opened_at) == (False, None)
    assert twin.seen == {LIST: 1}


async def test_an_alias_leads_to_the_mailbox(source: MailAdministration) -> None:
    main, alias = await ask(source, ref(1, "ipetrov@okno.example"), ref(2, "ivan.petrov@okno.example"))
    assert main == alias and main.address == "Ipetrov@okno.example"


async def test_who_has_no_address_costs_no_call(twin: MailTwin, source: MailAdministration) -> None:
    assert await ask(source, ref(1, None), ref(2, "")) == [None, None]
    assert twin.calls == 0


async def test_addresses_of_other_domains_are_not_asked_for(twin: MailTwin) -> None:
    source = connect(twin, domains="okno.example, lab.example")
    elsewhere, ivan = await ask(source, ref(1, "ipetrov@partner.example"), ref(2, "ipetrov@okno.example"))
    assert elsewhere is None and ivan.enabled
    assert await ask(source, ref(3, "x@partner.example")) == [None]
    assert twin.seen == {LIST: 1}
    await source.close()


async def test_120_people_cost_three_calls(twin: MailTwin, source: MailAdministration) -> None:
    answers = await ask(source, *(ref(number, f"person{number}.of-a-long-name@okno.example") for number in range(120)))
    assert answers == [None] * 120 and twin.seen == {LIST: 3}


async def test_only_what_is_needed_is_asked_for(source: MailAdministration) -> None:
    (answer,) = await ask(source, ref(1, "ivan.petrov@okno.example"), need=Need(frozenset({"quota_bytes"})))
    assert (answer.quota_bytes, answer.enabled) == (10 * 1024**3, True)
    assert (answer.used_bytes, answer.out_of_office, answer.last_opened_at) == (None, None, None)


async def test_an_address_can_only_be_an_address(twin: MailTwin, source: MailAdministration) -> None:
    nasty = [
        "x@okno.example&address=asouza@okno.example",
        "x,asouza@okno.example",
        "*",
        "a b+c%41@okno.example",
        "\r\n",
        "#?/..",
    ]
    assert await ask(source, *(ref(number, each) for number, each in enumerate(nasty))) == [None] * len(nasty)
    assert twin.seen == {LIST: 1}


async def test_a_bad_row_costs_its_own_key_only(twin: MailTwin, source: MailAdministration) -> None:
    twin.mailboxes["asouza@okno.example"]["usedKiB"] = "much"
    ivan, ana = await ask(source, ref(1, "ipetrov@okno.example"), ref(2, "asouza@okno.example"))
    assert ivan.enabled and code(ana) == "BAD_SOURCE_DATA"


async def test_a_row_nobody_can_be_told_from_puts_the_unfound_in_doubt(
    twin: MailTwin, source: MailAdministration
) -> None:
    twin.mailboxes["asouza@okno.example"]["aliases"] = [""]
    ivan, ana, nobody = await ask(
        source, ref(1, "ipetrov@okno.example"), ref(2, "asouza@okno.example"), ref(3, "x@okno.example")
    )
    assert ivan.enabled and [code(ana), code(nobody)] == ["BAD_SOURCE_DATA"] * 2


@pytest.mark.parametrize("kind", GARBAGE_KINDS)
@pytest.mark.parametrize("email", ["ipetrov@okno.example", "nobody@okno.example"])
async def test_garbage_is_coded(twin: MailTwin, source: MailAdministration, kind: str, email: str) -> None:
    await twin.break_with(Fault("garbage", garbage=kind))  # type: ignore[arg-type]
    assert [code(each) for each in await ask(source, ref(1, email))] == ["BAD_SOURCE_DATA"]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [("refused", "SOURCE_UNAVAILABLE"), ("unavailable", "SOURCE_UNAVAILABLE"), ("hang", "SOURCE_TIMEOUT"),
     ("busy", "SOURCE_UNAVAILABLE"), ("denied", "SOURCE_REJECTED")],
)  # fmt: skip
async def test_failures_are_coded(twin: MailTwin, source: MailAdministration, fault: str, expected: str) -> None:
    source.manifest = source.manifest.model_copy(update={"timeout": 0.2})
    await twin.break_with(Fault(fault))  # type: ignore[arg-type]
    assert [code(each) for each in await ask(source, ref(1, "ipetrov@okno.example"))] == [expected]


async def test_an_unknown_key_is_a_refusal(twin: MailTwin) -> None:
    source = connect(twin, api_key="guess")
    assert [code(each) for each in await ask(source, ref(1, "ipetrov@okno.example"))] == ["SOURCE_REJECTED"]
    await source.close()


REPLY = "/v1/mailboxes/asouza%40okno.example/out-of-office"


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", REPLY), ("POST", "/v1/mailboxes"), ("DELETE", "/v1/mailboxes/x/aliases/y"), ("PATCH", "/v1/x")],
)
async def test_a_write_without_a_permit_does_not_leave(
    twin: MailTwin, source: MailAdministration, method: str, path: str
) -> None:
    for write in (None, "set_out_of_office"):
        with pytest.raises(WriteRefused):
            await source.api.request(method, path, a_call(), json=AWAY, write=write)
    with pytest.raises(WriteRefused):
        await source.api.request("GET", "/v1/mailboxes", a_call(), headers={"X-HTTP-Method-Override": "DELETE"})
    assert twin.calls == 0


async def test_a_permit_sets_one_reply_once_on_the_mailbox_as_it_was_read(
    twin: MailTwin, source: MailAdministration
) -> None:
    read = await source.api.request("GET", "/v1/mailboxes/asouza%40okno.example", a_call())
    stale, good = a_call(leave("set_out_of_office")), a_call(leave("set_out_of_office"))
    with pytest.raises(SourceError, match="refused"):
        await source.api.request(
            "PUT", REPLY, stale, json=AWAY, headers={"If-Match": '"old"'}, write="set_out_of_office"
        )
    assert (await ask(source, ref(2, "asouza@okno.example")))[0].out_of_office is None
    match = {"If-Match": read.headers["ETag"]}
    await source.api.request("PUT", REPLY, good, json=AWAY, headers=match, write="set_out_of_office")
    assert (await ask(source, ref(2, "asouza@okno.example")))[0].out_of_office.enabled is True
    seen = twin.calls
    with pytest.raises(WriteRefused):
        await source.api.request("PUT", REPLY, good, json=AWAY, headers=match, write="set_out_of_office")
    assert twin.calls == seen


async def write(source: MailAdministration, name: str, *arguments: object, email: str = "asouza@okno.example") -> None:
    await SourceDesk([Line(source)]).write("mail", name, [ref(2, email), *arguments], a_call(leave(name)))


async def reply_of(source: MailAdministration, email: str = "asouza@okno.example") -> OutOfOffice | None:
    (found,) = await ask(source, ref(2, email))
    assert isinstance(found.out_of_office, OutOfOffice | None)
    return found.out_of_office


async def test_a_reply_is_set_for_a_time_or_from_now_on_and_cleared(twin: MailTwin, source: MailAdministration) -> None:
    moscow = timezone(timedelta(hours=3))
    starts, ends = datetime(2026, 12, 1, tzinfo=moscow), datetime(2026, 12, 24, tzinfo=moscow)
    for reply in (OutOfOffice(True, starts, ends, "Вернусь\nпозже"), OutOfOffice(True, None, None, "Сегодня нет")):
        await write(source, "set_out_of_office", reply)
        assert await reply_of(source) == reply
    await write(source, "set_out_of_office", OutOfOffice(False, starts, ends, "gone"))
    assert await reply_of(source) == OutOfOffice(False)
    assert twin.seen["PUT /v1/mailboxes/asouza@okno.example/out-of-office"] == 3


async def test_a_mailbox_that_changes_after_it_was_read_refuses_the_reply(
    twin: MailTwin, source: MailAdministration, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = twin._one

    async def read_and_changed(request: web.Request) -> web.Response:
        answer = await one(request)
        twin.mailboxes["asouza@okno.example"]["usedKiB"] += 1
        return answer

    await twin.stop()
    monkeypatch.setattr(twin, "_one", read_and_changed)
    await twin.start(twin.port)
    with pytest.raises(SourceError) as refused:
        await write(source, "set_out_of_office", OutOfOffice(True))
    assert refused.value.code == "SOURCE_REJECTED" and "412" in refused.value.detail
    assert await reply_of(source) is None


async def test_an_alias_is_added_and_taken_away_and_twice_is_no_trouble(
    twin: MailTwin, source: MailAdministration
) -> None:
    for _ in range(2):
        await write(source, "add_alias", "ana+x@okno.example")
        assert (await ask(source, ref(2, "ana+x@okno.example")))[0].address == "asouza@okno.example"
    for _ in range(2):
        await write(source, "remove_alias", "ana+x@okno.example")
        assert await ask(source, ref(2, "ana+x@okno.example")) == [None]
    assert twin.calls == 8


async def test_an_address_of_another_mailbox_is_refused(twin: MailTwin, source: MailAdministration) -> None:
    with pytest.raises(SourceError) as refused:
        await write(source, "add_alias", "Ivan.Petrov@okno.example")
    assert refused.value.code == "SOURCE_REJECTED"
    assert twin.mailboxes["asouza@okno.example"]["aliases"] == []


@pytest.mark.parametrize(
    "alias", ["", "ana", "a/b@okno.example", "../x@okno.example", "a b@okno.example", "a@b@c", "a\\b@c"]
)
async def test_an_alias_that_is_no_address_is_not_sent(twin: MailTwin, source: MailAdministration, alias: str) -> None:
    for name in ("add_alias", "remove_alias"):
        with pytest.raises(SourceError) as refused:
            await write(source, name, alias)
        assert refused.value.code == "SOURCE_REJECTED"
    assert twin.calls == 0


@pytest.mark.parametrize("email", ["nobody@okno.example", ""])
async def test_who_has_no_mailbox_has_no_reply_either(twin: MailTwin, source: MailAdministration, email: str) -> None:
    with pytest.raises(SourceError) as refused:
        await write(source, "set_out_of_office", OutOfOffice(True), email=email)
    assert refused.value.code == "SOURCE_REJECTED"
    assert not any(each.startswith("PUT") for each in twin.seen)
