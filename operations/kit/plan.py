"""Plan: what would be changed, seen before it is done; its hash binds an approval, and what is done, to what was shown."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from operations.kit.drafting import Call, Draft, Proof, Step
from operations.kit.expecting import Expected, read
from operations.kit.json_values import Json, plain, typed
from operations.kit.looking import Look


@dataclass(frozen=True, slots=True)
class Change:
    """One value that would be another. Shape: `coordinate` is the graph's `Type.field`; values as JSON."""

    coordinate: str
    before: Json
    after: str


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step, what is shown of it now, and whether it is so already."""

    step: Step
    already: bool
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A draft beside what the systems show. Shape: `hash` over everything that was decided on."""

    steps: tuple[PlannedStep, ...]
    side_effects: tuple[str, ...]
    reverts_at: str | None
    hash: str

    @property
    def changes(self) -> tuple[Change, ...]:
        """All changes, in order."""
        return tuple(change for each in self.steps for change in each.changes)

    @property
    def already(self) -> bool:
        """Whether everything is so already."""
        return all(each.already for each in self.steps)


async def planned(draft: Draft, look: Look, *bound: Json) -> Plan:
    """The plan of a draft, from fresh looks at the systems. Shape: `bound` goes into the hash too. Raises: SourceError."""
    steps = [await _planned(each, look) for each in draft.steps]
    whole = [
        *bound,
        [encoded(each.step) for each in steps],
        [[change.coordinate, change.before, change.after] for each in steps for change in each.changes],
        draft.reverts_at,
    ]
    digest = hashlib.sha256(orjson.dumps(whole, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return Plan(tuple(steps), draft.side_effects, draft.reverts_at, digest)


async def _planned(one: Step, look: Look) -> PlannedStep:
    proof = one.call.proof
    if not is_known(proof.key):
        made = Change(one.type_name, None, "made")
        return PlannedStep(one, already=False, changes=(made,))
    answer = await look.seen(one.call)
    picked = proof.picked(answer)
    already = proof.holds(answer) and not has_generated(one.call)
    if not proof.expect:
        there = bool(picked)
        changed = (
            () if already else (Change(one.type_name, "there" if there else None, "there" if proof.exists else "gone"),)
        )
        return PlannedStep(one, already, changed)
    record = picked[0] if picked else None
    changes = tuple(
        Change(f"{one.type_name}.{_camel(each.attribute)}", _shown(record, each), each.told())
        for each in proof.expect
        if record is None or not each.holds(record)
    )
    return PlannedStep(one, already, () if already else changes)


def is_known(key: Json) -> bool:
    """Whether a proof's key is known before the call is made."""
    return key is not None and not (isinstance(key, dict) and "$made" in key)


def has_generated(call: Call) -> bool:
    """Whether a call gives something new each time, so that nothing can be so already."""
    return any(isinstance(each, dict) and "$generated" in each for each in call.arguments.values())


def _shown(record: Any, expected: Expected) -> Json:
    if record is None:
        return None
    value: Json = plain(read(record, expected.attribute))
    return value


def _camel(attribute: str) -> str:
    first, *rest = attribute.replace(".", "_").split("_")
    return first + "".join(each.capitalize() for each in rest)


def encoded(one: Step) -> dict[str, Any]:
    """A step as JSON, for the journal."""
    inverse = None if one.inverse is None else _call(one.inverse)
    said = {"name": one.name, "type": one.type_name, "call": _call(one.call), "inverse": inverse}
    return {**said, "passes": True} if one.passes else said


def _call(call: Call) -> dict[str, Any]:
    proof = call.proof
    return {
        "port": call.port,
        "source": call.source,
        "write": call.write,
        "arguments": dict(call.arguments),
        "proof": {
            "question": proof.question,
            "key": proof.key,
            "where": [_expected(each) for each in proof.where],
            "exists": proof.exists,
            "expect": [_expected(each) for each in proof.expect],
            "within": proof.within,
        },
    }


def _expected(one: Expected) -> list[Json]:
    return [one.attribute, one.test, one.value]


def decoded(said: Mapping[str, Any]) -> Step:
    """A step, taken from the journal."""
    inverse = said["inverse"]
    call, taken_back = decoded_call(said["call"]), inverse and decoded_call(inverse)
    return Step(said["name"], call, said["type"], taken_back, bool(said.get("passes")))


def decoded_call(said: Mapping[str, Any]) -> Call:
    """A call, taken from the journal."""
    proof = said["proof"]
    made = Proof(
        proof["question"],
        proof["key"],
        _expectations(proof["where"]),
        proof["exists"],
        _expectations(proof["expect"]),
        proof["within"],
    )
    return Call(said["port"], said["source"], said["write"], said["arguments"], made)


def _expectations(said: Sequence[Sequence[Any]]) -> tuple[Expected, ...]:
    return tuple(Expected(attribute, test, value) for attribute, test, value in said)


def when(said: str | None) -> datetime | None:
    """A moment of the journal."""
    found: datetime | None = None if said is None else typed(datetime, said)
    return found
