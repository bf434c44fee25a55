"""Claims: what steps of ours have brought about and is to be there still."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import orjson

from operations.kit.drafting import Call, Proof
from operations.kit.json_values import Json, plain
from operations.kit.plan import decoded, is_known
from operations.kit.sending import done
from operations.kit.tables import ALREADY, DONE, IN_DOUBT, INTENDED, UNPROVEN, OperationRun, OperationStep

_TOUCHED: Final = (DONE, IN_DOUBT, UNPROVEN, INTENDED)
"""States of a step behind which something may have been changed, once it was tried."""
_THERE: Final = "$there"
_GONE: Final = "$gone"


@dataclass(frozen=True, slots=True)
class Deed:
    """A call that was made, or may have been, or was not needed.

    Shape: `made` is the key of what it made, `values` this and all texts that it was given; `touched` where it was made or may
    have been, between `began` and `ended`; `lasts` where it was proven, is to stay, and was not taken back.
    """

    run: str
    step: str
    name: str
    employee_id: str
    type_name: str
    call: Call
    made: str | None
    values: frozenset[str]
    began: datetime
    ended: datetime
    seen: dict[str, Json] | None
    touched: bool
    lasts: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """What a deed has brought about and no later one speaks of. Shape: `proof` is as much of the deed's as that."""

    deed: Deed
    proof: Proof


def deeds_of(run: OperationRun, rows: Sequence[OperationStep]) -> Iterator[Deed]:
    """The calls of one run that were made, may have been, or were not needed."""
    parts = run.plan.get("parts", {})
    for row in rows:
        touched = row.state in _TOUCHED and bool(row.attempts)
        if not touched and row.state != ALREADY:
            continue
        call = done(run, rows, row)
        began = row.intended_at or run.created_at
        values = frozenset(_texts([dict(call.arguments), row.made]))
        ended = row.read_back_at or run.ended_at or run.changed_at
        one = decoded(row.step)
        stays = run.undone_by is None and not one.passes
        lasts = row.state == DONE and stays and is_known(call.proof.key)
        name = str(parts.get(row.name, run.name))
        yield Deed(
            run.id,
            row.name,
            name,
            run.employee_id,
            one.type_name,
            call,
            row.made,
            values,
            began,
            ended,
            row.seen,
            touched,
            lasts,
        )


def standing(deeds: Iterable[Deed], undone_by: Mapping[str, str | None]) -> list[Claim]:
    """What is to be there still: of all deeds on the same thing the last one speaks, attribute by attribute.

    Shape: `undone_by` names the operation that takes one back: behind that nothing of the first is left to be expected.
    """
    overtaken: set[tuple[bytes, str]] = set()
    taken_back: set[tuple[str, str, bytes | str]] = set()
    found: list[Claim] = []
    for deed in sorted(deeds, key=lambda each: each.ended, reverse=True):
        proof, thing = deed.call.proof, _thing(deed.call)
        back = (undone_by.get(deed.name) or "", deed.call.source)
        if (thing, _GONE) in overtaken or not taken_back.isdisjoint({(*back, thing), (*back, deed.made or thing)}):
            continue
        open_ = tuple(each for each in proof.expect if (thing, each.attribute) not in overtaken)
        stands = bool(open_) if proof.expect else (thing, _THERE) not in overtaken
        if deed.lasts and stands:
            found.append(Claim(deed, replace(proof, expect=open_)))
        if deed.touched:
            things: tuple[bytes | str, ...] = (thing, *deed.values)
            taken_back.update((deed.name, deed.call.source, each) for each in things)
        overtaken.update((thing, each.attribute) for each in proof.expect)
        overtaken.add((thing, _THERE if proof.exists else _GONE))
    return found


def _thing(call: Call) -> bytes:
    """What a call is about, whoever it is shown to belong to by then."""
    key = call.proof.key
    if isinstance(key, dict) and "employee_id" in key:  # names of people change, their numbers do not
        key = {"employee_id": key["employee_id"]}
    where = sorted([each.attribute, each.test, plain(each.value)] for each in call.proof.where)
    return orjson.dumps([call.source, call.proof.question, key, where], option=orjson.OPT_SORT_KEYS)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)
