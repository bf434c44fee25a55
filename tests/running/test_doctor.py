"""The doctor finds what is wrong, says it in one line with what to do, changes nothing and tells no secret."""

import asyncio
import hashlib
import json
import os
import socket
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.doctor.examining import Patient, Said, checks, examine
from gateway.doctor.program import KNOWN
from tests.docs.reading import DOCS, first_cells
from tests.process.okno import OKNO, _environment, okno, sandbox_running
from tests.running.place import Place, place_in

CANARY = "canary-4f1d9a-of-a-secret"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """An installation with one source that nobody answers for, and a trail."""
    monkeypatch.chdir(tmp_path)
    made = place_in(tmp_path)
    changed(
        made,
        sources={
            "mail": {
                "system": "mail_rest",
                "url": "http://127.0.0.1:9",
                "api_key": "env:MAIL_TOKEN",
                "domains": "mail.example",
            }
        },
    )
    for each in (made.installation / "policy").iterdir():
        each.unlink()
    made.grow(9)
    (tmp_path / ".okno" / "okno.db").chmod(0o600)
    return made


def changed(place: Place, **changes: Any) -> None:
    file = place.installation / "okno.yaml"
    said = yaml.safe_load(file.read_text(encoding="utf-8"))
    file.write_text(yaml.safe_dump(said | changes), encoding="utf-8")


def examined(place: Place, *words: str, **environment: str) -> tuple[int, str]:
    port = "0"
    said = {"MAIL_TOKEN": CANARY, "OKNO_PORT": port, **environment}
    done = subprocess.run(
        [*OKNO, "doctor", "inst", *words],
        cwd=place.folder,
        env=_environment(**said),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def found(place: Place, about: str, **environment: str) -> list[Said]:
    """What one check says, in this process."""
    patient = Patient.brought_in(place.installation, {"MAIL_TOKEN": CANARY, "OKNO_PORT": "0", **environment})
    return [each for each in asyncio.run(examine(patient)) if each.about == about]


def levels(place: Place, about: str, **environment: str) -> list[str]:
    return [each.level for each in found(place, about, **environment)]


def test_each_check_is_a_function_that_was_found_in_the_folder() -> None:
    titles = [title for title, _, _ in checks()]
    assert len(titles) == len({work for _, _, work in checks()}) >= 18
    assert {"Python", "database", "trail", "sources", "sign-in", "search", "port"} <= set(titles)


def test_variables_of_ours_are_those_of_the_reference() -> None:
    explained = {each for each in first_cells(DOCS / "reference" / "configuration.md") if each.startswith("OKNO_")}
    assert explained == KNOWN


def test_a_running_sandbox_is_well(tmp_path: Path) -> None:
    with sandbox_running(tmp_path) as running:
        said = okno(tmp_path, "doctor", ".okno/installation", "--json")
        rows = json.loads(said.stdout)["checks"]
        faults = [each for each in rows if each["level"] == "fault"]
        assert faults == [], said.stdout
        assert said.returncode == 0
        assert len([each for each in rows if each["about"].startswith("source ") and " ms" in each["text"]]) == 14
        assert okno(tmp_path, "sandbox", "fault", "hr", "--down").returncode == 0
        ill = okno(tmp_path, "doctor", ".okno/installation")
        assert ill.returncode == 1
        assert "fault   source hr: SOURCE_UNAVAILABLE" in ill.stdout
        assert len([line for line in ill.stdout.splitlines() if line.startswith("fault")]) == 1
        assert running.process.poll() is None


def test_nothing_is_changed(place: Place) -> None:
    def everything() -> dict[str, str]:
        files = [each for each in place.folder.rglob("*") if each.is_file() and "__pycache__" not in each.parts]
        return {str(each): hashlib.sha256(each.read_bytes()).hexdigest() for each in files}

    with sqlite3.connect(place.folder / ".okno" / "okno.db") as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    before = everything()
    examined(place)
    after = {name: digest for name, digest in everything().items() if not name.endswith(("-wal", "-shm"))}
    assert after == {name: digest for name, digest in before.items() if not name.endswith(("-wal", "-shm"))}


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_no_secret_is_told(place: Place, words: tuple[str, ...]) -> None:
    """Not where it is used, not where it is wrong, not where an address holds it."""
    (place.folder / "client").write_text(CANARY, encoding="utf-8")
    oidc = {
        "issuer": "http://127.0.0.1:9",
        "address": "http://127.0.0.1:8000",
        "client_id": "okno",
        "client_secret": "file:client",
    }
    changed(place, login={"oidc": oidc}, database=f"postgresql://okno:{CANARY}@127.0.0.1:9/okno")
    code, said = examined(place, *words, OKNO_TOKEN=CANARY, OKNO_PORT=CANARY)
    assert code == 1
    assert CANARY not in said
    for about in ("source mail", "sign-in", "database", "secrets", "port"):
        assert about in said
    # nor where something is wrong with what holds it
    changed(
        place,
        sources={
            "mail": {"system": "mail_rest", "url": "http://127.0.0.1:9", "api_key": CANARY, "domains": "mail.example"}
        },
    )
    code, said = examined(place, *words)
    assert code == 1
    assert CANARY not in said


def test_a_newer_database_is_told(place: Place) -> None:
    with sqlite3.connect(place.folder / ".okno" / "okno.db") as database:
        database.execute("update alembic_version set version_num = '9999'")
    (row,) = found(place, "database")
    assert row.level == "fault"
    assert "revision 9999 is newer than this program" in row.text
    refused = place.okno("token", "helpdesk.br", "--installation", "inst", code=2)
    assert "the database is at revision 9999" in refused
    assert "Traceback" not in refused


def test_what_is_wrong_with_the_trail_is_told(place: Place) -> None:
    assert levels(place, "trail") == levels(place, "anchor") == levels(place, "keys") == ["ok"]
    with sqlite3.connect(place.folder / ".okno" / "okno.db") as database:
        database.execute("update audit_record set body = replace(body, '0000003', '0000004') where seq = 4")
    (row,) = found(place, "trail")
    assert (row.level, "record 4 of" in row.text) == ("fault", True)


def test_an_old_state_that_was_put_back_is_told_by_the_anchor_until_it_is_restored_properly(place: Place) -> None:
    place.okno("backup", "inst", "b", "--with-keys")
    place.grow(9)
    place.lose()
    os.makedirs(place.folder / ".okno", exist_ok=True)
    (place.folder / ".okno" / "okno.db").write_bytes((place.folder / "b" / "database" / "okno.db").read_bytes())
    (place.folder / "lost" / "inst").rename(place.installation)
    (row,) = found(place, "anchor")
    assert (row.level, "an old state was put back" in row.text) == ("fault", True)
    place.lose("again")
    place.okno("restore", "b", "inst")
    assert levels(place, "anchor") == levels(place, "trail") == ["ok"]


def test_files_that_others_can_read_are_told(place: Place) -> None:
    assert levels(place, "files") == ["ok"]
    (key,) = place.ring.folder.glob("*.key")
    key.chmod(0o644)
    (place.installation / "rights.yaml").chmod(0o666)
    (place.folder / ".okno" / "okno.db").chmod(0o644)
    assert sorted(levels(place, "files")) == ["fault", "fault", "warning"]


def test_a_missing_key_is_told(place: Place) -> None:
    (key,) = place.ring.folder.glob("*.key")
    key.unlink()
    assert levels(place, "keys") == ["fault"]


def test_a_missing_secret_and_a_misspelt_variable_are_told(place: Place) -> None:
    (row,) = found(place, "configuration", MAIL_TOKEN="")
    assert row.level == "fault"
    assert "sources.mail.api_key: expected the environment variable MAIL_TOKEN" in row.text
    (row,) = found(place, "environment", OKNO_PROT="8000")
    assert (row.level, "OKNO_PROT" in row.text) == ("warning", True)


def test_a_port_that_somebody_has_is_told(place: Place) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        (row,) = found(place, "port", OKNO_PORT=str(taken.getsockname()[1]))
    assert row.level == "fault"


def test_a_source_that_nobody_answers_for_is_told(place: Place) -> None:
    """Also where its connector knows without asking that it has nobody of the doctor's name."""
    (row,) = found(place, "source mail")
    assert row.level == "fault"
    assert row.text.startswith("SOURCE_UNAVAILABLE")


def test_the_sandbox_on_the_network_is_a_fault(place: Place) -> None:
    assert levels(place, "proxy", OKNO_HOST="192.0.2.1") == ["warning", "fault"]
    changed(place, login={"country_header": "Country", "trusted_proxies": ["0.0.0.0/0"]})
    assert levels(place, "proxy") == ["fault"]
    assert levels(place, "sign-in") == ["warning"]


def test_a_folder_that_is_no_installation_is_examined_as_far_as_it_goes(tmp_path: Path) -> None:
    said = okno(tmp_path, "doctor", "nowhere")
    assert said.returncode == 1
    assert "fault   configuration: nowhere/okno.yaml: expected a readable UTF-8 file" in said.stdout
    assert "Traceback" not in said.stderr
