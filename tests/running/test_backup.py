"""A backup holds one state, whatever is written meanwhile; put back, it names what it lacks, and nothing changed gets in."""

import asyncio
import hashlib
import json
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import yaml

from audit.event import Event
from audit.restoration import CODE
from audit.trail import Trail
from gateway.store import Store
from tests.running.place import Place, place_in
from tests.unit.audit.own_postgres import OwnPostgres, lacking, own_postgres


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return place_in(tmp_path)


@pytest.fixture(scope="module")
def server() -> Iterator[OwnPostgres]:
    why = lacking()
    if why is not None:
        pytest.skip(why)
    with own_postgres() as own:
        yield own


def manifest_of(backup: Path) -> dict[str, Any]:
    return dict(json.loads((backup / "manifest.json").read_text(encoding="utf-8")))


def test_a_backup_under_load_is_one_state_and_comes_back_whole(place: Place) -> None:
    place.grow(30)
    with place.written_to() as writer:
        place.okno("backup", "inst", "b", "--with-keys")
        assert writer.poll() is None, "it went on writing all the while"
        time.sleep(0.5)
    place.lose()
    said = place.okno("restore", "b", "inst")
    # what the load wrote was never signed for, so nothing outside knows of more than came back
    assert "the trail is whole" in said
    manifest = manifest_of(place.folder / "b")
    assert manifest["trail"]["records"] > 30
    verdict = place.verdict()
    assert verdict.findings == []
    assert verdict.records == manifest["trail"]["records"] + 1, "all that was put aside, and the record of it"
    assert verdict.covered == verdict.records


def test_what_an_old_backup_lacks_is_named_and_told_by_the_trail_itself(place: Place) -> None:
    place.grow(20)
    place.grow(3, signed=False)
    place.okno("backup", "inst", "b", "--with-keys")
    place.grow(12)
    before = place.verdict()
    assert before.findings == []
    place.lose()
    said = place.okno("restore", "b", "inst")
    # twelve, and the record of the backup itself, which came after it
    assert "trail: 13 records are gone: checkpoints outside know 36, 20 came back signed" in said
    assert "gone: records 1 to 12 of " in said
    place.grow(40)
    verdict = place.verdict()
    assert {each.kind for each in verdict.findings} == {"RESTORED"}
    assert (verdict.explained, verdict.good) == (True, False)
    assert "13 records missing" in verdict.restorations[0]
    assert verdict.covered == verdict.records == 23 + 1 + 40
    copy, anchor = str(place.folder / "copy.jsonl"), str(place.anchor)
    told = place.okno("audit", "verify", copy, "--anchor", anchor, code=3)
    assert "RESTORED: record 1 of" in told and "tells of it" in told
    # a verifier without the anchor is told as well
    assert "RESTORED: record 1 of" in place.okno("audit", "verify", copy, code=3)


def test_a_backup_that_is_put_back_twice_is_told_of_twice(place: Place) -> None:
    place.grow(10)
    place.okno("backup", "inst", "one", "--with-keys")
    place.grow(5)
    place.lose("first")
    place.okno("restore", "one", "inst")
    place.grow(9)
    place.okno("backup", "inst", "two", "--with-keys")
    place.grow(8)
    place.lose("second")
    place.okno("restore", "two", "inst")
    place.grow(30)
    verdict = place.verdict()
    assert {each.kind for each in verdict.findings} == {"RESTORED"}, verdict.findings
    assert len(verdict.restorations) == 2
    # and once more the older one: what the first restoration has said is itself lost, and the third says so
    place.lose("third")
    said = place.okno("restore", "one", "inst")
    assert "records are gone" in said
    place.grow(60)
    verdict = place.verdict()
    assert {each.kind for each in verdict.findings} == {"RESTORED"}, verdict.findings
    assert len(verdict.restorations) == 1


def test_a_made_up_restoration_explains_nothing(place: Place) -> None:
    """Somebody who administers the database, and has no key, puts an old state back and writes that all is as it should be."""
    place.grow(20)
    old = place.folder / "old.db"
    with closing(sqlite3.connect(place.folder / ".okno" / "okno.db")) as live, closing(sqlite3.connect(old)) as copy:
        live.backup(copy)
    place.grow(10)
    for file in (place.folder / ".okno").glob("okno.db*"):
        file.unlink()
    old.rename(place.folder / ".okno" / "okno.db")
    assert {each.kind for each in place.verdict().findings} >= {"OLD_COPY"}

    async def forge() -> None:
        store = Store(place.url)
        trail = Trail(store.writing)
        await trail.start()
        detail = {"made_at": "then", "backup": "00", "size": 20, "known": 30, "missing": 0, "lost": []}
        await trail.append(Event(code=CODE, stage="outcome", outcome="success", operator="console:root", detail=detail))
        await trail.close()
        await store.close()

    asyncio.run(forge())
    verdict = place.verdict()
    assert not verdict.explained
    assert {each.kind for each in verdict.findings} >= {"OLD_COPY", "LOST_WRITER"}
    assert verdict.restorations == []


def test_what_was_written_since_a_restoration_is_guarded_as_ever(place: Place) -> None:
    """Records at places that checkpoints from before the loss also speak of are not free to be changed."""
    place.grow(20)
    place.okno("backup", "inst", "b", "--with-keys")
    place.grow(30)
    place.lose()
    place.okno("restore", "b", "inst")
    place.grow(10)
    with sqlite3.connect(place.folder / ".okno" / "okno.db") as database:
        last = "select writer from audit_range order by place desc limit 1"
        body = "replace(body, '0000007', '0000008')"
        changed = database.execute(
            f"update audit_record set body = {body} where employee = '0000007' and writer = ({last})"
        )
        assert changed.rowcount > 0
    assert "EDITED" in {each.kind for each in place.verdict().findings}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda b: (b / "installation" / "rights.yaml").write_text("regions: [br]\n"), "is not the one that was put aside"),
        (lambda b: (b / "database" / "okno.db").write_bytes(b"SQLite"), "is not the one that was put aside"),
        (lambda b: (b / "audit-anchor.txt").unlink(), "is not there"),
        (lambda b: (b / "installation" / "policy" / "more.polar").write_text("allow(_,_,_);"), "was put there later"),
        (lambda b: (b / "more").symlink_to("/"), "is a link"),
        (lambda b: (b / "manifest.json").unlink(), "is no backup"),
        (lambda b: (b / "manifest.json").write_text("{}"), "Field required"),
        (lambda b: _said_anew(b, files={"../escaped": {"sha256": "0" * 64, "size": 1}}), "expected a path inside"),
        (lambda b: _said_anew(b, okno="99.0.0"), "the backup was made by Okno 99.0.0"),
        (lambda b: _said_anew(b, revision="9999"), "database revision 9999"),
        (lambda b: _disguised(b), "is signed for another list of files"),
    ],
)  # fmt: skip
def test_a_changed_backup_is_refused_and_nothing_is_touched(place: Place, change: Any, told: str) -> None:
    place.grow(5)
    place.okno("backup", "inst", "b", "--with-keys")
    place.lose()
    keys = sorted(each.name for each in place.ring.folder.iterdir())
    change(place.folder / "b")
    assert told in place.okno("restore", "b", "inst", code=2)
    assert not place.installation.exists()
    assert not (place.folder / ".okno" / "okno.db").exists()
    assert sorted(each.name for each in place.ring.folder.iterdir()) == keys


def _said_anew(backup: Path, **changes: Any) -> None:
    (backup / "manifest.json").write_text(json.dumps(manifest_of(backup) | changes), encoding="utf-8")


def _disguised(backup: Path) -> None:
    """A file is changed and the list made to fit; only the signature is not."""
    file = backup / "installation" / "rights.yaml"
    file.write_text("regions: [br]\n", encoding="utf-8")
    files = manifest_of(backup)["files"]
    files["installation/rights.yaml"] = {
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "size": file.stat().st_size,
    }
    _said_anew(backup, files=files)


def test_nothing_is_overwritten(place: Place) -> None:
    place.grow(3)
    place.okno("backup", "inst", "b", "--with-keys")
    assert "is there already" in place.okno("backup", "inst", "b", code=2)
    assert "is there already" in place.okno("restore", "b", "inst", code=2)
    assert "not empty; move it away" in place.okno("restore", "b", "elsewhere", code=2)
    assert not (place.folder / "elsewhere").exists()


def test_keys_come_along_only_when_asked_for_and_are_needed_to_go_on(place: Place) -> None:
    place.grow(8)
    said = place.okno("backup", "inst", "b")
    assert "not in it: the keys that sign the trail" in said
    assert [each.name for each in (place.folder / "b" / "keys").iterdir()] == ["public.jsonl"]
    place.lose()
    place.ring.folder.rename(place.folder / "safe")
    assert "give them by --keys FOLDER" in place.okno("restore", "b", "inst", code=2)
    assert not place.installation.exists()
    assert "the trail is whole" in place.okno("restore", "b", "inst", "--keys", "safe")
    secret = [each for each in place.ring.folder.iterdir() if each.suffix == ".key"]
    assert [each.stat().st_mode & 0o777 for each in secret] == [0o600]


def test_keys_that_are_older_than_the_anchor_are_refused(place: Place) -> None:
    place.grow(8)
    place.okno("backup", "inst", "b", "--with-keys")
    place.okno("audit", "keys", "rotate", "--installation", "inst")
    place.grow(8)
    place.lose()
    place.ring.folder.rename(place.folder / "newest")
    assert "give the newest by --keys FOLDER" in place.okno("restore", "b", "inst", code=2)
    assert "records are gone" in place.okno("restore", "b", "inst", "--keys", "newest")
    assert {each.kind for each in place.verdict().findings} == {"RESTORED"}


def test_secrets_and_what_can_be_made_anew_stay_behind(place: Place) -> None:
    place.grow(2)
    (place.installation / "hr-password").write_text("a secret", encoding="utf-8")
    text = (place.installation / "okno.yaml").read_text(encoding="utf-8")
    said = yaml.safe_load(text)
    said["sources"]["hr"]["password"] = f"file:{place.installation}/hr-password"
    text = yaml.safe_dump(said)
    (place.installation / "okno.yaml").write_text(text, encoding="utf-8")
    shutil.copytree(place.installation / "roles", place.installation / ".git")
    said = place.okno("backup", "inst", "b")
    assert "not in it: hr-password: a secret" in said
    assert "not in it: .git" in said
    listed = manifest_of(place.folder / "b")["files"]
    assert "installation/rights.yaml" in listed
    assert [
        each for each in listed if "secret" in each or "password" in each or ".git" in each or "search" in each
    ] == []
    assert (place.folder / "b").stat().st_mode & 0o077 == 0


def test_a_server_is_put_aside_while_it_is_written_to_and_put_back(tmp_path: Path, server: OwnPostgres) -> None:
    name = f"okno_{uuid4().hex[:12]}"
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    place = place_in(tmp_path, f"{server.url.rsplit('/', 1)[0]}/{name}")
    place.grow(20)
    with place.written_to() as writer:
        place.okno("backup", "inst", "b", "--with-keys")
        assert writer.poll() is None
    place.grow(15)
    assert "not empty; move it away" in place.okno("restore", "b", "elsewhere", code=2)
    place.lose()
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
        connection.execute(f"CREATE DATABASE {name}".encode())
    said = place.okno("restore", "b", "inst")
    assert "records are gone" in said
    place.grow(5)
    verdict = place.verdict()
    assert {each.kind for each in verdict.findings} == {"RESTORED"}, verdict.findings
    assert verdict.records == manifest_of(place.folder / "b")["trail"]["records"] + 1 + 5
    assert verdict.covered == verdict.records
