"""What was done through Okno stands in the timeline, for those who may know of the run and for nobody else."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

import pytest
from sqlalchemy import event

from resolvers import ids
from sources.ports.call import utc_now
from tests.operations.acting import (
    Answer,
    another_process,
    asked,
    change_rows,
    codes,
    ended,
    mutate,
    outsider,
    plain_account,
    to_group,
    viewer_of,
    wish,
)
from tests.operations.stand import _TEAM, DOER, PACE, Stand, hasten
from tests.sandbox import company_of, running, stand_back

FIXER: Final = "fix.one"
FELLOW: Final = "fix.two"
GROUPS_ALONE: Final = "groups.alone"
LOOKER: Final = "look.on"
_TIMELINE: Final = """query($id: ID!, $kinds: [TimelineKind!], $first: Int! = 50, $after: String) {
  employee(by: {id: $id}) { login timeline(kinds: $kinds, first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    edges { node { at kind code about source operation { id name state by reason steps { state } } } } } } }"""
_MANY: Final = """query($n: Int!) { employees(first: $n) { edges { node {
  timeline(kinds: [OPERATION]) { edges { node { code operation { id steps { state } } } } } } } } }"""


def team(members: str, *runs: str) -> str:
    """A team that may read everything, and run no more than this."""
    start, _, _ = _TEAM.replace("[all.doing, other.doing]", f"[{members}]").partition("run:")
    return start + "run:\n" + "".join(f"  - {{operation: {name}, scope: anyone}}\n" for name in runs) if runs else start


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stand]:
    """A stand with those who may do everything, those who may do a little, and those who may only look."""
    folder = tmp_path_factory.mktemp("activity")
    teams = {
        "all_doing": _TEAM,
        "fixing": team(f"{FIXER}, {FELLOW}", "comment_ticket", "unlock_account", "add_to_group"),
        "grouping": team(GROUPS_ALONE, "add_to_group"),
        "looking": team(LOOKER),
    }
    async with running(company_of(60), folder, clock=utc_now, pace=PACE, extra_teams=teams) as sandbox:
        hasten(sandbox)
        stand_back()
        yield Stand(sandbox, folder / "okno.db")


async def told(house: Stand, person: Any, login: str, *kinds: str) -> list[Answer]:
    """The events that somebody is told of an employee. Shape: without `kinds` those of all."""
    variables = {"id": id_of(person), "kinds": list(kinds) or None, "first": 200}
    body = await asked(house, _TIMELINE, variables, viewer_of(house, login))
    assert "errors" not in body, body["errors"]
    return [each["node"] for each in body["data"]["employee"]["timeline"]["edges"]]


async def deeds(house: Stand, person: Any, login: str, about: str = "comment_ticket") -> list[Answer]:
    """What somebody is told of an employee that was done by one operation."""
    return [each for each in await told(house, person, login, "OPERATION") if each["about"] == about]


def id_of(person: Any) -> str:
    """The id of somebody in the graph."""
    return ids.encode("Employee", "directory", person.employee_id)


async def ticketed(house: Stand) -> tuple[Any, str]:
    """An employee with an open ticket, each time another one. Returns: the person and the ticket's id."""
    person = next(each for each in await house.people() if each.employee_id not in house.tickets)
    number = await house.with_ticket(person.employee_id)
    return person, ids.encode("Ticket", "tickets", number)


async def commented(house: Stand) -> tuple[Any, Answer]:
    """An employee to whose ticket something was added, and the run."""
    person, ticket = await ticketed(house)
    said = wish(house, person.employee_id, {"ticket": ticket, "text": "We are on it."})
    answer = await mutate(house, "comment_ticket", said, viewer=viewer_of(house, FIXER))
    assert codes(answer) == []
    run = await ended(house, answer)
    assert run["state"] == "SUCCEEDED"
    return person, run


@contextmanager
def statements(house: Stand) -> Iterator[list[str]]:
    """The statements that look up runs of timelines within it, in order."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if (
            "row_number()" in statement.lower()
            or "operation_run.id IN" in statement
            or "operation_step.run IN" in statement
        ):
            found.append(statement)

    engine = house.sandbox.gateway.store.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def test_what_was_done_stands_among_what_the_systems_tell(house: Stand) -> None:
    person, run = await commented(house)
    (deed,) = await deeds(house, person, FIXER)
    assert (deed["code"], deed["source"], deed["kind"]) == ("ticket.commented", "okno", "OPERATION")
    assert deed["operation"] == {
        "id": run["id"],
        "name": "comment_ticket",
        "state": "SUCCEEDED",
        "by": FIXER,
        "reason": "because of the test",
        "steps": [{"state": "DONE"}],
    }
    everything = await told(house, person, FIXER)
    assert {each["source"] for each in everything} > {"okno", "domain"}
    moments = [datetime.fromisoformat(each["at"]) for each in everything]
    assert moments == sorted(moments, reverse=True)
    assert deed in everything
    assert {each["operation"] is None for each in everything if each["source"] != "okno"} == {True}


async def test_the_answer_of_a_mutation_tells_it_already(house: Stand) -> None:
    person, ticket = await ticketed(house)
    payload = "employee { timeline(kinds: [OPERATION]) { edges { node { code operation { id } } } } } operation { id }"
    said = wish(house, person.employee_id, {"ticket": ticket, "text": "We are on it."})
    answer = await mutate(house, "comment_ticket", said, payload, viewer=viewer_of(house, FIXER))
    newest = answer["employee"]["timeline"]["edges"][0]["node"]
    assert newest == {"code": "ticket.commented", "operation": {"id": answer["operation"]["id"]}}


async def test_it_is_told_to_those_who_may_know_of_the_run_and_to_nobody_else(house: Stand) -> None:
    person, _run = await commented(house)
    heard = {login: len(await deeds(house, person, login)) for login in (FIXER, FELLOW, DOER, GROUPS_ALONE, LOOKER)}
    assert heard == {FIXER: 1, FELLOW: 1, DOER: 1, GROUPS_ALONE: 0, LOOKER: 0}
    others = {each["source"] for each in await told(house, person, LOOKER)}
    assert "domain" in others
    assert "okno" not in others


async def test_whose_timeline_it_is_is_told(house: Stand) -> None:
    person, run = await commented(house)
    (deed,) = await deeds(house, person, person.login)
    assert (deed["code"], deed["operation"]["id"]) == ("ticket.commented", run["id"])


async def test_what_waits_is_told_and_who_is_asked_is_told_too(house: Stand) -> None:
    people = await house.people()
    answers = await house.asked("groups", "memberships_of", *[each.ref for each in people])
    logins = {each.login for each in people}
    group = next(
        each.group
        for several in answers
        for each in several
        if each.group.privileged and each.group.owner_login in logins
    )
    held = [{each.group.object_id for each in several} for several in answers]
    person = next(
        each
        for each, had in zip(people, held, strict=True)
        if had and group.object_id not in had and each.login != group.owner_login
    )
    await house.with_ticket(person.employee_id)
    answer = await mutate(house, "add_to_group", to_group(house, group, person), viewer=viewer_of(house, FIXER))
    assert codes(answer) == ["APPROVAL_REQUIRED"]
    (waiting,) = await deeds(house, person, FIXER, "add_to_group")
    assert (waiting["code"], waiting["operation"]["state"]) == ("operation.asked_for", "AWAITING_APPROVAL")
    seen = await asked(
        house, "query($id: ID!) { operation(id: $id) { state } }", {"id": answer["operation"]["id"]},
        viewer_of(house, group.owner_login),
    )  # fmt: skip
    assert seen["data"]["operation"] == {"state": "AWAITING_APPROVAL"}
    assert await deeds(house, person, LOOKER, "add_to_group") == []
    given = {"operation": answer["operation"]["id"], "note": "not needed any more"}
    assert codes(await mutate(house, "cancel_operation", given, viewer=viewer_of(house, FIXER))) == []
    assert [each["code"] for each in await deeds(house, person, FIXER, "add_to_group")] == ["operation.cancelled"]


async def test_what_was_taken_back_is_told_twice(house: Stand) -> None:
    group, person = await outsider(house)
    run = await ended(house, await mutate(house, "add_to_group", to_group(house, group, person)))
    back = {"operation": run["id"], "idempotencyKey": "back", "mode": "APPLY", "reason": "it was a mistake"}
    undone = await mutate(house, "undo_operation", back)
    assert codes(undone) == []
    assert (await ended(house, undone))["state"] == "SUCCEEDED"
    heard = await deeds(house, person, DOER, "add_to_group")
    assert [each["code"] for each in heard[:2]] == ["operation.undone", "group_member.added"]


async def test_what_failed_and_what_was_so_already_are_told_as_what_they_were(house: Stand) -> None:
    person, ticket = await ticketed(house)
    said = wish(house, person.employee_id, {"ticket": ticket, "text": "We are on it."})
    await house.broken("tickets", "deaf")
    try:
        failed = await ended(house, await mutate(house, "comment_ticket", said, viewer=viewer_of(house, FIXER)))
    finally:
        await house.broken("tickets", None)
    assert failed["state"] == "FAILED"
    assert [each["code"] for each in await deeds(house, person, FIXER)] == ["operation.failed"]
    person, account = await plain_account(house)
    await house.with_ticket(person.employee_id)
    said = wish(house, person.employee_id, {"account": account})
    already = await mutate(house, "unlock_account", said, viewer=viewer_of(house, FIXER))
    assert already["operation"]["state"] == "SUCCEEDED"
    assert [each["code"] for each in await deeds(house, person, FIXER, "unlock_account")] == ["operation.not_needed"]


async def test_pages_of_it_hang_together(house: Stand) -> None:
    person, _run = await commented(house)
    whole = await told(house, person, FIXER)
    found: list[Answer] = []
    after, more = None, True
    while more:
        variables = {"id": id_of(person), "first": 3, "after": after}
        page = (await asked(house, _TIMELINE, variables, viewer_of(house, FIXER)))["data"]["employee"]["timeline"]
        found += [each["node"] for each in page["edges"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert found == whole


async def test_fifty_timelines_cost_no_more_statements_than_one(house: Stand) -> None:
    people = [(await commented(house))[0] for _ in range(3)]
    for login in (DOER, FIXER):
        with statements(house) as made:
            await deeds(house, people[0], login)
        assert len(made) == 3, "the runs, and the steps of those that are shown"
        with statements(house) as made:
            body = await asked(house, _MANY, {"n": 50}, viewer_of(house, login))
        assert "errors" not in body
        assert len(made) == 3
        several = [each["node"]["timeline"]["edges"] for each in body["data"]["employees"]["edges"]]
        assert len([each for each in several if each]) >= 3


async def test_who_wants_other_kinds_asks_nobody_about_it(house: Stand) -> None:
    person, _run = await commented(house)
    with statements(house) as made:
        assert {each["kind"] for each in await told(house, person, FIXER, "ACCOUNT", "MAIL")} <= {"ACCOUNT", "MAIL"}
    assert made == []


async def test_another_process_tells_the_same(house: Stand) -> None:
    person, run = await commented(house)
    async with another_process(house) as process:
        body = await asked(house, _TIMELINE, {"id": id_of(person)}, viewer_of(house, FIXER), process)
    found = [each["node"]["operation"] for each in body["data"]["employee"]["timeline"]["edges"]]
    assert run["id"] in [each["id"] for each in found if each]


async def test_a_journal_that_cannot_be_read_is_named_and_the_rest_is_told(house: Stand) -> None:
    person, _run = await commented(house)
    await change_rows(house, "alter table operation_run rename to operation_run_away")
    try:
        body = await asked(house, _TIMELINE, {"id": id_of(person)}, viewer_of(house, FIXER))
    finally:
        await change_rows(house, "alter table operation_run_away rename to operation_run")
    (error,) = body["errors"]
    assert (error["extensions"]["code"], error["extensions"]["source"]) == ("SOURCE_UNAVAILABLE", "okno")
    assert error["path"] == ["employee", "timeline"]
    assert {each["node"]["source"] for each in body["data"]["employee"]["timeline"]["edges"]} >= {"domain"}
    assert [each["code"] for each in await deeds(house, person, FIXER)] == ["ticket.commented"]
