"""Telemetry: what one gateway process tells of its work, to whoever measures, traces and reads logs."""

import asyncio
import logging
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

from gateway.settings import Installation, secret_in
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.usage import Usage
from gateway.trace import Seen
from resolvers.observing import Observed, Stage
from sources.kit.resilience.watched import OK, Sent

if TYPE_CHECKING:
    from gateway.telemetry.spans import Open, Spans

access = logging.getLogger("okno.access")

_BEAT: Final = 0.25
"""Seconds between two looks how late the loop is."""


class Telemetry:
    """Figures always, traces where an endpoint is configured. Implements the observers of requests, the road and lines."""

    def __init__(self, metrics: Metrics | None = None, spans: "Spans | None" = None) -> None:
        self.metrics = metrics or Metrics()
        self.spans = spans
        self.usage: Usage | None = None
        self._beating: asyncio.Task[None] | None = None

    @classmethod
    def of(cls, installation: Installation, environment: Mapping[str, str] = os.environ) -> "Telemetry":
        """The telemetry of an installation. Raises: ConfigError for a secret that is not there."""
        said = installation.file.telemetry
        made = cls()
        if said.endpoint is not None:
            from gateway.telemetry.spans import Spans  # loaded by those who trace only

            headers, _token = secrets_of(installation, environment)
            dropped = made.metrics.dropped.labels("span").inc
            made.spans = Spans(said.endpoint, headers, said.sample, installation.file.name, dropped)
        return made

    def start(self, usage: Usage | None = None) -> None:
        """Begin to look how late the loop is, and to keep who uses what."""
        self._beating = asyncio.create_task(self._beat(), name="event loop lag")
        self.usage = usage
        if usage is not None:
            usage.start()

    async def close(self) -> None:
        """Stop; what is still to be sent of traces is sent."""
        if self._beating is not None:
            self._beating.cancel()
            with suppress(asyncio.CancelledError):
                await self._beating
        if self.usage is not None:
            await self.usage.close()
        if self.spans is not None:
            await asyncio.to_thread(self.spans.close)

    @contextmanager
    def seen(self, seen: Seen) -> Iterator[None]:
        """An HTTP request or a WebSocket. Every one has its line in the log; never who, nor with what."""
        began = time.monotonic()
        span = self.spans.request(seen.method, seen.parent) if self.spans is not None and seen.kind == "http" else None
        if seen.kind == "websocket":
            self.metrics.sockets.inc()
        try:
            if span is None:
                yield
            else:
                with span:
                    try:
                        yield
                    finally:
                        self._ended(span, seen)
        finally:
            seconds = time.monotonic() - began
            if seen.kind == "websocket":
                self.metrics.sockets.dec()
            else:
                self.metrics.seen(seen, seconds)
            said = {"route": seen.route, "status": seen.status, "caller": seen.caller, "ms": round(seconds * 1000, 1)}
            access.info("request", extra={"kind": seen.kind, "method": seen.method, "trace": seen.trace_id, **said})

    @staticmethod
    def _ended(span: "Open", seen: Seen) -> None:
        span.span.update_name(f"{seen.method} {seen.route}")
        span.say(
            {
                "http.request.method": seen.method,
                "http.route": seen.route,
                "http.response.status_code": seen.status,
                "okno.caller_kind": seen.caller,
            },
            failed=seen.status is None or seen.status >= 500,
        )

    def stage(self, name: Stage) -> AbstractContextManager[Any]:
        """A stretch of the road."""
        return _PASSING if self.spans is None else self.spans.stage(name)

    def answered(self, observed: Observed) -> None:
        """An answer is finished."""
        self.metrics.answered(observed)
        if self.usage is not None:
            self.usage.answered(observed)
        if self.spans is not None:
            cost = observed.cost
            self.spans.about(
                {
                    "graphql.operation.type": observed.operation,
                    "graphql.operation.name": observed.name,
                    "okno.document": observed.document,
                    "okno.team": observed.team,
                    "okno.client": observed.client,
                    "okno.outcome": observed.codes[0] if observed.codes else "OK",
                    "okno.cost.estimated": cost.estimated if cost is not None else None,
                    "okno.cost.actual": cost.actual if cost is not None else None,
                }
            )

    def calling(self, sent: Sent) -> "_Call":
        """A batch leaves for a source."""
        return _Call(self, sent)

    def remembered(self, source: str, hits: int, misses: int) -> None:
        """Answers were at hand, or not."""
        self.metrics.remembered(source, hits, misses)

    def stale(self, source: str, keys: int) -> None:
        """Old answers stood for others."""
        self.metrics.stale(source, keys)

    async def _beat(self) -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(_BEAT)
            self.metrics.lag.observe(max(0.0, time.monotonic() - before - _BEAT))


def secrets_of(
    installation: Installation, environment: Mapping[str, str] = os.environ
) -> tuple[dict[str, str], str | None]:
    """The headers that go with traces, and the token of the figures. Raises: ConfigError for one that is not there."""
    said, folder = installation.file.telemetry, installation.folder
    headers = {
        name: secret_in(folder, f"telemetry.headers.{name}", each, environment) for name, each in said.headers.items()
    }
    reference = said.metrics_token
    return headers, None if reference is None else secret_in(folder, "telemetry.metrics_token", reference, environment)


class _Passing:
    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


_PASSING: Final = _Passing()


class _Call:
    """One batch under way."""

    __slots__ = ("_began", "_open", "_sent", "_telemetry")

    def __init__(self, telemetry: Telemetry, sent: Sent) -> None:
        self._telemetry, self._sent = telemetry, sent
        self._open: Open | None = None

    def __enter__(self) -> None:
        self._began = time.monotonic()
        spans = self._telemetry.spans
        if spans is not None:
            self._open = spans.call(self._sent.source, self._sent.question, self._sent.trace_id)
            self._open.__enter__()

    def __exit__(self, kind: type[BaseException] | None, one: BaseException | None, at: TracebackType | None) -> None:
        sent = self._sent
        self._telemetry.metrics.called(sent, time.monotonic() - self._began)
        if self._open is not None:
            self._open.say(
                {
                    "okno.source": sent.source,
                    "okno.question": sent.question,
                    "okno.keys": sent.keys,
                    "okno.outcome": sent.outcome,
                },
                failed=sent.outcome != OK,
            )
            self._open.__exit__(kind, one, at)
