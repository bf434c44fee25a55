"""What a journal promises to several processes, on a file and on a server alike."""

import asyncio
from datetime import timedelta

import pytest

from audit.event import Event
from operations.kit.journal import Fenced, Hold, KeyTaken, Limit, LimitReached
from operations.kit.runs import RunsWanted
from operations.kit.tables import AWAITING, DONE, EXPIRED, RUNNING, SUCCEEDED, OperationApproval
from sources.ports.call import utc_now
from tests.crash.shapes import SHAPES, begun
from tests.journal.process import LEASE, Process, process, source

_DECIDED = Event(code="approval.given", stage="decision", outcome="success", operator="other")


async def _lapsed(here: Process, run: str) -> None:
    await here.changed("update operation_run set lease_until = :then where id = :run", then=_long_ago(here), run=run)


def _long_ago(here: Process) -> object:
    then = utc_now() - timedelta(days=1)
    return then if here.store.url.get_backend_name() == "postgresql" else f"{then:%Y-%m-%d %H:%M:%S.%f}"


async def test_a_run_and_its_record_are_written_together(database: str) -> None:
    async with process(database, source()) as here:
        hold, run = await here.begin(1)
        assert hold == Hold(run.id, 1)
        assert await here.state(run.id) == RUNNING
        assert [each.state for each in await here.journal.steps(run.id)] == ["WAITING"]
        assert await here.records("ticket.moved") == 1


async def test_of_eight_processes_that_begin_by_one_key_one_has_begun(database: str) -> None:
    async with process(database, source()) as one, process(database, source()) as other:
        came = await asyncio.gather(
            *(here.begin(number, key="the same") for number, here in enumerate([one, other] * 4)),
            return_exceptions=True,
        )
        taken = [each.run.id for each in came if isinstance(each, KeyTaken)]
        assert len(taken) == 7
        assert len(set(taken)) == 1
        assert [tuple(each) for each in await one.rows("select id from operation_run")] == [(taken[0],)]
        assert await one.records("ticket.moved") == 1


async def test_a_held_run_is_nobody_elses_until_its_lease_is_over(database: str) -> None:
    async with process(database, source()) as one, process(database, source()) as other:
        hold, run = await one.begin(1)
        assert await other.journal.claim(run.id, LEASE) is None
        assert await other.journal.orphans() == []
        await _lapsed(one, run.id)
        assert [each.id for each in await other.journal.orphans()] == [run.id]
        taken = await other.journal.claim(run.id, LEASE)
        assert taken == Hold(run.id, hold.epoch + 1)


async def test_whoever_was_taken_over_from_changes_nothing_any_more(database: str) -> None:
    async with process(database, source()) as one, process(database, source()) as other:
        hold, run = await one.begin(1)
        await _lapsed(one, run.id)
        taken = await other.journal.claim(run.id, LEASE)
        assert taken is not None
        late = Event(code="ticket.moved", stage="intent", outcome="unknown", operator="doer", operation=run.id)
        for act in (
            one.journal.intend(hold, 0, LEASE, late),
            one.journal.outcome(hold, 0, {"state": DONE}, late),
            one.journal.move(hold, {"state": SUCCEEDED}, late),
            one.journal.renew(hold, LEASE),
        ):
            with pytest.raises(Fenced):
                await act
        assert await one.state(run.id) == RUNNING
        assert [each.state for each in await one.journal.steps(run.id)] == ["WAITING"]
        assert await one.records("ticket.moved") == 1
        await other.journal.intend(taken, 0, LEASE, late)
        assert await one.records("ticket.moved") == 2


async def test_of_four_that_claim_one_orphan_one_has_it(database: str) -> None:
    async with process(database, source()) as one, process(database, source()) as other:
        _hold, run = await one.begin(1)
        await _lapsed(one, run.id)
        came = await asyncio.gather(*(here.journal.claim(run.id, LEASE) for here in (one, other) * 2))
        assert sorted(each is not None for each in came) == [False, False, False, True]
        rows = await one.rows("select epoch from operation_run where id = :run", run=run.id)
        assert [tuple(each) for each in rows] == [(2,)]


async def test_leases_on_a_server_are_told_by_its_clock_alone(database: str) -> None:
    ahead, behind = (lambda: utc_now() + timedelta(hours=3)), (lambda: utc_now() - timedelta(hours=3))
    if database.startswith("sqlite"):
        pytest.skip("a file has one machine, and so one clock")
    async with process(database, source(), ahead) as fast, process(database, source(), behind) as slow:
        _hold, of_slow = await slow.begin(1)
        assert await fast.journal.orphans() == []  # by its own clock it is long over
        assert await fast.journal.claim(of_slow.id, LEASE) is None
        _hold, of_fast = await fast.begin(2, lease=timedelta(seconds=0))
        assert [each.id for each in await slow.journal.orphans()] == [of_fast.id]  # by its own clock it is not
        assert await slow.journal.claim(of_fast.id, LEASE) is not None
        _hold, let_go = await fast.begin(3, state=AWAITING, lease=None)
        assert await fast.journal.change(let_go.id, (AWAITING,), {"state": RUNNING, "lease_until": ahead()})
        assert await slow.journal.claim(let_go.id, LEASE) is not None


async def test_an_approval_is_given_once_and_only_while_it_is_waited_for(database: str) -> None:
    async with process(database, source()) as one, process(database, source()) as other:
        run, rows, asked = begun(SHAPES["readback"], 1, utc_now())
        run.state = AWAITING
        waits = OperationApproval(run=run.id, kind="four_eyes", plan_hash="0", deadline=utc_now() + timedelta(hours=1))
        await one.journal.begin(run, rows, [waits], asked)
        given = {"decision": "APPROVED", "decided_at": utc_now()}
        came = await asyncio.gather(
            *(
                here.journal.decide(run.id, "four_eyes", {**given, "decided_by": name}, _DECIDED)
                for here, name in ((one, "first"), (other, "second"))
            )
        )
        assert sorted(came) == [False, True]
        assert await one.records("approval.given") == 1
        (found,) = await one.journal.approvals(run.id)
        assert found.decided_by == ("first" if came[0] else "second")


async def test_what_nobody_decided_in_time_expires_once(database: str) -> None:
    async with process(database, source()) as one, process(database, source()) as other:
        _hold, run = await one.begin(1, lease=None, state=AWAITING, expires_at=utc_now() - timedelta(seconds=1))
        await asyncio.gather(one.keeper.look(), other.keeper.look())
        assert await one.state(run.id) == EXPIRED
        assert await one.records("ticket.moved") == 2  # that it was asked for, and that it expired
        assert not await one.journal.decide(run.id, "four_eyes", {"decision": "APPROVED"}, _DECIDED)


async def test_a_limit_holds_however_many_begin_at_once(database: str) -> None:
    async with process(database, source()) as one, process(database, source()) as other:
        limit = Limit(3, utc_now() - timedelta(hours=1))
        came = await asyncio.gather(
            *(here.begin(number, limit=limit) for number, here in enumerate([one, other] * 5)), return_exceptions=True
        )
        kinds = sorted(type(each).__name__ for each in came)
        assert kinds == ["LimitReached"] * 7 + ["tuple"] * 3
        assert len(await one.journal.runs(RunsWanted(caller="doer"), 50)) == 3
        assert await one.records("ticket.moved") == 3
        with pytest.raises(LimitReached):
            await one.begin(20, limit=limit)
        await one.begin(21, limit=limit, caller="somebody else")


async def test_a_key_that_stands_is_told_before_a_limit(database: str) -> None:
    async with process(database, source()) as here:
        limit = Limit(1, utc_now() - timedelta(hours=1))
        await here.begin(1, limit=limit, key="the same")
        with pytest.raises(KeyTaken):
            await here.begin(2, limit=limit, key="the same")


async def test_a_run_whose_call_may_be_on_its_way_is_not_let_go(database: str) -> None:
    async with process(database, source()) as one, process(database, source()) as other:
        hold, run = await one.begin(1)
        sent, sent_run = await one.begin(2)
        await one.journal.intend(sent, 0, LEASE)
        assert not await one.journal.release(sent)
        assert await other.journal.claim(sent_run.id, LEASE) is None
        assert await one.journal.release(hold)
        assert not await one.journal.release(hold)
        with pytest.raises(Fenced):
            await one.journal.intend(hold, 0, LEASE)
        assert await other.journal.claim(run.id, LEASE) is not None


async def test_runs_are_listed_the_newest_first_and_page_by_page(database: str) -> None:
    async with process(database, source()) as here:
        began = utc_now()
        for number in range(5):
            await here.begin(number, created_at=began + timedelta(seconds=number // 2))
        found = await here.journal.runs(RunsWanted(employee_id="0000001"), 3)
        rest = await here.journal.runs(RunsWanted(before=(found[-1].created_at, found[-1].id)), 9)
        ids = [each.id for each in [*found, *rest]]
        assert ids == sorted(ids, reverse=True)
        assert len(ids) == 5
        assert await here.journal.runs(RunsWanted(states=(SUCCEEDED,)), 9) == []
