"""Acts on bulks: one operation is asked for on many employees, rests, goes on, is repeated, is called off; and what is read of it."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field
from datetime import datetime
from typing import Any, Final

import strawberry

from operations.kit.acts.act import Act, Given, Room, named
from operations.kit.after import same
from operations.kit.bulk import Bulks, Order, Wanted
from operations.kit.bulk_choice import choice_of
from operations.kit.bulk_store import Standing
from operations.kit.bulk_tables import OperationBulk
from operations.kit.catalogue import shipped
from operations.kit.fields import snake
from operations.kit.knowing import OVERSEERS
from operations.kit.obligations import Purpose
from operations.kit.problems import OperationProblem, bad_field
from operations.kit.telling import told
from operations.kit.views import NoteView, PayloadView, ProblemView, RunView, bulk_id
from resolvers import ids
from resolvers.asking import Asking
from resolvers.problems import bad_input
from resolvers.windows import Edge, Listed, PageInfo, check_first, place_of
from schema.bulk import BulkItemInput, BulkPayload
from schema.operation import OperationMode, PurposeInput


@dataclass(frozen=True, slots=True)
class CountView:
    """How many stand somewhere."""

    state: str
    count: int


@dataclass(frozen=True, slots=True)
class ItemView:
    """One employee of a bulk."""

    standing: Standing
    number: int
    state: str
    attempts: int
    ticket: str | None
    problem: NoteView | None
    employee_id: str


@dataclass(frozen=True, slots=True)
class BulkView:
    """One bulk."""

    id: str
    name: str
    state: str
    by: str
    team: str | None
    reason: str | None
    size: int
    created_at: datetime
    ended_at: datetime | None
    problem: NoteView | None
    progress: Sequence[CountView]
    items: Sequence[ItemView]


@dataclass(frozen=True, slots=True)
class BulkAnswer:
    """What comes of an act on a bulk."""

    previews: Sequence[PayloadView] = ()
    bulk: BulkView | None = None
    problems: list[ProblemView] = field(default_factory=list)


def _bulks(room: Room) -> Bulks:
    assert room.bulks is not None, "the room is filled before anything is served"
    return room.bulks


async def _start(room: Room, asking: Asking, given: Given) -> BulkAnswer:
    async def act() -> BulkAnswer:
        bulks, order = _bulks(room), _order(given)
        if named(given.get("mode")) != "APPLY":
            found = await bulks.preview(asking, order)
            return BulkAnswer([await room.payload(each, asking) for each in found])
        return BulkAnswer(bulk=await _view(bulks, await bulks.begin(asking, order)))

    return await _told(room, asking, "start_bulk", act)


def _order(given: Given) -> Order:
    """What is asked for. Raises: OperationProblem."""
    chosen = {name: said for name, said in snake(given["operation"]).items() if said is not None}
    if len(chosen) != 1:
        raise OperationProblem(bad_field("operation", "names one operation"))
    ((name, said),) = chosen.items()
    if said is False:
        raise OperationProblem(bad_field("operation", f"is asked for by {name}: true"))
    purpose = given.get("purpose") or {}
    wanted = [Wanted(str(each["employee"]), each.get("ticket"), each.get("planHash")) for each in given["items"]]
    return Order(
        name,
        {} if said is True else {key: value for key, value in snake(said).items() if value is not None},
        wanted,
        Purpose(purpose.get("reason"), purpose.get("ticket")),
        str(given["idempotency_key"]),
    )


def _on(
    name: str, act: Callable[[Bulks, Asking, str, str | None], Awaitable[OperationBulk]]
) -> Callable[[Room, Asking, Given], Awaitable[BulkAnswer]]:
    """An act on a bulk that there is."""

    async def run(room: Room, asking: Asking, given: Given) -> BulkAnswer:
        async def change() -> BulkAnswer:
            bulks = _bulks(room)
            bulk = await act(bulks, asking, bulk_named(str(given["bulk"])), given.get("note"))
            return BulkAnswer(bulk=await _view(bulks, bulk))

        return await _told(room, asking, name, change)

    return run


async def _told(room: Room, asking: Asking, name: str, act: Callable[[], Awaitable[BulkAnswer]]) -> BulkAnswer:
    return await told(room.acting, asking, name, act, lambda problems: BulkAnswer(problems=problems))


def bulk_named(id_: str) -> str:
    """The bulk that an id of the graph names. Raises: RequestProblem BAD_INPUT."""
    node = ids.decode(id_)
    if node.type_name != "Bulk":
        raise bad_input(f"the id is that of a {node.type_name}, not of a Bulk")
    return node.key


async def _view(bulks: Bulks, bulk: OperationBulk) -> BulkView:
    items = [_item(each) for each in await bulks.store.items(bulk.id)]
    counted = sorted(Counter(each.state for each in items).items())
    return BulkView(
        bulk_id(bulk.id),
        bulk.name,
        bulk.state,
        bulk.caller,
        bulk.team,
        bulk.reason,
        bulk.size,
        bulk.created_at,
        bulk.ended_at,
        _note(bulk.problem),
        [CountView(state, count) for state, count in counted],
        items,
    )


def _item(standing: Standing) -> ItemView:
    item, run = standing.item, standing.run
    said = item.problem if run is None else run.problem
    tried = item.attempt + (item.state not in ("WAITING", "CANCELLED"))
    return ItemView(standing, item.number, standing.state, tried, item.ticket, _note(said), item.employee_id)


def _note(said: Mapping[str, Any] | None) -> NoteView | None:
    return None if said is None else NoteView(str(said["code"]), str(said["message"]), said.get("step"))


class BulkBoard:
    """Answers queries about bulks. Shape: `room` is filled once everything is open."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def all(self) -> dict[str, Callable[..., Any]]:
        """By `Type.field`."""
        return {
            "Query.bulk": self._one,
            "Subscription.bulk": self._one,
            "Query.bulks": self._several,
            "BulkItem.operation": self._run,
        }

    async def _one(self, _root: Any, asking: Asking, _info: Any, *, id: str) -> BulkView | None:  # noqa: A002  # the contract's word
        bulks = _bulks(self._room)
        bulk = await bulks.store.one(bulk_named(id))
        if bulk is None or not (same(bulk.caller, asking.viewer.login) or _oversees(asking)):
            return None
        return await _view(bulks, bulk)

    async def _several(
        self, _root: Any, asking: Asking, _info: Any, *, first: int, after: str | None = None, mine: bool = False
    ) -> Listed:
        check_first(first)
        bulks, place = _bulks(self._room), place_of(after) if after else None
        caller = asking.viewer.login if mine or not _oversees(asking) else None
        rows = await bulks.store.several(caller, None if place is None else _moment(place), first + 1)
        edges = [Edge((each.created_at.isoformat(), each.id), await _view(bulks, each), each) for each in rows[:first]]
        ends = (edges[0], edges[-1]) if edges else (None, None)
        return Listed(edges, PageInfo(len(rows) > first, place is not None, *ends), None)

    async def _run(self, view: ItemView, asking: Asking, _info: Any) -> RunView | None:
        run = view.standing.run
        return None if run is None else await self._room.shown(run, asking)


def _oversees(asking: Asking) -> bool:
    return bool(asking.viewer.policy.operation(asking.viewer.actor, OVERSEERS).permits)


def _moment(place: Sequence[object]) -> tuple[datetime, str]:
    try:
        at, id_ = place
        return datetime.fromisoformat(str(at)), str(id_)
    except ValueError:
        raise bad_input("after: not a cursor of this list") from None


_BULK: Final = (strawberry.ID, "The bulk.", MISSING)
_NOTE: Final = (str | None, "What there is to say about it.", None)


def _on_bulk(name: str, about: str, event: str, act: Any) -> Act:
    return Act(name, about, event, "LOW", {"bulk": _BULK, "note": _NOTE}, BulkPayload, _on(name, act))


BULK_ACTS: Final = (
    Act(
        "start_bulk",
        "Run one operation on many employees, or plan it; each is a run of its own, with every right and obligation of one.",
        "bulk.begun",
        "HIGH",
        {
            "operation": (choice_of(shipped()), "Which operation, with its own input.", MISSING),
            "items": (list[BulkItemInput], "Whom it is about, each once; as many as a role of yours lets.", MISSING),
            "purpose": (PurposeInput | None, "What it is for; its ticket stands for all that name none.", None),
            "idempotency_key": (strawberry.ID, "Any text of your own that stands for this one wish.", MISSING),
            "mode": (OperationMode, "Only plan it, or do it.", OperationMode.PREVIEW),
        },
        BulkPayload,
        _start,
    ),
    _on_bulk("pause_bulk", "Begin with no more of a bulk; what has begun goes on.", "bulk.paused", Bulks.pause),
    _on_bulk("resume_bulk", "Let a bulk go on, with the rights of now.", "bulk.resumed", Bulks.resume),
    _on_bulk(
        "repeat_bulk",
        "Do again what has failed of a bulk, and nothing of which nobody knows what became.",
        "bulk.repeated",
        Bulks.repeat,
    ),
    _on_bulk("cancel_bulk", "Call off what has not begun of a bulk.", "bulk.cancelled", Bulks.cancel),
)
