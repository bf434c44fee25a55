"""What one process is told to take away, another on the same database refuses within two seconds.

Two real processes over HTTP. The bound is the product's own: it looks every half second, remembers a sign-in for one, and
answers 503 where it has not heard from the store for two. So no request that begins two seconds afterwards may be answered as
before, however slow the machine is; requests that begin earlier may.
"""

import asyncio
import json
import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from gateway.identity.cookies import SESSION
from gateway.identity.sessions import Sessions
from gateway.store import Store
from tests.operations.acting import new_key
from tests.process.okno import OKNO, READY, ROOT, Running, sandbox_running

BOUND: Final = 2.0
_PAUSE: Final = 0.05
_LONGEST: Final = 30.0
_PLAIN: Final = "problems { __typename code message }"
Said = tuple[int, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two processes of one gateway, and tokens of people, good at both."""

    one: str
    other: str
    tokens: Mapping[str, str]
    database: Path
    ticket: str

    def do(self, mutation: str, kind: str, given: Mapping[str, Any], payload: str = _PLAIN) -> dict[str, Any]:
        """What the first process answers a security officer who changes something."""
        purpose = {"reason": "because of the test", "ticket": self.ticket}
        common = {"purpose": purpose, "idempotencyKey": f"pair {new_key()}", "mode": "APPLY"}
        contract = {} if kind.endswith("FreezeInput") else common
        query = f"mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {payload} }} }}"
        status, body = asked(self.one, query, self.tokens["security"], {"input": {**given, **contract}})
        assert (status, body.get("errors")) == (200, None), body
        answer: dict[str, Any] = body["data"][mutation]
        assert answer["problems"] == []
        return answer


def asked(
    url: str, query: str, token: str | None = None, variables: Mapping[str, Any] | None = None, **headers: str
) -> Said:
    """Status and body of an answer."""
    said = {"Content-Type": "application/json", **headers}
    if token is not None:
        said["Authorization"] = f"Bearer {token}"
    body = json.dumps({"query": query, "variables": variables or {}}).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(f"{url}/graphql", body, said), timeout=20) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)


def last_answered(ask: Callable[[], Said], as_before: Callable[[Said], bool], since: float) -> float:
    """When the last request began that was still answered as before. Units: seconds after `since`."""
    last = 0.0
    while True:
        begun = time.monotonic() - since
        assert begun < _LONGEST, "it is answered as before for good"
        if not as_before(ask()):
            return last
        last = begun
        time.sleep(_PAUSE)


@contextmanager
def second_process(running: Running) -> Iterator[str]:
    """Another gateway on the installation of a sandbox that runs."""
    secrets = (running.folder / ".okno" / "secrets.env").read_text(encoding="utf-8")
    found = dict(line.split("=", 1) for line in secrets.splitlines() if "=" in line and not line.startswith("#"))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OKNO_")}
    environment = kept | found | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    output = running.folder / "second.txt"
    with output.open("wb") as sink:
        process = subprocess.Popen(
            [*OKNO, "serve", "--installation", ".okno/installation", "--port", "0"],
            cwd=running.folder,
            env=environment,
            stdout=sink,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + 60
        while not (ready := re.search(READY, output.read_text(encoding="utf-8"))):
            assert process.poll() is None, output.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, output.read_text(encoding="utf-8")
            time.sleep(0.1)
        yield ready[1]
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=5)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Two processes on one database."""
    folder = tmp_path_factory.mktemp("pair")
    with sandbox_running(folder) as running, second_process(running) as other:
        people = ("security", "security2", "mail", "helpdesk.br")
        tokens = dict(zip(people, running.tokens(*people), strict=True))
        query = (
            '{ tickets(filter: {queue: "Helpdesk-BR", status: [NEW, OPEN]}, first: 1) { edges { node { number } } } }'
        )
        _status, body = asked(running.url, query, tokens["helpdesk.br"])
        ticket = str(body["data"]["tickets"]["edges"][0]["node"]["number"])
        yield Pair(running.url, other, tokens, folder / ".okno" / "okno.db", ticket)


def test_rights_that_are_taken_away_are_gone_in_the_other_process(pair: Pair) -> None:
    def ask() -> Said:
        return asked(pair.other, "{ operationTypes { name allowed } }", pair.tokens["mail"])

    def may(said: Said) -> bool:
        kinds = said[1]["data"]["operationTypes"] if said[0] == 200 else []
        return any(each["name"] == "set_out_of_office" and each["allowed"] for each in kinds)

    assert may(ask())
    file = Path(ROOT, "sandbox/installation/teams/mail.yaml").read_text(encoding="utf-8")
    less = file.replace("run: [set_out_of_office, add_mail_alias]", "run: [add_mail_alias]")
    assert less != file
    files = {"files": [{"path": "teams/mail.yaml", "text": less}]}
    payload = f"policyVersion {{ hash }} {_PLAIN}"
    version = pair.do("proposePolicy", "ProposePolicyInput", files, payload)["policyVersion"]["hash"]
    assert may(ask())
    pair.do("publishPolicy", "PublishPolicyInput", {"version": version}, payload)
    assert last_answered(ask, may, time.monotonic()) < BOUND


def test_a_sign_in_that_is_taken_back_is_nobodys_in_the_other_process(pair: Pair) -> None:
    cookie, session = asyncio.run(_signed_in(pair.database))
    headers = {"Cookie": f"{SESSION}={cookie}", "Okno-Request": "1"}

    def ask() -> Said:
        return asked(pair.other, "{ viewer { login } }", None, None, **headers)

    status, body = ask()
    assert (status, body["data"]["viewer"]["login"]) == (200, "helpdesk.br")
    pair.do("revokeSession", "RevokeSessionInput", {"login": "helpdesk.br", "session": session})
    assert last_answered(ask, lambda said: said[0] == 200, time.monotonic()) < BOUND
    status, body = ask()
    assert (status, body["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")


def test_what_is_frozen_is_refused_by_the_other_process(pair: Pair) -> None:
    _status, body = asked(pair.other, '{ employee(by: {login: "employee"}) { id } }', pair.tokens["mail"])
    wish = {"employee": body["data"]["employee"]["id"], "alias": "another.of.theirs@okno.example", "mode": "PREVIEW"}
    query = "mutation($input: AddMailAliasInput!) { addMailAlias(input: $input) { problems { code } } }"

    def ask() -> Said:
        given = {**wish, "idempotencyKey": f"pair {new_key()}"}
        return asked(pair.other, query, pair.tokens["mail"], {"input": given})

    def planned(said: Said) -> bool:
        return said[0] == 200 and said[1]["data"]["addMailAlias"]["problems"] == []

    assert planned(ask())
    frozen = {"kind": "PERSON", "name": "mail", "reason": "an incident is looked into"}
    placed = pair.do("freeze", "FreezeInput", frozen, f"freeze {{ id }} {_PLAIN}")
    assert last_answered(ask, planned, time.monotonic()) < BOUND
    pair.do("liftFreeze", "LiftFreezeInput", {"freeze": placed["freeze"]["id"], "reason": "it is over"})
    assert planned(ask())


async def _signed_in(database: Path) -> tuple[str, str]:
    """A sign-in of somebody: the cookie's secret, and its id."""
    store = Store(f"sqlite:///{database}")
    try:
        sessions = Sessions(store, timedelta(minutes=30), timedelta(hours=10))
        secret, session = await sessions.begin("helpdesk.br")
        return secret, session.id
    finally:
        await store.close()
