"""Composing: the drafts of several operations as the one draft of a scenario, each part looked at by itself."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import orjson

from operations.kit.drafting import MADE, Call, Draft, Step
from operations.kit.expecting import Expected
from operations.kit.given import checked
from operations.kit.json_values import Json
from operations.kit.looking import Look
from operations.kit.operation import Operation
from operations.kit.plan import Plan, PlannedStep, encoded, planned
from operations.kit.problems import OperationProblem, problem
from resolvers import ids
from resolvers.ids import NodeId
from sources.ports.directory import Person
from sources.ports.errors import SourceError

Wanted = tuple[Operation[Any], Callable[[Person, Look], Awaitable[Sequence[Mapping[str, object]]]], bool]
"""A part: which operation, what finds its inputs, and whether nothing is done without it."""
Drafted = tuple[Draft, tuple[PlannedStep, ...]]
"""A draft, and its steps as they were seen."""
_NOTHING: Final = ("NotFound", "NotPossible")
"""Problems that say of a part that there is nothing to do."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One part as it would be done. Shape: `steps` are those of its draft, named after the part, as they were seen."""

    operation: str
    about: object
    owner: str | None
    steps: tuple[PlannedStep, ...]

    @property
    def active(self) -> bool:
        """Whether something of it has to be done."""
        return any(not each.already for each in self.steps)


@dataclass(frozen=True, slots=True)
class Composed(Draft):
    """A draft made of parts. Shape: `left_out` says of each part that could not be looked at why it is not in it."""

    pieces: tuple[Piece, ...] = ()
    left_out: tuple[str, ...] = ()
    goes_on: bool = False

    @property
    def active(self) -> tuple[Piece, ...]:
        """The parts of which something has to be done."""
        return tuple(each for each in self.pieces if each.active)


@dataclass(frozen=True, slots=True)
class _Looked:
    """One part after a look. Shape: `drafts` with the steps as they were seen; `notes` for the plan; `failures` left it out."""

    operation: Operation[Any]
    drafts: list[Drafted] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failures: list[SourceError] = field(default_factory=list)


async def composed(wanted: Sequence[Wanted], employee: Person, look: Look, *, goes_on: bool) -> Composed:
    """The parts as one draft, in their order. Raises: OperationProblem, SourceError."""
    looks = await asyncio.gather(*(_looked(each, employee, look, goes_on=goes_on) for each in wanted))
    pieces = tuple(_pieces(looks))
    failures = [each for looked in looks for each in looked.failures]
    if failures and not any(each.active for each in pieces):
        raise failures[0]  # nothing is left that could be done
    ends = {draft.reverts_at for each in looks for draft, _steps in each.drafts if draft.reverts_at is not None}
    if len(ends) > 1 or (ends and goes_on):
        raise TypeError(
            "parts that end by themselves end at one moment, and in no scenario that goes on when one fails"
        )
    steps = [each for piece in pieces for each in piece.steps]
    notes = [f"{each.operation.name}: {note}" for each in looks for note in each.notes]
    told = [sentence for each in looks for draft, _steps in each.drafts for sentence in draft.side_effects]
    return Composed(
        steps=tuple(each.step for each in steps),
        side_effects=tuple(dict.fromkeys([*notes, *told])),
        reverts_at=min(ends) if ends else None,
        pieces=pieces,
        left_out=tuple(f"{each.operation.name}: {failure}" for each in looks for failure in each.failures),
        goes_on=goes_on,
    )


async def _looked(wanted: Wanted, employee: Person, look: Look, *, goes_on: bool) -> _Looked:
    """One part, as the systems show it now."""
    operation, inputs, needed = wanted
    looked = _Looked(operation)
    if not all(look.desk.sources_of(port) for port in operation.ports):
        if needed:
            raise problem("NotPossible", f"{operation.name}: no system of this installation can do it")
        looked.notes.append("no system of this installation can do it")
        return looked
    try:
        several = await inputs(employee, look)
    except SourceError as failure:
        if needed or not goes_on:
            raise
        return _left_out(looked, failure)
    for one in several:
        try:
            looked.drafts.append(await _drafted(operation, one, employee, look))
        except OperationProblem as found:
            if needed or found.problem.kind not in _NOTHING:
                said = found.problem
                raise problem(said.kind, f"{operation.name}: {said.message}", code=said.code, path=("input",)) from None
            looked.notes.append(found.problem.message)
        except SourceError as failure:
            if needed or not goes_on:
                raise
            _left_out(looked, failure)
    steps = [each for _draft, steps in looked.drafts for each in steps]
    if not looked.notes and all(each.already for each in steps):
        looked.notes.append("it is so already" if steps else "there is nothing to do")
    return looked


def _left_out(looked: _Looked, failure: SourceError) -> _Looked:
    looked.failures.append(failure)
    looked.notes.append(f"left out: {failure}")
    return looked


async def _drafted(
    operation: Operation[Any], said: Mapping[str, object], employee: Person, look: Look
) -> tuple[Draft, tuple[PlannedStep, ...]]:
    given = checked(operation.given, {name: _as_given(value) for name, value in said.items()})
    draft = await operation.draft(employee, given, look)
    for each in draft.steps:
        if look.retry(each.call.source, each.call.write) is None:
            raise problem("NotPossible", f"{each.call.source} cannot do this")
    return draft, (await planned(draft, look)).steps


def _as_given(value: object) -> object:
    return ids.encode(value.type_name, value.source, value.key) if isinstance(value, NodeId) else value


def _pieces(looks: Iterable[_Looked]) -> Iterable[Piece]:
    """Every draft of every part, its steps under names that are their own in the whole run."""
    looks = list(looks)
    ends = any(draft.reverts_at is not None for each in looks for draft, _steps in each.drafts)
    count: dict[str, int] = {}
    for looked in looks:
        for draft, steps in looked.drafts:
            name = looked.operation.name
            count[name] = count.get(name, 0) + 1
            prefix = name if count[name] == 1 else f"{name}_{count[name]}"
            names = {each.name: f"{prefix}.{each.name}" for each in draft.steps}
            # where one part ends by itself the others stay: nothing of them is taken back when its time is over
            stays = ends and draft.reverts_at is None
            renamed = tuple(replace(each, step=_renamed(each.step, names, stays=stays)) for each in steps)
            yield Piece(name, draft.about, draft.owner, renamed)


def _renamed(step: Step, names: Mapping[str, str], *, stays: bool) -> Step:
    inverse = None if step.inverse is None or stays else _call(step.inverse, names)
    return Step(names[step.name], _call(step.call, names), step.type_name, inverse, step.passes)


def _call(call: Call, names: Mapping[str, str]) -> Call:
    proof = call.proof
    return replace(
        call,
        arguments={name: _value(each, names) for name, each in call.arguments.items()},
        proof=replace(
            proof,
            key=_value(proof.key, names),
            where=tuple(_expected(each, names) for each in proof.where),
            expect=tuple(_expected(each, names) for each in proof.expect),
        ),
    )


def _expected(one: Expected, names: Mapping[str, str]) -> Expected:
    return replace(one, value=_value(one.value, names))


def _value(value: Any, names: Mapping[str, str]) -> Any:
    """A value in which what an earlier step makes is named as that step is named now."""
    if isinstance(value, dict):
        if MADE in value:
            return {MADE: names.get(value[MADE], value[MADE])}
        return {name: _value(each, names) for name, each in value.items()}
    return [_value(each, names) for each in value] if isinstance(value, list) else value


async def plan_of(draft: Draft, look: Look, *bound: Json) -> Plan:
    """The plan of any draft; that of a scenario is what its parts have seen. Raises: SourceError."""
    if not isinstance(draft, Composed):
        return await planned(draft, look, *bound)
    steps = tuple(each for piece in draft.pieces for each in piece.steps)
    changes = [[each.coordinate, each.before, each.after] for one in steps for each in one.changes]
    whole = [*bound, [encoded(each.step) for each in steps], changes, draft.reverts_at, list(draft.left_out)]
    digest = hashlib.sha256(orjson.dumps(whole, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return Plan(steps, draft.side_effects, draft.reverts_at, digest)


def names_of(draft: Draft) -> tuple[str, ...]:
    """The operations whose rights a draft needs besides its own: those of the parts that have something to do."""
    return tuple(dict.fromkeys(each.operation for each in draft.active)) if isinstance(draft, Composed) else ()


def kept_parts(draft: Draft) -> dict[str, Any]:
    """What is kept of a scenario with its run. Shape: `parts` gives the operation of each step that has to be done."""
    if not isinstance(draft, Composed):
        return {}
    parts = {each.step.name: piece.operation for piece in draft.pieces for each in piece.steps if not each.already}
    return {"parts": parts, "leftOut": list(draft.left_out), "goesOn": draft.goes_on}


def parts_of(kept: Mapping[str, Any]) -> tuple[str, ...]:
    """The operations that a run consists of, by what is kept of its plan; none for one that is no scenario."""
    return tuple(sorted(set(kept.get("parts", {}).values())))


def goes_on(kept: Mapping[str, Any]) -> bool:
    """Whether a run does the rest of its steps when one of them fails."""
    return bool(kept.get("goesOn"))
