"""One trace id from the first byte of a request to its last trace anywhere."""

import asyncio
import re
import subprocess
import sys
import time

import orjson
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from sqlalchemy import select
from sqlmodel import col

from audit.tables import AuditRecord
from gateway.telemetry.spans import Spans
from gateway.telemetry.telemetry import Telemetry
from gateway.trace import TRACE, Seen, fresh, parent_of
from tests.house.rooms import ROOT
from tests.operations.line import lined
from tests.unit.telemetry.conftest import Collector, Served, Told, collecting

HEX: re.Pattern[str] = re.compile(r"[0-9a-f]{32}")
PARENT = f"00-{'ab' * 16}-{'cd' * 8}-01"


async def test_one_trace_id_in_header_answer_error_record_span_and_log(
    traced: Served, collector: Collector, told: Told
) -> None:
    query = 'query Card { employee(by: {login: "employee"}) { login phones { number } employment { status } } }'
    line = traced.gateway.desk.lines["hr"]
    for _ in range(line.breaker.threshold):
        line.breaker.failed()
    try:
        status, body, headers = await traced.ask(query, cache_control="no-cache", graphql_client_name="desk")
    finally:
        line.breaker.succeeded()
    trace = headers["X-Request-Id"]
    assert status == 200
    assert HEX.fullmatch(trace)
    assert body["extensions"]["traceId"] == trace
    assert [each["extensions"]["traceId"] for each in body["errors"]] == [trace]
    async with traced.gateway.store.engine.connect() as connection:
        rows = await connection.execute(select(col(AuditRecord.body)).where(col(AuditRecord.code) == "employee.read"))
        assert trace in [orjson.loads(each)["trace"] for (each,) in rows]
    await told.requests(1)
    lines = [each for each in told.lines() if each.get("trace") == trace]
    assert {each["event"] for each in lines} == {"request"}
    spans = await collector.of(trace, lambda found: any(each.kind == Span.SPAN_KIND_SERVER for each in found))
    assert {each.name for each in spans} >= {"POST /graphql", "okno.plan", "okno.execute", "hr.employment_of"}
    (failed,) = [each for each in spans if each.name == "hr.employment_of"]
    assert failed.status.code == Status.STATUS_CODE_ERROR
    assert {each.key: each.value.string_value for each in failed.attributes}["okno.outcome"] == "CIRCUIT_OPEN"


async def test_spans_stand_below_each_other(traced: Served, collector: Collector) -> None:
    _, body, _ = await traced.ask(
        'query Tree { employee(by: {login: "employee"}) { login employment { status } } }', cache_control="no-cache"
    )
    trace = body["extensions"]["traceId"]
    spans = await collector.of(trace, lambda found: any(each.kind == Span.SPAN_KIND_SERVER for each in found))
    by_id = {each.span_id: each for each in spans}
    above = {each.name: by_id[each.parent_span_id].name for each in spans if each.parent_span_id}
    (root,) = [each for each in spans if not each.parent_span_id]
    assert root.name == "POST /graphql"
    assert above["okno.plan"] == "POST /graphql"
    assert above["okno.execute"] == "POST /graphql"
    calls = [each for each in spans if each.kind == Span.SPAN_KIND_CLIENT]
    assert calls
    assert {by_id[each.parent_span_id].name for each in calls} == {"okno.execute"}


async def test_a_span_says_what_is_on_the_list_and_nothing_else(traced: Served, collector: Collector) -> None:
    secret = "canary-in-a-literal"
    query = f'query Listed($login: String!) {{ a: employee(by: {{login: $login}}) {{ login }} b: search(text: "{secret}") {{ edges {{ cursor }} }} }}'
    _, body, _ = await traced.ask(query, {"login": "employee"}, graphql_client_name="desk", cache_control="no-cache")
    assert body["data"]["a"] == {"login": "employee"}
    trace = body["extensions"]["traceId"]
    spans = await collector.of(trace, lambda found: any(each.kind == Span.SPAN_KIND_SERVER for each in found))
    (root,) = [each for each in spans if each.kind == Span.SPAN_KIND_SERVER]
    said = {each.key for each in root.attributes}
    assert said == {
        "http.request.method",
        "http.route",
        "http.response.status_code",
        "okno.caller_kind",
        "graphql.operation.type",
        "graphql.operation.name",
        "okno.document",
        "okno.team",
        "okno.client",
        "okno.outcome",
        "okno.cost.estimated",
        "okno.cost.actual",
    }
    for span in spans:
        written = span.SerializeToString()
        for canary in (secret, "all.seeing", "employee(by", "http://127", traced.token):
            assert canary.encode() not in written, (span.name, canary)
        assert not span.events
    calls = [each for each in spans if each.kind == Span.SPAN_KIND_CLIENT]
    assert {frozenset(a.key for a in each.attributes) for each in calls} == {
        frozenset({"okno.source", "okno.question", "okno.keys", "okno.outcome"})
    }


async def test_the_trace_id_of_a_caller_is_taken_over_and_not_sent_back(traced: Served, collector: Collector) -> None:
    _, body, headers = await traced.ask("{ viewer { login } }", traceparent=PARENT)
    assert body["extensions"]["traceId"] == "ab" * 16
    assert headers["X-Request-Id"] == "ab" * 16
    assert "traceparent" not in {each.lower() for each in headers}
    spans = await collector.of("ab" * 16, lambda found: any(each.kind == Span.SPAN_KIND_SERVER for each in found))
    (root,) = [each for each in spans if each.kind == Span.SPAN_KIND_SERVER]
    assert root.parent_span_id.hex() == "cd" * 8


@pytest.mark.parametrize(
    "said",
    [
        "",
        "nonsense",
        PARENT.upper(),
        f"ff-{'ab' * 16}-{'cd' * 8}-01",
        f"00-{'0' * 32}-{'cd' * 8}-01",
        f"00-{'ab' * 16}-{'0' * 16}-01",
        f"{PARENT}-more",
        f" {PARENT}",
        f"00-{'ab' * 15}-{'cd' * 8}-01",
    ],
)
def test_what_is_no_traceparent_is_not_taken(said: str) -> None:
    assert parent_of({"headers": [(b"traceparent", said.encode())]}) is None


def test_two_traceparents_are_none() -> None:
    assert parent_of({"headers": [(b"traceparent", PARENT.encode())] * 2}) is None


def test_a_later_version_may_say_more() -> None:
    found = parent_of({"headers": [(b"traceparent", f"01-{'ab' * 16}-{'cd' * 8}-00-more".encode())]})
    assert found is not None
    assert not found.sampled


async def test_refusals_before_the_road_have_a_trace_too(traced: Served, told: Told) -> None:
    async with traced.session.post(f"{traced.url}/graphql", data=b"{}") as answer:
        assert answer.status == 401
        trace = answer.headers["X-Request-Id"]
    (line,) = [each for each in await told.requests(1) if each["trace"] == trace]
    assert (line["route"], line["status"], line["caller"]) == ("/graphql", 401, "NONE")


async def test_a_connection_has_one_trace_for_all_that_is_followed(traced: Served) -> None:
    async with lined(f"{traced.url}/graphql", {"Authorization": f"Bearer {traced.token}"}) as line:
        trace = line.socket._response.headers["X-Request-Id"]
        await line.begin()
        heard = set()
        for number in ("1", "2"):
            await line.follow(number, "subscription { nothing }")
            heard.add((await line.until(number, "error"))["payload"][0]["extensions"]["traceId"])
        assert heard == {trace}


def test_all_digits_of_a_new_trace_id_vary() -> None:
    made = [int(fresh(), 16) for _ in range(300)]
    for bit in range(128):
        assert {(each >> bit) & 1 for each in made} == {0, 1}, bit


async def test_only_a_share_is_sent_where_that_is_configured() -> None:
    async with collecting() as collector:
        spans = Spans(collector.url, {"authorization": "Bearer x"}, 0.25, "Test", lambda: None, every=0.1)
        for _ in range(400):
            token = TRACE.set(fresh())
            with spans.request("GET", None):
                pass
            TRACE.reset(token)
        await asyncio.to_thread(spans.close)
        assert 60 < len(collector.spans) < 140
        assert collector.headers[0]["Authorization"] == "Bearer x"
        assert collector.resources[0]["service.name"] == "okno"


async def test_what_is_done_later_stands_in_the_trace_of_who_asked_for_it() -> None:
    async with collecting() as collector:
        spans = Spans(collector.url, {}, 1.0, "Test", lambda: None, every=0.1)
        trace = fresh()
        with spans.call("domain", "unlock", trace) as later:
            assert later.span.get_span_context().is_valid
        with spans.request("POST", None), spans.call("domain", "unlock", trace):
            pass  # another request's work is under way: this is no part of it
        with spans.call("domain", "identifiers", "start"):
            pass
        await asyncio.to_thread(spans.close)
        assert {each.trace_id.hex() for each in collector.spans if each.name == "domain.unlock"} == {trace}
        assert not any(each.parent_span_id for each in collector.spans)
        (sweep,) = [each for each in collector.spans if each.name == "domain.identifiers"]
        assert HEX.fullmatch(sweep.trace_id.hex())


async def test_a_collector_that_is_away_holds_nobody_up(told: Told) -> None:
    spans = Spans("http://127.0.0.1:9/v1/traces", {}, 1.0, "Test", lambda: None, every=0.05)
    telemetry = Telemetry(spans=spans)
    began = time.monotonic()
    for _ in range(200):
        with telemetry.seen(Seen("http", "GET", fresh(), None)):
            pass
    assert time.monotonic() - began < 1
    await telemetry.close()
    assert "127.0.0.1" not in told.text


def test_whoever_does_not_trace_loads_nothing_of_it() -> None:
    code = "import sys, gateway.app, gateway.serving; sys.exit(any(each.startswith('opentelemetry') for each in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


async def test_an_attribute_that_is_not_listed_is_dropped_and_counted() -> None:
    dropped = []
    async with collecting() as collector:
        spans = Spans(collector.url, {}, 1.0, "Test", lambda: dropped.append(1), every=0.1)
        with spans.call("hr", "employment_of", fresh()) as call:
            call.say({"okno.source": "hr", "okno.login": "ann.smith"})
        await asyncio.to_thread(spans.close)
        (span,) = collector.spans
        assert [each.key for each in span.attributes] == ["okno.source"]
        assert len(dropped) == 1


async def test_requests_at_the_same_time_do_not_mix(traced: Served, collector: Collector, told: Told) -> None:
    query = "query At($l: String!) { employee(by: {login: $l}) { login employment { status } } }"
    logins = ["employee", "analyst", "lead", "vip", "newcomer"] * 4
    answers = await asyncio.gather(*(traced.ask(query, {"l": each}, cache_control="no-cache") for each in logins))
    traces = [body["extensions"]["traceId"] for _, body, _ in answers]
    assert len(set(traces)) == len(logins)
    for (_, body, headers), trace in zip(answers, traces, strict=True):
        assert headers["X-Request-Id"] == trace
        spans = await collector.of(trace, lambda found: any(each.kind == Span.SPAN_KIND_SERVER for each in found))
        names = [each.name for each in spans]
        assert names.count("POST /graphql") == names.count("okno.plan") == names.count("okno.execute") == 1
        asked = sum(each["calls"] for each in body["extensions"]["sources"].values())
        # whose call is under way already is joined, so that there may be fewer spans than in a request alone, never more
        assert len([each for each in spans if each.kind == Span.SPAN_KIND_CLIENT]) <= asked + 1
        ids = {each.span_id for each in spans}
        assert all(each.parent_span_id in ids for each in spans if each.parent_span_id)
    assert sorted(each["trace"] for each in await told.requests(len(traces))) == sorted(traces)


async def test_an_observer_that_breaks_is_not_in_the_way_of_an_answer(traced: Served, told: Told) -> None:
    telemetry = traced.gateway.telemetry
    usage, telemetry.usage = telemetry.usage, Broken()  # type: ignore[assignment]  # as a defect would be
    try:
        status, body, _ = await traced.ask("{ viewer { login } }")
    finally:
        telemetry.usage = usage
    assert (status, body["data"]) == (200, {"viewer": {"login": "all.seeing"}})
    trace = body["extensions"]["traceId"]
    await told.requests(1)
    assert [each["event"] for each in told.lines() if each.get("trace") == trace] == [
        "an answer cannot be told of, trace {trace}",
        "request",
    ]


class Broken:
    def answered(self, _observed: object) -> None:
        raise RuntimeError("canary")
