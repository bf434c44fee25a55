"""Line: the one way to a source. Memory, single flight, batches, bulkhead, breaker, timeout, retries, ledger."""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from sources.kit.reading import BadData
from sources.kit.resilience.breaker import Breaker
from sources.kit.resilience.memory import Memory, Remembered
from sources.kit.resilience.pulse import Pulse
from sources.kit.resilience.watched import OK, REFUSED, CallObserver, NobodyWatches, Sent
from sources.kit.source import Source
from sources.ports.call import CallContext, SourceHealth, utc_now
from sources.ports.errors import Answer, SourceError, WriteRefused
from sources.ports.question import Need, Page, Window
from sources.ports.write import Written

log = logging.getLogger("okno.line")
_SPEAKS_AGAINST: Final = frozenset({"SOURCE_TIMEOUT", "SOURCE_UNAVAILABLE"})
_TRIES: Final = 2


@dataclass(frozen=True, slots=True)
class _Heard:
    """What one flight brought for one key. Shape: `instead_of` is the failure that a stale copy stands for."""

    answer: Answer[Any]
    as_of: datetime | None = None
    instead_of: SourceError | None = None


class Line:
    """Puts questions to one source so that its troubles stay its own."""

    def __init__(self, source: Source, *, breaker: Breaker | None = None, dice: random.Random | None = None) -> None:
        self.source = source
        self.manifest = source.manifest
        self.breaker = breaker or Breaker()
        self.pulse = Pulse()
        self.observer: CallObserver = NobodyWatches()
        self._places = asyncio.Semaphore(self.manifest.concurrency)
        self._memory = Memory()
        self._flights: dict[Hashable, asyncio.Future[_Heard | None]] = {}
        self._dice = dice or random.Random()  # noqa: S311  # spreads retries, guards nothing

    async def ask(self, question: str, keys: Sequence[Any], need: Need, call: CallContext) -> list[Answer[Any]]:
        """Put a batched question. Shape: `keys[i] -> answers[i]`; failures are values, never raised."""
        answers = await self._answers(question, list(dict.fromkeys(keys)), need, call)
        entry = call.ledger.of(self.source.name)
        for answer in answers.values():
            if isinstance(answer, SourceError):
                entry.failed += 1
                entry.codes.add(answer.code)
            else:
                entry.answered += 1
        return [answers[key] for key in keys]

    async def _answers(
        self, question: str, keys: Sequence[Any], need: Need, call: CallContext
    ) -> dict[Any, Answer[Any]]:
        """Answers from memory, from calls that others have under way, and from calls of our own."""
        answers: dict[Any, Answer[Any]] = {}
        joined: dict[Any, asyncio.Future[_Heard | None]] = {}
        wanted: list[Any] = []
        entry = call.ledger.of(self.source.name)
        for key in keys:
            place = (call.partition, question, need, key)
            fresh = None if call.fresh else self._memory.recall(place, time.monotonic() - self.manifest.freshness)
            if fresh is not None and self.manifest.freshness:
                answers[key] = fresh.record
                entry.cached += 1
                call.ledger.seen(self.source.name, fresh.as_of)
            elif place in self._flights and not call.fresh:
                joined[key] = self._flights[place]
            else:
                wanted.append(key)
        self.observer.remembered(self.source.name, len(answers), len(wanted))
        batch = self.manifest.asked(question).batch
        chunks = [wanted[start : start + batch] for start in range(0, len(wanted), batch)]
        if len(chunks) == 1:
            parts = [await self._fly(question, chunks[0], need, call)]
        else:
            parts = await asyncio.gather(*(self._fly(question, chunk, need, call) for chunk in chunks))
        for part in parts:
            answers.update({key: self._noted(heard, call) for key, heard in part.items()})
        unheard: list[Any] = []
        for key, flight in joined.items():
            heard = await self._joined(flight, call)
            if heard is None:
                unheard.append(key)
            else:
                answers[key] = self._noted(heard, call)
        if unheard:
            answers.update(await self._answers(question, unheard, need, call))
        return answers

    def _noted(self, heard: _Heard, call: CallContext) -> Answer[Any]:
        """The answer, its age and what it stands for noted in the account of this request."""
        if heard.as_of is not None:
            call.ledger.seen(self.source.name, heard.as_of)
        if heard.instead_of is not None:
            entry = call.ledger.of(self.source.name)
            entry.stale += 1
            entry.codes.add(heard.instead_of.code)
            self.observer.stale(self.source.name, 1)
        return heard.answer

    async def list(self, listing: str, page: Page, call: CallContext, **wanted: object) -> Window[Any]:
        """One page of a listing. Raises: SourceError."""
        entry = call.ledger.of(self.source.name)
        method: Callable[..., Awaitable[Window[Any]]] = getattr(self.source, listing)
        try:
            window: Window[Any] = await self._guarded(listing, 1, lambda: method(page, call, **wanted), call)
        except SourceError as problem:
            entry.failed += 1
            entry.codes.add(problem.code)
            raise
        entry.answered += 1
        call.ledger.seen(self.source.name, utc_now())
        return window

    async def write(self, write: str, arguments: Sequence[Any], call: CallContext) -> Written:
        """Send one write, once; nothing is repeated here. Raises: SourceError, WriteRefused.

        What was remembered of the source is forgotten, whatever came of it.
        """
        if write not in self.manifest.writes:
            raise SourceError("SOURCE_REJECTED", self.source.name, f"the manifest names no write {write}")
        method: Callable[..., Awaitable[Written]] = getattr(self.source, write)
        try:
            return cast(Written, await self._once(write, 1, lambda: method(*arguments, call), call, False))
        finally:
            self.forget()

    async def sweep(self, call: CallContext) -> Any:
        """All identifiers of the source, outside of the per-call timeout but inside the deadline. Raises: SourceError."""
        method = getattr(self.source, "identifiers", None)
        return [] if method is None else await self._guarded("identifiers", 1, lambda: method(call), call, patient=True)

    def forget(self) -> None:
        """Forget what was remembered, after a write."""
        self._memory.forget()
        self.source.forget()

    async def _fly(self, question: str, keys: Sequence[Any], need: Need, call: CallContext) -> dict[Any, _Heard]:
        """One batch, over the wire, seen by others who want the same meanwhile."""
        places: dict[Any, Hashable] = {key: (call.partition, question, need, key) for key in keys}
        loop = asyncio.get_running_loop()
        own: dict[Any, asyncio.Future[_Heard | None]] = {key: loop.create_future() for key in keys}
        for key, place in places.items():
            self._flights[place] = own[key]
        found: dict[Any, _Heard] = {}
        try:
            found = await self._answered(question, keys, need, call, places)
        finally:
            for key, flight in own.items():
                if self._flights.get(places[key]) is flight:  # a later call past the caches may fly in its place
                    del self._flights[places[key]]
                flight.set_result(_for_others(found.get(key)))
        return found

    async def _answered(
        self, question: str, keys: Sequence[Any], need: Need, call: CallContext, places: Mapping[Any, Hashable]
    ) -> dict[Any, _Heard]:
        method: Callable[..., Awaitable[Sequence[Answer[Any]]]] = getattr(self.source, question)
        try:
            records = await self._guarded(question, len(keys), lambda: method(keys, need, call), call)
        except SourceError as problem:
            return {key: self._last_known(places[key], problem, call) for key in keys}
        if len(records) != len(keys):
            mismatch = SourceError("BAD_SOURCE_DATA", self.source.name, f"{len(records)} answers to {len(keys)} keys")
            return dict.fromkeys(keys, _Heard(mismatch))
        heard, as_of = time.monotonic(), utc_now()
        for key, record in zip(keys, records, strict=True):
            if not isinstance(record, SourceError):
                self._memory.keep(places[key], Remembered(record, heard, as_of))
        return {key: _Heard(record, as_of) for key, record in zip(keys, records, strict=True)}

    def _last_known(self, place: Hashable, problem: SourceError, call: CallContext) -> _Heard:
        """The stale copy, if there is one young enough; otherwise the problem."""
        if problem.code == "SOURCE_REJECTED" or call.fresh:
            return _Heard(problem)
        stale = self._memory.recall(place, time.monotonic() - self.manifest.stale)
        return _Heard(problem) if stale is None else _Heard(stale.record, stale.as_of, problem)

    async def _joined(self, flight: "asyncio.Future[_Heard | None]", call: CallContext) -> _Heard | None:
        """Another request's answer, waited for no longer than our own deadline; None when that request gave it up."""
        try:
            async with asyncio.timeout(call.remaining()):
                return await asyncio.shield(flight)
        except TimeoutError:
            return _Heard(SourceError("DEADLINE_EXCEEDED", self.source.name))

    async def _guarded(
        self, what: str, keys: int, send: Callable[[], Awaitable[Any]], call: CallContext, *, patient: bool = False
    ) -> Any:
        """Send within deadline, breaker, bulkhead and timeout; reads that could not be heard are repeated once."""
        for attempt in range(1, _TRIES + 1):
            try:
                return await self._once(what, keys, send, call, patient)
            except SourceError as problem:
                wait = problem.retry_after if problem.retry_after is not None else self._dice.uniform(0.02, 0.08)
                repeatable = problem.code == "SOURCE_UNAVAILABLE" and call.permit is None
                if attempt == _TRIES or not repeatable or wait > 1.0 or wait * 2 >= call.remaining():
                    raise
                await asyncio.sleep(wait)
        raise AssertionError("the last try returns or raises")

    async def _once(
        self, what: str, keys: int, send: Callable[[], Awaitable[Any]], call: CallContext, patient: bool
    ) -> Any:
        """One try, of which whoever watches is told."""
        sent = Sent(self.source.name, what, keys, call.trace_id)
        with self.observer.calling(sent):
            try:
                answer = await self._tried(send, call, patient)
                sent.outcome = OK
            except SourceError as problem:
                sent.outcome = problem.code
                raise
            except WriteRefused:
                sent.outcome = REFUSED
                raise
            return answer

    async def _tried(self, send: Callable[[], Awaitable[Any]], call: CallContext, patient: bool) -> Any:
        name = self.source.name
        if call.remaining() <= 0:
            raise SourceError("DEADLINE_EXCEEDED", name)
        probing = self.breaker.state == "HALF_OPEN"
        if not self.breaker.admits():
            raise SourceError("CIRCUIT_OPEN", name, retry_after=self.breaker.retry_after())
        began = time.monotonic()
        verdict: SourceError | None = None
        settled = False
        try:
            result = await self._bounded(send, call, patient)
            settled = True
            return result
        except SourceError as problem:
            verdict, settled = problem, True
            log.warning("%s: %s: %s, trace %s", name, problem.code, problem.detail or problem, call.trace_id)
            raise
        except WriteRefused:
            raise
        except BadData as problem:
            verdict, settled = SourceError("BAD_SOURCE_DATA", name, str(problem)), True
            log.warning("%s: %s: %s, trace %s", name, verdict.code, problem, call.trace_id)
            raise verdict from problem
        except Exception as surprise:
            # a connector's surprise about an answer is bad data of that source, not a crash of the request
            verdict = SourceError("BAD_SOURCE_DATA", name, f"{type(surprise).__name__}: {surprise}")
            settled = True
            log.exception("%s: an answer that surprised its connector, trace %s", name, call.trace_id)
            raise verdict from surprise
        finally:
            spent = (time.monotonic() - began) * 1000
            call.ledger.of(name).ms += spent
            if settled:
                self.pulse.beat(spent, verdict)
            if not settled or (verdict is not None and verdict.code == "DEADLINE_EXCEEDED"):
                if probing:
                    self.breaker.left()
            elif verdict is not None and verdict.code in _SPEAKS_AGAINST:
                self.breaker.failed()
            else:
                self.breaker.succeeded()

    async def _bounded(self, send: Callable[[], Awaitable[Any]], call: CallContext, patient: bool) -> Any:
        """Wait for a place, then for the answer, never past the deadline."""
        remaining = call.remaining()
        allowed = remaining if patient else min(self.manifest.timeout, remaining)
        placed = False
        try:
            async with asyncio.timeout(remaining):
                async with self._places:
                    placed = True
                    async with asyncio.timeout(min(allowed, call.remaining())):
                        return await send()
        except TimeoutError:
            if placed and call.remaining() > 0:
                raise SourceError("SOURCE_TIMEOUT", self.source.name) from None
            raise SourceError("DEADLINE_EXCEEDED", self.source.name) from None

    def health(self) -> SourceHealth:
        """How the source has been doing."""
        breaker = self.breaker.state
        singles = [f"{name}: {asked.because}" for name, asked in self.manifest.questions.items() if asked.because]
        return SourceHealth(
            name=self.source.name,
            system=self.source.instance.system,
            title=self.manifest.title,
            owner=self.manifest.owner.team,
            ports=self.manifest.ports,
            state="DOWN" if breaker != "CLOSED" else self.pulse.state,
            since=self.pulse.since,
            breaker=breaker,
            last_error=self.pulse.last_error,
            last_error_at=self.pulse.last_error_at,
            calls=self.pulse.calls,
            failures=self.pulse.failures,
            latency_p50=self.pulse.percentile(50),
            latency_p95=self.pulse.percentile(95),
            freshness=self.manifest.freshness,
            single_reason="; ".join(singles) or None,
        )


def _for_others(heard: _Heard | None) -> _Heard | None:
    """What those who joined a flight are told; None where its owner left or ran out of its own time, not theirs."""
    if heard is None:
        return None
    problem = heard.instead_of or heard.answer
    return None if isinstance(problem, SourceError) and problem.code == "DEADLINE_EXCEEDED" else heard
