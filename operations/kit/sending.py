"""Sending: one call made by the guarded order, and what became of it as far as can be known.

Intent, call, outcome: no call without a durable intent; what came of it is written down before anybody is told. Only
this module makes permits.
"""

import asyncio
import secrets
import string
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any, Final, get_type_hints

from operations.kit.drafting import GENERATED, MADE, REFERENCE, Call, Step
from operations.kit.ending import End
from operations.kit.expecting import read
from operations.kit.journal import Hold, Journal
from operations.kit.json_values import plain, typed
from operations.kit.looking import Look
from operations.kit.plan import decoded, is_known
from operations.kit.recording import recorded
from operations.kit.tables import DONE, IN_DOUBT, REFUSED, UNPROVEN, OperationRun, OperationStep
from sources.ports.call import CallContext
from sources.ports.catalogue import ports
from sources.ports.errors import SourceError, WriteRefused
from sources.ports.permit import WritePermit
from sources.ports.question import Desk
from sources.ports.write import Secret, Written

_DEFINITE: Final = frozenset({"SOURCE_REJECTED", "CIRCUIT_OPEN"})
"""What a source is told by that surely nothing was done."""
_TRIES: Final = 3
_ALPHABET: Final = string.ascii_letters.translate({ord(each): None for each in "lIO"}) + "23456789"
_MARKS: Final = "-_.!"


@dataclass(frozen=True, slots=True)
class Pace:
    """How the runner waits. Units: seconds; `margin` is added to each lease, `poll` passes between two looks, `settle` is given to
    every effect to show, `longest` is the most that any is waited for.
    """

    margin: float = 5.0
    poll: float = 0.2
    poll_most: float = 2.0
    settle: float = 1.0
    longest: float = 600.0


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a step. Shape: `state` of the step; `seen` what was read back; `secret` to be shown once; `ended` where the
    run's end was written down with it.
    """

    state: str
    problem: str | None = None
    made: str | None = None
    seen: Mapping[str, Any] | None = None
    secret: Secret | None = None
    ended: bool = False


class Sender:
    """Makes calls and finds out what became of them."""

    def __init__(self, journal: Journal, desk: Desk, pace: Pace) -> None:
        self._journal = journal
        self._desk = desk
        self._pace = pace

    def lease(self, source: str) -> timedelta:
        """How long a run is held for one call: until a request of this process can have landed, should it die."""
        patience = self._desk.patience(source)
        return timedelta(seconds=patience.timeout + patience.in_flight + self._pace.margin)

    def repeats(self, source: str, write: str) -> bool:
        """Whether a call may be made again when its answer was lost."""
        return self._desk.retry_of(source, write) not in (None, "blind")

    async def send(
        self,
        hold: Hold,
        run: OperationRun,
        row: OperationStep,
        code: str,
        made: Mapping[str, str],
        success: Callable[[], End] | None = None,
    ) -> Came:
        """Make a step's call, as often as its retry class lets, and prove it. Raises: Fenced; TrailUnavailable.

        Shape: `success` is the end of the run where this is its last step and is done: one commit tells of both. Not where there
        is a secret to show, which has to be at hand before anybody sees that the run has ended.
        """
        call = bound(decoded(row.step).call, run, made)
        came = await self._lost(call, run, row.attempts) if row.attempts and row.state != "WAITING" else None
        tries = row.attempts
        lost_at: float | None = None
        # made once: a lost call that lands late must not bring a secret that nobody was shown
        arguments, secret = made_of(call)
        while came is None:
            tries += 1
            came, lost = await self._once(hold, run, row, code, call, arguments, tries)
            lost_at = lost_at if lost is None else lost
        if lost_at is not None and tries > 1:
            # what shows is the effect of one call; another that was lost may be on its way still: nothing may come after
            # this step that it would undo
            left = lost_at + self._desk.patience(call.source).in_flight - time.monotonic()
            await asyncio.sleep(max(left, 0.0))
        if secret is not None and came.state == DONE and tries > row.attempts:
            came = replace(came, secret=secret)
        end = success() if success is not None and came.state == DONE and came.secret is None else None
        await self.write_down(hold, run, row, code, came, tries, end)
        return replace(came, ended=end is not None)

    async def write_down(
        self,
        hold: Hold,
        run: OperationRun,
        row: OperationStep,
        code: str,
        came: Came,
        tries: int,
        end: End | None = None,
    ) -> None:
        """Make durable what came of a step, and with it the end of the run, if it is the end. Raises: Fenced; TrailUnavailable."""
        call = row.step["call"]
        await self._journal.outcome(
            hold,
            row.number,
            {
                "state": came.state,
                "problem": came.problem,
                "made": came.made,
                "seen": came.seen and dict(came.seen),
                "read_back_at": self._journal.clock() if came.seen is not None else None,
            },
            recorded(
                run,
                code,
                "outcome",
                _OUTCOME[came.state],
                step=row.name,
                source=call["source"],
                detail={"write": call["write"], "attempts": tries, "state": came.state, "made": came.made},
            ),
            *(() if end is None else (end.event,)),
            end={} if end is None else end.values,
        )

    async def _once(
        self,
        hold: Hold,
        run: OperationRun,
        row: OperationStep,
        code: str,
        call: Call,
        arguments: Sequence[Any],
        tries: int,
    ) -> tuple[Came | None, float | None]:
        """One intent and one call. Returns: what came of it, None where it is to be tried again; when its answer was lost."""
        patience = self._desk.patience(call.source)
        # the lease counts from here: what leaves later than this could land when the run is another's
        latest = time.monotonic() + patience.timeout + self._pace.margin
        await self._journal.intend(
            hold,
            row.number,
            self.lease(call.source),
            recorded(
                run,
                code,
                "intent",
                "unknown",
                step=row.name,
                source=call.source,
                detail={"write": call.write, "attempt": tries},
            ),
        )
        until = min(latest, time.monotonic() + patience.timeout + self._pace.settle)
        permit = WritePermit(run.id, row.name, call.source, call.write, until)
        context = self._context(run, until, permit)
        try:
            written = await self._desk.write(call.source, call.write, arguments, context)
        except WriteRefused as problem:
            return await self._refused(call, run, tries, str(problem)), None
        except SourceError as problem:
            if problem.code in _DEFINITE:
                return await self._refused(call, run, tries, str(problem)), None
            lost_at = time.monotonic()
            return await self._lost(call, run, tries), lost_at
        came = await self._proven(call, run, written)
        return replace(came, secret=written.secret) if came.state == DONE else came, None

    async def _refused(self, call: Call, run: OperationRun, tries: int, why: str) -> Came:
        """What a refusal means: it speaks for this call alone, and an earlier one whose answer was lost may have been taken."""
        if tries == 1:
            return Came(REFUSED, why)
        found, seen = await self._watched(call, run, self._shows_within(call))
        return found or Came(REFUSED if seen is not None else IN_DOUBT, why)

    async def _lost(self, call: Call, run: OperationRun, tries: int) -> Came | None:
        """What became of a call whose answer was lost; None where it may be made again."""
        retry = self._desk.retry_of(call.source, call.write)
        if retry == "blind":
            seen = await self._look(call, run)
            return Came(IN_DOUBT, "the answer was lost; only a person can tell", seen=_evidence(call, seen))
        if retry == "idempotent" and tries < _TRIES:
            await asyncio.sleep(self._pace.poll * tries)
            return None
        found, seen = await self._watched(call, run, self._shows_within(call))
        if found is not None:
            return found
        if retry == "idempotent":
            return Came(IN_DOUBT, "the answer was lost each time")
        if seen is None:
            return Came(IN_DOUBT, "the answer was lost and the source cannot be asked")
        return None if tries < _TRIES else Came(REFUSED, "it was tried three times and has not happened")

    def _shows_within(self, call: Call) -> float:
        """For how long the effect of a lost call may still come: it may be on its way, and it may show later than it lands."""
        in_flight = self._desk.patience(call.source).in_flight
        return in_flight + min(call.proof.within, self._pace.longest)

    async def _watched(self, call: Call, run: OperationRun, patience: float) -> tuple[Came | None, tuple[Any] | None]:
        """The effect, as soon as it shows, and what the last look has shown. That look begins when the time is over: it decides."""
        until = time.monotonic() + patience
        pause = self._pace.poll
        while True:
            last = time.monotonic() >= until
            seen = await self._look(call, run)
            if seen is not None and call.proof.holds(seen[0]):
                return Came(DONE, seen=_evidence(call, seen)), seen
            if last:
                return None, seen
            await asyncio.sleep(min(pause, max(until - time.monotonic(), 0.0)))
            pause = min(pause * 1.5, self._pace.poll_most)

    async def _proven(self, call: Call, run: OperationRun, written: Written) -> Came:
        """Whether the source shows what it says it took. Read by another way than the write's answer, past every cache."""
        key = call.proof.key if is_known(call.proof.key) else written.key
        if key is None:
            return Came(IN_DOUBT, "the source did not say what it made", made=written.key)
        call = replace(call, proof=replace(call.proof, key=key))
        patience = min(max(call.proof.within, self._pace.settle), self._pace.longest)
        found, seen = await self._watched(call, run, patience)
        if found is not None:
            return replace(found, made=written.key)
        if seen is None:
            return Came(IN_DOUBT, "the source took it and cannot be asked", made=written.key)
        return Came(UNPROVEN, "the source took it and does not show it", written.key, _evidence(call, seen))

    async def look(self, call: Call, run: OperationRun) -> Came | None:
        """The effect, if it shows now; None where it does not. Raises: SourceError."""
        look = Look(self._desk, self._context(run, time.monotonic() + self._desk.patience(call.source).timeout * 2))
        answer = await look.seen(call)
        return Came(DONE, seen=_evidence(call, (answer,))) if call.proof.holds(answer) else None

    async def _look(self, call: Call, run: OperationRun) -> tuple[Any] | None:
        """What the source shows, in a tuple of one; None where it cannot be asked."""
        if not is_known(call.proof.key):
            return None
        look = Look(self._desk, self._context(run, time.monotonic() + self._desk.patience(call.source).timeout * 2))
        try:
            return (await look.seen(call),)
        except SourceError:
            return None

    def _context(self, run: OperationRun, until: float, permit: WritePermit | None = None) -> CallContext:
        return CallContext(
            f"operation {run.id}",
            until,
            run.trace or run.id,
            str(run.viewer.get("on_behalf_of") or run.caller),
            fresh=True,
            permit=permit,
        )


_OUTCOME: Final[Mapping[str, Any]] = {
    DONE: "success",
    REFUSED: "failure",
    UNPROVEN: "failure",
    IN_DOUBT: "unknown",
}


def inverses(run: OperationRun, rows: Sequence[OperationStep]) -> list[Step]:
    """What takes the steps of a run back, the last one first."""
    made = {row.name: row.made for row in rows if row.made is not None}
    steps = [decoded(row.step) for row in reversed(rows) if row.state == DONE]
    return [
        Step(f"undo_{each.name}", bound(each.inverse, run, made), each.type_name, passes=each.passes)
        for each in steps
        if each.inverse is not None
    ]


def done(run: OperationRun, rows: Sequence[OperationStep], row: OperationStep) -> Call:
    """The call of a step as it was made, to be looked at again: what it made is known by now."""
    made = {each.name: each.made for each in rows if each.made is not None}
    call = bound(decoded(row.step).call, run, made)
    if is_known(call.proof.key) or row.made is None:
        return call
    return replace(call, proof=replace(call.proof, key=row.made))


def bound(call: Call, run: OperationRun, made: Mapping[str, str]) -> Call:
    """A call with the run's reference, and what earlier steps made, in their places."""
    proof = call.proof
    return replace(
        call,
        arguments={name: _bound(each, run, made) for name, each in call.arguments.items()},
        proof=replace(
            proof,
            key=_bound(proof.key, run, made),
            where=tuple(replace(each, value=_bound(each.value, run, made)) for each in proof.where),
            expect=tuple(replace(each, value=_bound(each.value, run, made)) for each in proof.expect),
        ),
    )


def _bound(value: Any, run: OperationRun, made: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return value.replace(REFERENCE, run.id)
    if isinstance(value, dict):
        if MADE in value:
            return made.get(value[MADE], value)
        return {name: _bound(each, run, made) for name, each in value.items()}
    return [_bound(each, run, made) for each in value] if isinstance(value, list) else value


def made_of(call: Call) -> tuple[list[Any], Secret | None]:
    """A call's arguments as the port takes them, and the secret that was made for it."""
    hints = _hints(call.port, call.write)
    arguments: list[Any] = []
    secret: Secret | None = None
    for name, value in call.arguments.items():
        if isinstance(value, dict) and GENERATED in value:
            secret = Secret(password())
            arguments.append(secret)
        else:
            arguments.append(typed(hints[name], value))
    return arguments, secret


@cache
def _hints(port: str, write: str) -> dict[str, Any]:
    return get_type_hints(getattr(ports()[port], write))


def password() -> str:
    """A password of the moment: sixteen characters of all kinds, none that is mistaken for another when it is read out."""
    while True:
        made = "".join(secrets.choice(_ALPHABET) for _ in range(15)) + secrets.choice(_MARKS)
        if (
            any(each.islower() for each in made)
            and any(each.isupper() for each in made)
            and any(each.isdigit() for each in made)
        ):
            return made


def _evidence(call: Call, seen: tuple[Any] | None) -> dict[str, Any] | None:
    """What was read back, as far as the proof looks at it."""
    if seen is None:
        return None
    picked = call.proof.picked(seen[0])
    record = picked[0] if picked else None
    looked_at = {each.attribute for each in call.proof.expect}
    shown = {name: plain(read(record, name)) for name in sorted(looked_at)} if record is not None else {}
    return {"there": record is not None, **shown}
