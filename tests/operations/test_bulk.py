"""What holds of one operation for many employees: each is a run of its own, and nothing is done twice or by halves."""

import asyncio
import sqlite3
from datetime import timedelta
from typing import Any

from operations.kit.bulk_driver import Driver
from operations.kit.bulk_store import BulkStore
from resolvers import ids
from sources.kit.twin.faults import Fault
from sources.ports.call import utc_now
from tests.operations.acting import (
    DOER,
    OTHER,
    another_process,
    asked,
    change_rows,
    codes,
    is_member,
    mutate,
    new_key,
    nothing_done,
    viewer_of,
)
from tests.operations.bulks import bulk_of, items, licensed, on, over, progress, start, unlicensed
from tests.operations.line import lined, serving, token_of
from tests.operations.shopping import FEW, NO_WIPE, refusing, until
from tests.operations.stand import Stand

pytest_plugins = ("tests.operations.shop",)


async def test_a_preview_plans_each_and_changes_nothing(shop: Stand) -> None:
    product, people = await unlicensed(shop, 5)
    with nothing_done(shop):
        answer = await start(shop, {"grantLicence": {"product": product}}, items(people, shop), mode="PREVIEW")
    assert answer["problems"] == []
    assert answer["bulk"] is None
    assert [each["employee"]["login"] for each in answer["previews"]] == [each.login for each in people]
    assert all(each["plan"]["changes"] for each in answer["previews"])
    with sqlite3.connect(shop.database) as database:
        assert database.execute("select count(*) from operation_bulk").fetchone() == (0,)


async def test_each_is_a_run_of_its_own_under_the_plan_that_was_shown(shop: Stand) -> None:
    product, people = await unlicensed(shop, 6)
    do = {"grantLicence": {"product": product}}
    shown = await start(shop, do, items(people, shop), mode="PREVIEW")
    hashes = [each["plan"]["hash"] for each in shown["previews"]]
    wanted = [{**each, "planHash": one} for each, one in zip(items(people, shop), hashes, strict=True)]
    wanted[5]["planHash"] = "0" * 64
    writes = shop.writes()
    bulk = await over(shop, await start(shop, do, wanted))
    assert progress(bulk) == {"SUCCEEDED": 5, "REFUSED": 1}
    assert shop.writes() == writes + 5
    assert bulk["items"][5]["problem"]["code"] == "STALE_PLAN"
    assert bulk["items"][5]["operation"] is None
    for person, item in zip(people[:5], bulk["items"], strict=False):
        run = item["operation"]
        assert (run["origin"], run["parent"], run["name"]) == ("BULK", bulk["id"], "grant_licence")
        assert product in await licensed(shop, person)
        stages = [each["stage"] for each in shop.records(run["id"])]
        assert stages == ["decision", "intent", "outcome", "outcome"]
    told = [each for each in shop.records() if each["detail"].get("bulk") == ids.decode(bulk["id"]).key]
    assert [each["code"] for each in told] == ["bulk.begun", "bulk.ended"]


async def outside(shop: Stand) -> tuple[Any, list[Any], list[Any]]:
    """An ordinary group, and people who are not in it: of one region, and of others."""
    people = await shop.people()
    answers = await shop.asked("groups", "memberships_of", *[each.ref for each in people])
    groups = {each.group.object_id: each.group for several in answers for each in several}
    group = next(each for each in groups.values() if not each.privileged and each.source == "domain")
    held = [{each.group.object_id for each in several} for several in answers]
    fits = [each for each, had in zip(people, held, strict=True) if had and group.object_id not in had]
    return group, [each for each in fits if in_br(each)], [each for each in fits if not in_br(each)]


def in_br(person: Any) -> bool:
    """Whether somebody is in the region of those who may do a little."""
    return person.workplace is not None and person.workplace.region == "br"


async def test_one_that_is_denied_one_without_a_ticket_and_one_that_is_so_already_stand_beside_each_other(
    shop: Stand,
) -> None:
    group, here, elsewhere = await outside(shop)
    done, so_already, bare, abroad = here[0], here[1], here[2], elsewhere[0]
    for person in (done, so_already, abroad):
        await shop.with_ticket(person.employee_id)
    do = {"addToGroup": {"group": ids.encode("Group", group.source, group.object_id)}}
    await over(shop, await start(shop, do, items([so_already], shop)))
    assert await is_member(shop, group, so_already)
    writes, denied = shop.writes(), shop.count("operation.denied")
    some = items([done, so_already, bare], shop)
    first = await over(shop, await start(shop, do, some, login=FEW), "ENDED")
    assert [each["state"] for each in first["items"]] == ["SUCCEEDED", "SUCCEEDED", "REFUSED"]
    assert first["items"][2]["problem"]["code"] == "TICKET_REQUIRED"
    assert shop.writes() == writes + 1
    assert shop.count("operation.denied") == denied + 1
    await change_rows(shop, "update operation_bulk set created_at = '2020-01-01 00:00:00' where caller = ?", FEW)
    second = await over(shop, await start(shop, do, items([abroad], shop), login=FEW), "ENDED")
    assert second["items"][0]["problem"]["code"] == "NOT_ALLOWED"
    assert not await is_member(shop, group, abroad)
    assert shop.writes() == writes + 1


async def test_a_cap_is_that_of_the_role_at_once_and_within_an_hour(shop: Stand) -> None:
    product, people = await unlicensed(shop, 4)
    here = [each for each in await shop.people() if in_br(each)][:4]
    do = {"grantLicence": {"product": product}}
    await change_rows(shop, "update operation_bulk set created_at = '2020-01-01 00:00:00' where caller = ?", FEW)
    with nothing_done(shop, "LIMIT_REACHED"):
        many = await start(shop, do, items(here, shop), login=FEW)
    assert many["problems"][0]["path"] == ["input", "items"]
    await over(shop, await start(shop, do, items(here[:2], shop), login=FEW), "ENDED")
    with nothing_done(shop, "LIMIT_REACHED"):
        assert codes(await start(shop, do, items(here[2:], shop), login=FEW)) == ["LIMIT_REACHED"]
    with nothing_done(shop, "NOT_ALLOWED"):
        assert codes(await start(shop, do, items(people[:1], shop), login=NO_WIPE)) == ["NOT_ALLOWED"]
    with nothing_done(shop, "NOT_ALLOWED"):
        preview = await start(shop, do, items(people[:1], shop), login=NO_WIPE, mode="PREVIEW")
    assert preview["previews"] == []


async def test_a_wish_that_makes_no_sense_is_told_where(shop: Stand) -> None:
    product, people = await unlicensed(shop, 2)
    do, wanted = {"grantLicence": {"product": product}}, items(people, shop)
    with nothing_done(shop, "BAD_INPUT", 4):
        twice = await start(shop, do, [*wanted, wanted[0]])
        nobody = await start(shop, do, [])
        strange = await start(shop, do, [{"employee": ids.encode("Device", "equipment", "1")}])
        long = await start(shop, {"grantLicence": {"product": "x" * 500}}, wanted)
    assert [each["problems"][0]["path"] for each in (twice, nobody, strange, long)] == [
        ["input", "items"],
        ["input", "items"],
        ["input", "items", "0", "employee"],
        ["input", "product"],
    ]


async def test_what_shows_a_secret_is_never_done_to_many(shop: Stand) -> None:
    body = await asked(
        shop, '{ __type(name: "BulkOperationInput") { isOneOf inputFields { name } } }', {}, viewer_of(shop)
    )
    names = {each["name"] for each in body["data"]["__type"]["inputFields"]}
    assert body["data"]["__type"]["isOneOf"]
    assert {"addToGroup", "lostLaptop", "terminateSessions"} <= names
    assert names.isdisjoint({"resetPassword", "issueCertificate", "showRecoveryKey"})


async def test_the_same_key_is_answered_by_the_same_bulk(shop: Stand) -> None:
    product, people = await unlicensed(shop, 2)
    do, key = {"grantLicence": {"product": product}}, new_key()
    first = await over(shop, await start(shop, do, items(people, shop), idempotencyKey=key))
    writes = shop.writes()
    again = await start(shop, do, items(people, shop), idempotencyKey=key)
    assert again["bulk"]["id"] == first["id"]
    assert shop.writes() == writes
    with nothing_done(shop, "KEY_CONFLICT"):
        assert codes(await start(shop, do, items(people[:1], shop), idempotencyKey=key)) == ["KEY_CONFLICT"]


async def slowed(shop: Stand, source: str, seconds: float) -> None:
    """Let a system take so long for each change."""
    await shop.sandbox.world.twins[source].break_with(Fault("slow", latency=seconds, writes_only=True))


async def test_it_rests_and_goes_on(shop: Stand) -> None:
    product, people = await unlicensed(shop, 12)
    await slowed(shop, "software", 0.5)
    try:
        answer = await start(shop, {"grantLicence": {"product": product}}, items(people, shop))
        id_ = answer["bulk"]["id"]
        await until(lambda: some_begun(shop, id_))
        paused = await on(shop, "pause_bulk", id_)
        assert paused["bulk"]["state"] == "PAUSED"
        await asyncio.sleep(1.5)
        rests = await bulk_of(shop, id_)
        waiting = progress(rests)["WAITING"]
        assert waiting >= 4
        assert set(progress(rests)) == {"WAITING", "SUCCEEDED"}
        writes = shop.writes()
        await asyncio.sleep(1.0)
        assert shop.writes() == writes
    finally:
        await shop.broken("software", None)
    assert codes(await on(shop, "pause_bulk", id_)) == ["ALREADY_DECIDED"]
    resumed = await on(shop, "resume_bulk", id_)
    assert resumed["bulk"]["state"] == "RUNNING"
    done = await over(shop, resumed)
    assert progress(done) == {"SUCCEEDED": 12}
    assert shop.writes() == writes + waiting


async def some_begun(shop: Stand, id_: str) -> bool:
    """Whether some employees of a bulk have had their turn."""
    return bool(progress(await bulk_of(shop, id_)).get("SUCCEEDED"))


async def test_what_has_not_begun_is_called_off(shop: Stand) -> None:
    product, people = await unlicensed(shop, 12)
    await slowed(shop, "software", 0.5)
    try:
        answer = await start(shop, {"grantLicence": {"product": product}}, items(people, shop))
        id_ = answer["bulk"]["id"]
        await until(lambda: some_begun(shop, id_))
        cancelled = await on(shop, "cancel_bulk", id_)
        assert cancelled["bulk"]["state"] == "CANCELLED"
        await asyncio.sleep(1.5)
    finally:
        await shop.broken("software", None)
    left = await bulk_of(shop, id_)
    assert set(progress(left)) == {"CANCELLED", "SUCCEEDED"}
    assert progress(left)["CANCELLED"] >= 4
    for person, item in zip(people, left["items"], strict=True):
        assert (product in await licensed(shop, person)) is (item["state"] == "SUCCEEDED")
    assert codes(await on(shop, "resume_bulk", id_)) == ["ALREADY_DECIDED"]
    assert codes(await on(shop, "cancel_bulk", id_)) == ["ALREADY_DECIDED"]


async def test_what_has_failed_is_repeated_and_what_is_done_is_not(shop: Stand) -> None:
    product, people = await unlicensed(shop, 4)
    do = {"grantLicence": {"product": product}}
    await over(shop, await start(shop, do, items(people[:1], shop)))
    async with refusing(shop, "software"):
        failed = await over(shop, await start(shop, do, items(people, shop)))
    assert [each["state"] for each in failed["items"]] == ["SUCCEEDED", "FAILED", "FAILED", "FAILED"]
    writes = shop.writes()
    again = await over(shop, await on(shop, "repeat_bulk", failed["id"]))
    assert progress(again) == {"SUCCEEDED": 4}
    assert [each["attempts"] for each in again["items"]] == [1, 2, 2, 2]
    assert shop.writes() == writes + 3
    assert codes(await on(shop, "repeat_bulk", failed["id"])) == ["NOT_POSSIBLE"]


async def test_one_of_which_nobody_knows_is_never_repeated(shop: Stand) -> None:
    people = (await shop.people())[20:22]
    do = {"createTicket": {"queue": "Helpdesk-BR", "subject": "A new one", "text": "Words."}}
    await shop.broken("tickets", "lost_reply")
    try:
        bulk = await over(shop, await start(shop, do, items(people, shop)))
    finally:
        await shop.broken("tickets", None)
    assert progress(bulk) == {"UNKNOWN": 2}
    with nothing_done(shop, "NOT_POSSIBLE"):
        assert codes(await on(shop, "repeat_bulk", bulk["id"])) == ["NOT_POSSIBLE"]


async def test_a_freeze_lets_it_rest_and_it_goes_on_once_that_is_lifted(shop: Stand) -> None:
    product, people = await unlicensed(shop, 5)
    frozen = {"kind": "OPERATION", "name": "grant_licence", "reason": "an incident is looked into"}
    placed = await mutate(shop, "freeze", frozen, "freeze { id } problems { code }", viewer=viewer_of(shop, OTHER))
    writes = shop.writes()
    answer = await start(shop, {"grantLicence": {"product": product}}, items(people, shop))
    rests = await over(shop, answer, "PAUSED")
    assert rests["problem"]["code"] == "FROZEN"
    assert shop.writes() == writes
    lifted = {"freeze": placed["freeze"]["id"], "reason": "it is over"}
    await mutate(shop, "lift_freeze", lifted, "problems { code }", viewer=viewer_of(shop, OTHER))
    assert (await bulk_of(shop, rests["id"]))["state"] == "PAUSED"
    done = await over(shop, await on(shop, "resume_bulk", rests["id"]))
    assert progress(done) == {"SUCCEEDED": 5}
    assert shop.writes() == writes + 5


async def test_it_is_nobody_elses_to_see_or_to_change(shop: Stand) -> None:
    product, people = await unlicensed(shop, 1)
    bulk = await over(shop, await start(shop, {"grantLicence": {"product": product}}, items(people, shop)))
    assert await bulk_of(shop, bulk["id"], "all.seeing") is None
    assert (await bulk_of(shop, bulk["id"], OTHER))["id"] == bulk["id"]  # may freeze, and so looks at everything
    for act in ("pause_bulk", "resume_bulk", "repeat_bulk", "cancel_bulk"):
        with nothing_done(shop, "NOT_FOUND"):
            assert codes(await on(shop, act, bulk["id"], OTHER)) == ["NOT_FOUND"]
    listed = "{ bulks(first: 2, mine: true) { edges { node { id state } } pageInfo { hasNextPage } } }"
    mine = (await asked(shop, listed, {}, viewer_of(shop)))["data"]["bulks"]
    assert mine["edges"][0]["node"] == {"id": bulk["id"], "state": "ENDED"}
    assert mine["pageInfo"]["hasNextPage"]
    theirs = (await asked(shop, listed, {}, viewer_of(shop, "all.seeing")))["data"]["bulks"]
    assert theirs["edges"] == []


async def test_one_that_waits_for_an_agreement_is_shown_so_and_can_be_called_off(shop: Stand) -> None:
    group, here, _elsewhere = await outside(shop)
    people = await shop.people()
    answers = await shop.asked("groups", "memberships_of", *[each.ref for each in people])
    powerful = next(
        each.group
        for several in answers
        for each in several
        if each.group.privileged and each.group.source == group.source
    )
    person = here[3]
    await shop.with_ticket(person.employee_id)
    do = {"addToGroup": {"group": ids.encode("Group", powerful.source, powerful.object_id)}}
    writes = shop.writes()
    bulk = await over(shop, await start(shop, do, items([person], shop)))
    assert progress(bulk) == {"AWAITING_APPROVAL": 1}
    off = await on(shop, "cancel_bulk", bulk["id"])
    assert progress(off["bulk"]) == {"CANCELLED": 1}
    assert shop.writes() == writes


async def test_another_process_drives_what_a_dead_one_has_left_and_nothing_is_done_twice(shop: Stand) -> None:
    product, people = await unlicensed(shop, 12)
    operating = shop.sandbox.gateway.operating
    driver: Any = operating.driver
    writes = shop.writes()
    await slowed(shop, "software", 0.5)
    try:
        answer = await start(shop, {"grantLicence": {"product": product}}, items(people, shop))
        id_ = answer["bulk"]["id"]
        await until(lambda: some_begun(shop, id_))
        driver._store.owner = "gone"  # whatever it still writes down is not its own any more
        await driver.close()
        left = await bulk_of(shop, id_)
        assert progress(left).get("BEGINNING")
        assert progress(left).get("WAITING")
        soon = (utc_now() + timedelta(seconds=0.5)).strftime("%Y-%m-%d %H:%M:%S.%f")
        assert await change_rows(
            shop, "update operation_bulk set lease_until = ? where id = ?", soon, ids.decode(id_).key
        )
        async with another_process(shop):
            done = await over(shop, answer)
    finally:
        await shop.broken("software", None)
        store = BulkStore(operating.trail, operating.journal._engine, utc_now)
        operating.driver = Driver(store, operating.acting)
        operating.driver.start()
    assert progress(done) == {"SUCCEEDED": 12}
    assert shop.writes() == writes + 12
    with sqlite3.connect(shop.database) as database:
        found = database.execute("select count(*) from operation_run where parent = ?", (ids.decode(id_).key,))
        assert found.fetchone() == (12,)
    told = [each["code"] for each in shop.records() if each["detail"].get("bulk") == ids.decode(id_).key]
    assert "bulk.taken_up" in told


async def test_a_bulk_is_told_as_it_goes_on(shop: Stand) -> None:
    product, people = await unlicensed(shop, 6)
    answer = await start(shop, {"grantLicence": {"product": product}}, items(people, shop))
    query = "subscription Way($id: ID!) { now: bulk(id: $id) { state progress { state count } } }"
    async with serving(shop.sandbox.gateway) as url, lined(url) as line:
        await line.begin(await token_of(shop.sandbox.gateway, DOER))
        await line.follow("1", query, id=answer["bulk"]["id"])
        await line.until("1", "complete")
    assert line.states("1")[-1] == "ENDED"
    told = [each["payload"]["data"]["now"] for each in line.came["1"] if each["type"] == "next"]
    assert progress(told[-1]) == {"SUCCEEDED": 6}
    done = [progress(each).get("SUCCEEDED", 0) for each in told]
    assert done == sorted(done)
