"""Request Tracker: one search for many requesters, values as data, RT's own dates and words, writes refused."""

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
from sources.ports.question import EVERYTHING, Need, Page
from sources.ports.tickets import TicketsFilter
from sources.request_tracker import mapping, query
from sources.request_tracker.client import RequestTracker
from sources.request_tracker.rows import RtSeed, RtTicket, RtTransaction, RtUser
from sources.request_tracker.ticket_sql import SqlSyntax, parse
from sources.request_tracker.twin import RequestTrackerTwin

NOW = "2026-10-29T15:33:11Z"


def seed() -> RtSeed:
    """Sixty people with two tickets each, a busy robot with two hundred and fifty, and awkward addresses."""
    people = [RtUser(f"p{number}", f"p{number}@corp.example") for number in range(60)]
    odd = [
        RtUser("o'neil", "o'neil@corp.example"),
        RtUser("back", "back\\slash@corp.example"),
        RtUser("robot", "robot@x"),
    ]
    tickets = [_ticket(1 + number, f"p{number % 60}") for number in range(120)]
    tickets += [_ticket(201, "o'neil"), _ticket(202, "back")]
    tickets += [_ticket(1000 + number, "robot") for number in range(250)]
    said = [
        RtTransaction("Create", "p0", NOW, content="не работает"),
        RtTransaction("Set", "root", NOW, "Owner", "Nobody", "root"),
        RtTransaction("SetWatcher", "root", NOW, "Owner", "Nobody", "root"),
        RtTransaction("EmailRecord", "RT_System", NOW, content="Greetings, this message has been generated"),
        RtTransaction("Comment", "root", NOW, content="смотрим"),
        RtTransaction("Correspond", "root", NOW, content="готово"),
        RtTransaction("Status", "root", NOW, "Status", "new", "resolved"),
        RtTransaction("AddWatcher", "root", NOW, "Cc", "", "p1"),
    ]
    first = RtTicket(300, "VPN", "Нет связи", "resolved", ["p0", "p1"], "root", 30, NOW, NOW, NOW, said)
    return RtSeed([*people, *odd, RtUser("root")], ["General", "VPN"], [*tickets, first])


def _ticket(number: int, requestor: str) -> RtTicket:
    return RtTicket(number, "General", f"ticket {number}", "open", [requestor], created=NOW, last_updated=NOW)


@pytest.fixture
async def twin() -> AsyncIterator[RequestTrackerTwin]:
    """A running twin."""
    served = RequestTrackerTwin(seed())
    await served.start()
    yield served
    await served.stop()


@pytest.fixture
async def source(twin: RequestTrackerTwin) -> AsyncIterator[RequestTracker]:
    """The connector at that twin."""
    opened = RequestTracker(Instance("desk", "request_tracker", systems()["request_tracker"], twin.settings()))
    yield opened
    await opened.close()


def person(email: str | None) -> EmployeeRef:
    """Someone known by an address."""
    return EmployeeRef(email or "none", "login", email)


def context(permit: WritePermit | None = None) -> CallContext:
    """A request with two seconds left."""
    return CallContext("test", time.monotonic() + 2, "t", "tester", permit=permit)


async def ask(source: RequestTracker, question: str, keys: list[object], need: Need = EVERYTHING) -> list[object]:
    """Put one question through a line of its own."""
    desk = SourceDesk([Line(source)])
    return list(await desk.ask("tickets", question, keys, need, context()))


async def test_forty_people_with_eighty_tickets_cost_one_call(source: RequestTracker, twin: RequestTrackerTwin) -> None:
    answers = await ask(source, "tickets_of", [person(f"P{number}@corp.example") for number in range(2, 42)])
    assert [[ticket.number for ticket in answer] for answer in answers[:2]] == [["63", "3"], ["64", "4"]]
    assert twin.seen == {"GET /REST/2.0/tickets": 1}


async def test_a_further_call_is_made_for_each_further_hundred_tickets(
    source: RequestTracker, twin: RequestTrackerTwin
) -> None:
    await ask(source, "tickets_of", [person(f"p{number}@corp.example") for number in range(2, 52)])
    assert twin.calls == 1
    (answer,) = await ask(source, "tickets_of", [person("robot@x")])
    assert [answer[0].number, answer[-1].number, len(answer)] == ["1249", "1050", 200]
    assert twin.calls == 3


async def test_a_busy_robot_does_not_hide_the_tickets_of_others(
    source: RequestTracker, twin: RequestTrackerTwin
) -> None:
    robot, other = await ask(source, "tickets_of", [person("robot@x"), person("p2@corp.example")])
    assert len(robot) == 200
    assert [ticket.number for ticket in other] == ["63", "3"]
    assert twin.calls == 3


async def test_unknown_people_and_people_without_address_have_no_tickets(
    source: RequestTracker, twin: RequestTrackerTwin
) -> None:
    keys = [person("nobody@corp.example"), person(None), person("p2@corp.example"), person("p2@corp.example")]
    answers = await ask(source, "tickets_of", list(keys))
    assert [len(answer) for answer in answers] == [0, 0, 2, 2]
    assert twin.calls == 1


@pytest.mark.parametrize(
    "email",
    ["x' OR id > 0 OR Subject = '@", "x\\' OR id > 0 OR Subject = '@", '@" OR id > 0 OR Subject = "', "@') OR (id > 0"],
)
async def test_an_address_cannot_widen_the_query(source: RequestTracker, twin: RequestTrackerTwin, email: str) -> None:
    answers = await ask(source, "tickets_of", [person(email), person("p2@corp.example")])
    assert [len(answer) for answer in answers] == [0, 2]
    assert twin.calls == 1


async def test_addresses_with_quotes_and_backslashes_are_found(source: RequestTracker) -> None:
    answers = await ask(source, "tickets_of", [person("o'neil@corp.example"), person("back\\slash@corp.example")])
    assert [[ticket.number for ticket in answer] for answer in answers] == [["201"], ["202"]]


async def test_an_address_that_rt_takes_for_a_custom_field_is_not_sent(
    source: RequestTracker, twin: RequestTrackerTwin
) -> None:
    answers = await ask(source, "tickets_of", [person("cf.{secret}@corp.example")])
    assert isinstance(answers[0], SourceError)
    assert answers[0].code == "SOURCE_REJECTED"
    assert twin.calls == 0


async def test_many_requesters_alone_would_stop_the_desk() -> None:
    alone = query.requested_by(f"p{number}@corp.example" for number in range(50))
    assert parse(alone[1:-1]).joins == 50
    assert parse(f"id > 0 AND {alone}").joins == 1


async def test_a_ticket_of_two_people_is_told_to_both(source: RequestTracker) -> None:
    first, second = await ask(source, "tickets_of", [person("p0@corp.example"), person("p1@corp.example")])
    assert first[0] == second[0]
    ticket = first[0]
    assert (ticket.number, ticket.subject, ticket.status) == ("300", "Нет связи", "RESOLVED")
    assert (ticket.queue, ticket.priority, ticket.assignee_login) == ("VPN", 30, "root")
    assert ticket.resolved_at is not None
    assert ticket.resolved_at.isoformat() == "2026-10-29T15:33:11+00:00"


async def test_numbers_cost_one_call_and_what_is_no_number_is_not_asked(
    source: RequestTracker, twin: RequestTrackerTwin
) -> None:
    keys = ["3", "99999", "1 OR id > 0", "٣", "-1", "", "300", "9" * 40]
    answers = await ask(source, "ticket_by_number", list(keys))
    assert [answer and answer.number for answer in answers] == ["3", None, None, None, None, None, "300", None]
    assert twin.seen == {"GET /REST/2.0/tickets": 1}


async def test_a_ticket_without_owner_and_end_has_none(source: RequestTracker) -> None:
    (ticket,) = await ask(source, "ticket_by_number", ["3"])
    assert (ticket.assignee_login, ticket.resolved_at, ticket.status) == (None, None, "OPEN")


async def test_only_fields_that_are_needed_are_asked_for() -> None:
    params = query.page_of("id = 1", frozenset({"queue"}))
    assert params["fields"] == "Queue,Status,Subject"
    assert params["fields[Queue]"] == "Name"
    assert "fields[Owner]" not in params


async def test_the_history_with_words_costs_two_calls_and_without_them_one(
    source: RequestTracker, twin: RequestTrackerTwin
) -> None:
    (events,) = await ask(source, "history_of", ["300"])
    assert [event.kind for event in events] == ["CREATED", "ASSIGNED", "COMMENT", "REPLY", "STATUS", "OTHER"]
    assert [event.text for event in events[:4]] == ["не работает", None, "смотрим", "готово"]
    assert events[4].text == "new → resolved"
    assert events[0].author == "p0"
    assert twin.calls == 2
    await ask(source, "history_of", ["300"], Need(frozenset({"kind", "at"})))
    assert twin.calls == 3


async def test_the_history_of_no_ticket_is_empty(source: RequestTracker, twin: RequestTrackerTwin) -> None:
    assert await ask(source, "history_of", ["98765", "x/../300"]) == [(), ()]
    assert twin.calls == 2


async def test_the_queue_is_listed_page_by_page_newest_first(source: RequestTracker, twin: RequestTrackerTwin) -> None:
    desk, wanted = SourceDesk([Line(source)]), TicketsFilter(queues=("General",), statuses=("OPEN",))
    first = await desk.list("tickets", "tickets", Page(30), context(), wanted=wanted)
    assert [first.records[0].number, first.has_next, first.total] == ["1249", True, 372]
    after = await desk.list("tickets", "tickets", Page(30, first.cursors[-1]), context(), wanted=wanted)
    assert int(after.records[0].number) == int(first.records[-1].number) - 1
    assert twin.calls == 2


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (TicketsFilter(queues=("VPN",)), ["300"]),
        (TicketsFilter(assignee_login="root"), ["300"]),
        (TicketsFilter(statuses=("RESOLVED", "REJECTED")), ["300"]),
        (TicketsFilter(statuses=("WAITING",)), []),
        (TicketsFilter(requester_email="p2@corp.example"), ["63", "3"]),
        (TicketsFilter(queues=("x' OR Queue = 'VPN",)), []),
    ],
)
async def test_all_conditions_of_a_filter_hold(source: RequestTracker, wanted: TicketsFilter, found: list[str]) -> None:
    window = await SourceDesk([Line(source)]).list("tickets", "tickets", Page(10), context(), wanted=wanted)
    assert [ticket.number for ticket in window.records] == found
    assert not window.has_next


@pytest.mark.parametrize("kind", GARBAGE_KINDS)
@pytest.mark.parametrize("question", ["tickets_of", "ticket_by_number", "history_of"])
async def test_garbage_is_never_an_empty_answer(
    source: RequestTracker, twin: RequestTrackerTwin, question: str, kind: GarbageKind
) -> None:
    await twin.break_with(Fault("garbage", garbage=kind))
    answers = await ask(source, question, [person("p0@corp.example")] if question == "tickets_of" else ["300"])
    assert isinstance(answers[0], SourceError)
    assert answers[0].code == "BAD_SOURCE_DATA"


async def test_a_bad_ticket_costs_its_own_person_only(source: RequestTracker, twin: RequestTrackerTwin) -> None:
    twin.tickets[3].status = {"no": "text"}  # type: ignore[assignment]
    bad, good = await ask(source, "tickets_of", [person("p2@corp.example"), person("p3@corp.example")])
    assert isinstance(bad, SourceError)
    assert [ticket.number for ticket in good] == ["64", "4"]


async def test_wrong_credentials_are_a_refusal(twin: RequestTrackerTwin) -> None:
    settings = {"url": twin.settings()["url"], "user": "okno", "password": "wrong"}
    source = RequestTracker(Instance("desk", "request_tracker", systems()["request_tracker"], settings))
    (answer,) = await ask(source, "ticket_by_number", ["3"])
    assert isinstance(answer, SourceError)
    assert answer.code == "SOURCE_REJECTED"
    await source.close()


async def test_basic_authentication_will_do(twin: RequestTrackerTwin) -> None:
    settings = {"url": twin.settings()["url"], "user": "okno", "password": twin.password}
    source = RequestTracker(Instance("desk", "request_tracker", systems()["request_tracker"], settings))
    (answer,) = await ask(source, "ticket_by_number", ["3"])
    assert answer is not None
    await source.close()


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/ticket"), ("PUT", "/ticket/3"), ("POST", "/ticket/3/comment"), ("POST", "/tickets")]
)
async def test_no_write_reaches_the_wire_without_a_permit(
    source: RequestTracker, twin: RequestTrackerTwin, method: str, path: str
) -> None:
    with pytest.raises(WriteRefused):
        await source._http.request(method, path, context(), json={"Status": "resolved"})
    assert twin.calls == 0
    assert twin.tickets[3].status == "open"


async def test_a_permit_lets_one_update_through_and_no_second(source: RequestTracker, twin: RequestTrackerTwin) -> None:
    permit = WritePermit("move_ticket", "move", "desk", "update_ticket", time.monotonic() + 5)
    call = context(permit)
    await source._http.request("PUT", "/ticket/3", call, json={"Status": "resolved"}, write="update_ticket")
    with pytest.raises(WriteRefused):
        await source._http.request("PUT", "/ticket/4", call, json={"Status": "resolved"}, write="update_ticket")
    assert (twin.tickets[3].status, twin.tickets[4].status) == ("resolved", "open")
    (ticket,) = await ask(source, "ticket_by_number", ["3"])
    assert ticket.status == "RESOLVED"
    assert ticket.resolved_at is not None


async def test_an_update_with_an_old_etag_is_refused(source: RequestTracker, twin: RequestTrackerTwin) -> None:
    seen = await source._http.request("GET", "/ticket/300", context())
    permit = WritePermit("move_ticket", "move", "desk", "update_ticket", time.monotonic() + 5)
    twin.tickets[300].transactions.append(RtTransaction("Comment", "root", NOW, id=9999))
    with pytest.raises(SourceError) as refused:
        await source._http.request(
            "PUT",
            "/ticket/300",
            context(permit),
            json={"Status": "open"},
            headers={"If-Match": seen.headers["ETag"]},
            write="update_ticket",
        )
    assert refused.value.code == "SOURCE_REJECTED"
    assert twin.tickets[300].status == "resolved"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-10-29T15:33:11Z", "2026-10-29T15:33:11+00:00"),
        ("Thu Oct 29 15:33:11 2026", "2026-10-29T15:33:11+00:00"),
        ("1970-01-01T00:00:00Z", None),
        ("Thu Jan 01 00:00:00 1970", None),
        ("Not set", None),
        ("", None),
    ],
)
def test_both_ways_rt_writes_moments_are_read(written: str, read: str | None) -> None:
    at = mapping.instant({"Created": written}, "Created")
    assert (at and at.isoformat()) == read


@pytest.mark.parametrize("bad", ["id =", "id = 1 OR", "(id = 1", "= 1", "id ~ 1", "id = 1 id = 2"])
def test_the_twin_refuses_what_rt_cannot_parse(bad: str) -> None:
    with pytest.raises(SqlSyntax):
        parse(bad)


def leave(write: str) -> CallContext:
    """A request that may send this write once."""
    return context(WritePermit("support", "step", "desk", write, time.monotonic() + 5))


async def test_a_ticket_is_opened_for_its_requester(source: RequestTracker, twin: RequestTrackerTwin) -> None:
    asked = [person("p5@corp.example"), "VPN", "Нет связи", "Совсем.\n[okno 7f3a]"]
    written = await SourceDesk([Line(source)]).write("desk", "create_ticket", asked, leave("create_ticket"))
    (ticket,) = await ask(source, "ticket_by_number", [written.key])
    assert (ticket.subject, ticket.queue, ticket.requester_email) == ("Нет связи", "VPN", "p5@corp.example")
    (events,) = await ask(source, "history_of", [written.key])
    assert [(each.kind, each.text) for each in events] == [("CREATED", "Совсем.\n[okno 7f3a]")]
    assert twin.seen["POST /REST/2.0/ticket"] == 1


@pytest.mark.parametrize(("write", "kind"), [("comment_ticket", "COMMENT"), ("reply_ticket", "REPLY")])
async def test_what_is_said_is_found_in_the_history_word_for_word(
    source: RequestTracker, twin: RequestTrackerTwin, write: str, kind: str
) -> None:
    words = "  <b>Готово</b>: «пароль» выдан\n\n[okno 7f3a]"
    await SourceDesk([Line(source)]).write("desk", write, ["300", words], leave(write))
    (events,) = await ask(source, "history_of", ["300"])
    assert (events[-1].kind, events[-1].text) == (kind, words)
    assert len(twin.tickets[300].transactions) == 9


async def test_a_ticket_is_moved_and_what_is_none_stays(source: RequestTracker) -> None:
    desk = SourceDesk([Line(source)])
    await desk.write("desk", "update_ticket", ["3", "VPN", None], leave("update_ticket"))
    await desk.write("desk", "update_ticket", ["4", None, "WAITING"], leave("update_ticket"))
    await desk.write("desk", "update_ticket", ["5", "VPN", "REJECTED"], leave("update_ticket"))
    moved = await ask(source, "ticket_by_number", ["3", "4", "5"])
    assert [(each.queue, each.status) for each in moved] == [
        ("VPN", "OPEN"), ("General", "WAITING"), ("VPN", "REJECTED"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("write", "arguments"),
    [
        ("create_ticket", [person(None), "VPN", "s", "t"]),
        ("comment_ticket", ["3/../4", "t"]),
        ("reply_ticket", ["", "t"]),
        ("update_ticket", ["3", None, "OTHER"]),
        ("update_ticket", ["3", None, None]),
    ],
)
async def test_what_cannot_be_written_is_refused_before_anything_is_sent(
    source: RequestTracker, twin: RequestTrackerTwin, write: str, arguments: list[object]
) -> None:
    with pytest.raises(SourceError) as refused:
        await SourceDesk([Line(source)]).write("desk", write, arguments, leave(write))
    assert refused.value.code == "SOURCE_REJECTED"
    assert twin.calls == 0


@pytest.mark.parametrize(
    ("write", "arguments"),
    [("create_ticket", [person("p5@corp.example"), "Nowhere", "s", "t"]), ("comment_ticket", ["98765", "t"])],
)
async def test_a_queue_or_ticket_that_is_not_there_is_a_refusal(
    source: RequestTracker, twin: RequestTrackerTwin, write: str, arguments: list[object]
) -> None:
    tickets = len(twin.tickets)
    with pytest.raises(SourceError) as refused:
        await SourceDesk([Line(source)]).write("desk", write, arguments, leave(write))
    assert refused.value.code == "SOURCE_REJECTED"
    assert (twin.calls, len(twin.tickets)) == (1, tickets)
