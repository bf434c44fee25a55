"""The figures: what is counted, by which labels, and who may read them."""

import asyncio
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from audit.event import Event
from audit.keys import KeyRing
from audit.sequencer import Sequencer
from audit.trail import Trail
from gateway.settings import load_installation
from gateway.store import Store
from gateway.telemetry.metrics import MOST_CLIENTS, MOST_NAMES, Metrics
from gateway.telemetry.standing import Standing
from gateway.telemetry.telemetry import secrets_of
from gateway.trace import Seen
from operations.kit.catalogue import events
from resolvers.observing import Cost, Observed
from sandbox.company.model import Company
from sources.kit.yaml_file import ConfigError
from sources.ports.call import SourceHealth
from tests.operations.line import lined
from tests.unit.telemetry.book import Book
from tests.unit.telemetry.conftest import Served, served

QUERY = '{ employee(by: {login: "employee"}) { login employment { status } } }'


def figures(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Every figure by name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def of(text: str, name: str, **labels: str) -> float:
    """The sum of the figures of a name with these labels."""
    wanted = set(labels.items())
    return sum(value for (each, said), value in figures(text).items() if each == name and wanted <= said)


async def test_a_request_is_counted_with_its_sources(traced: Served) -> None:
    await traced.ask("{ viewer { login } }")  # who asks is looked up in the directory, and known for a while
    before = await traced.metrics()
    status, _, _ = await traced.ask(QUERY, cache_control="no-cache", graphql_client_name="desk")
    after = await traced.metrics()

    def more(name: str, **labels: str) -> float:
        return of(after, name, **labels) - of(before, name, **labels)

    assert status == 200
    assert more("okno_requests_total", operation="query", outcome="ok") == 1
    assert more("okno_request_seconds_count", operation="query") == 1
    assert more("okno_client_requests_total", client="desk") == 1
    assert more("okno_http_requests_total", method="POST", route="/graphql", status="200") == 1
    assert more("okno_source_calls_total", source="directory", outcome="OK") == 1
    assert more("okno_source_calls_total", source="hr", outcome="OK") == 1
    assert more("okno_source_call_seconds_count", source="hr") == 1
    assert more("okno_source_cache_total", source="hr", result="miss") == 1
    assert of(after, "okno_source_breaker", source="hr", state="CLOSED") == 1
    assert of(after, "okno_source_breaker", source="hr") == 1


async def test_what_is_remembered_counts_as_a_hit(traced: Served) -> None:
    await traced.ask(QUERY)
    before = await traced.metrics()
    await traced.ask(QUERY)
    after = await traced.metrics()
    for source in ("directory", "hr"):
        said = {"source": source, "result": "hit"}
        assert of(after, "okno_source_cache_total", **said) == of(before, "okno_source_cache_total", **said) + 1
    assert of(after, "okno_source_calls_total") == of(before, "okno_source_calls_total")


async def test_refusals_are_counted_by_code(traced: Served) -> None:
    before = await traced.metrics()
    await traced.ask("{ nothing }")
    await traced.ask(QUERY, authorization="Bearer wrong")
    after = await traced.metrics()
    assert of(after, "okno_requests_total", outcome="VALIDATION_FAILED") == (
        of(before, "okno_requests_total", outcome="VALIDATION_FAILED") + 1
    )
    assert (
        of(after, "okno_http_requests_total", status="401") == of(before, "okno_http_requests_total", status="401") + 1
    )


async def test_a_failing_source_is_counted_by_code_and_its_breaker_shows(
    company: Company, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("breaking")
    async with served(company, folder, {}) as here:
        line = here.gateway.desk.lines["hr"]
        for _ in range(line.breaker.threshold):
            line.breaker.failed()
        _, body, _ = await here.ask(QUERY, cache_control="no-cache")
        text = await here.metrics()
        assert body["errors"][0]["extensions"]["code"] == "CIRCUIT_OPEN"
        assert of(text, "okno_source_calls_total", source="hr", outcome="CIRCUIT_OPEN") == 1
        assert of(text, "okno_source_breaker", source="hr", state="OPEN") == 1
        assert of(text, "okno_requests_total", outcome="partial") == 1
        assert of(text, "okno_request_errors_total", code="CIRCUIT_OPEN") == 1


async def test_the_lag_of_sinks_and_the_states_of_runs_are_there(traced: Served) -> None:
    async with asyncio.timeout(20):
        while of(text := await traced.metrics(), "okno_audit_sink_behind", sink="archive") > 0:
            await asyncio.sleep(0.5)
    assert of(text, "okno_database_readable") == 1
    assert of(text, "okno_audit_sink_failures", sink="archive") == 0
    assert ("okno_runs", frozenset({("state", "AWAITING_APPROVAL")})) in figures(text)
    assert ("okno_build_info", frozenset()) not in figures(text)
    assert any(name == "okno_build_info" for name, _ in figures(text))
    assert of(text, "okno_event_loop_lag_seconds_count") > 0


async def test_open_sockets_are_counted_while_they_are_open(traced: Served) -> None:
    before = of(await traced.metrics(), "okno_sockets_open")
    async with lined(f"{traced.url}/graphql"):
        assert of(await traced.metrics(), "okno_sockets_open") == before + 1
    async with asyncio.timeout(5):
        while of(await traced.metrics(), "okno_sockets_open") != before:
            await asyncio.sleep(0.05)


def observed(**changes: object) -> Observed:
    said: dict[str, object] = {
        "trace_id": "0" * 31 + "1",
        "kind": "PERSON",
        "team": "north",
        "client": None,
        "document": "a" * 64,
        "operation": "query",
        "name": None,
        "executed": True,
        "codes": (),
        "used": frozenset(),
        "withheld": {},
        "seconds": 0.01,
    }
    return Observed(**{**said, **changes})  # type: ignore[arg-type]


def test_a_thousand_invented_names_are_a_bounded_number_of_series() -> None:
    metrics = Metrics()
    for number in range(1_000):
        metrics.answered(observed(client=f"client-{number}", name=f"Name{number}", codes=(f"CODE_{number}",)))
        metrics.seen(Seen("http", f"VERB{number}", "", None, route=f"/r/{number}", status=200), 0.01)
    found = figures(generate_latest(metrics.registry).decode())
    by_name: dict[str, int] = {}
    for name, _ in found:
        by_name[name] = by_name.get(name, 0) + 1
    assert by_name["okno_client_requests_total"] == MOST_CLIENTS + 1
    assert by_name["okno_operation_requests_total"] == MOST_NAMES + 1
    assert by_name["okno_request_errors_total"] == 1
    assert by_name["okno_http_requests_total"] == 51
    assert sum(by_name.values()) < 2_500
    assert of(generate_latest(metrics.registry).decode(), "okno_client_requests_total") == 1_000


def test_cost_is_counted_where_it_is_told() -> None:
    metrics = Metrics()
    metrics.answered(observed(cost=Cost(120, 80)))
    metrics.answered(observed(cost=Cost(50)))
    text = generate_latest(metrics.registry).decode()
    assert of(text, "okno_cost_estimated_sum") == 170
    assert of(text, "okno_cost_actual_sum") == 80
    assert of(text, "okno_cost_actual_count") == 1


@pytest.mark.parametrize(
    "headers",
    [{"X-Forwarded-For": "10.0.0.9"}, {"Forwarded": "for=10.0.0.9"}, {"Via": "1.1 proxy"}, {"Host": "okno.example"}],
)
async def test_what_a_proxy_hands_on_reads_no_figures(traced: Served, headers: Mapping[str, str]) -> None:
    async with traced.session.get(f"{traced.url}/metrics", headers=headers) as answer:
        assert answer.status in (403, 421)
        assert "okno_" not in await answer.text()


async def test_with_a_token_nobody_reads_without_it(
    company: Company, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OKNO_TEST_METRICS", "let-me-see")
    async with served(company, tmp_path_factory.mktemp("token"), {"metrics_token": "env:OKNO_TEST_METRICS"}) as here:
        for said in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic let-me-see"}):
            async with here.session.get(f"{here.url}/metrics", headers=said) as answer:
                assert answer.status == 403
        text = await here.metrics(authorization="Bearer let-me-see", x_forwarded_for="10.0.0.9")
        assert of(text, "okno_http_requests_total", route="/metrics", status="403") == 3


class NoSources:
    def health(self) -> tuple[SourceHealth, ...]:
        return ()


async def test_the_lag_of_a_sink_is_looked_up_in_either_database(store: Store, tmp_path: Path) -> None:
    made_at = datetime.now(UTC) - timedelta(seconds=90)
    trail = Trail(store.writing, codes=events().all(), clock=lambda: made_at)
    await trail.start()
    for _ in range(3):
        await trail.append(Event(code="search.made", stage="read", outcome="success", operator="ann"))
    metrics = Metrics()
    standing = Standing(metrics.registry, NoSources(), store.engine, ["siem"])

    async def looked() -> str:
        standing._looked_at = float("-inf")
        await standing.look()
        return generate_latest(metrics.registry).decode()

    text = await looked()
    assert of(text, "okno_database_readable") == 1
    assert of(text, "okno_audit_unplaced") == 3
    assert of(text, "okno_audit_sink_behind", sink="siem") == 0
    await Sequencer(store.writing, KeyRing(tmp_path / "keys"), [], owner=trail.writer).settle()
    text = await looked()
    assert of(text, "okno_audit_unplaced") == 0
    assert of(text, "okno_audit_sink_behind", sink="siem") == 3
    assert 90 <= of(text, "okno_audit_sink_oldest_seconds", sink="siem") < 120
    await trail.close()


async def test_a_database_that_is_away_leaves_the_other_figures(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/empty.db")  # without any table
    metrics = Metrics()
    await Standing(metrics.registry, NoSources(), store.engine, ["siem"]).look()
    text = generate_latest(metrics.registry).decode()
    assert of(text, "okno_database_readable") == 0
    assert "okno_build_info" in text
    await store.close()


async def test_runs_are_counted_by_state_with_the_age_of_the_oldest(store: Store) -> None:
    book = Book(store)
    now = datetime.now(UTC)
    for state, seconds in (("SUCCEEDED", 900), ("AWAITING_APPROVAL", 60), ("AWAITING_APPROVAL", 300), ("UNKNOWN", 20)):
        await book.run(now - timedelta(seconds=seconds), state)
    metrics = Metrics()
    await Standing(metrics.registry, NoSources(), store.engine, []).look()
    text = generate_latest(metrics.registry).decode()
    assert of(text, "okno_runs", state="AWAITING_APPROVAL") == 2
    assert of(text, "okno_runs", state="SUCCEEDED") == 1
    assert of(text, "okno_runs", state="FAILED") == 0
    assert 300 <= of(text, "okno_runs_oldest_seconds", state="AWAITING_APPROVAL") < 330
    assert ("okno_runs_oldest_seconds", frozenset({("state", "SUCCEEDED")})) not in figures(text)


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("metrics_token: env:OKNO_NOT_SET", "telemetry.metrics_token"),
        ("metrics_token: in-plain-sight", "telemetry.metrics_token"),
        ("headers: {authorization: file:no/such/file}", "telemetry.headers.authorization"),
        ("endpoint: http://far.example/v1/traces", "telemetry.endpoint"),
        ("sample: 2", "telemetry.sample"),
    ],
)
def test_a_mistake_in_the_settings_is_told_with_its_place(tmp_path: Path, said: str, key: str) -> None:
    (tmp_path / "okno.yaml").write_text(f"name: Test\nsources: {{}}\ntelemetry:\n  {said}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=rf"{re.escape(key)}.*: expected|{re.escape(key)}") as told:
        secrets_of(load_installation(tmp_path), {})
    assert "okno.yaml:4" in str(told.value)
    assert "in-plain-sight" not in str(told.value)
