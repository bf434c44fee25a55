"""Listings: page by page everything once, in the promised order, and only what was wanted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

import pytest

from sandbox.company.model import Company
from sources.ports.directory import PeopleFilter
from sources.ports.question import Page, Window
from sources.ports.tickets import TicketsFilter
from tests.contract.subjects import Source, call_of

Asked = tuple[Source, str, str]


@dataclass(frozen=True, slots=True)
class Promise:
    """What a listing promises. Shape: `orders` are the arguments of each order and the key it sorts by; `told` says, for
    each condition of the filter, what a record must show."""

    wanted: type
    key: str
    whole: Callable[[Company], set[str]]
    orders: tuple[tuple[Mapping[str, str], Callable[[Any], Any]], ...]
    told: Mapping[str, Callable[[Any], Any]]


PROMISES: Final = {
    "directory.people": Promise(
        PeopleFilter,
        "employee_id",
        lambda company: {each.employee_id for each in company.people},
        (
            ({"order": "LOGIN"}, lambda person: person.login.casefold()),
            ({"order": "NAME"}, lambda person: ((person.name.family or "").casefold(), person.login.casefold())),
        ),
        {
            "region": lambda person: person.workplace.region,
            "department": lambda person: person.department,
            "office": lambda person: person.workplace.office,
            "city": lambda person: person.workplace.city,
            "active": lambda person: person.active,
        },
    ),
    "tickets.tickets": Promise(
        TicketsFilter,
        "number",
        lambda company: {str(each.id) for each in company.tickets},
        (({}, lambda ticket: -int(ticket.number)),),
        {
            "queues": lambda ticket: (ticket.queue,),
            "statuses": lambda ticket: (ticket.status,),
            "assignee_login": lambda ticket: ticket.assignee_login,
            "requester_email": lambda ticket: ticket.requester_email,
        },
    ),
}


def promise_of(listed: Asked) -> Promise:
    """What was promised of this listing."""
    place = f"{listed[1]}.{listed[2]}"
    assert place in PROMISES, f"say in tests/contract/test_listings.py what {place} promises"
    return PROMISES[place]


async def page(listed: Asked, first: int, after: Any = None, wanted: Any = None, **more: str) -> Window[Any]:
    """One page."""
    source, port, name = listed
    promise = promise_of(listed)
    chosen = promise.wanted() if wanted is None else wanted
    order = more or dict(promise.orders[0][0])
    return await source.desk.list(port, name, Page(first, after), call_of(), wanted=chosen, **order)


async def walk(listed: Asked, step: int, wanted: Any = None, **more: str) -> list[Any]:
    """All pages."""
    records, after = [], None
    for _ in range(1000):
        window = await page(listed, step, after, wanted, **more)
        assert len(window.records) == len(window.cursors) <= step
        records += window.records
        if not window.has_next:
            return records
        after = window.cursors[-1]
    pytest.fail("the listing does not end")


async def test_pages_bring_everything_once_and_in_order(listed: Asked) -> None:
    promise = promise_of(listed)
    for more, rank in promise.orders:
        records = await walk(listed, 17, **more)
        keys = [getattr(each, promise.key) for each in records]
        assert len(keys) == len(set(keys))
        assert set(keys) == promise.whole(listed[0].company)
        assert records == sorted(records, key=rank)


async def test_the_size_of_pages_changes_nothing_else(listed: Asked) -> None:
    for more, _ in promise_of(listed).orders:
        assert await walk(listed, 7, **more) == await walk(listed, 100, **more)


async def test_the_same_cursor_gives_the_same_page(listed: Asked) -> None:
    first = await page(listed, 10)
    again = [await page(listed, 10, first.cursors[4]) for _ in range(2)]
    assert again[0] == again[1]
    assert again[0].records[:5] == first.records[5:]


async def test_the_total_is_the_number_of_all(listed: Asked) -> None:
    window = await page(listed, 3)
    assert window.total in (None, len(promise_of(listed).whole(listed[0].company)))


async def test_each_condition_leaves_what_fulfils_it(listed: Asked) -> None:
    promise = promise_of(listed)
    assert set(promise.told) == {each.name for each in fields(promise.wanted)}
    everything = await walk(listed, 100)
    for condition, told in promise.told.items():
        value = next(told(each) for each in everything if told(each) not in (None, (None,)))
        found = await walk(listed, 50, promise.wanted(**{condition: value}))
        assert found == [each for each in everything if told(each) == value], condition


async def test_a_hostile_condition_leaves_nothing(listed: Asked) -> None:
    promise = promise_of(listed)
    text = "' OR id > 0 OR '\" or userName pr or \"*)("
    for condition in promise.told:
        if condition == "active":
            continue
        value = (text,) if condition.endswith("s") else text
        assert await walk(listed, 50, promise.wanted(**{condition: value})) == [], condition
