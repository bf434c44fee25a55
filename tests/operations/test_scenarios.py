"""What holds of operations that are made of others: every part under its own rights, in order, proven, and nothing by halves."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from operations.kit.catalogue import shipped
from operations.kit.looking import Look
from operations.kit.operation import Undeclared
from operations.kit.scenario import Part, Scenario, contain, part
from operations.lost_laptop.operation import Given as LostGiven
from operations.lost_laptop.operation import LostLaptop
from resolvers import ids
from sources.kit.twin.faults import Fault
from sources.ports.call import utc_now
from tests.operations.acting import (
    OTHER,
    Answer,
    codes,
    ended,
    is_member,
    mutate,
    new_key,
    nothing_done,
    outsider,
    run_of,
    viewer_of,
    wish,
)
from tests.operations.cases import _write
from tests.operations.shopping import NO_WIPE, refusing, until
from tests.operations.stand import Stand

pytest_plugins = ("tests.operations.shop",)

_PLAN = """
  plan { hash already sideEffects changes { field after } obligations { kind fulfilled } }
  operation { id state by problem { code message step } undo { possible } steps { name source state problem } }
  problems { __typename code message path }
"""
_used: set[str] = set()


async def laptop(shop: Stand) -> tuple[Any, Any, str]:
    """Somebody with a laptop that is managed, who is signed in and connected, and the laptop's id."""
    people = await shop.people()
    owned = await shop.asked("equipment", "devices_of", *[each.ref for each in people])
    open_ = await shop.asked("sessions", "sessions_of", *[each.ref for each in people])
    for person, devices, sessions in zip(people, owned, open_, strict=True):
        if person.employee_id in _used or not sessions:
            continue
        for device in devices:
            (managed,) = await shop.asked("device_management", "management_of", device.ref)
            if managed is not None and managed.enrolled and not managed.locked and device.status == "ASSIGNED":
                _used.add(person.employee_id)
                await shop.with_ticket(person.employee_id)
                await shop.verified(person.employee_id)
                return person, device, ids.encode("Device", device.source, device.tag)
    raise AssertionError("nobody has a managed laptop")


async def lost(shop: Stand, person: Any, device: str, login: str | None = None, **more: Any) -> Answer:
    """What is answered when a laptop is told to be lost."""
    viewer = viewer_of(shop, login) if login else None
    return await mutate(
        shop, "lost_laptop", wish(shop, person.employee_id, {"device": device}, **more), _PLAN, viewer=viewer
    )


def states(run: Answer) -> dict[str, str]:
    """The state of each step, by its name."""
    return {each["name"]: each["state"] for each in run["steps"]}


async def test_the_parts_are_done_in_order_and_each_is_recorded_under_its_own_code(shop: Stand) -> None:
    person, device, id_ = await laptop(shop)
    run = await ended(shop, await lost(shop, person, id_))
    assert run["state"] == "SUCCEEDED", run
    assert set(states(run).values()) == {"DONE"}
    names = list(states(run))
    assert names[:2] == ["block_device.block", "lock_device.lock"]
    assert any(each.startswith("terminate_sessions.") for each in names)
    records = shop.records(run["id"])
    told = {each["step"]: each["code"] for each in records if each["stage"] == "outcome" and each.get("step")}
    assert told["block_device.block"] == "device.blocked"
    assert told["lock_device.lock"] == "device.locked"
    assert [each["code"] for each in records if not each.get("step")] == ["lost_laptop.secured"] * 2
    (left,) = await shop.asked("sessions", "sessions_of", person.ref)
    assert left == ()
    (now,) = await shop.asked("equipment", "device_by_tag", device.tag)
    assert now.status == "LOST"


async def test_what_is_so_already_and_what_there_is_nothing_of_is_said_and_not_done(shop: Stand) -> None:
    person, _device, id_ = await laptop(shop)
    first = await ended(shop, await lost(shop, person, id_))
    assert first["state"] == "SUCCEEDED"
    writes = shop.writes()
    again = await lost(shop, person, id_)
    assert again["operation"]["state"] == "SUCCEEDED"
    assert again["plan"]["already"]
    assert "terminate_sessions: there is nothing to do" in again["plan"]["sideEffects"]
    assert "block_device: it is so already" in again["plan"]["sideEffects"]
    assert shop.writes() == writes


async def test_who_may_not_run_one_part_runs_none(shop: Stand) -> None:
    person, _device, id_ = await laptop(shop)
    await shop.verified(person.employee_id, NO_WIPE)
    with nothing_done(shop, "NOT_ALLOWED"):
        answer = await lost(shop, person, id_, NO_WIPE, wipe=True)
    assert "wipe_device" in answer["problems"][0]["message"]
    assert answer["plan"] is None
    assert answer["operation"] is None
    allowed = await ended(shop, await lost(shop, person, id_, NO_WIPE))
    assert allowed["state"] == "SUCCEEDED"


async def test_a_part_whose_system_is_missing_is_left_out_and_said(shop: Stand) -> None:
    person, device, _id = await laptop(shop)

    @dataclass(slots=True)
    class Without:
        """All sources but those of the VPN."""

        desk: Any

        def sources_of(self, port: str) -> Any:
            return () if port == "vpn" else self.desk.sources_of(port)

        def __getattr__(self, name: str) -> Any:
            return getattr(self.desk, name)

    given = LostGiven(ids.decode(ids.encode("Device", device.source, device.tag)))
    scenario = shipped()["lost_laptop"]
    draft = await scenario.draft(person, given, Look(Without(shop.desk), shop.call()))
    assert "disconnect_vpn: no system of this installation can do it" in draft.side_effects
    assert not any(each.call.port == "vpn" for each in draft.steps)
    assert draft.steps[0].name == "block_device.block"


async def test_a_refused_part_does_not_keep_a_laptop_open_elsewhere_and_the_rest_is_repeated(shop: Stand) -> None:
    person, device, id_ = await laptop(shop)
    async with refusing(shop, "devices"):
        run = await ended(shop, await lost(shop, person, id_))
    assert run["state"] == "FAILED"
    assert run["problem"]["message"].startswith("the rest was done, but lock_device.lock: ")
    found = states(run)
    assert found.pop("lock_device.lock") == "REFUSED"
    assert set(found.values()) == {"DONE"}
    (now,) = await shop.asked("equipment", "device_by_tag", device.tag)
    assert now.status == "LOST"  # nothing was taken back
    again = await ended(shop, await lost(shop, person, id_))
    assert again["state"] == "SUCCEEDED"
    done = {name for name, state in states(again).items() if state == "DONE"}
    assert done == {"lock_device.lock"}


async def test_a_system_that_cannot_be_looked_at_is_left_out_and_the_run_is_no_success(shop: Stand) -> None:
    person, _device, id_ = await laptop(shop)
    async with refusing(shop, "vpn", "unavailable", writes_only=False):
        preview = await lost(shop, person, id_, mode="PREVIEW")
        run = await ended(shop, await lost(shop, person, id_, planHash=preview["plan"]["hash"]))
    assert any(each.startswith("disconnect_vpn: left out: ") for each in preview["plan"]["sideEffects"])
    assert run["state"] == "FAILED"
    assert "disconnect_vpn" in run["problem"]["message"]
    assert set(states(run).values()) == {"DONE"}


async def test_a_step_of_which_nobody_knows_stops_it_and_nothing_is_taken_back(shop: Stand) -> None:
    person, device, id_ = await laptop(shop)
    async with refusing(shop, "sessions", "unavailable"):
        run = await ended(shop, await lost(shop, person, id_))
    assert run["state"] == "UNKNOWN", run
    first, second, third, *later = states(run).items()
    assert (first, second) == (("block_device.block", "DONE"), ("lock_device.lock", "DONE"))
    assert third == ("terminate_sessions.end_1", "UNKNOWN")
    assert {state for _name, state in later} <= {"WAITING"}
    (now,) = await shop.asked("equipment", "device_by_tag", device.tag)
    assert now.status == "LOST"
    # somebody looks, and says that it has not happened: what else there is to close is closed all the same
    said = {"operation": run["id"], "how": "DID_NOT_HAPPEN", "note": "the console shows the session still"}
    resolved = await ended(shop, await mutate(shop, "resolve_operation", said, _PLAN))
    assert resolved["state"] == "FAILED", resolved
    assert states(resolved).pop("terminate_sessions.end_1") == "REFUSED"
    others = {name: state for name, state in states(resolved).items() if not name.startswith("terminate_sessions")}
    assert set(others.values()) == {"DONE"}
    same_part = {name: state for name, state in states(resolved).items() if name.startswith("terminate_sessions.end_")}
    assert set(list(same_part.values())[1:]) <= {"SKIPPED"}


async def test_what_is_made_ready_is_taken_back_where_one_part_is_refused(shop: Stand) -> None:
    group, person = await outsider(shop)
    (account,) = (await shop.asked("accounts", "accounts_of", person.ref))[0][:1]
    await _write(shop, account.source, "disable", account.object_id)
    await shop.verified(person.employee_id)
    said = {"groups": [ids.encode("Group", group.source, group.object_id)], "licences": ["Okno Made Up"]}
    async with refusing(shop, "software"):
        answer = await mutate(shop, "welcome_newcomer", wish(shop, person.employee_id, said), _PLAN)
        run = await ended(shop, answer)
    assert run["state"] == "COMPENSATED", run
    assert [each for each in states(run).values()] == ["UNDONE", "UNDONE", "REFUSED"]
    assert not await is_member(shop, group, person)
    (now,) = (await shop.asked("accounts", "accounts_of", person.ref))[0][:1]
    assert not now.enabled


async def test_an_operation_that_is_frozen_freezes_what_contains_it(shop: Stand) -> None:
    person, _device, id_ = await laptop(shop)
    frozen = {"kind": "OPERATION", "name": "terminate_sessions", "reason": "an incident is looked into"}
    placed = await mutate(shop, "freeze", frozen, "freeze { id } problems { code }", viewer=viewer_of(shop, OTHER))
    try:
        with nothing_done(shop, "FROZEN"):
            answer = await lost(shop, person, id_)
        assert codes(answer) == ["FROZEN"]
    finally:
        lifted = {"freeze": placed["freeze"]["id"], "reason": "it is over"}
        await mutate(shop, "lift_freeze", lifted, "problems { code }", viewer=viewer_of(shop, OTHER))


async def test_a_group_for_a_journey_is_left_by_itself_and_nothing_else_is_taken_back(shop: Stand) -> None:
    group, person = await outsider(shop, 1)
    await shop.verified(person.employee_id)
    said = {
        "group": ids.encode("Group", group.source, group.object_id),
        "until": (utc_now() + timedelta(seconds=2)).isoformat(),
        "endSessions": False,
    }
    run = await ended(shop, await mutate(shop, "help_locked_out_traveller", wish(shop, person.employee_id, said)))
    assert run["state"] == "SUCCEEDED", run
    assert await is_member(shop, group, person)

    async def back() -> Any:
        return (await run_of(shop, run["id"]))["undo"]["undoneBy"]

    child = await run_of(shop, await until(back))
    assert [each["name"] for each in child["steps"]] == ["undo_add_to_group.add"]
    assert not await is_member(shop, group, person)


async def test_what_was_lent_after_a_freeze_is_taken_back_on_time_all_the_same(shop: Stand) -> None:
    group, _person = await outsider(shop)
    people = await shop.people()
    sessions = await shop.asked("sessions", "sessions_of", *[each.ref for each in people])
    members = {each.login for each in (await shop.asked("groups", "members_of", group.object_id))[0]}
    person = next(
        one for one, open_ in zip(people, sessions, strict=True) if open_ and one.login not in {*members, *_used}
    )
    await shop.with_ticket(person.employee_id)
    await shop.verified(person.employee_id)
    said = wish(
        shop,
        person.employee_id,
        {
            "group": ids.encode("Group", group.source, group.object_id),
            "until": (utc_now() + timedelta(seconds=8)).isoformat(),
        },
    )
    await shop.sandbox.world.twins["sessions"].break_with(Fault("slow", latency=0.7, writes_only=True))
    asked_for = asyncio.create_task(mutate(shop, "help_locked_out_traveller", said, _PLAN))
    await asyncio.sleep(0.5)
    frozen = {"kind": "OPERATION", "name": "add_to_group", "reason": "an incident is looked into"}
    placed = await mutate(shop, "freeze", frozen, "freeze { id } problems { code }", viewer=viewer_of(shop, OTHER))
    try:
        stopped = await ended(shop, await asked_for)
    finally:
        await shop.broken("sessions", None)
        lifted = {"freeze": placed["freeze"]["id"], "reason": "it is over"}
        await mutate(shop, "lift_freeze", lifted, "problems { code }", viewer=viewer_of(shop, OTHER))
    assert stopped["state"] == "FROZEN", stopped
    assert not await is_member(shop, group, person)
    run = await ended(shop, await mutate(shop, "help_locked_out_traveller", said, _PLAN))
    assert run["state"] == "SUCCEEDED", run
    assert await is_member(shop, group, person)

    async def back() -> Any:
        return (await run_of(shop, run["id"]))["undo"]["undoneBy"]

    await until(back)
    assert not await is_member(shop, group, person)


async def test_a_second_factor_that_a_scenario_has_reset_counts_as_reset(shop: Stand) -> None:
    people = await shop.people()
    tokens = await shop.asked("second_factors", "second_factors_of", *[each.ref for each in people])
    accounts = await shop.asked("accounts", "accounts_of", *[each.ref for each in people])
    person, account = next(
        (one, owned[0])
        for one, held, owned in zip(people, tokens, accounts, strict=True)
        if any(each.failures for each in held) and not any(each.locked for each in owned)
    )
    await shop.with_ticket(person.employee_id)
    await shop.verified(person.employee_id)
    answer = await mutate(shop, "help_locked_out_traveller", wish(shop, person.employee_id, {"endSessions": False}))
    assert (await ended(shop, answer))["state"] == "SUCCEEDED"
    reset = {"account": ids.encode("Account", account.source, account.object_id)}
    preview = await mutate(shop, "reset_password", wish(shop, person.employee_id, reset, mode="PREVIEW"))
    assert "four_eyes" in {each["kind"] for each in preview["plan"]["obligations"]}


async def test_what_is_asked_for_is_all_that_any_part_asks_for(shop: Stand) -> None:
    person, _device, id_ = await laptop(shop)
    preview = await lost(shop, person, id_, mode="PREVIEW")
    kinds = {each["kind"] for each in preview["plan"]["obligations"]}
    assert kinds >= {"reason", "ticket", "step_up"}
    unreasoned = await lost(shop, person, id_, purpose={"reason": None, "ticket": shop.tickets[person.employee_id]})
    assert codes(unreasoned) == ["REASON_REQUIRED"]
    key = new_key()
    stale = await lost(shop, person, id_, planHash="0" * 64, idempotencyKey=key)
    assert codes(stale) == ["STALE_PLAN"]


class _Odd(LostLaptop):
    """Something that is made wrongly."""

    made_of = ("block_device", "no_such", "lost_laptop", "issue_certificate")
    limit = 1_000
    notifies = False

    def parts(self, given: LostGiven) -> tuple[Part, ...]:
        """Nothing of use."""
        return (part("block_device", device=given.device),)


def test_a_scenario_that_is_made_wrongly_is_refused_at_the_start() -> None:
    odd: Scenario[LostGiven] = _Odd()
    with pytest.raises(Undeclared) as refused:
        contain(odd, shipped())
    text = str(refused.value)
    for words in ("'no_such'", "lost_laptop, which is a scenario", "shows a secret", "1000 times", "does not tell"):
        assert words in text
