"""The history check: what client, journal, trail and source tell of the same runs has to fit together."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from audit.record import FIRST, linked
from audit.tables import AuditRecord
from operations.kit.tables import (
    ALREADY,
    COMPENSATED,
    DONE,
    FAILED,
    IN_DOUBT,
    REFUSED,
    SUCCEEDED,
    UNDONE,
    UNKNOWN,
    UNPROVEN,
    WAITING,
    OperationRun,
    OperationStep,
)
from tests.crash.source import RETRIES, Effect, Request

Step = tuple[str, str]
"""A step of a run: its key everywhere."""
ENDS: Final[Mapping[str, frozenset[str]]] = {
    SUCCEEDED: frozenset({DONE, ALREADY}),
    FAILED: frozenset({DONE, ALREADY, REFUSED, UNPROVEN, WAITING}),
    UNKNOWN: frozenset({DONE, ALREADY, IN_DOUBT, WAITING}),
    COMPENSATED: frozenset({UNDONE, DONE, ALREADY, REFUSED, UNPROVEN, WAITING}),
}
"""States in which a run may stay, and those of its steps there."""


@dataclass(frozen=True, slots=True)
class History:
    """All that has happened. Shape: `told` are the states that callers were told, by run; `records` in order of each writer."""

    runs: Mapping[str, Mapping[str, Any]]
    steps: Mapping[Step, Mapping[str, Any]]
    records: Sequence[Mapping[str, Any]]
    requests: Sequence[Request]
    effects: Sequence[Effect]
    told: Mapping[str, str] = field(default_factory=dict)


async def read_history(
    engine: AsyncEngine, requests: Sequence[Request], effects: Sequence[Effect], told: Mapping[str, str] | None = None
) -> History:
    """The history as the database has it now, beside what the source and the callers remember."""
    async with engine.connect() as connection:
        runs = [dict(row) for row in (await connection.execute(select(OperationRun))).mappings()]
        steps = [dict(row) for row in (await connection.execute(select(OperationStep))).mappings()]
        order = select(AuditRecord).order_by(AuditRecord.writer, AuditRecord.seq)
        records = [dict(row) for row in (await connection.execute(order)).mappings()]
    return History(
        {each["id"]: each for each in runs},
        {(each["run"], each["name"]): each for each in steps},
        records,
        tuple(requests),
        tuple(effects),
        told or {},
    )


def breaches(history: History) -> list[str]:
    """What does not fit together, one sentence each."""
    return [
        *_chains(history.records),
        *_requests(history),
        *_effects(history),
        *_records(history),
        *_ends(history),
        *_told(history),
    ]


def _chains(records: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    heads: dict[str, tuple[int, str]] = {}
    for each in records:
        seq, head = heads.get(each["writer"], (0, FIRST))
        if each["seq"] != seq + 1 or each["prev_hash"] != head or each["hash"] != linked(head, each["body"]):
            yield f"record {each['writer']} {each['seq']} does not stand behind {seq}"
        heads[each["writer"]] = (each["seq"], each["hash"])


def _requests(history: History) -> Iterator[str]:
    """No call without a durable intent of its own; no blind call twice; none at all of what was denied."""
    made: Counter[Step] = Counter()
    for each in history.requests:
        key = (each.operation, each.step)
        made[key] += 1
        if each.intents < made[key]:
            yield f"{key}: call {made[key]} left when {each.intents} intents were durable"
        if made[key] == 2 and RETRIES[each.write] == "blind":
            yield f"{key}: a blind call was repeated"
    for key, step in history.steps.items():
        if step["state"] == WAITING and made[key]:
            yield f"{key}: never begun, and called {made[key]} times"
        if made[key] > step["attempts"]:
            yield f"{key}: {step['attempts']} attempts are known, {made[key]} calls were made"
    for key in made.keys() - history.steps.keys():
        yield f"{key}: called, and nobody has written it down"


def _effects(history: History) -> Iterator[str]:
    """At most one effect of each step; and what is claimed of it is so."""
    had = Counter((each.operation, each.step) for each in history.effects)
    for key, count in had.items():
        if count > 1:
            yield f"{key}: {count} effects"
    for key, step in history.steps.items():
        if step["state"] in (DONE, UNDONE) and not had[key]:
            yield f"{key}: {step['state']} and without effect"
        if step["state"] in (REFUSED, WAITING) and had[key]:
            yield f"{key}: {step['state']} and with an effect"


def _records(history: History) -> Iterator[str]:
    """Each step that was intended has one outcome, after its intents; each run that ended has one of its own."""
    intents: Counter[Step] = Counter()
    first: dict[Step, str] = {}
    outcomes: defaultdict[Step, list[tuple[str, str]]] = defaultdict(list)
    ends: Counter[str] = Counter()
    for each in history.records:
        body = orjson.loads(each["body"])
        run, step = body.get("operation"), body.get("step")
        if run is None:
            continue
        if body["stage"] == "intent":
            intents[run, step] += 1
            first[run, step] = min(first.get((run, step), body["at"]), body["at"])
        elif body["stage"] == "outcome" and step is not None:
            outcomes[run, step].append((body["at"], body["detail"]["state"]))
        elif body["stage"] == "outcome" and body["detail"].get("state") in ENDS:
            ends[run] += 1
    for key, step in history.steps.items():
        if intents[key] != step["attempts"]:
            yield f"{key}: {intents[key]} intents are recorded, {step['attempts']} attempts are known"
        if len(outcomes[key]) != min(intents[key], 1):
            yield f"{key}: {intents[key]} intents have {len(outcomes[key])} outcomes"
        for at, state in outcomes[key]:
            if key in first and at < first[key]:
                yield f"{key}: its outcome stands before its intent"
            if state != step["state"] and (state, step["state"]) != (DONE, UNDONE):
                yield f"{key}: recorded as {state}, known as {step['state']}"
    for id_, run in history.runs.items():
        if ends[id_] != (run["state"] in ENDS):
            yield f"run {id_}: {run['state']}, and its end is recorded {ends[id_]} times"


def _ends(history: History) -> Iterator[str]:
    """Each run has come to a state in which it may stay, and its steps with it."""
    of: defaultdict[str, set[str]] = defaultdict(set)
    for (run, _name), step in history.steps.items():
        of[run].add(step["state"])
    for id_, run in history.runs.items():
        if run["state"] not in ENDS:
            yield f"run {id_}: left {run['state']}"
        elif not of[id_] <= ENDS[run["state"]] or (run["state"] == UNKNOWN) != (IN_DOUBT in of[id_]):
            yield f"run {id_}: {run['state']}, with steps {sorted(of[id_])}"
        elif run["lease_owner"] is not None or run["lease_until"] is not None:
            yield f"run {id_}: {run['state']}, and still held"
        if run["due_at"] is not None and run["undone_by"] is None:
            yield f"run {id_}: due and not taken back"


def _told(history: History) -> Iterator[str]:
    """What a caller was told stands in the journal."""
    for id_, state in history.told.items():
        known = history.runs.get(id_, {}).get("state")
        if known is None:
            yield f"run {id_}: its caller was told {state}, and nobody knows of it"
        elif state in ENDS and known != state:
            yield f"run {id_}: its caller was told {state}, it is {known}"
