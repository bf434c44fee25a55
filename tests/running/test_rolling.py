"""One process is replaced by another while requests flow: none fails, and what was under way ends."""

import json
import sqlite3
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import yaml

from tests.process.okno import OKNO, Running, _environment, asked, okno, sandbox_running
from tests.running.processes import Callers, Supervisor, supervising
from tests.unit.audit.own_postgres import lacking, own_postgres

WISH = """mutation Do($input: DisconnectVpnInput!) {
  disconnectVpn(input: $input) {
    problems { message } plan { hash changes { field } } operation { id state } } }"""
PEOPLE = """{ employees(filter: {region: "br"}, first: 60) {
  edges { node { id vpnSessions { edges { cursor } } } } } }"""


def wish(employee: str, mode: str, hash_: str | None = None) -> dict[str, Any]:
    purpose = {"reason": "asked for by the caller"}
    said = {"employee": employee, "purpose": purpose, "idempotencyKey": uuid4().hex, "mode": mode}
    return {"input": said | ({} if hash_ is None else {"planHash": hash_})}


def with_tunnels(url: str, bearer: str) -> list[str]:
    """Employees who are connected, as a process tells now."""
    status, body = asked(url, PEOPLE, bearer, **{"Cache-Control": "no-cache"})
    assert status == 200, body
    nodes = [each["node"] for each in body["data"]["employees"]["edges"]]
    return [each["id"] for each in nodes if each["vpnSessions"] and each["vpnSessions"]["edges"]]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Systems that run; the gateway among them is not the one that is looked at."""
    with sandbox_running(tmp_path_factory.mktemp("rolling")) as running:
        yield running


def secrets(company: Running) -> dict[str, str]:
    lines = (company.folder / ".okno" / "secrets.env").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


def installed(company: Running, name: str, database: str) -> str:
    """The installation again, under a database and an index of its own."""
    folder = company.folder / name
    subprocess.run(["cp", "-r", company.folder / ".okno" / "installation", folder], check=True)
    said = yaml.safe_load((folder / "okno.yaml").read_text(encoding="utf-8"))
    said |= {"database": database, "search_index": f"{name}.search"}
    said["audit"] = {"keys": f"{name}.keys", "anchor": f"{name}.anchor"}
    (folder / "okno.yaml").write_text(yaml.safe_dump(said), encoding="utf-8")
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def supervisor(request: pytest.FixtureRequest, company: Running) -> Iterator[Supervisor]:
    name = f"on_{request.param}_{uuid4().hex[:6]}"
    if request.param == "sqlite":
        with supervising(company.folder, installed(company, name, f"sqlite:///{name}.db"), secrets(company)) as made:
            yield made
        return
    why = lacking()
    if why is not None:
        pytest.skip(why)
    with own_postgres() as server:
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        url = f"{server.url.rsplit('/', 1)[0]}/{name}"
        with supervising(company.folder, installed(company, name, url), secrets(company)) as made:
            yield made


def token(supervisor: Supervisor, login: str) -> str:
    return okno(supervisor.folder, "token", login, "--installation", supervisor.installation).stdout.strip()


def status_of(url: str) -> tuple[int, dict[str, Any]]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)


def test_no_request_fails_while_one_process_replaces_another(supervisor: Supervisor) -> None:
    supervisor.start("--drain", "2").ready()
    callers = Callers(supervisor.port, token(supervisor, "analyst"))
    with callers.calling():
        for _ in range(2):
            old = supervisor.started[-1]
            supervisor.start("--drain", "2").ready()
            before = callers.answered
            old.leave()
            old.process.wait(timeout=30)
            time.sleep(1)
            assert callers.answered > before + 20, "they went on calling, and the other process answered"
    assert callers.failures == []
    assert callers.answered > 100
    assert [each.process.poll() is None for each in supervisor.started] == [False, False, True]
    for each in supervisor.started:
        assert "Traceback" not in each.said


def test_a_run_under_way_ends_well_and_the_next_process_shows_it(supervisor: Supervisor, company: Running) -> None:
    old = supervisor.start("--drain", "1", shared=False)
    url = old.ready()
    bearer = token(supervisor, "helpdesk.br")
    one = with_tunnels(url, bearer)[0]
    _, planned = asked(url, WISH, bearer, wish(one, "PREVIEW"))
    assert "errors" not in planned, planned
    hash_ = planned["data"]["disconnectVpn"]["plan"]["hash"]
    assert okno(company.folder, "sandbox", "fault", "vpn", "--latency", "700ms").returncode == 0
    answers: list[tuple[int, dict[str, Any]]] = []

    def apply() -> None:
        answers.append(asked(url, WISH, bearer, wish(one, "APPLY", hash_)))

    try:
        doing = threading.Thread(target=apply)
        doing.start()
        time.sleep(0.3)
        new = supervisor.start("--drain", "1", shared=False)
        old.leave()
        doing.join(timeout=30)
        old.process.wait(timeout=30)
    finally:
        assert okno(company.folder, "sandbox", "fault", "vpn", "--clear").returncode == 0
    status, body = answers[0]
    assert (status, body["data"]["disconnectVpn"]["problems"]) == (200, [])
    run = body["data"]["disconnectVpn"]["operation"]
    # what takes longer than a request waits is told as running; the process that leaves ends it, or the next one does
    assert run["state"] in ("RUNNING", "SUCCEEDED")
    deadline = time.monotonic() + 60
    while run["state"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.5)
        _, body = asked(new.ready(), f'{{ operation(id: "{run["id"]}") {{ id state }} }}', bearer)
        run = body["data"]["operation"]
    assert run["state"] == "SUCCEEDED"
    assert one not in with_tunnels(new.ready(), bearer)


def test_a_process_that_leaves_is_unready_before_it_refuses(company: Running) -> None:
    name = f"alone_{uuid4().hex[:6]}"
    with supervising(company.folder, installed(company, name, f"sqlite:///{name}.db"), secrets(company)) as supervisor:
        gateway = supervisor.start("--drain", "3", shared=False)
        url = gateway.ready()
        bearer = token(supervisor, "analyst")
        assert status_of(f"{url}/readyz")[0] == 200
        gateway.leave()
        time.sleep(0.5)
        assert status_of(f"{url}/readyz") == (503, {"status": "stopping"})
        assert status_of(f"{url}/healthz")[0] == 200
        status, body = asked(url, "{ viewer { login } }", bearer)
        assert (status, body["data"]["viewer"]["login"]) == (200, "analyst"), "it still answers whoever comes"
        gateway.process.wait(timeout=20)
        with pytest.raises(urllib.error.URLError):
            urllib.request.urlopen(f"{url}/readyz", timeout=5)


def test_without_a_drain_it_goes_at_once(company: Running) -> None:
    name = f"quick_{uuid4().hex[:6]}"
    with supervising(company.folder, installed(company, name, f"sqlite:///{name}.db"), secrets(company)) as supervisor:
        gateway = supervisor.start(shared=False)
        gateway.ready()
        began = time.monotonic()
        gateway.leave()
        gateway.process.wait(timeout=20)
        assert time.monotonic() - began < 4


def test_a_supervisor_is_told_when_it_is_ready_and_when_it_leaves(company: Running, tmp_path: Path) -> None:
    import socket

    name = f"told_{uuid4().hex[:6]}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as word:
        place = str(tmp_path / "notify")
        word.bind(place)
        word.settimeout(60)
        with supervising(
            company.folder, installed(company, name, f"sqlite:///{name}.db"), secrets(company)
        ) as supervisor:
            gateway = supervisor.start(NOTIFY_SOCKET=place)
            assert word.recv(100) == b"READY=1"
            assert status_of(f"http://127.0.0.1:{supervisor.port}/readyz")[0] == 200
            gateway.leave()
            assert word.recv(100) == b"STOPPING=1"


def test_a_database_that_is_newer_than_the_program_is_refused(company: Running) -> None:
    name = f"newer_{uuid4().hex[:6]}"
    installed(company, name, f"sqlite:///{name}.db")
    assert okno(company.folder, "token", "analyst", "--installation", name).returncode == 0
    with sqlite3.connect(company.folder / f"{name}.db") as database:
        database.execute("update alembic_version set version_num = '9999'")
    done = subprocess.run(
        [*OKNO, "serve", "--installation", name, "--port", "0"],
        cwd=company.folder,
        env=_environment(**secrets(company)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "the database is at revision 9999, this program knows up to" in done.stderr
    assert "Traceback" not in done.stderr
    with sqlite3.connect(company.folder / f"{name}.db") as database:
        assert database.execute("select version_num from alembic_version").fetchone() == ("9999",)
