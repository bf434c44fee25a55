"""Metrics: counters and times of one gateway process. Every label is of a closed or a bounded list."""

import platform
from collections.abc import Sequence
from importlib.metadata import version
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
)

from gateway.telemetry.bounded import Bounded, among
from gateway.trace import Seen
from resolvers.observing import Observed
from resolvers.problems import CODES
from sources.kit.resilience.watched import CANCELLED, OK, REFUSED, Sent
from sources.ports.errors import SOURCE_CODES

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_CALL_OUTCOMES: Final = frozenset({OK, CANCELLED, REFUSED, *SOURCE_CODES})
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_COST: Final = (10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
MOST_CLIENTS: Final = 50
MOST_NAMES: Final = 200
MOST_ROUTES: Final = 50


class Metrics:
    """The figures of one process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        made = self.registry
        self._clients, self._names, self._routes = Bounded(MOST_CLIENTS), Bounded(MOST_NAMES), Bounded(MOST_ROUTES)
        self._http = Counter("okno_http_requests", "HTTP requests.", ["method", "route", "status"], registry=made)
        self._http_seconds = Histogram(
            "okno_http_request_seconds", "Time of HTTP requests.", ["route"], buckets=_SECONDS, registry=made
        )
        self._answers = Counter(
            "okno_requests",
            "GraphQL requests answered; outcome is ok, partial (data and errors) or the first code.",
            ["operation", "outcome"],
            registry=made,
        )
        self._seconds = Histogram(
            "okno_request_seconds", "Time of GraphQL requests.", ["operation"], buckets=_SECONDS, registry=made
        )
        self._errors = Counter("okno_request_errors", "Requests with an error of a code.", ["code"], registry=made)
        self._by_client = Counter("okno_client_requests", "Requests by client.", ["client"], registry=made)
        self._by_name = Counter(
            "okno_operation_requests",
            "Executed requests by the operation's name.",
            ["operation", "name"],
            registry=made,
        )
        self._withheld = Counter("okno_withheld_fields", "Fields that were not shown, by why.", ["code"], registry=made)
        self._estimated = Histogram(
            "okno_cost_estimated", "Estimated cost of requests.", ["operation"], buckets=_COST, registry=made
        )
        self._actual = Histogram(
            "okno_cost_actual", "Actual cost of requests.", ["operation"], buckets=_COST, registry=made
        )
        self._calls = Counter(
            "okno_source_calls",
            "Batches for sources, by what came of them.",
            ["source", "question", "outcome"],
            registry=made,
        )
        self._call_seconds = Histogram(
            "okno_source_call_seconds", "Time of batches.", ["source", "question"], buckets=_SECONDS, registry=made
        )
        self._keys = Counter("okno_source_keys", "Keys asked for in batches.", ["source"], registry=made)
        self._cache = Counter(
            "okno_source_cache",
            "Keys answered from memory (hit), not there (miss), answered by an old copy (stale).",
            ["source", "result"],
            registry=made,
        )
        self.sockets = Gauge("okno_sockets_open", "WebSockets that are open.", registry=made)
        self.lag = Histogram(
            "okno_event_loop_lag_seconds",
            "How late the event loop comes to what it is to do.",
            buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0),
            registry=made,
        )
        self.dropped = Counter(
            "okno_telemetry_dropped", "What was left out of logs and spans by their lists.", ["where"], registry=made
        )
        for where in ("log", "span", "usage"):
            self.dropped.labels(where)
        build = Info("okno_build", "What runs.", registry=made)
        build.info({"version": version("okno"), "python": platform.python_version()})
        ProcessCollector(registry=made)

    def sources(self, names: Sequence[str]) -> None:
        """Begin to count for these sources, so that a figure is there before anything has happened."""
        for name in names:
            for result in ("hit", "miss", "stale"):
                self._cache.labels(name, result)

    def seen(self, seen: Seen, seconds: float) -> None:
        """An HTTP request has ended."""
        route = self._routes.of(seen.route)
        status = "none" if seen.status is None else str(seen.status)
        self._http.labels(among(seen.method, _METHODS), route, status).inc()
        self._http_seconds.labels(route).observe(seconds)

    def answered(self, observed: Observed) -> None:
        """A GraphQL request was answered."""
        operation = observed.operation or "none"
        codes = [among(each, CODES) for each in observed.codes]
        outcome = "ok" if not codes else "partial" if observed.executed else codes[0]
        self._answers.labels(operation, outcome).inc()
        self._seconds.labels(operation).observe(observed.seconds)
        for code in set(codes):
            self._errors.labels(code).inc()
        self._by_client.labels(self._clients.of(observed.client)).inc()
        if observed.executed:
            self._by_name.labels(operation, self._names.of(observed.name)).inc()
        for code in observed.withheld.values():
            self._withheld.labels(among(code, CODES)).inc()
        if observed.cost is not None:
            self._estimated.labels(operation).observe(observed.cost.estimated)
            if observed.cost.actual is not None:
                self._actual.labels(operation).observe(observed.cost.actual)

    def called(self, sent: Sent, seconds: float) -> None:
        """A batch has come back, or not. Shape: questions are of the ports, sources of the installation."""
        self._calls.labels(sent.source, sent.question, among(sent.outcome, _CALL_OUTCOMES)).inc()
        if sent.outcome != "CIRCUIT_OPEN":  # that one was never sent
            self._call_seconds.labels(sent.source, sent.question).observe(seconds)
        self._keys.labels(sent.source).inc(sent.keys)

    def remembered(self, source: str, hits: int, misses: int) -> None:
        """Answers were at hand, or not."""
        if hits:
            self._cache.labels(source, "hit").inc(hits)
        if misses:
            self._cache.labels(source, "miss").inc(misses)

    def stale(self, source: str, keys: int) -> None:
        """Old answers stood for others."""
        self._cache.labels(source, "stale").inc(keys)
