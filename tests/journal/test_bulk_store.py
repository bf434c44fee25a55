"""What bulks promise to several processes, on a file and on a server alike."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from audit.event import Event
from operations.kit.bulk_store import BulkKeyTaken, BulkStore, Drive, Stopped, TooMany
from operations.kit.bulk_tables import BEGINNING, BEGUN, ENDED, PAUSED, RUNNING, WAITING
from operations.kit.bulk_tables import OperationBulk as Bulk
from operations.kit.bulk_tables import OperationBulkItem as Item
from sources.ports.call import utc_now
from tests.journal.process import Process, process, source

_LEASE = timedelta(seconds=30)
_DECIDED = Event(code="approval.given", stage="decision", outcome="success", operator="other")


def stored(here: Process) -> BulkStore:
    """The bulks as one process sees them."""
    return BulkStore(here.trail, here.store.engine, utc_now)


async def begin(store: BulkStore, id_: str, size: int = 3, most: int = 100, key: str | None = None) -> None:
    """Write a bulk of so many down."""
    now = utc_now()
    said: dict[str, Any] = {"viewer": {}, "given": {}, "fingerprint": "f", "policy": "p", "name": "grant_licence"}
    bulk = Bulk(
        id=id_, state=RUNNING, caller="somebody", key=key or id_, size=size, created_at=now, changed_at=now, **said
    )
    several = [Item(bulk=id_, number=number, employee_id=f"e{number}", state=WAITING) for number in range(size)]
    await store.begin(bulk, several, most, now - timedelta(hours=1), _DECIDED)


async def test_a_bulk_its_items_and_its_record_are_written_together(database: str) -> None:
    async with process(database, source()) as here:
        store = stored(here)
        await begin(store, "one")
        assert [(each.item.number, each.state) for each in await store.items("one")] == [(n, WAITING) for n in range(3)]
        assert await here.records("approval.given") == 1
        with pytest.raises(BulkKeyTaken) as taken:
            await begin(store, "two", key="one")
        assert taken.value.bulk.id == "one"
        assert await here.records("approval.given") == 1


async def test_a_cap_holds_whoever_begins_at_the_same_moment(database: str) -> None:
    async with process(database, source()) as one, process(database, source()) as other:
        stores = [stored(one), stored(other)] * 4
        came = await asyncio.gather(
            *(begin(store, f"bulk {number}", size=3, most=8) for number, store in enumerate(stores)),
            return_exceptions=True,
        )
        assert [type(each) for each in came if each is not None] == [TooMany] * 6
        assert tuple((await one.rows("select count(*), sum(size) from operation_bulk"))[0]) == (2, 6)


async def test_a_bulk_is_driven_by_one_process_until_its_lease_is_over(database: str) -> None:
    async with process(database, source()) as one, process(database, source()) as other:
        here, there = stored(one), stored(other)
        await begin(here, "one")
        drives = await asyncio.gather(*(each.claim("one", _LEASE) for each in (here, there)))
        assert sum(each is not None for each in drives) == 1
        owner, stranger = (here, there) if drives[0] is not None else (there, here)
        first = Drive("one", 1)
        await owner.take(first, 0)
        assert await stranger.undriven() == []
        assert await stranger.claim("one", _LEASE) is None
        await owner.release(first)
        second = await stranger.claim("one", _LEASE)
        assert second == Drive("one", 2)
        # whoever was late changes nothing any more
        for late in (owner.take(first, 1), owner.put(first, 0, {"state": BEGUN}), owner.renew(first, _LEASE)):
            with pytest.raises(Stopped):
                await late
        assert [each.state for each in await stranger.items("one")] == [BEGINNING, WAITING, WAITING]


async def test_one_that_rests_lets_nothing_more_begin_and_what_has_begun_be_written_down(database: str) -> None:
    async with process(database, source()) as here:
        store = stored(here)
        await begin(store, "one")
        drive = await store.claim("one", _LEASE)
        assert drive is not None
        await store.take(drive, 0)
        assert await store.change("one", (RUNNING,), {"state": PAUSED}, _DECIDED)
        assert not await store.change("one", (RUNNING,), {"state": PAUSED}, _DECIDED)
        with pytest.raises(Stopped):
            await store.take(drive, 1)
        with pytest.raises(Stopped):
            await store.rest(drive, {"state": ENDED}, _DECIDED)
        await store.put(drive, 0, {"state": BEGUN})
        assert [each.state for each in await store.items("one")] == [BEGUN, WAITING, WAITING]
        assert (await store.one("one")).state == PAUSED  # type: ignore[union-attr]  # it is there
