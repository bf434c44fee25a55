"""What a process tells of its work while it serves: lines of JSON, figures, who uses what."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.process.okno import Running, asked, okno, sandbox_running

QUERY = 'query Card { employee(by: {login: "employee"}) { login employment { status } } }'


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with sandbox_running(tmp_path_factory.mktemp("observed")) as started:
        yield started


def lines(running: Running) -> list[dict[str, Any]]:
    """The lines of JSON that it has written."""
    said = running.output.read_text(encoding="utf-8").splitlines()
    return [json.loads(each) for each in said if each.startswith("{")]


def requests(running: Running, enough: int, trace: str | None = None) -> list[dict[str, Any]]:
    """The lines of requests, once there are enough of them: a line is written behind its answer."""
    deadline = time.monotonic() + 20
    while True:
        found = [each for each in lines(running) if each["event"] == "request" and trace in (None, each["trace"])]
        if len(found) >= enough:
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.1)


def test_a_request_stands_in_the_log_in_the_figures_and_in_the_accounts_of_use(running: Running) -> None:
    token = running.token("analyst")
    status, body = asked(running.url, QUERY, token, **{"GraphQL-Client-Name": "process-test"})
    assert status == 200
    assert body["data"]["employee"]["login"] == "employee"
    (line,) = requests(running, 1, body["extensions"]["traceId"])
    assert (line["event"], line["route"], line["status"], line["caller"]) == ("request", "/graphql", 200, "SANDBOX")
    with urllib.request.urlopen(f"{running.url}/metrics", timeout=20) as answer:
        text = answer.read().decode()
    samples = [each for family in text_string_to_metric_families(text) for each in family.samples]
    assert [
        each.value
        for each in samples
        if each.name == "okno_client_requests_total" and each.labels["client"] == "process-test"
    ] == [1]
    assert {each.labels["source"] for each in samples if each.name == "okno_source_breaker"} >= {
        "hr",
        "directory",
        "vpn",
    }
    said = ""
    for _ in range(40):  # use is put down every few seconds
        said = okno(running.folder, "usage", "clients", "Employment.status").stdout
        if "process-test" in said:
            break
        time.sleep(0.5)
    assert said.startswith("process-test: 1 times")
    assert "Card" in said


def test_a_proxy_s_visitor_reads_no_figures(running: Running) -> None:
    request = urllib.request.Request(f"{running.url}/metrics", headers={"X-Forwarded-For": "203.0.113.9"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=20)
    assert refused.value.code == 403


def test_nothing_that_was_typed_or_shown_reaches_the_output(running: Running) -> None:
    token = running.token("analyst")
    before = len(requests(running, 0))
    asked(running.url, '{ search(text: "canary-typed") { edges { cursor } } }', token)
    asked(running.url, "{ viewer { login } }", "okno_canary-token")
    asked(running.url, "{ canaryField }", token)
    requests(running, before + 3)
    text = "\n".join(json.dumps(each) for each in lines(running))
    for said in ("canary", token, "analyst"):
        assert said not in text
    assert all(each["event"] != "a library speaks" for each in lines(running))


def test_a_change_of_the_schema_is_held_against_the_use_of_this_installation(running: Running, tmp_path: Path) -> None:
    now = okno(running.folder, "schema", "print").stdout
    old = tmp_path / "old.graphql"
    old.write_text(now.replace("  status: ", "  formerStatus: String\n\n  status: ", 1), encoding="utf-8")
    done = okno(running.folder, "schema", "check", str(old))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 breaking" in done.stdout
    assert okno(running.folder, "schema", "check", str(tmp_path / "none")).returncode == 2


def test_the_figures_of_a_week_without_work_say_so(running: Running) -> None:
    done = okno(running.folder, "figures", "--json")
    assert done.returncode == 0, done.stderr
    assert all(json.loads(each)["runs"] == 0 for each in done.stdout.splitlines() if each.startswith("{"))
