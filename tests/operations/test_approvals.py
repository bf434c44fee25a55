"""What waits for another person: who may agree, to what exactly, and what comes of it."""

import asyncio
from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from resolvers import ids
from sources.ports.call import utc_now
from tests.operations.acting import (
    DOER,
    HALF,
    OTHER,
    THIRD,
    Answer,
    change_rows,
    codes,
    ended,
    mutate,
    new_key,
    nothing_done,
    of_kind,
    plain_account,
    run_of,
    touched,
    viewer_of,
    wish,
)
from tests.operations.cases import _write
from tests.operations.stand import Stand

pytest_plugins = ("tests.operations.floor",)
_seen: dict[str, str] = {}


def serial_of(person: Any) -> str:
    """The second factor that somebody was taken for."""
    return _seen[person.employee_id]


async def with_token(floor: Stand) -> tuple[Any, str, str]:
    """Somebody with a second factor that is switched on and an account, whom nothing was done to. Returns: also both ids."""
    lately = touched(floor)
    people = await floor.people()
    tokens = await floor.asked("second_factors", "second_factors_of", *[each.ref for each in people])
    accounts = await floor.asked("accounts", "accounts_of", *[each.ref for each in people])
    for person, several, held in zip(people, tokens, accounts, strict=True):
        token = next((each for each in several if each.active), None)
        fits = (each for each in held if each.source == "domain" and each.enabled and each.kind == "PERSONAL")
        account = next(fits, None)
        if token is not None and account is not None and person.employee_id not in lately:
            _seen[person.employee_id] = token.serial
            await floor.with_ticket(person.employee_id)
            await floor.verified(person.employee_id)
            return person, token.serial, ids.encode("Account", account.source, account.object_id)
    raise AssertionError("nobody is left")


async def waiting(floor: Stand, **more: Any) -> tuple[Any, str, Answer]:
    """A second factor to be switched off just after the password was reset: it waits. Returns: the person, the key, the run."""
    person, serial, account = await with_token(floor)
    reset = wish(floor, person.employee_id, {"account": account})
    # by somebody else: so many an hour are one operator's at most
    await floor.verified(person.employee_id, THIRD)
    answer = await mutate(floor, "reset_password", reset, viewer=viewer_of(floor, THIRD))
    assert codes(answer) == []
    assert (await ended(floor, answer))["state"] == "SUCCEEDED"
    key = new_key()
    said = wish(floor, person.employee_id, {"serial": serial}, idempotencyKey=key, **more)
    with nothing_done(floor):
        answer = await mutate(floor, "disable_second_factor", said)
    assert of_kind(answer) == ["ApprovalRequired"]
    run = answer["operation"]
    assert run["state"] == "AWAITING_APPROVAL"
    assert [(each["kind"], each["askedOf"]) for each in run["approvals"]] == [("four_eyes", None)]
    assert run["approvals"][0]["planHash"] == answer["plan"]["hash"]
    return person, key, run


async def decide(floor: Stand, run: Answer, login: str, team: str | None = None, **more: Any) -> Answer:
    """What is answered to somebody who agrees, or does not."""
    given = {"operation": run["id"], "planHash": run["approvals"][0]["planHash"], "agrees": True, **more}
    return await mutate(floor, "approve_operation", given, viewer=viewer_of(floor, login, team))


def ends(floor: Stand, run: Answer) -> list[tuple[str, str]]:
    """Each state that the trail says the run came to, with the outcome."""
    told = [each for each in floor.records(run["id"]) if each["stage"] == "outcome" and not each.get("step")]
    return [(each["detail"]["state"], each["outcome"]) for each in told if "state" in each["detail"]]


async def test_a_password_and_then_a_second_factor_of_one_person_wait_for_another_pair_of_eyes(floor: Stand) -> None:
    _person, _key, run = await waiting(floor)
    assert [each["state"] for each in run["steps"]] == ["WAITING"]
    assert ends(floor, run) == []


async def test_what_somebody_else_agrees_to_runs_at_once(floor: Stand) -> None:
    _person, _key, run = await waiting(floor)
    writes = floor.writes()
    answer = await decide(floor, run, OTHER, note="seen with the employee")
    assert codes(answer) == []
    done = await ended(floor, answer)
    assert done["state"] == "SUCCEEDED"
    assert floor.writes() == writes + 1
    (given,) = [each for each in floor.records(run["id"]) if each["code"] == "approval.given"]
    assert (given["operator"], given["approver"]) == (DOER, OTHER)
    again = await decide(floor, run, THIRD)
    assert codes(again) == ["ALREADY_DECIDED"]
    assert floor.writes() == writes + 1


async def test_neither_the_requester_in_any_team_nor_the_subject_nor_who_may_not_agrees(floor: Stand) -> None:
    person, _key, run = await waiting(floor)
    for login, team in ((DOER, None), (DOER, "also_doing"), (person.login, None), ("all.seeing", None)):
        with nothing_done(floor, "NOT_ALLOWED"):
            answer = await decide(floor, run, login, team)
        assert of_kind(answer) == ["NotAllowed"]
    left = await run_of(floor, run["id"])
    assert left["state"] == "AWAITING_APPROVAL"
    assert left["approvals"][0]["decision"] is None


async def test_who_has_taken_it_over_does_not_agree_to_it(floor: Stand) -> None:
    _person, _key, run = await waiting(floor)
    taken = await mutate(floor, "take_operation", {"operation": run["id"]}, viewer=viewer_of(floor, THIRD))
    assert codes(taken) == []
    with nothing_done(floor, "NOT_ALLOWED"):
        assert codes(await decide(floor, run, THIRD)) == ["NOT_ALLOWED"]


async def test_another_plan_is_not_agreed_to(floor: Stand) -> None:
    _person, _key, run = await waiting(floor)
    with nothing_done(floor, "STALE_PLAN"):
        answer = await decide(floor, run, OTHER, planHash="0" * 64)
    assert of_kind(answer) == ["StalePlan"]
    assert answer["problems"][0]["path"] == ["input", "planHash"]
    assert (await run_of(floor, run["id"]))["state"] == "AWAITING_APPROVAL"


async def test_what_was_agreed_to_and_is_not_so_any_more_expires(floor: Stand) -> None:
    person, _key, run = await waiting(floor)
    await _write(floor, run["steps"][0]["source"], "disable_token", person.ref, serial_of(person))
    with nothing_done(floor):
        answer = await decide(floor, run, OTHER)
    assert codes(answer) == ["STALE_PLAN"]
    assert answer["operation"]["state"] == "EXPIRED"
    assert [each["state"] for each in answer["operation"]["steps"]] == ["WAITING"]


async def test_a_ticket_that_was_closed_meanwhile_is_none(floor: Stand) -> None:
    person, _key, run = await waiting(floor)
    await _write(floor, "tickets", "update_ticket", floor.tickets.pop(person.employee_id), None, "RESOLVED")
    with nothing_done(floor):
        answer = await decide(floor, run, OTHER)
    assert codes(answer) == ["TICKET_CLOSED"]
    assert (await run_of(floor, run["id"]))["state"] == "AWAITING_APPROVAL"


async def test_what_is_refused_is_over(floor: Stand) -> None:
    _person, _key, run = await waiting(floor)
    with nothing_done(floor):
        answer = await decide(floor, run, OTHER, agrees=False, note="not like this")
    assert codes(answer) == []
    assert answer["operation"]["state"] == "REJECTED"
    assert answer["operation"]["approvals"][0]["decision"] == "REJECTED"
    assert ends(floor, run) == [("REJECTED", "denied")]
    with nothing_done(floor, "ALREADY_DECIDED"):
        assert codes(await decide(floor, run, THIRD)) == ["ALREADY_DECIDED"]
    assert (await run_of(floor, run["id"]))["state"] == "REJECTED"


async def test_what_nobody_agrees_to_in_time_expires_by_itself(floor: Stand) -> None:
    _person, _key, run = await waiting(floor)
    past = (utc_now() - timedelta(seconds=1)).replace(tzinfo=None).isoformat(sep=" ")
    assert (
        await change_rows(
            floor, "update operation_run set expires_at = ? where id = ?", past, ids.decode(run["id"]).key
        )
        == 1
    )
    with nothing_done(floor, "ALREADY_DECIDED"):
        assert codes(await decide(floor, run, OTHER)) == ["ALREADY_DECIDED"]
    for _ in range(100):
        left = await run_of(floor, run["id"])
        if left["state"] != "AWAITING_APPROVAL":
            break
        await asyncio.sleep(0.05)
    assert left["state"] == "EXPIRED"
    assert ends(floor, run) == [("EXPIRED", "denied")]
    with nothing_done(floor, "ALREADY_DECIDED"):
        assert codes(await decide(floor, run, OTHER)) == ["ALREADY_DECIDED"]


async def test_only_the_requester_cancels(floor: Stand) -> None:
    _person, _key, run = await waiting(floor)
    with nothing_done(floor, "NOT_ALLOWED"):
        refused = await mutate(floor, "cancel_operation", {"operation": run["id"]}, viewer=viewer_of(floor, OTHER))
    assert codes(refused) == ["NOT_ALLOWED"]
    with nothing_done(floor):
        answer = await mutate(floor, "cancel_operation", {"operation": run["id"], "note": "no need any more"})
    assert answer["operation"]["state"] == "CANCELLED"
    with nothing_done(floor, "ALREADY_DECIDED"):
        assert codes(await decide(floor, run, OTHER)) == ["ALREADY_DECIDED"]
    assert (await run_of(floor, run["id"]))["state"] == "CANCELLED"


async def test_a_secret_is_made_when_the_requester_is_there_and_goes_to_them_once(floor: Stand) -> None:
    person, serial, account = await with_token(floor)
    off = wish(floor, person.employee_id, {"serial": serial})
    assert (await ended(floor, await mutate(floor, "disable_second_factor", off)))["state"] == "SUCCEEDED"
    said = wish(floor, person.employee_id, {"account": account})
    with nothing_done(floor):
        waits = await mutate(floor, "reset_password", said)
        assert codes(waits) == ["APPROVAL_REQUIRED"]
        run = waits["operation"]
        assert run["state"] == "AWAITING_APPROVAL"
        agreed = await decide(floor, run, OTHER)
        assert codes(agreed) == []
        assert agreed["operation"]["state"] == "AWAITING_APPROVAL"
        assert agreed["secrets"] == []
        # the same key of somebody else is another key, and theirs waits too
        theirs = await mutate(floor, "reset_password", said, viewer=viewer_of(floor, OTHER))
        assert theirs["operation"]["id"] != run["id"]
        assert theirs["secrets"] == []
    writes = floor.writes()
    shown = await mutate(floor, "reset_password", said)
    while shown["operation"]["state"] == "RUNNING":  # the answer does not wait for a slow machine
        shown = await mutate(floor, "reset_password", said)
    assert shown["operation"]["state"] == "SUCCEEDED"
    assert len(shown["secrets"]) == 1
    assert floor.writes() == writes + 2
    again = await mutate(floor, "reset_password", said)
    assert again["replayed"]
    assert again["secrets"] == []
    assert floor.writes() == writes + 2
    (told,) = [each for each in floor.records(run["id"]) if each["code"] == "secret.shown"]
    assert told["detail"]["to"] == DOER


_PLANNED: Final = "plan { approvals { kind askedOf } expiresAt } problems { code }"


async def test_what_needs_nobody_elses_agreement_says_so(floor: Stand) -> None:
    person, account = await plain_account(floor)
    said = wish(floor, person.employee_id, {"account": account}, mode="PREVIEW")
    planned = await mutate(floor, "unlock_account", said, _PLANNED)
    assert planned["plan"] == {"approvals": [], "expiresAt": None}


async def privileged(floor: Stand) -> tuple[Any, Any]:
    """A group that gives administrative rights and has an owner, and somebody who is not in it."""
    people = await floor.people()
    answers = await floor.asked("groups", "memberships_of", *[each.ref for each in people])
    groups = {each.group.object_id: each.group for several in answers for each in several}
    group = next(each for each in groups.values() if each.privileged and each.source == "domain" and each.owner_login)
    held = [{each.group.object_id for each in several} for several in answers]
    person = next(each for each, had in zip(people, held, strict=True) if group.object_id not in had and had)
    await floor.with_ticket(person.employee_id)
    return group, person


@pytest.mark.parametrize("agrees", [False, True])
async def test_the_owner_of_a_privileged_group_is_asked_and_nobody_else(floor: Stand, agrees: bool) -> None:  # noqa: FBT001  # a case of it
    group, person = await privileged(floor)
    said = wish(floor, person.employee_id, {"group": ids.encode("Group", group.source, group.object_id)})
    planned = await mutate(floor, "add_to_group", {**said, "mode": "PREVIEW"}, _PLANNED)
    assert planned["plan"]["approvals"] == [{"kind": "owner_approval", "askedOf": f"login:{group.owner_login}"}]
    assert abs(datetime.fromisoformat(planned["plan"]["expiresAt"]) - utc_now() - timedelta(hours=24)) < timedelta(
        minutes=5
    )
    with nothing_done(floor):
        answer = await mutate(floor, "add_to_group", said)
    run = answer["operation"]
    assert of_kind(answer) == ["ApprovalRequired"]
    assert [(each["kind"], each["askedOf"]) for each in run["approvals"]] == [
        ("owner_approval", f"login:{group.owner_login}")
    ]
    for login in (OTHER, HALF):
        with nothing_done(floor, "NOT_ALLOWED"):
            assert codes(await decide(floor, run, login)) == ["NOT_ALLOWED"]
    decided = await decide(floor, run, group.owner_login, agrees=agrees)
    assert codes(decided) == []
    assert (await ended(floor, decided))["state"] == ("SUCCEEDED" if agrees else "REJECTED")
    (members,) = await floor.asked("groups", "members_of", group.object_id)
    assert (person.login in {each.login for each in members}) is agrees
