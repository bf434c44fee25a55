"""Graph: what stands behind the mutations and behind the queries about runs; handed to the gateway to be bound."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from aiodataloader import DataLoader

from operations.kit.acting import Acting
from operations.kit.acts.act import Room, named
from operations.kit.acts.board import Board
from operations.kit.acts.bulk import BulkBoard
from operations.kit.acts.callers import codes_of_viewer
from operations.kit.acts.cases import in_hand
from operations.kit.acts.catalogue import ACTS
from operations.kit.acts.documents import documents
from operations.kit.after import same
from operations.kit.deeds import Deeds
from operations.kit.fields import camel, kind_of, mutation_type, snake
from operations.kit.given import entries
from operations.kit.knowing import Knowing
from operations.kit.operation import Operation
from operations.kit.runs import RunsWanted, brief
from operations.kit.tables import AWAITING, OperationRun
from operations.kit.views import PayloadView, RunView, run_named
from operations.kit.wish import Wish
from resolvers import ids
from resolvers.asking import Asking
from resolvers.problems import bad_input
from resolvers.windows import Edge, Listed, PageInfo, check_first, place_of
from sources.ports.directory import Person

_COMMON: Final = ("employee", "purpose", "idempotencyKey", "mode", "planHash")
_RUNS: Final = "runs by id"
_LOOKED_THROUGH: Final = 2_000
"""Runs looked through at most for one page of those that a viewer may know of."""


@dataclass(frozen=True, slots=True)
class FieldView:
    """One input field, for a form."""

    name: str
    kind: str
    node: str | None
    about: str
    required: bool
    choices: Sequence[str]


@dataclass(frozen=True, slots=True)
class TypeView:
    """Something that can be done."""

    name: str
    field: str
    about: str
    domain: str
    risk: str
    event: str
    fields: Sequence[FieldView]
    undone_by: str | None
    reveals: bool
    allowed: bool
    why_not: str | None
    obligations: Sequence[str]


def mutations(operations: Mapping[str, Operation[Any]], risks: Mapping[str, str]) -> type:
    """The type `Mutation` of these operations and of what is done to runs."""
    return mutation_type(operations, risks, {each.name: each.field() for each in ACTS})


class Computations:
    """What is computed behind `Type.field`. Shape: `room` is filled once everything is open."""

    def __init__(self, operations: Mapping[str, Operation[Any]]) -> None:
        self.room = Room()
        self.activity = Deeds(self._acting)
        self._operations = operations

    def all(self) -> dict[str, Callable[..., Any]]:
        """By `Type.field`."""
        found: dict[str, Callable[..., Any]] = {
            f"Mutation.{camel(name)}": self._mutation(name) for name in self._operations
        }
        found.update({f"Mutation.{camel(each.name)}": self._act(each.run) for each in ACTS})
        found["OperationPayload.employee"] = _employee
        found["Operation.employee"] = _employee
        found["Case.employee"] = _employee
        found["Query.documents"] = partial(documents, self.room)
        found["Query.case"] = partial(in_hand, self.room)
        found["Query.callerCodes"] = partial(codes_of_viewer, self.room)
        found.update(Board(self.room).all())
        found.update(BulkBoard(self.room).all())
        found["BulkItem.employee"] = _employee
        found["Query.operationTypes"] = self._types
        found["TimelineEvent.operation"] = self._of_event
        found["Query.operation"] = found["Subscription.operation"] = self._one
        found["Query.operations"] = self._several
        found["Query.approvals"] = found["Subscription.approvals"] = self._waiting
        return found

    def _mutation(self, name: str) -> Callable[..., Any]:
        async def resolve(_root: Any, asking: Asking, _info: Any, *, input: Mapping[str, Any]) -> PayloadView:  # noqa: A002  # the contract's word
            acting = self._acting()
            wish = Wish(
                employee=str(input["employee"]),
                said=snake({key: value for key, value in input.items() if key not in _COMMON}),
                purpose=await self.room.purpose(asking, input.get("purpose"), str(input["employee"])),
                key=str(input["idempotencyKey"]),
                apply=named(input.get("mode")) == "APPLY",
                plan_hash=input.get("planHash"),
            )
            return await self.room.payload(await acting.act(asking, name, wish), asking)

        return resolve

    def _act(self, run: Callable[..., Any]) -> Callable[..., Any]:
        async def resolve(_root: Any, asking: Asking, _info: Any, *, input: Mapping[str, Any]) -> Any:  # noqa: A002  # as above
            return await run(self.room, asking, snake(input))

        return resolve

    def _acting(self) -> Acting:
        assert self.room.acting is not None, "the room is filled before anything is served"
        return self.room.acting

    def _types(self, _root: Any, asking: Asking, _info: Any) -> list[TypeView]:
        return [_type_view(each, asking) for each in self._operations.values()]

    async def _one(self, _root: Any, asking: Asking, _info: Any, *, id: str) -> RunView | None:  # noqa: A002  # as above
        run = await self._acting().journal.run(run_named(id))
        if run is None or not await self._knows(asking, run):
            return None
        return await self.room.shown(run, asking)

    async def _knows(self, asking: Asking, run: OperationRun) -> bool:
        return (await Knowing(self._acting()).known(asking, [brief(run)]))[0]

    async def _of_event(self, event: Any, asking: Asking, _info: Any) -> RunView | None:
        """The run that an event of a timeline was. All of one answer are looked up together."""
        if event.run is None:
            return None
        loader = asking.remembered.get(_RUNS)
        if loader is None:

            async def batch(keys: list[str]) -> list[RunView | None]:
                runs = await self._acting().journal.of_ids(keys)
                views = {each.run.id: each for each in await self.room.shown_all([*runs.values()], asking)}
                return [views.get(key) for key in keys]

            loader = asking.remembered[_RUNS] = DataLoader(batch_load_fn=batch, cache=True)
        found: RunView | None = await loader.load(event.run)
        return found

    async def _several(
        self,
        _root: Any,
        asking: Asking,
        _info: Any,
        *,
        first: int,
        after: str | None = None,
        filter: Mapping[str, Any] | None = None,  # noqa: A002  # as above
    ) -> Listed:
        said = filter or {}
        employee = said.get("employee")
        wanted = RunsWanted(
            employee_id=ids.decode(str(employee)).key if employee else None,
            caller=asking.viewer.login if said.get("mine") else None,
            states=tuple(named(each) for each in said.get("states") or ()),
            names=tuple(said.get("names") or ()),
        )
        return await self._page(asking, wanted, first, after)

    async def _waiting(self, _root: Any, asking: Asking, _info: Any, *, first: int, after: str | None = None) -> Listed:
        wanted = RunsWanted(states=(AWAITING,))
        return await self._page(asking, wanted, first, after, not_mine=True)

    async def _page(
        self, asking: Asking, wanted: RunsWanted, first: int, after: str | None, *, not_mine: bool = False
    ) -> Listed:
        """A page of the runs that the viewer may know of."""
        check_first(first)
        journal = self._acting().journal
        place = place_of(after) if after else None
        if place is not None:
            wanted = dataclasses.replace(wanted, before=_moment(place))
        found: list[OperationRun] = []
        looked = 0
        while len(found) <= first and looked < _LOOKED_THROUGH:
            rows = await journal.runs(wanted, 100)
            looked += len(rows)
            known = await Knowing(self._acting()).known(asking, [brief(run) for run in rows])
            for run, is_known in zip(rows, known, strict=True):
                theirs = same(run.caller, asking.viewer.login) or same(run.employee_login, asking.viewer.login)
                if is_known and not (not_mine and theirs):
                    found.append(run)
            if len(rows) < 100:
                break
            wanted = dataclasses.replace(wanted, before=(rows[-1].created_at, rows[-1].id))
        page = found[:first]
        views = await self.room.shown_all(page, asking)
        edges = [Edge((run.created_at.isoformat(), run.id), view, run) for run, view in zip(page, views, strict=True)]
        info = PageInfo(
            len(found) > first, place is not None, edges[0] if edges else None, edges[-1] if edges else None
        )
        return Listed(edges, info, None)


def _moment(place: Sequence[object]) -> tuple[Any, str]:
    try:
        at, id_ = place
        return datetime.fromisoformat(str(at)), str(id_)
    except ValueError:
        raise bad_input("after: not a cursor of this list") from None


async def _employee(view: Any, asking: Asking, _info: Any) -> Person | None:
    """Whom it is about, as they are now."""
    if not view.employee_id:
        return None
    found: Person | None = await asking.loaders.load("directory", "people_by_id", view.employee_id)
    return found


def _type_view(operation: Operation[Any], asking: Asking) -> TypeView:
    viewer = asking.viewer
    known = viewer.policy.rights.operations[operation.name]
    rules = viewer.policy.operation(viewer.actor, operation.name)
    able = all(asking.desk.sources_of(port) for port in operation.ports)
    why = None if rules.permits else "no role of yours lets you run it"
    if why is None and not able:
        why = "no system of this installation can do it"
    return TypeView(
        operation.name,
        camel(operation.name),
        operation.about(),
        known.domain,
        known.risk.upper(),
        operation.event,
        [
            FieldView(
                camel(each.name), kind_of(each), each.said.node, each.said.about, not each.optional, each.said.choices
            )
            for each in entries(operation.given)
        ],
        operation.undone_by,
        operation.reveals,
        why is None,
        why,
        sorted({each.kind for each in rules.obligations}),
    )
