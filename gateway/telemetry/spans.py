"""Spans: traces by OTLP over HTTP. What a span may say stands in one list; nothing else is sent.

Loaded only where an installation has an endpoint.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from contextvars import ContextVar
from importlib.metadata import version
from types import TracebackType
from typing import Final

from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from gateway.trace import TRACE, Parent

Said = str | int | float | bool
SAYS: Final[Mapping[str, frozenset[str]]] = {
    "request": frozenset({"http.request.method", "http.route", "http.response.status_code", "okno.caller_kind"}),
    "plan": frozenset(),
    "execute": frozenset(),
    "answer": frozenset(
        {
            "graphql.operation.type",
            "graphql.operation.name",
            "okno.document",
            "okno.team",
            "okno.client",
            "okno.outcome",
            "okno.cost.estimated",
            "okno.cost.actual",
        }
    ),
    "source": frozenset({"okno.source", "okno.question", "okno.keys", "okno.outcome"}),
}
"""What each kind of span may say. Never variables, logins, texts of documents, addresses."""
_LONGEST: Final = 100
_DIGITS: Final = frozenset("0123456789abcdef")
_NEXT: Final[ContextVar[int | None]] = ContextVar("okno_next_trace", default=None)


class _Ids(RandomIdGenerator):
    """A root span is of the trace that is under way already."""

    def generate_trace_id(self) -> int:
        return _NEXT.get() or super().generate_trace_id()


class Spans:
    """The traces of one process."""

    def __init__(
        self,
        endpoint: str,
        headers: Mapping[str, str],
        sample: float,
        installation: str,
        dropped: Callable[[], None],
        *,
        every: float = 2.0,
    ) -> None:
        self._dropped = dropped
        resource = Resource(
            {"service.name": "okno", "service.version": version("okno"), "okno.installation": installation}
        )
        self._provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(sample)),
            resource=resource,
            shutdown_on_exit=False,
            id_generator=_Ids(),
            span_limits=SpanLimits(max_attribute_length=_LONGEST),
        )
        exporter = OTLPSpanExporter(endpoint=endpoint, headers=dict(headers), timeout=5)
        self._provider.add_span_processor(
            BatchSpanProcessor(exporter, max_queue_size=4_096, schedule_delay_millis=every * 1000)
        )
        self._tracer = self._provider.get_tracer("okno")

    def request(self, name: str, parent: Parent | None) -> "Open":
        """The span of a request, a part of its caller's where there is one."""
        above: Context = Context()
        if parent is not None:
            flags = TraceFlags(TraceFlags.SAMPLED if parent.sampled else TraceFlags.DEFAULT)
            remote = SpanContext(int(parent.trace_id, 16), int(parent.span_id, 16), is_remote=True, trace_flags=flags)
            above = trace.set_span_in_context(NonRecordingSpan(remote), above)
        return self._open("request", name, SpanKind.SERVER, above, TRACE.get())

    def stage(self, name: str) -> AbstractContextManager[object]:
        """The span of a stretch of the road."""
        return self._open(name, f"okno.{name}", SpanKind.INTERNAL, self._above(TRACE.get()), TRACE.get())

    def call(self, source: str, question: str, trace_id: str) -> "Open":
        """The span of one batch: below what is under way if that is of the same trace, else alone in it."""
        return self._open("source", f"{source}.{question}", SpanKind.CLIENT, self._above(trace_id), trace_id)

    def about(self, said: Mapping[str, Said | None]) -> None:
        """Say more of the request under way."""
        self.say(trace.get_current_span(), "answer", said)

    def say(self, span: Span, kind: str, said: Mapping[str, Said | None]) -> None:
        """Put what may be said of a span on it."""
        if not span.is_recording():
            return
        for name, value in said.items():
            if name not in SAYS[kind]:
                self._dropped()
            elif value is not None:
                span.set_attribute(name, value)

    def close(self) -> None:
        """Send what is left, and stop; blocking, for no longer than the exporter waits."""
        self._provider.shutdown()

    def _above(self, trace_id: str | None) -> Context:
        current = trace.get_current_span()
        there = current.get_span_context()
        if there.is_valid and (trace_id is None or format(there.trace_id, "032x") == trace_id):
            return contexts.get_current()
        return Context()

    def _open(self, kind: str, name: str, role: SpanKind, above: Context, trace_id: str | None) -> "Open":
        fit = trace_id is not None and len(trace_id) == 32 and _DIGITS.issuperset(trace_id) and trace_id.strip("0")
        token = _NEXT.set(int(trace_id, 16) if fit and trace_id is not None else None)
        try:
            # what an exception says may hold anything: it is never taken over
            span = self._tracer.start_span(name, above, role, record_exception=False, set_status_on_exception=False)
        finally:
            _NEXT.reset(token)
        return Open(self, span, kind)


class Open:
    """A span under way: whatever begins meanwhile is below it."""

    __slots__ = ("_kind", "_spans", "_token", "span")

    def __init__(self, spans: Spans, span: Span, kind: str) -> None:
        self._spans, self.span, self._kind = spans, span, kind

    def __enter__(self) -> "Open":
        self._token = contexts.attach(trace.set_span_in_context(self.span))
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _one: BaseException | None, _at: TracebackType | None
    ) -> None:
        contexts.detach(self._token)
        self.span.end()

    def say(self, said: Mapping[str, Said | None], *, failed: bool = False) -> None:
        """Say what came of it."""
        self._spans.say(self.span, self._kind, said)
        if failed:
            self.span.set_status(Status(StatusCode.ERROR))
