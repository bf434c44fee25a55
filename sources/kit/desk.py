"""Desk: all sources of an installation behind their ports; several instances of one port answer as one."""

import asyncio
from collections.abc import Sequence
from typing import Any

from sources.kit.resilience.line import Line
from sources.ports.call import CallContext, SourceHealth
from sources.ports.catalogue import question_of
from sources.ports.errors import Answer, Partial, SourceError
from sources.ports.question import Need, Page, Patience, Window
from sources.ports.write import RetryClass, Written


class SourceDesk:
    """The sources of an installation. Implements `sources.ports.question.Desk`."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = {line.source.name: line for line in lines}
        self._by_port: dict[str, tuple[Line, ...]] = {}
        for line in lines:
            for port in line.manifest.ports:
                self._by_port[port] = (*self._by_port.get(port, ()), line)

    async def ask(
        self, port: str, question: str, keys: Sequence[Any], need: Need, call: CallContext, *, source: str | None = None
    ) -> Sequence[Answer[Any]]:
        """Put a batched question to the port's sources. Shape: `keys[i] -> answers[i]`; failures are values.

        With several instances, lists are joined in order of the installation and a failing one leaves a Partial (of
        None when all have failed); of single records the first known one counts.
        """
        lines = [line for line in self._by_port.get(port, ()) if source in (None, line.source.name)]
        if not lines:
            return [() if question_of(port, question).many else None] * len(keys)
        if len(lines) == 1:
            return await lines[0].ask(question, keys, need, call)
        many = question_of(port, question).many
        parts = await asyncio.gather(*(line.ask(question, keys, need, call) for line in lines))
        join = _joined if many else _first
        return [join([part[index] for part in parts]) for index in range(len(keys))]

    async def list(self, port: str, listing: str, page: Page, call: CallContext, **wanted: object) -> Window[Any]:
        """One page of a listing. Raises: SourceError."""
        lines = self._by_port.get(port, ())
        if not lines:
            return Window((), (), False, 0)
        if len(lines) > 1:
            raise SourceError("SOURCE_REJECTED", port, "listing over several instances needs an order in common")
        return await lines[0].list(listing, page, call, **wanted)

    async def write(self, source: str, write: str, arguments: Sequence[Any], call: CallContext) -> Written:
        """Send one write of a port to the one instance its permit names. Raises: SourceError, WriteRefused."""
        line = self.lines.get(source)
        if line is None:
            raise SourceError("SOURCE_REJECTED", source, "this installation has no such source")
        return await line.write(write, arguments, call)

    def retry_of(self, source: str, write: str) -> RetryClass | None:
        """What may be done after a lost answer, as the manifest says; None where the source has no such write."""
        known = self.lines[source].manifest.writes.get(write) if source in self.lines else None
        return None if known is None else known.retry

    def patience(self, source: str) -> Patience:
        """How long a call to a source may last, and one that was given up may still land. Raises: KeyError."""
        manifest = self.lines[source].manifest
        return Patience(manifest.timeout, manifest.in_flight)

    def sources_of(self, port: str) -> tuple[str, ...]:
        """The instances that serve a port, in order of the installation."""
        return tuple(line.source.name for line in self._by_port.get(port, ()))

    def health(self) -> tuple[SourceHealth, ...]:
        """How each source has been doing."""
        return tuple(line.health() for line in self.lines.values())

    async def close(self) -> None:
        """Close every source."""
        await asyncio.gather(*(line.source.close() for line in self.lines.values()), return_exceptions=True)


def _joined(answers: list[Answer[Any]]) -> Any:
    failures = tuple(answer for answer in answers if isinstance(answer, SourceError))
    if len(failures) == len(answers):
        # nothing is known, which is not the same as an empty list; each failure is told
        return Partial(None, failures)
    records = tuple(record for answer in answers if not isinstance(answer, SourceError) for record in answer or ())
    return Partial(records, failures) if failures else records


def _first(answers: list[Answer[Any]]) -> Any:
    found = next((each for each in answers if each is not None and not isinstance(each, SourceError)), None)
    if found is not None:
        return found
    return next((each for each in answers if isinstance(each, SourceError)), None)
