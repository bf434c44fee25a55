"""Where reads begin: the viewer, one employee, one ticket, nodes by id, lists."""

import asyncio
from collections.abc import Mapping
from typing import Any

from resolvers import ids
from resolvers.asking import Asking, Viewer
from resolvers.computed.registry import computes
from resolvers.filling import filled
from resolvers.planning import lookup_of
from resolvers.problems import bad_input
from resolvers.windows import NONE_TOLD, NOTHING, Listed, check_first, listed, place_of
from schema.choosing import CHOSEN_BY, ORDERED_BY
from sources.ports.directory import PeopleFilter, Person
from sources.ports.question import Page, Window
from sources.ports.tickets import TicketsFilter

PERSONNEL_NUMBER_WIDTH = 7
"""Digits of an employee number; callers leave out leading zeros."""
_OPEN = ("NEW", "OPEN", "WAITING")


@computes("Query.viewer")
def viewer(_root: Any, asking: Asking, _info: Any) -> Viewer:
    """Who asks."""
    return asking.viewer


@computes("Query.employee")
async def employee(_root: Any, asking: Asking, info: Any, by: Mapping[str, str]) -> Person | None:
    """One employee by any of the keys."""
    ((name, said),) = by.items()
    load = asking.loaders.load
    found: Person | None
    if name == "id":
        found = await _looked_up(said, "Employee", asking, info)
    elif name == "login":
        found = await load("directory", "people_by_login", said.strip().casefold())
    elif name == "email":
        found = await load("directory", "people_by_email", said.strip().casefold())
    else:
        number = said.strip()
        if not number.isascii() or not number.isalnum():
            raise bad_input("by.personnelNumber: expected letters and digits")
        padded = number.zfill(PERSONNEL_NUMBER_WIDTH) if number.isdigit() else number
        found = await load("directory", "people_by_id", padded)
    return found


@computes("Query.employees")
async def employees(
    _root: Any,
    asking: Asking,
    _info: Any,
    orderBy: Any,  # noqa: N803  # the argument's name in the schema
    first: int,
    filter: Mapping[str, Any] | None = None,  # noqa: A002  # the argument's name in the schema
    after: str | None = None,
) -> Listed:
    """A page of employees."""
    wanted = PeopleFilter(**(filter or {}))
    by_name = orderBy.value == "NAME"
    page = Page(check_first(first), _place(after, 2 if by_name else 1))
    used = [CHOSEN_BY[name] for name, value in (filter or {}).items() if value is not None]
    depends = asking.sight.may_use([*used, ORDERED_BY[orderBy.value]])
    if wanted.region is not None and depends and not asking.sight.might_see(used, region=wanted.region):
        return NONE_TOLD

    async def fetch(each: Page) -> Window[Person]:
        return await asking.desk.list("directory", "people", each, asking.call, wanted=wanted, order=orderBy.value)

    async def known(people: tuple[Person, ...]) -> tuple[bool, ...]:
        subjects = [asking.sight.of(person) for person in people]
        return tuple(all(subject.sees(*place) for place in depends) for subject in subjects)

    return listed(await filled(page, fetch, known) if depends else await fetch(page), after)


@computes("Query.ticket")
async def ticket(_root: Any, asking: Asking, info: Any, by: Mapping[str, str]) -> Any:
    """One ticket by id or number."""
    ((name, said),) = by.items()
    if name == "id":
        return await _looked_up(said, "Ticket", asking, info)
    number = said.strip().lstrip("#")
    if not number or len(number) > 40:
        raise bad_input("by.number: expected a ticket's number")
    found = await asking.loaders.load("tickets", "ticket_by_number", number)
    return found if found is None or await asking.sight.knows("Ticket", found) else None


@computes("Query.tickets")
async def tickets(
    _root: Any,
    asking: Asking,
    info: Any,
    first: int,
    filter: Mapping[str, Any] | None = None,  # noqa: A002  # the argument's name in the schema
    after: str | None = None,
) -> Listed:
    """A page of tickets: of a queue, the viewer's own, or one person's."""
    said = filter or {}
    requester = said.get("requester")
    email = None
    if requester is not None:
        person = await _looked_up(requester, "Employee", asking, info)
        if person is None or person.email is None or not asking.sight.of(person).sees("Ticket", "requester"):
            return NOTHING  # nobody, or nobody whose tickets the viewer may choose by
        email = person.email
    team = asking.viewer.active_team
    queue = said.get("queue")
    if queue is None and email is None and not said.get("mine") and team is not None:
        queue = team.queue
    statuses = said.get("status")
    wanted = TicketsFilter(
        queues=(queue,) if queue else (),
        statuses=tuple(each.value for each in statuses) if statuses is not None else (() if email else _OPEN),
        assignee_login=asking.viewer.login if said.get("mine") else None,
        requester_email=email,
    )
    page = Page(check_first(first), _place(after, 1))
    depends = asking.sight.may_use([("Ticket", "number"), ("Ticket", "status"), ("Ticket", "queue")])

    async def fetch(each: Page) -> Window[Any]:
        return await asking.desk.list("tickets", "tickets", each, asking.call, wanted=wanted)

    async def known(found: tuple[Any, ...]) -> tuple[bool, ...]:
        return tuple(await asyncio.gather(*(asking.sight.knows("Ticket", each) for each in found)))

    return listed(await filled(page, fetch, known) if depends else await fetch(page), after)


@computes("Subscription.employee")
async def followed_employee(_root: Any, asking: Asking, info: Any, id: str) -> Person | None:  # noqa: A002  # Relay's word
    """One employee by their id."""
    found: Person | None = await _looked_up(id, "Employee", asking, info)
    return found


@computes("Query.node")
async def node(_root: Any, asking: Asking, info: Any, id: str) -> Any:  # noqa: A002  # Relay's word
    """A node by its id."""
    return await _node(id, asking, info)


@computes("Query.nodes")
async def nodes(_root: Any, asking: Asking, info: Any, ids: list[str]) -> list[Any]:
    """Nodes by their ids; one that fails is an error at its place."""
    return [asyncio.ensure_future(_node(each, asking, info)) for each in ids]


async def _node(text: str, asking: Asking, info: Any) -> Any:
    opened = ids.decode(text)
    lookup = lookup_of(info.schema.type_map.get(opened.type_name))
    if lookup is None:
        raise bad_input("not an id that Okno gave out")
    found = await asking.loaders.load_node(lookup, opened)
    return found if found is None or await asking.sight.knows(opened.type_name, found) else None


async def _looked_up(text: str, type_name: str, asking: Asking, info: Any) -> Any:
    opened = ids.decode(text)
    if opened.type_name != type_name:
        raise bad_input(f"expected the id of a node of type {type_name}, is {opened.type_name}")
    lookup = lookup_of(info.schema.type_map[type_name])
    assert lookup is not None, type_name
    found = await asking.loaders.load_node(lookup, opened)
    return found if found is None or await asking.sight.knows(type_name, found) else None


def _place(after: str | None, size: int) -> tuple[str, ...] | None:
    if after is None:
        return None
    place = place_of(after)
    if len(place) != size or not all(isinstance(each, str) for each in place):
        raise bad_input("after: a cursor of another list")
    return tuple(place)
