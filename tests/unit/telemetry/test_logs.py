"""Logs tell what is on the list, and hold nothing that anybody typed."""

import ast
import io
import logging
import re

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from gateway.telemetry import logs
from gateway.telemetry.log_list import LIST
from gateway.telemetry.telemetry import Telemetry
from gateway.trace import TRACE, Tracing
from tests.house.rooms import ROOMS, code, name, tree
from tests.unit.gateway.asgi import post
from tests.unit.telemetry.conftest import Served, Told

_MADE_ELSEWHERE = {"gateway/granting.py", "gateway/policy_life.py"}
"""Where a line is the words of a deed, which are constants of ours as well."""
_WRITERS = {"log", "access"}


def lines_in_the_code() -> list[tuple[str, int, ast.expr, int]]:
    """Every line that is written: where, its text, and how much is put into it."""
    found = []
    for file in code(*ROOMS):
        for node in ast.walk(tree(file)):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if getattr(node.func.value, "id", None) not in _WRITERS or node.func.attr not in {
                "debug", "info", "warning", "error", "exception", "critical", "log",
            }:  # fmt: skip
                continue
            given = node.args[1:] if node.func.attr == "log" else node.args
            found.append((name(file), node.lineno, given[0], len(given) - 1))
    return found


def test_every_line_in_the_code_is_on_the_list_with_all_that_is_put_into_it() -> None:
    wrong = []
    for file, number, text, puts in lines_in_the_code():
        if not isinstance(text, ast.Constant):
            if file not in _MADE_ELSEWHERE:
                wrong.append(f"{file}:{number}: its text is made up as it is written")
        elif text.value not in LIST or len(LIST[str(text.value)].puts) != puts:
            wrong.append(f"{file}:{number}: name what {text.value!r} may tell in gateway/telemetry/log_list.py")
    assert wrong == []


def test_nothing_is_on_the_list_that_no_code_writes() -> None:
    written = {text.value for _, _, text, _ in lines_in_the_code() if isinstance(text, ast.Constant)}
    deeds = " ".join(file.read_text(encoding="utf-8") for file in code("gateway") if name(file) in _MADE_ELSEWHERE)
    assert [each for each in LIST if each not in written and f'"{each}"' not in deeds] == []


def test_what_is_not_on_the_list_is_dropped_and_counted(told: Told) -> None:
    log = logging.getLogger("okno.test")
    log.warning("%s asks on behalf of %s", "ann.smith", "bob.jones", extra={"token": "t1", "login": "ann.smith"})
    (line,) = told.lines()
    assert line["event"] == "{…} asks on behalf of {…}"
    assert line["token"] == "t1"
    assert "ann.smith" not in told.text
    assert "bob.jones" not in told.text
    assert told.dropped == 3


def test_of_a_source_s_words_only_their_kind_is_told(told: Told) -> None:
    log = logging.getLogger("okno.line")
    for said in ("HTTP 503: no user ann.smith", "TimeoutError: ann.smith", "uid=ann.smith,ou=people", "ann.smith"):
        log.warning("%s: %s: %s, trace %s", "hr", "SOURCE_UNAVAILABLE", said, "abc")
    assert [each.get("hint") for each in told.lines()] == ["HTTP 503", "TimeoutError", None, None]
    assert "ann.smith" not in told.text
    assert {each["code"] for each in told.lines()} == {"SOURCE_UNAVAILABLE"}


def test_an_exception_is_told_by_its_kind_and_place(told: Told) -> None:
    log = logging.getLogger("okno.road")
    try:
        try:
            raise ValueError("canary-inner")
        except ValueError as inner:
            raise RuntimeError("canary-outer") from inner
    except RuntimeError:
        log.exception("unforeseen error, trace %s", "abc")
    (line,) = told.lines()
    assert line["error"] == ["RuntimeError", "ValueError"]
    assert line["trace"] == "abc"
    assert re.fullmatch(r".*tests/unit/telemetry/test_logs\.py:\d+ test_an_exception_is_told.*", line["where"][-1])
    assert "canary" not in told.text


def test_a_library_tells_no_more_than_its_own_words(told: Told) -> None:
    logging.getLogger("somebody.else").error("it broke over %s", "canary")
    logging.getLogger("somebody.else").error("it broke over canary")
    assert [each["event"] for each in told.lines()] == ["it broke over %s", "a library speaks"]
    assert "canary" not in told.text


def test_the_trace_under_way_stands_in_every_line(told: Told) -> None:
    token = TRACE.set("f" * 32)
    logging.getLogger("okno.test").warning("runs cannot be looked after now")
    TRACE.reset(token)
    assert told.lines()[0]["trace"] == "f" * 32


def test_a_value_that_breaks_lines_stays_in_its_own(told: Told) -> None:
    logging.getLogger("okno.test").warning("operation %s is taken up", 'x\n{"event": "forged"}' + "y" * 500)
    (line,) = told.lines()
    assert line["event"] == "operation {run} is taken up"
    assert len(line["run"]) == 200


def test_a_terminal_gets_lines_to_read_and_of_warnings_only() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    root, ours = logging.getLogger(), logging.getLogger("okno")
    handlers, levels = list(root.handlers), (root.level, ours.level)
    stream = Terminal()
    try:
        logs.begin(stream)
        logging.getLogger("okno.access").info("request", extra={"route": "/graphql"})
        logging.getLogger("okno.test").warning("operation %s is taken up", "run-1")
        logging.getLogger("okno.test").warning("groups of %s: %s; those of %s count", "ann", "SOURCE_TIMEOUT", "nobody")
    finally:
        root.handlers[:] = handlers
        root.setLevel(levels[0])
        ours.setLevel(levels[1])
    first, second = stream.getvalue().splitlines()
    assert re.fullmatch(r"\d\d:\d\d:\d\d warning  operation run-1 is taken up", first)
    assert second.endswith("groups of {…}: SOURCE_TIMEOUT; those of {…} count")


async def test_a_request_has_one_line_with_its_route_and_no_person(traced: Served, told: Told) -> None:
    _, _, headers = await traced.ask('{ employee(by: {login: "employee"}) { login } }')
    async with traced.session.get(f"{traced.url}/assets/no-such-file.js") as answer:
        assert answer.status == 404
    async with traced.session.get(f"{traced.url}/who/is/ann.smith?login=ann.smith") as answer:
        assert answer.status == 404
    asked, asset, unknown = await told.requests(3)
    assert asked["trace"] == headers["X-Request-Id"]
    assert {key: asked[key] for key in ("method", "route", "status", "caller", "kind")} == {
        "method": "POST",
        "route": "/graphql",
        "status": 200,
        "caller": "SANDBOX",
        "kind": "http",
    }
    assert asked["ms"] > 0
    assert set(asked) == {
        "at",
        "level",
        "logger",
        "event",
        "kind",
        "method",
        "route",
        "status",
        "caller",
        "ms",
        "trace",
    }
    assert asset["route"] == "/assets/{name:path}"
    assert unknown["route"] == "other"
    assert "ann.smith" not in told.text


async def test_no_secret_login_or_literal_reaches_the_log(traced: Served, told: Told) -> None:
    canary = "canary.person"
    await traced.ask(
        f'{{ employee(by: {{login: "{canary}"}}) {{ login }} search(text: "{canary}") {{ edges {{ cursor }} }} }}'
    )
    await traced.ask("query($l: String!) { employee(by: {login: $l}) { login } }", {"l": canary})
    await traced.ask(f'{{ employee(by: {{login: "{canary}", wrong: 1}}) {{ login }} }}')
    await traced.ask("{ viewer { login } }", authorization=f"Bearer {canary}")
    await traced.ask("{ viewer { login } }", okno_team=canary, graphql_client_name=canary)
    await traced.ask("{ viewer { login } }", okno_on_behalf_of=canary)
    line = traced.gateway.desk.lines["directory"]
    for _ in range(line.breaker.threshold):
        line.breaker.failed()
    try:
        await traced.ask(f'{{ employee(by: {{login: "{canary}"}}) {{ login }} }}', cache_control="no-cache")
    finally:
        line.breaker.succeeded()
    assert len(await told.requests(7)) == 7
    for said in (canary, "all.seeing", traced.token):
        assert said not in told.text


async def test_a_defect_is_answered_with_its_trace_and_logged_without_its_words(told: Told) -> None:
    async def broken(_request: object) -> None:
        raise ValueError("canary in the words of a defect")

    routes = [Route("/graphql", broken, methods=["POST"])]
    answer = await post(Starlette(routes=routes, middleware=[Middleware(Tracing, Telemetry())]), [b"{}"], {})
    trace = answer.headers["x-request-id"]
    assert answer.status == 500
    assert answer.json["errors"][0]["extensions"] == {"code": "INTERNAL", "retryable": False, "traceId": trace}
    assert [(each["event"], each["trace"]) for each in told.lines()] == [
        ("unforeseen error, trace {trace}", trace),
        ("request", trace),
    ]
    assert told.lines()[0]["error"] == ["ValueError"]
    assert told.lines()[1]["status"] == 500
    assert "canary" not in told.text


@pytest.mark.parametrize("said", [0, 1.5, True, "word"])
def test_plain_values_are_told(told: Told, said: object) -> None:
    logging.getLogger("okno.test").warning("operation %s is taken up", said)
    assert told.lines()[0]["run"] == said
