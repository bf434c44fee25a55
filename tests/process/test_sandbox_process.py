"""`okno sandbox` as a newcomer meets it."""

import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.company.demo import DEMO_LOGINS
from tests.process.okno import Running, okno, sandbox_running


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with sandbox_running(tmp_path_factory.mktemp("okno")) as started:
        yield started


def _ask(running: Running, query: str, token: str | None = None, **headers: str) -> tuple[int, dict[str, Any]]:
    request = urllib.request.Request(
        f"{running.url}/graphql",
        data=json.dumps({"query": query}).encode(),
        headers={
            "Content-Type": "application/json",
            **({"Authorization": f"Bearer {token}"} if token else {}),
            **headers,
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)


def _status(url: str) -> int:
    with urllib.request.urlopen(url, timeout=20) as answer:
        return int(answer.status)


def test_health_and_readiness_answer(running: Running) -> None:
    assert _status(f"{running.url}/healthz") == 200
    assert _status(f"{running.url}/readyz") == 200


def test_the_table_names_everyone_who_can_be_asked_for(running: Running) -> None:
    table = running.output.read_text(encoding="utf-8")
    assert [login for login in (*DEMO_LOGINS, "integrator") if login not in table] == []


def test_everyone_of_the_table_gets_a_token_that_works(running: Running) -> None:
    everyone = [*DEMO_LOGINS, "integrator"]
    tokens = running.tokens(*everyone)
    for login, token in zip(everyone, tokens, strict=True):
        status, answer = _ask(
            running, "{ viewer { login } employees(first: 1) { edges { node { id login } } } }", token
        )
        assert status == 200
        assert answer["data"]["viewer"]["login"] == login
        assert len(answer["data"]["employees"]["edges"]) == 1


def test_a_stranger_gets_no_token_and_no_answer(running: Running) -> None:
    refused = okno(running.folder, "token", "stranger")
    assert refused.returncode != 0
    assert "stranger" in refused.stderr
    assert _ask(running, "{ viewer { login } }")[0] == 401
    assert _ask(running, "{ viewer { login } }", "okno_guessed")[0] == 401


def test_tokens_are_random_and_not_kept(running: Running) -> None:
    first, second = running.tokens("analyst", "analyst")
    assert first != second
    kept = b"".join(file.read_bytes() for file in (running.folder / ".okno").glob("okno.db*"))
    assert first.encode() not in kept
    assert second.encode() not in kept


def test_a_fault_by_switch_costs_the_broken_system_only(running: Running) -> None:
    query = '{ employee(by: {login: "employee"}) { login employment { status } mailbox { address } } }'
    token = running.token("analyst")
    try:
        assert okno(running.folder, "sandbox", "fault", "hr", "--down").returncode == 0
        _, answer = _ask(running, query, token, **{"Cache-Control": "no-cache"})
        assert answer["data"]["employee"]["employment"] is None
        assert answer["data"]["employee"]["mailbox"] is not None
        assert [(each["extensions"]["source"], each["extensions"]["code"]) for each in answer["errors"]] == [
            ("hr", "SOURCE_UNAVAILABLE")
        ]
    finally:
        assert okno(running.folder, "sandbox", "fault", "hr", "--clear").returncode == 0
    _, answer = _ask(running, query, token, **{"Cache-Control": "no-cache"})
    assert answer["data"]["employee"]["employment"]["status"] == "ACTIVE"


def test_a_fault_of_an_unknown_source_names_those_there_are(running: Running) -> None:
    refused = okno(running.folder, "sandbox", "fault", "payroll", "--down")
    assert refused.returncode != 0
    assert "equipment" in refused.stderr


def test_ctrl_c_stops_everything(tmp_path: Path) -> None:
    with sandbox_running(tmp_path) as running:
        state = json.loads((tmp_path / ".okno" / "sandbox.json").read_text(encoding="utf-8"))
        os.kill(state["pid"], 0)
        assert running.interrupt() == 0
    with pytest.raises(ProcessLookupError):
        os.kill(state["pid"], 0)
    assert "Traceback" not in running.output.read_text(encoding="utf-8")
