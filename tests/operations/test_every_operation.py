"""What holds of every operation there is; one without a case fails."""

import asyncio
from typing import Any

import pytest

from operations.kit.catalogue import shipped
from resolvers import ids
from tests.operations.cases import Case
from tests.operations.scenario_cases import CASES
from tests.operations.stand import Stand

pytestmark = pytest.mark.parametrize("name", list(shipped()))


async def put(stand: Stand, name: str) -> Case:
    """A case with everything that the policy asks for."""
    case = await CASES[name](stand)
    await stand.with_ticket(case.employee)
    await stand.verified(case.employee)
    return case


def codes(answer: dict[str, Any]) -> list[str]:
    return [each["code"] for each in answer["problems"]]


async def test_a_preview_a_stale_plan_and_a_stranger_change_nothing(stand: Stand, name: str) -> None:
    case = await put(stand, name)
    before, writes, denied = stand.state(case.source), stand.writes(), stand.count("operation.denied")
    preview = await stand.act(name, case.employee, case.said)
    assert codes(preview) == []
    assert preview["operation"] is None
    assert not preview["plan"]["already"]
    assert preview["plan"]["changes"]
    stale = await stand.act(name, case.employee, case.said, mode="APPLY", planHash="0" * 64)
    assert codes(stale) == ["STALE_PLAN"]
    assert stale["operation"] is None
    stranger = await stand.act(name, case.employee, case.said, mode="APPLY", login="all.seeing")
    assert codes(stranger) == ["NOT_ALLOWED"]
    assert stranger["plan"] is None
    assert stand.writes() == writes
    assert stand.state(case.source) == before
    assert stand.count("operation.denied") == denied + 2


async def test_it_is_done_once_read_back_and_replayed(stand: Stand, name: str) -> None:
    case = await put(stand, name)
    plan = (await stand.act(name, case.employee, case.said))["plan"]
    writes = stand.writes()
    given = {"mode": "APPLY", "planHash": plan["hash"], "idempotencyKey": f"once {name}"}
    answer = await stand.act(name, case.employee, case.said, **given)
    answer = await ended(stand, answer)
    assert codes(answer) == []
    run = answer["operation"]
    assert run["state"] == "SUCCEEDED", run
    assert [each["state"] for each in run["steps"]] == ["DONE"] * case.steps
    assert all(each["proof"] for each in run["steps"])
    assert stand.writes() - writes == case.steps
    assert bool(answer["secrets"]) is case.secret
    again = await stand.act(name, case.employee, case.said, **given)
    assert again["replayed"]
    assert again["operation"]["id"] == run["id"]
    assert again["secrets"] == []
    assert stand.writes() - writes == case.steps
    other = await stand.act(
        name, case.employee, case.said, **given, purpose={"reason": "another reason", "ticket": None}
    )
    assert codes(other) == ["KEY_CONFLICT"]
    stages = [(each["stage"], each.get("step")) for each in stand.records(run["id"])]
    for step in run["steps"]:
        assert stages.index(("intent", step["name"])) < stages.index(("outcome", step["name"]))


async def ended(stand: Stand, answer: dict[str, Any]) -> dict[str, Any]:
    """The same answer once the run has come to its end."""
    run = answer["operation"]
    for _ in range(200):
        if run is None or run["state"] not in ("RUNNING", "COMPENSATING"):
            break
        await asyncio.sleep(0.05)
        run = await found(stand, run["id"])
    return {**answer, "operation": run}


async def found(stand: Stand, id_: str) -> dict[str, Any]:
    """A run as it stands."""
    reply = await stand.sandbox.ask(
        "query($id: ID!) { operation(id: $id) { id state problem { code message } undo { possible whyNot undoneBy } "
        "steps { name source state attempts made problem proof { readBackAt shown } } } }",
        {"id": id_},
        login="all.doing",
    )
    assert "errors" not in reply.body, reply.body
    answer: dict[str, Any] = reply.body["data"]["operation"]
    return answer


async def test_a_lost_answer_ends_in_what_is_true(stand: Stand, name: str) -> None:
    case = await put(stand, name)
    source = case.source
    writes = stand.writes()
    await stand.broken(source, "lost_reply")
    try:
        answer = await stand.act(name, case.employee, case.said, mode="APPLY")
        answer = await ended(stand, answer)
    finally:
        await stand.broken(source, None)
    run = answer["operation"]
    step = run["steps"][0]
    rows = await stand.sandbox.gateway.operating.journal.steps(ids.decode(run["id"]).key)
    retry = stand.desk.retry_of(source, rows[0].step["call"]["write"])
    if retry == "blind":
        assert run["state"] == "UNKNOWN"
        assert step["state"] == "UNKNOWN"
        assert step["attempts"] == 1
        assert stand.writes() - writes == 1
    else:
        assert run["state"] == "SUCCEEDED", run
        assert all(each["state"] == "DONE" for each in run["steps"])
    assert answer["secrets"] == []


async def test_a_system_that_says_yes_and_does_nothing_is_found_out(stand: Stand, name: str) -> None:
    case = await put(stand, name)
    before = stand.state(case.source)
    await stand.broken(case.source, "deaf")
    try:
        answer = await stand.act(name, case.employee, case.said, mode="APPLY")
        answer = await ended(stand, answer)
    finally:
        await stand.broken(case.source, None)
    run = answer["operation"]
    assert run["state"] in ("FAILED", "UNKNOWN"), run
    if run["state"] == "UNKNOWN":
        assert name == "show_recovery_key", run
    assert answer["secrets"] == []
    assert stand.state(case.source) == before


async def test_what_can_be_undone_is_undone_once(stand: Stand, name: str) -> None:
    operation = shipped()[name]
    case = await put(stand, name)
    answer = await ended(stand, await stand.act(name, case.employee, case.said, mode="APPLY"))
    run = await found(stand, answer["operation"]["id"])
    assert run["undo"]["possible"] is (operation.undone_by is not None), run["undo"]
    given = {"operation": run["id"], "reason": "it was a mistake", "mode": "APPLY"}
    before = stand.state(case.source)
    undone = await stand.mutate("undoOperation", "UndoOperationInput", {**given, "idempotencyKey": f"undo {run['id']}"})
    if operation.undone_by is None:
        assert codes(undone) == ["NOT_POSSIBLE"]
        assert stand.state(case.source) == before
        return
    assert codes(undone) == []
    child = (await ended(stand, undone))["operation"]
    assert child["state"] == "SUCCEEDED", child
    assert (await found(stand, run["id"]))["undo"]["undoneBy"] == child["id"]
    second = await stand.mutate(
        "undoOperation", "UndoOperationInput", {**given, "idempotencyKey": f"again {run['id']}"}
    )
    assert codes(second) == ["ALREADY_DECIDED"]
