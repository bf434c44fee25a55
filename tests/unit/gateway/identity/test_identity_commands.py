"""`okno service-token` and `okno session`, on a database of their own."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
import yaml
from sqlmodel import select
from typer import Typer
from typer.testing import CliRunner, Result

from gateway.commands.identity import service_token_app, session_app
from gateway.identity.sessions import Sessions
from gateway.identity.tokens import READ, SDL, Tokens
from gateway.store import Store
from operations.kit.tables import OperationRun
from tests.unit.gateway.identity.test_recorded import records

T = TypeVar("T")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "teams").mkdir()
    whole = {"name": "T", "database": f"sqlite:///{tmp_path}/okno.db", "sources": {}}
    team = {"title": {"en": "North"}, "regions": "all", "members": ["ann"], "services": ["robot"]}
    (tmp_path / "okno.yaml").write_text(yaml.safe_dump(whole), encoding="utf-8")
    (tmp_path / "teams" / "north.yaml").write_text(yaml.safe_dump(team), encoding="utf-8")
    return tmp_path


def run(folder: Path, app: Typer, *words: str) -> Result:
    return CliRunner().invoke(app, [*words, "--installation", str(folder)])


def within(folder: Path, work: Callable[[Store], Awaitable[T]]) -> T:
    async def whole() -> T:
        store = Store(f"sqlite:///{folder}/okno.db")
        await asyncio.to_thread(store.migrate)
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(whole())


async def runs(store: Store) -> list[OperationRun]:
    async with store.session() as session:
        return list((await session.execute(select(OperationRun))).scalars())


def test_a_token_is_printed_once_and_listed_without_itself(folder: Path) -> None:
    made = run(folder, service_token_app, "create", "robot", "--by", "ann", "--scopes", "graph:read, sdl")
    assert made.exit_code == 0, made.output
    token = made.stdout.strip()
    bearer = within(folder, lambda store: Tokens(store).bearer(token, "10.0.0.1"))
    assert bearer is not None
    assert (bearer.login, bearer.scopes) == ("robot", {READ, SDL})
    listed = run(folder, service_token_app, "list").stdout
    assert token not in listed
    assert all(word in listed for word in (str(bearer.id), "robot", "graph:read,sdl", "ann", "good"))


def test_a_revoked_token_is_good_for_nothing(folder: Path) -> None:
    token = run(folder, service_token_app, "create", "robot", "--by", "ann").stdout.strip()
    bearer = within(folder, lambda store: Tokens(store).bearer(token, None))
    assert bearer is not None
    assert run(folder, service_token_app, "revoke", str(bearer.id), "--by", "bob").exit_code == 0
    assert within(folder, lambda store: Tokens(store).bearer(token, None)) is None
    assert "revoked by console:bob" in run(folder, service_token_app, "list", "robot").stdout
    again = run(folder, service_token_app, "revoke", str(bearer.id), "--by", "bob")
    assert (again.exit_code, "STATE" in again.output) == (1, True)
    (run_,) = within(folder, runs)
    assert (run_.name, run_.state, run_.caller, run_.given) == (
        "revoke_token", "SUCCEEDED", "console:bob", {"token": str(bearer.id)},
    )  # fmt: skip
    (told,) = within(folder, partial(records, code="token.revoked"))
    assert (told["operation"], told["operator"], told["detail"]["console"]) == (run_.id, "console:bob", True)
    (denied,) = within(folder, partial(records, code="operation.denied"))
    assert denied["detail"]["problem"] == "STATE"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("ann",), "robot"),
        (("stranger",), "robot"),
        (("robot", "--scopes", "all"), "graph:read"),
        (("robot", "--scopes", ","), "graph:read"),
        (("robot", "--expires", "never"), "duration"),
        (("robot", "--expires", "400d"), "366d"),
    ],
)
def test_a_token_that_may_not_be_is_not_made(folder: Path, words: tuple[str, ...], said: str) -> None:
    refused = run(folder, service_token_app, "create", *words, "--by", "ann")
    assert refused.exit_code == 2
    assert said in refused.output
    assert within(folder, lambda store: Tokens(store).of_services()) == []


def test_a_person_is_signed_out_from_outside(folder: Path) -> None:
    async def begin(store: Store) -> str:
        sessions = Sessions(store, timedelta(minutes=30), timedelta(hours=10))
        return (await sessions.begin("ann", address="10.1.2.3", agent="Browser"))[0]

    secret = within(folder, begin)
    listed = run(folder, session_app, "list", "ann").stdout
    assert "10.1.2.3" in listed
    assert secret not in listed
    ended = run(folder, session_app, "end", "ann", "--by", "bob", "--reason", "the laptop was stolen")
    assert "ann: 1 session ended" in ended.stdout
    (run_,) = within(folder, runs)
    assert (run_.name, run_.caller, run_.reason) == ("revoke_session", "console:bob", "the laptop was stolen")
    (told,) = within(folder, partial(records, code="session.revoked"))
    assert (told["operation"], told["object"], told["reason"]) == (run_.id, "ann", "the laptop was stolen")
    unknown = run(folder, session_app, "end", "ann", "--id", "no-such")
    assert (unknown.exit_code, "UNKNOWN_SESSION" in unknown.output) == (1, True)
    of = within(folder, lambda store: Sessions(store, timedelta(minutes=30), timedelta(hours=10)).of(secret))
    assert of is None
