"""Comparing: holds what we claim against what the systems show, and what they show against what we claim.

Nothing is mended: a person decides what is right. What does not agree is told once, as a record of the trail.
"""

import hashlib
import logging
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, Final, TypeVar

import orjson

from audit.event import Change, Event, Protected
from operations.kit.comparison.changes import SLACK, Ours, Shown, marks, shown
from operations.kit.comparison.claims import Claim, Deed, deeds_of, standing
from operations.kit.comparison.register import Register
from operations.kit.comparison.tables import CHANGE, CLAIM, OperationComparison, OperationOrphan
from operations.kit.expecting import read
from operations.kit.json_values import plain, typed
from operations.kit.mark import DEVICES, Mark
from operations.kit.operation import Operation
from sources.ports.call import CallContext, utc_now
from sources.ports.catalogue import question_of
from sources.ports.directory import PeopleFilter, Person
from sources.ports.errors import Partial, SourceError
from sources.ports.question import EVERYTHING, Desk, Page

T = TypeVar("T")
log = logging.getLogger("okno.operations")

_TOGETHER: Final = 50
"""Keys of one question."""
_PATIENCE: Final = 60.0
"""Seconds for one question."""
_FIRST: Final = timedelta(days=2)
"""How far the first comparison looks back for changes."""


@dataclass(slots=True)
class Compared:
    """What came of it. Shape: `found` are those that nobody was told of before; `unasked` questions by source."""

    since: datetime
    claims: int = 0
    people: int = 0
    found: list[OperationOrphan] = field(default_factory=list)
    settled: int = 0
    unasked: Counter[str] = field(default_factory=Counter)


class Comparing:
    """One comparison. Shape: claims of `days` are looked at; `everyday` as `changes.marks`."""

    def __init__(
        self,
        register: Register,
        desk: Desk,
        operations: Mapping[str, Operation[Any]],
        *,
        days: int,
        everyday: Sequence[str] = (),
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._register = register
        self._desk = desk
        self._operations = operations
        self._marks = marks(operations, everyday)
        self._days = days
        self._clock = clock

    async def compare(self, since: datetime | None = None) -> Compared:
        """Look at everything. Shape: without `since` changes are looked for since the last comparison that was whole.

        Raises: TrailUnavailable.
        """
        began = self._clock()
        last = await self._register.last_whole()
        since = since or (began - _FIRST if last is None else last - SLACK)
        came = Compared(since)
        deeds = await self._deeds(min(since - SLACK, began - timedelta(days=self._days)))
        await self._claims(deeds, came, began)
        # what began while it is looked at is the next one's matter
        await self._changes(Ours(chain.from_iterable(deeds.values())), since, began - SLACK, came)
        counts = {"claims": came.claims, "people": came.people, "found": len(came.found), "settled": came.settled}
        event = Event(
            code="comparison.made",
            stage="outcome",
            outcome="failure" if came.unasked else "success",
            operator="okno",
            detail={**counts, "since": since.isoformat(), "unasked": dict(came.unasked)},
        )
        await self._register.made(
            OperationComparison(
                id=uuid.uuid4().hex,
                since=since,
                began_at=began,
                ended_at=self._clock(),
                claims=came.claims,
                people=came.people,
                unasked=dict(came.unasked),
            ),
            event,
        )
        return came

    async def _deeds(self, since: datetime) -> dict[str, list[Deed]]:
        """What was done by runs that were changed since, by run."""
        found: dict[str, list[Deed]] = {}
        async for run, rows in self._register.runs(since):
            try:
                found[run.id] = list(deeds_of(run, rows))
            except (KeyError, TypeError, ValueError) as problem:
                # of an operation, a port or a write that is not there any more: nobody can be asked about it
                log.warning("run %s of %s cannot be compared: %s", run.id, run.name, type(problem).__name__)
        return found

    async def _claims(self, deeds: dict[str, list[Deed]], came: Compared, began: datetime) -> None:
        """Each claim against its system. One that holds again, or was overtaken, is settled."""
        claims = [each for each in self._standing(deeds) if self._may_ask(each)]
        doubted: dict[str, tuple[Claim, object]] = {}
        unasked: set[str] = set()
        people = await self._people(sorted({each.deed.employee_id for each in claims if each.deed.employee_id}))
        for (port, source, question), several in _by_question(claims).items():
            for some in _batched(several, _TOGETHER):
                keys = [_key(port, question, each, people) for each in some]
                answers = await self._ask(port, question, keys, source)
                for claim, answer in zip(some, answers, strict=True):
                    came.claims += 1
                    lost = people.get(claim.deed.employee_id)
                    if isinstance(lost, SourceError) or isinstance(answer, SourceError | Partial):
                        came.unasked[lost.source if isinstance(lost, SourceError) else source] += 1
                        unasked.add(_id_of_claim(claim))
                    elif not claim.proof.holds(answer):
                        doubted[_id_of_claim(claim)] = (claim, answer)
        # somebody may have changed it through us while it was looked at
        deeds |= await self._deeds(began)
        still = {_id_of_claim(each) for each in self._standing(deeds)}
        for id_, (claim, answer) in doubted.items():
            if id_ in still:
                await self._tell(_orphaned_claim(claim, began), _changes(claim, answer), came)
        looked_at = {_id_of_claim(each) for each in claims}
        gone = still - looked_at
        came.settled += await self._register.settle(deeds, doubted.keys() & still | unasked | gone, began)

    def _standing(self, deeds: Mapping[str, Sequence[Deed]]) -> list[Claim]:
        undone_by = {name: each.undone_by for name, each in self._operations.items()}
        return standing(chain.from_iterable(deeds.values()), undone_by)

    def _may_ask(self, claim: Claim) -> bool:
        """Whether the installation has the source still."""
        return claim.deed.call.source in self._desk.sources_of(claim.deed.call.port)

    async def _changes(self, ours: Ours, since: datetime, until: datetime, came: Compared) -> None:
        """Every change that systems show of everybody against what we have done."""
        ports = {name: (each.port, *(("equipment",) if each.through else ())) for name, each in self._marks.items()}
        marks = {
            name: mark for name, mark in self._marks.items() if all(self._desk.sources_of(port) for port in ports[name])
        }
        if not marks or since >= until:
            return
        try:
            async for people in self._everybody():
                came.people += len(people)
                await self._changes_of(people, marks, ours, since, until, came)
        except SourceError as failure:
            came.unasked[failure.source] += 1

    async def _changes_of(
        self,
        people: Sequence[Person],
        marks: Mapping[str, Mark],
        ours: Ours,
        since: datetime,
        until: datetime,
        came: Compared,
    ) -> None:
        asked: dict[tuple[str, str, str | None], list[tuple[Person, object]]] = {}
        for name, mark in marks.items():
            place = (mark.port, mark.question, mark.through)
            if place not in asked:
                asked[place] = await self._asked(mark, people, came)
            for person, answer in asked[place]:
                for change in shown(name, mark, person, answer, since, until):
                    if not ours.explains(change):
                        await self._tell(_orphaned_change(change, until), (), came)

    async def _asked(self, mark: Mark, people: Sequence[Person], came: Compared) -> list[tuple[Person, object]]:
        keys: list[tuple[Person, Any]] = [(each, each.ref) for each in people]
        if mark.through is not None:
            devices = await self._answers("equipment", DEVICES, keys, came)
            keys = [(person, each.ref) for person, several in devices for each in several or ()]
        return await self._answers(mark.port, mark.question, keys, came)

    async def _answers(
        self, port: str, question: str, keys: Sequence[tuple[Person, Any]], came: Compared
    ) -> list[tuple[Person, Any]]:
        found: list[tuple[Person, Any]] = []
        for some in _batched(keys, _TOGETHER):
            answers = await self._ask(port, question, [key for _, key in some])
            for (person, _), answer in zip(some, answers, strict=True):
                said = answer
                if isinstance(answer, Partial):
                    came.unasked.update(each.source for each in answer.failures)
                    said = answer.value
                if isinstance(said, SourceError):
                    came.unasked[said.source] += 1
                else:
                    found.append((person, said))
        return found

    async def _ask(self, port: str, question: str, keys: Sequence[Any], source: str | None = None) -> Sequence[Any]:
        return await self._desk.ask(port, question, keys, EVERYTHING, self._call(), source=source)

    async def _people(self, employees: Sequence[str]) -> Mapping[str, Person | SourceError]:
        """Employees by number: what is asked about them is asked by the names that they have now."""
        found: dict[str, Person | SourceError] = {}
        for some in _batched(employees, _TOGETHER):
            answers = await self._ask("directory", "people_by_id", some)
            found.update(
                {key: each for key, each in zip(some, answers, strict=True) if isinstance(each, Person | SourceError)}
            )
        return found

    async def _everybody(self) -> AsyncIterator[Sequence[Person]]:
        after: tuple[str, ...] | None = None
        while True:
            window = await self._desk.list(
                "directory", "people", Page(200, after), self._call(), wanted=PeopleFilter(), order="LOGIN"
            )
            yield window.records
            if not window.has_next or not window.cursors:
                return
            after = window.cursors[-1]

    def _call(self) -> CallContext:
        return CallContext("comparison", time.monotonic() + _PATIENCE, uuid.uuid4().hex, "okno", fresh=True)

    async def _tell(self, orphan: OperationOrphan, changes: Sequence[Change], came: Compared) -> None:
        event = Event(
            code="claim.orphaned" if orphan.kind == CLAIM else "change.orphaned",
            stage="outcome",
            outcome="unknown",
            operator="okno",
            employee=orphan.employee_id or None,
            source=orphan.source,
            object=orphan.object,
            operation=orphan.run,
            step=orphan.step,
            changes=tuple(changes),
            detail={"name": orphan.name, "at": None if orphan.moment is None else orphan.moment.isoformat()},
        )
        if await self._register.tell(orphan, event):
            came.found.append(orphan)


def _batched(some: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(some), most):
        yield some[start : start + most]


def _by_question(claims: Sequence[Claim]) -> dict[tuple[str, str, str], list[Claim]]:
    found: defaultdict[tuple[str, str, str], list[Claim]] = defaultdict(list)
    for each in claims:
        found[each.deed.call.port, each.deed.call.source, each.proof.question].append(each)
    return found


def _key(port: str, question: str, claim: Claim, people: Mapping[str, Person | SourceError]) -> Any:
    key = claim.proof.key
    person = people.get(str(key.get("employee_id"))) if isinstance(key, dict) else None
    if isinstance(person, Person):
        return person.ref
    return typed(question_of(port, question).key, key)


def _changes(claim: Claim, answer: object) -> list[Change]:
    """What was read back when it was done, and what is there now."""
    deed, picked = claim.deed, claim.proof.picked(answer)
    if not picked or not claim.proof.expect:
        return [Change(deed.type_name, claim.proof.exists, bool(picked))]
    return [
        Change(
            f"{deed.type_name}.{each.attribute}",
            _kept((deed.seen or {}).get(each.attribute)),
            _kept(plain(read(picked[0], each.attribute))),
        )
        for each in claim.proof.expect
        if not each.holds(picked[0])
    ]


def _kept(value: Any) -> Protected | None:
    return None if value is None else Protected(value)


def _orphaned_claim(claim: Claim, now: datetime) -> OperationOrphan:
    deed = claim.deed
    return OperationOrphan(
        id=_id_of_claim(claim),
        kind=CLAIM,
        name=deed.name,
        employee_id=deed.employee_id,
        source=deed.call.source,
        object=_object(claim),
        run=deed.run,
        step=deed.step,
        found_at=now,
    )


def _orphaned_change(change: Shown, now: datetime) -> OperationOrphan:
    return OperationOrphan(
        id=_id(CHANGE, change.source, change.name, change.key, change.moment.isoformat()),
        kind=CHANGE,
        name=change.name,
        employee_id=change.employee_id,
        source=change.source,
        object=change.key[:400],
        moment=change.moment,
        found_at=now,
    )


def _object(claim: Claim) -> str:
    """What names the thing: the key that it is looked up by, or what singles it out among an employee's."""
    if isinstance(claim.proof.key, str | int):
        return str(claim.proof.key)[:400]
    return " ".join(str(each.value) for each in claim.proof.where)[:400]


def _id_of_claim(claim: Claim) -> str:
    return _id(CLAIM, claim.deed.run, claim.deed.step)


def _id(*said: str) -> str:
    return hashlib.sha256(orjson.dumps(said)).hexdigest()[:40]
