"""What one process is told to take away, another on the same database refuses within two seconds.

Two real processes over HTTP. The bound is the product's own: it looks every half second, remembers a sign-in for one, and
answers 503 where it has not heard from the store for two. So no request that begins two seconds afterwards may be answered as
before, however slow the machine is; requests that begin earlier may.
"""

import asyncio
import os
import re
import signal
import subprocess
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from audit.trail import Trail
from gateway.identity.cookies import SESSION
from gateway.identity.sessions import Sessions
from gateway.store import Store
from operations.kit.journal import Journal
from operations.kit.recording import recorded
from operations.kit.tables import OperationRun
from operations.kit.views import run_id
from resolvers import ids
from sources.ports.call import utc_now
from tests.operations.acting import new_key
from tests.operations.line import lined
from tests.process.okno import OKNO, READY, ROOT, Running, Said, asked, sandbox_running

BOUND: Final = 2.0
_PAUSE: Final = 0.05
_LONGEST: Final = 30.0
_PLAIN: Final = "problems { __typename code message }"
_VERSION: Final = f"policyVersion {{ hash }} {_PLAIN}"
_FOLLOW: Final = "subscription($id: ID!) { operation(id: $id) { state } }"
OPEN_BOUND: Final = 5.0
"""Seconds after which nobody follows anything whose right to it has ended."""


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


def _proposed(pair: Pair, less: str) -> str:
    """A version of the policy in which the mail team may run less. Returns: its hash."""
    file = Path(ROOT, "sandbox/installation/teams/mail.yaml").read_text(encoding="utf-8")
    text = file.replace("run: [set_out_of_office, add_mail_alias]", less)
    assert text != file
    files = {"files": [{"path": "teams/mail.yaml", "text": text}]}
    hash_: str = pair.do("proposePolicy", "ProposePolicyInput", files, _VERSION)["policyVersion"]["hash"]
    return hash_


def test_rights_that_are_taken_away_are_gone_in_the_other_process(pair: Pair) -> None:
    def ask() -> Said:
        return asked(pair.other, "{ operationTypes { name allowed } }", pair.tokens["mail"])

    def may(said: Said) -> bool:
        kinds = said[1]["data"]["operationTypes"] if said[0] == 200 else []
        return any(each["name"] == "set_out_of_office" and each["allowed"] for each in kinds)

    assert may(ask())
    version = _proposed(pair, "run: [add_mail_alias]")
    assert may(ask())
    pair.do("publishPolicy", "PublishPolicyInput", {"version": version}, _VERSION)
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


async def test_what_is_followed_at_the_other_process_ends_with_the_right_to_it(pair: Pair) -> None:
    """The run is somebody else's: it is known by the right to run its operation, to whoever is in, while they may act."""
    _status, body = asked(pair.other, '{ employee(by: {login: "employee"}) { id } }', pair.tokens["mail"])
    run = await _waiting(pair.database, ids.decode(body["data"]["employee"]["id"]).key)
    cookie, session = await _signed_in(pair.database, "mail")
    frozen = {"kind": "PERSON", "name": "mail", "reason": "an incident is looked into"}
    url = f"{pair.other}/graphql"
    headers = {"Cookie": f"{SESSION}={cookie}", "Origin": pair.other}

    async with lined(url) as line, lined(url, headers) as signed_in:
        for each, token in ((line, pair.tokens["mail"]), (signed_in, None)):
            assert (await each.begin(token))["type"] == "connection_ack"
            await each.follow("1", _FOLLOW, id=run)
            await each.until("1", "next")
            assert each.states("1") == ["AWAITING_APPROVAL"]
        await _in_time(
            signed_in.closed(),
            4403,
            pair.do,
            "revokeSession",
            "RevokeSessionInput",
            {"login": "mail", "session": session},
        )
        placed = await _in_time(
            line.closed(), 4403, pair.do, "freeze", "FreezeInput", frozen, f"freeze {{ id }} {_PLAIN}"
        )
    pair.do("liftFreeze", "LiftFreezeInput", {"freeze": placed["freeze"]["id"], "reason": "it is over"})

    async with lined(url) as line:
        await line.begin(pair.tokens["mail"])
        await line.follow("1", _FOLLOW, id=run)
        await line.until("1", "next")
        version = _proposed(pair, "run: []")
        ended = line.until("1", "complete")
        await _in_time(
            ended,
            {"id": "1", "type": "complete"},
            pair.do,
            "publishPolicy",
            "PublishPolicyInput",
            {"version": version},
            _VERSION,
        )
        assert line.came["1"][-2]["payload"]["data"] == {"operation": None}


async def _in_time(ends: Awaitable[Any], as_: Any, do: Callable[..., Any], *said: Any) -> Any:
    """Do something, by which something else ends so within the bound. Returns: what comes of the doing."""
    ending = asyncio.ensure_future(ends)
    came = await asyncio.to_thread(do, *said)
    assert not ending.done() or ending.result() == as_
    async with asyncio.timeout(OPEN_BOUND):
        assert await ending == as_
    return came


async def _waiting(database: Path, employee: str) -> str:
    """A run of somebody else's that waits for an approval. Returns: its id in the graph."""
    store = Store(f"sqlite:///{database}")
    trail = Trail(store.writing)
    await trail.start()
    now = utc_now()
    run = OperationRun(
        id=uuid.uuid4().hex,
        name="add_mail_alias",
        state="AWAITING_APPROVAL",
        caller="somebody.else",
        viewer={},
        employee_id=employee,
        employee_login="employee",
        given={"alias": "another@okno.example"},
        key=new_key(),
        fingerprint="",
        plan={"changes": [], "obligations": []},
        plan_hash="",
        policy="",
        origin="OPERATOR",
        created_at=now,
        changed_at=now,
        expires_at=now + timedelta(hours=1),
    )
    try:
        asked_for = recorded(run, "approval.asked", "decision", "unknown")
        await Journal(trail, store.engine).begin(run, [], [], asked_for)
        return run_id(run.id)
    finally:
        await trail.close()
        await store.close()


async def _signed_in(database: Path, login: str = "helpdesk.br") -> tuple[str, str]:
    """A sign-in of somebody: the cookie's secret, and its id."""
    store = Store(f"sqlite:///{database}")
    try:
        sessions = Sessions(store, timedelta(minutes=30), timedelta(hours=10))
        secret, session = await sessions.begin(login)
        return secret, session.id
    finally:
        await store.close()
