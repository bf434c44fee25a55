"""The ticket in hand: a purpose for what is read and done, and what came of it told in the ticket, once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from operations.kit.notifying import Insistence, Notifying
from resolvers import ids
from tests.operations.acting import (
    OTHER,
    another_process,
    asked,
    codes,
    ended,
    mutate,
    nothing_done,
    outsider,
    to_group,
    viewer_of,
    wish,
)
from tests.operations.stand import DOER, Stand

pytest_plugins = ("tests.operations.floor",)

_CASE = "case { id ticket employee { login } writeBacks { operation state attempts problem nextAt } }"
_ANSWER = f"{_CASE} problems {{ __typename code path }}"
_FAST = Insistence(every=0.05, first=0.1, longest=0.2, most=60.0)


async def opened(floor: Stand, ticket: str, login: str = DOER, **more: Any) -> dict[str, Any]:
    """What is answered to somebody who takes a ticket in hand."""
    return await mutate(floor, "open_case", {"ticket": ticket, **more}, _ANSWER, viewer=viewer_of(floor, login))


async def closed(floor: Stand, login: str = DOER) -> dict[str, Any]:
    """What is answered to somebody who puts it down."""
    return await mutate(floor, "close_case", {}, _ANSWER, viewer=viewer_of(floor, login))


async def shown(floor: Stand, login: str = DOER, **changes: Any) -> dict[str, Any] | None:
    """The case that the viewer sees."""
    body = await asked(floor, f"{{ {_CASE} }}", {}, viewer_of(floor, login, **changes))
    case: dict[str, Any] | None = body["data"]["case"]
    return case


@asynccontextmanager
async def telling(notifying: Notifying) -> AsyncIterator[Notifying]:
    """Within it a process tells what came of runs."""
    notifying.insistence = _FAST
    notifying.start()
    try:
        yield notifying
    finally:
        await notifying.close()


async def until(true: Any, seconds: float = 10.0) -> Any:
    """What comes true in a while."""
    for _ in range(int(seconds / 0.05)):
        found = await true()
        if found:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError("it has not come true")


async def comments(floor: Stand, number: str, operation: str) -> list[str]:
    """What the ticket's history tells of a run."""
    (history,) = await floor.asked("tickets", "history_of", number)
    return [each.text for each in history if each.text and ids.decode(operation).key in each.text]


async def test_the_ticket_in_hand_is_the_purpose_of_what_is_read(floor: Stand) -> None:
    _group, person = await outsider(floor, 30)
    ticket = await floor.with_ticket(person.employee_id)
    answer = await opened(floor, f"#{ticket}")
    assert (answer["case"]["ticket"], answer["case"]["employee"]["login"]) == (ticket, person.login)
    query = "query($id: ID!) { employee(by: {id: $id}) { phones { number } } }"
    variables = {"id": ids.encode("Employee", "directory", person.employee_id)}
    await asked(floor, query, variables, viewer_of(floor))
    assert reads(floor, person)[-1]["ticket"] == ticket
    assert codes(await closed(floor)) == []
    await asked(floor, query, variables, viewer_of(floor))
    assert reads(floor, person)[-1].get("ticket") is None
    mine = [each for each in floor.records() if each["code"].startswith("case.")]
    told = [(each["code"], each["operator"]) for each in mine if each["detail"]["ticket"] == ticket]
    assert told == [("case.opened", DOER), ("case.closed", DOER)]


def reads(floor: Stand, person: Any) -> list[dict[str, Any]]:
    """What the trail says was read of somebody."""
    return [each for each in floor.records(code="employee.read") if each.get("employee") == person.employee_id]


async def test_a_case_is_of_one_person_and_one_sign_in(floor: Stand) -> None:
    _group, person = await outsider(floor, 31)
    ticket = await floor.with_ticket(person.employee_id)
    await opened(floor, ticket)
    assert (await shown(floor) or {})["ticket"] == ticket
    assert await shown(floor, OTHER) is None
    assert await shown(floor, session="another sign-in") is None
    async with another_process(floor) as process:
        found = await process.room.cases.of(DOER, f"session of {DOER}")
        assert found is not None and found.ticket == ticket
    await closed(floor)
    assert codes(await closed(floor)) == ["ALREADY_DECIDED"]


async def test_only_an_open_ticket_of_the_employee_is_taken_in_hand(floor: Stand) -> None:
    _group, person = await outsider(floor, 32)
    _group, somebody = await outsider(floor, 33)
    ticket = await floor.with_ticket(person.employee_id)
    with nothing_done(floor, "NOT_FOUND"):
        assert codes(await opened(floor, "999999")) == ["NOT_FOUND"]
    other = ids.encode("Employee", "directory", somebody.employee_id)
    with nothing_done(floor, "TICKET_REQUIRED"):
        assert codes(await opened(floor, ticket, employee=other)) == ["TICKET_REQUIRED"]
    (found,) = await floor.asked("tickets", "ticket_by_number", ticket)
    done = await floor.act(
        "move_ticket", person.employee_id, {"ticket": ids.encode("Ticket", found.source, ticket), "status": "RESOLVED"},
        mode="APPLY",
    )  # fmt: skip
    assert done["operation"]["state"] == "SUCCEEDED", done
    with nothing_done(floor, "TICKET_CLOSED"):
        assert codes(await opened(floor, ticket)) == ["TICKET_CLOSED"]
    assert await shown(floor) is None
    del floor.tickets[person.employee_id]


async def test_an_operation_that_names_no_ticket_is_for_the_one_in_hand_if_it_is_this_employees(floor: Stand) -> None:
    group, person = await outsider(floor, 34)
    ticket = await floor.with_ticket(person.employee_id)
    await opened(floor, ticket)
    said = to_group(floor, group, person, purpose={"reason": "because of the test"})
    answer = await mutate(floor, "add_to_group", said)
    assert codes(answer) == []
    run = await ended(floor, answer)
    assert run["state"] == "SUCCEEDED"
    begun = floor.records(run["id"])[0]
    assert begun["ticket"] == ticket
    other_group, other = await outsider(floor, 35)
    with nothing_done(floor, "TICKET_REQUIRED"):
        refused = await mutate(
            floor, "add_to_group", to_group(floor, other_group, other, purpose={"reason": "because of the test"})
        )
    assert codes(refused) == ["TICKET_REQUIRED"]
    await closed(floor)
    # the wish is the same one, whatever is in hand when it is repeated
    again = await mutate(floor, "add_to_group", said)
    assert (again["replayed"], again["problems"]) == (True, [])


async def test_what_came_of_a_run_stands_in_its_ticket_once_and_tells_nothing_personal(floor: Stand) -> None:
    group, person = await outsider(floor, 36)
    ticket = await floor.with_ticket(person.employee_id)
    await opened(floor, ticket)
    answer = await mutate(floor, "add_to_group", to_group(floor, group, person))
    run = await ended(floor, answer)
    async with (
        telling(floor.sandbox.gateway.operating.around.notifying) as notifying,
        another_process(floor) as process,
    ):
        async with telling(process.operating.around.notifying):
            (text,) = await until(lambda: comments(floor, ticket, run["id"]))
            await until(lambda: sent(floor, run["id"]))
            await notifying.look()
    assert "add_to_group: SUCCEEDED" in text and "read back" in text
    for personal in (person.login, person.name.display, person.email, person.employee_id, group.name, DOER):
        assert personal not in text
    assert len(await comments(floor, ticket, run["id"])) == 1
    told = [
        each
        for each in floor.records(code="ticket.commented")
        if each["employee"] == person.employee_id and each["detail"]["origin"] == "CASE"
    ]
    assert [each["stage"] for each in told] == ["decision", "intent", "outcome", "outcome"]
    assert {each["operator"] for each in told} == {"okno"}
    assert len({each["operation"] for each in told}) == 1
    await closed(floor)


async def sent(floor: Stand, operation: str) -> bool:
    """Whether the case shows that a run was told."""
    case = await shown(floor) or {"writeBacks": []}
    return any(each["operation"] == operation and each["state"] == "SENT" for each in case["writeBacks"])


async def test_a_service_desk_that_is_down_is_told_when_it_is_back(floor: Stand) -> None:
    group, person = await outsider(floor, 37)
    ticket = await floor.with_ticket(person.employee_id)
    await opened(floor, ticket)
    run = await ended(floor, await mutate(floor, "add_to_group", to_group(floor, group, person)))
    await floor.broken("tickets", "status_500")
    try:
        async with telling(floor.sandbox.gateway.operating.around.notifying):
            waiting = await until(lambda: tried(floor, run["id"]))
            assert waiting["problem"] and waiting["nextAt"]
            await floor.broken("tickets", None)
            await until(lambda: sent(floor, run["id"]))
    finally:
        await floor.broken("tickets", None)
    assert len(await comments(floor, ticket, run["id"])) == 1
    failed = [each for each in floor.records(code="notice.failed") if each["operation"] == ids.decode(run["id"]).key]
    assert [each["detail"]["kind"] for each in failed] == ["COMMENT"]
    await closed(floor)


async def tried(floor: Stand, operation: str) -> dict[str, Any] | None:
    """What the case shows of a run that could not be told yet."""
    case = await shown(floor) or {"writeBacks": []}
    found = [each for each in case["writeBacks"] if each["operation"] == operation and each["attempts"]]
    return found[0] if found and found[0]["state"] == "WAITING" and found[0]["problem"] else None


async def test_what_a_killed_process_was_about_to_tell_another_tells_once(floor: Stand) -> None:
    group, person = await outsider(floor, 38)
    ticket = await floor.with_ticket(person.employee_id)
    await opened(floor, ticket)
    run = await ended(floor, await mutate(floor, "add_to_group", to_group(floor, group, person)))
    key = ids.decode(run["id"]).key
    here = floor.sandbox.gateway.operating.around.notifying
    # the process has told it, and died before it could write down that it had
    await here._casework.write_back(key, ticket)
    async with another_process(floor) as process, telling(process.operating.around.notifying):
        await until(lambda: sent(floor, run["id"]))
    assert len(await comments(floor, ticket, run["id"])) == 1
    await closed(floor)


async def test_a_ticket_that_is_nobodys_is_given_up_and_shown(floor: Stand) -> None:
    _group, person = await outsider(floor, 39)
    _group, somebody = await outsider(floor, 40)
    theirs = await floor.with_ticket(somebody.employee_id)
    answers = await floor.asked("accounts", "accounts_of", person.ref)
    account = next(each for each in answers[0] if each.source == "domain")
    said = wish(
        floor,
        person.employee_id,
        {"account": ids.encode("Account", "domain", account.object_id)},
        purpose={"reason": "because of the test", "ticket": theirs},
    )
    run = await ended(floor, await mutate(floor, "unlock_account", said))
    assert run["state"] == "SUCCEEDED"
    before = floor.state("tickets")
    async with telling(floor.sandbox.gateway.operating.around.notifying):
        await until(lambda: given_up(floor, run["id"]))
    assert floor.state("tickets") == before
    assert await comments(floor, theirs, run["id"]) == []


async def given_up(floor: Stand, operation: str) -> bool:
    """Whether it is recorded that a run could not be told."""
    key = ids.decode(operation).key
    return any(each["operation"] == key for each in floor.records(code="notice.failed"))


async def test_a_frozen_service_desk_is_told_when_it_is_let_go_on(floor: Stand) -> None:
    group, person = await outsider(floor, 42)
    ticket = await floor.with_ticket(person.employee_id)
    await opened(floor, ticket)
    run = await ended(floor, await mutate(floor, "add_to_group", to_group(floor, group, person)))
    freeze = {"kind": "SOURCE", "name": "tickets", "reason": "something is wrong"}
    frozen = await mutate(floor, "freeze", freeze, "freeze { id } problems { code }")
    before = floor.state("tickets")
    async with telling(floor.sandbox.gateway.operating.around.notifying):
        waiting = await until(lambda: tried(floor, run["id"]))
        assert waiting["problem"] == "it is frozen"
        assert floor.state("tickets") == before
        lifted = {"freeze": frozen["freeze"]["id"], "reason": "it was nothing"}
        assert (await mutate(floor, "lift_freeze", lifted, "problems { code }"))["problems"] == []
        await until(lambda: sent(floor, run["id"]))
    assert len(await comments(floor, ticket, run["id"])) == 1
    await closed(floor)


async def test_a_program_has_no_case(floor: Stand) -> None:
    _group, person = await outsider(floor, 41)
    ticket = await floor.with_ticket(person.employee_id)
    program = replace(viewer_of(floor), service=True, session="a program's")
    with nothing_done(floor, "NOT_ALLOWED"):
        assert codes(await mutate(floor, "open_case", {"ticket": ticket}, _ANSWER, viewer=program)) == ["NOT_ALLOWED"]
    assert await shown(floor, session="a program's") is None
