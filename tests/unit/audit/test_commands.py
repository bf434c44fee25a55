"""`okno audit`, as whoever keeps the trail uses it; verifying needs neither database nor installation."""

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from audit.trail import Trail
from gateway.commands.audit import audit_app
from gateway.identity.tokens import Tokens
from gateway.store import Store
from tests.unit.audit.conftest import event

SANDBOX = Path(__file__).parents[3] / "sandbox" / "installation"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sandbox's installation, in a folder where its trail is begun anew. Shape: the folder one is in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OKNO_INSTALLATION", str(SANDBOX))

    async def begin() -> None:
        store = Store("sqlite:///.okno/okno.db")
        await asyncio.to_thread(store.migrate)
        trail = Trail(store.writing)
        await trail.start()
        for number in range(40):
            await trail.append(event(number))
        await trail.close()
        for login in ("security", "helpdesk.br"):
            (tmp_path / login).write_text(await Tokens(store).give(login), encoding="ascii")
        await store.close()

    asyncio.run(begin())
    return tmp_path


def okno(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(audit_app, list(words))
    assert done.exit_code == code, (done.output, done.exception)
    return done.output


def test_a_copy_is_taken_by_security_and_verified_with_nothing_but_the_anchor(place: Path) -> None:
    token = (place / "security").read_text()
    assert "records: copy.jsonl" in okno("export", "copy.jsonl", "--token", token)
    key = okno("keys", "list").strip()
    anchor = place / ".okno" / "audit-anchor.txt"
    said = okno("verify", "copy.jsonl", "--anchor", str(anchor), "--key", key, "--processes", "1")
    assert said.endswith("ok\n")
    assert '"code":"audit.exported"' in (place / "copy.jsonl").read_text()
    assert '"operator":"security"' in (place / "copy.jsonl").read_text()
    changed = (place / "copy.jsonl").read_text().replace('"employee":"0000007"', '"employee":"0000008"')
    (place / "changed.jsonl").write_text(changed)
    assert "EDITED: record 8 of" in okno("verify", "changed.jsonl", "--key", key, "--processes", "1", code=1)


@pytest.mark.parametrize("who", [None, "helpdesk.br"])
def test_nobody_else_takes_a_copy(place: Path, who: str | None) -> None:
    shown = () if who is None else ("--token", (place / who).read_text())
    okno("export", "copy.jsonl", *shown, code=1)
    assert not (place / "copy.jsonl").exists()


def test_a_record_is_proven_and_the_proof_checked_elsewhere(place: Path) -> None:
    import sqlite3

    with sqlite3.connect(place / ".okno" / "okno.db") as database:
        ((writer, hash_),) = database.execute("select writer, hash from audit_record where seq = 17").fetchall()
    (place / "proof").write_text(okno("proof", writer, "17"))
    key = okno("keys", "list").strip()
    assert okno("check-proof", "proof", "--key", key, "--hash", hash_).startswith("ok: the tree of 42 records")
    okno("check-proof", "proof", "--key", key, "--hash", "00" * 32, code=1)
    okno("check-proof", "proof", "--hash", hash_, code=1)


def test_keys_are_turned_and_the_turn_recorded(place: Path) -> None:
    first = okno("checkpoint")
    assert first.split("\n")[1] == "42"
    assert okno("checkpoint") == "nothing new since the last checkpoint\n"
    okno("keys", "rotate")
    assert len(okno("keys", "list").splitlines()) == 2
    (place / "growth").write_text(okno("proof", "--since", "42"))
    keys = [word for key in okno("keys", "list").split() for word in ("--key", key)]
    assert "43 records" in okno("check-proof", "growth", *keys)


def test_erasing_says_what_went(place: Path) -> None:
    assert okno("erase") == "searches: 0, operations: 0, rights: 0\n"
