"""An installation is made from questions, and what was made serves; a wrong answer is told by its key and leaves nothing."""

import os
import pty
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from gateway import cli
from gateway.founding.asking import Answers, asked
from tests.process.okno import OKNO, READY, _environment, okno, sandbox_running
from tests.process.okno import asked as queried

PLAIN = {
    "name": "Somewhere",
    "sign_in": "none",
    "regions": ["north", "south"],
    "team": {"id": "desk", "title": "Desk", "region": "north"},
    "operators": ["ann"],
    "officers": ["olga", "omar"],
    "sources": {"mail": {"system": "mail_rest", "url": "http://127.0.0.1:9", "api_key": "env:MAIL_KEY", "domains": "a.example"}},
}  # fmt: skip


def made(folder: Path, answers: dict[str, Any], *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    (folder / "answers.yaml").write_text(yaml.safe_dump(answers), encoding="utf-8")
    command = [*OKNO, "init", "made", "--answers", "answers.yaml", *words]
    return subprocess.run(
        command, cwd=folder, env=_environment(**environment), capture_output=True, text=True, timeout=60, check=False
    )


@contextmanager
def serving(folder: Path, installation: str, **environment: str) -> Iterator[str]:
    """`okno serve` on a free port. Shape: its address."""
    output = folder / "served.txt"
    with output.open("wb") as sink:
        command = [*OKNO, "serve", "--installation", installation, "--port", "0"]
        process = subprocess.Popen(
            command, cwd=folder, env=_environment(**environment), stdout=sink, stderr=subprocess.STDOUT
        )
    try:
        deadline = time.monotonic() + 60
        while not (ready := READY.search(output.read_text(encoding="utf-8"))):
            assert process.poll() is None and time.monotonic() < deadline, output.read_text(encoding="utf-8")
            time.sleep(0.1)
        yield ready[1]
    finally:
        process.terminate()
        process.wait(timeout=20)


def test_what_was_made_serves_over_every_system(tmp_path: Path) -> None:
    with sandbox_running(tmp_path):
        twins = yaml.safe_load((tmp_path / ".okno" / "installation" / "okno.yaml").read_text(encoding="utf-8"))
        lines = (tmp_path / ".okno" / "secrets.env").read_text(encoding="utf-8").splitlines()
        secrets = dict(line.split("=", 1) for line in lines)
        answers = {
            **PLAIN,
            "sign_in": "sandbox",
            "database": "sqlite:///of_made/okno.db",
            "regions": ["br", "eu"],
            "team": {"id": "desk", "title": "Desk", "region": "br"},
            "operators": ["helpdesk.br"],
            "sources": twins["sources"],
        }
        done = made(tmp_path, answers, **secrets)
        assert done.returncode == 0, done.stderr
        assert "14 sources, 2 teams; it loads and its rights make a policy" in done.stdout
        assert "set before it starts" not in done.stdout
        checked = subprocess.run(
            [*OKNO, "check", "--installation", "made"],
            cwd=tmp_path,
            env=_environment(**secrets),
            capture_output=True,
            text=True,
            check=False,
        )
        assert checked.returncode == 0, checked.stderr
        with (tmp_path / "made/okno.yaml").open("a", encoding="utf-8") as file:
            file.write("documents: {free_text: everyone}\n")  # by role otherwise, and no role says so yet
        with serving(tmp_path, "made", **secrets) as url:
            with urllib.request.urlopen(f"{url}/readyz", timeout=20) as answer:
                assert answer.status == 200
            token = okno(tmp_path, "token", "helpdesk.br", "--installation", "made").stdout.strip()
            query = '{ employee(by: {login: "employee"}) { login accounts { enabled } } }'
            status, body = queried(url, query, token)
            assert status == 200
            assert "errors" not in body, body["errors"]
            assert body["data"]["employee"]["accounts"][0]["enabled"] in (True, False)


def test_secrets_that_are_not_set_yet_are_named_and_do_not_stand_in_the_way(tmp_path: Path) -> None:
    done = made(tmp_path, PLAIN)
    assert done.returncode == 0, done.stderr
    assert "set before it starts: env:MAIL_KEY" in done.stdout
    assert sorted(each.name for each in tmp_path.iterdir()) == ["answers.yaml", "made"]
    text = (tmp_path / "made" / "okno.yaml").read_text(encoding="utf-8")
    assert "api_key: env:MAIL_KEY" in text
    assert yaml.safe_load((tmp_path / "made" / "teams" / "security_officers.yaml").read_text())["members"] == [
        "olga",
        "omar",
    ]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": None}, "name: required, is missing"),
        ({"name": {"a": 1}}, "name: expected a single value"),
        ({"language": "xx"}, "language: expected one of en, ru"),
        ({"database": "mysql://there"}, "database: expected sqlite:///PATH or postgresql://…"),
        ({"database": "postgresql://okno:secret@db/okno"}, "database: expected no password in it"),
        ({"sign_in": "oidc"}, "oidc.issuer: required, is missing"),
        ({"sign_in": "oidc", "oidc": {"issuer": "http://far.example"}}, "oidc.issuer: expected https://…"),
        ({"regions": []}, "regions: expected at least one"),
        ({"regions": ["North"]}, "regions: expected small Latin letters"),
        ({"team": {"id": "desk", "region": "west"}}, "team.region: expected one of north, south, or all"),
        ({"operators": None}, "operators: required, is missing"),
        ({"officers": ["a b"]}, "officers: expected a login without blanks"),
        ({"sources": {"mail": {"system": "nowhere"}}}, "sources: expected one of"),
        ({"sources": {"mail": {}}}, "sources.mail.system: required, is missing"),
        ({"sources": {"mail": {"system": "mail_rest", "url": "http://127.0.0.1:9"}}}, "sources.mail.api_key: required, is missing"),
        ({"sources": {"mail": {**PLAIN["sources"]["mail"], "api_key": "hunter2"}}}, "sources.mail.api_key: expected a reference"),
        ({"sources": {"mail": {**PLAIN["sources"]["mail"], "colour": "red"}}}, "sources.mail.colour: unknown key"),
        ({"nmae": "Somewhere"}, "nmae: unknown key"),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_told_by_its_key_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    given = {key: value for key, value in {**PLAIN, **changes}.items() if value is not None}
    (tmp_path / "answers.yaml").write_text(yaml.safe_dump(given), encoding="utf-8")
    cli.mount()
    done = CliRunner().invoke(cli.app, ["init", "made", "--answers", "answers.yaml"])
    assert done.exit_code == 2, done.output
    assert told in done.output
    assert "hunter2" not in done.output
    assert sorted(each.name for each in tmp_path.iterdir()) == ["answers.yaml"]


def test_every_question_has_a_flag_and_flags_count_more_than_the_file(tmp_path: Path) -> None:
    words = (
        *("--name", "Elsewhere", "--language", "pt", "--database", "sqlite:///data/o.db"),
        *("--sign-in", "oidc", "--issuer", "https://id.example", "--address", "https://okno.example"),
        *("--client-id", "desk", "--client-secret", "env:CLIENT"),
        *("--region", "west", "--team", "first", "--team-title", "Primeira", "--team-region", "all"),
        *("--operator", "bia", "--operator", "caio", "--officer", "olga", "--officer", "omar"),
        *("--source", "post=mail_rest", "--set", "post.url=http://127.0.0.1:9"),
        *("--set", "post.api_key=env:POST_KEY", "--set", "post.domains=b.example"),
    )
    alone = okno(tmp_path, "init", "alone", *words)
    assert alone.returncode == 0, alone.stderr
    over = made(tmp_path, {key: value for key, value in PLAIN.items() if key != "sources"}, *words)
    assert over.returncode == 0, over.stderr
    for file in sorted((tmp_path / "alone").rglob("*.yaml")):
        other = tmp_path / "made" / file.relative_to(tmp_path / "alone")
        assert other.read_text(encoding="utf-8") == file.read_text(encoding="utf-8")
    said = yaml.safe_load((tmp_path / "alone" / "okno.yaml").read_text(encoding="utf-8"))
    assert said["login"]["oidc"]["client_secret"] == "env:CLIENT"
    assert said["sources"]["post"]["system"] == "mail_rest"


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "mine").write_text("mine", encoding="utf-8")
    done = made(tmp_path, PLAIN)
    assert done.returncode == 2
    assert "is there already" in done.stderr
    assert [each.name for each in (tmp_path / "made").iterdir()] == ["mine"]


def test_in_a_terminal_a_wrong_answer_is_asked_again(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*OKNO, "init", "made", "--team-region", "north", "--operator", "ann", "--officer", "olga"],
        cwd=tmp_path,
        env=_environment(TERM="dumb"),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    said = ""
    try:
        # as many lines as there are prompts, each typed when it is asked for
        answers = iter(
            [
                ("called?", "Somewhere"),
                ("Language", "xx"),
                ("expected one of en, ru", "en"),
                ("Database", ""),
                ("sign in?", "none"),
                ("regions there are", "north"),
                ("Id of the first team", ""),
                ("title", ""),
                ("Systems", "mail_rest"),
            ]
        )
        wanted = next(answers, None)
        seen = 0
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                part = os.read(ours, 4096).decode(errors="replace")
            except OSError:  # the other side is gone
                break
            said += part
            while wanted is not None and wanted[0] in said[seen:] and said.rstrip(" ").endswith(":"):
                seen = len(said)
                os.write(ours, f"{wanted[1]}\n".encode())
                wanted = next(answers, None)
            if wanted is None and said[seen:].rstrip(" ").endswith(":"):
                # what is left are the settings of the one system
                tail = said[seen:]
                seen = len(said)
                reply = "plain" if "(env:NAME" in tail and "expected a reference" not in said else "env:KEY"
                os.write(ours, (reply if "(env:NAME" in tail else "http://127.0.0.1:9").encode() + b"\n")
        assert process.wait(timeout=20) == 0, said
    finally:
        process.kill()
        process.wait(timeout=5)
        os.close(ours)
    assert "expected one of en, ru, es, pt, fr" in said
    assert "expected a reference" in said
    assert yaml.safe_load((tmp_path / "made" / "okno.yaml").read_text(encoding="utf-8"))["language"] == "en"


def test_answers_that_were_never_typed_are_not_asked_for_twice() -> None:
    told: list[str] = []
    typed = iter(["", "Somewhere", "en", "sqlite:///x.db", "none", "north", "desk", "Desk", "north", "ann", "olga", "mail_rest"])  # fmt: skip

    def terminal(text: str, default: str | None) -> str:
        if "called" in text or "Language" in text:
            return next(typed)
        return {"Systems": "", "Database": ""}.get(text.split(",", maxsplit=1)[0], "") or next(
            typed, default or "env:X"
        )

    found = asked(Answers({}, terminal, told.append))
    assert found["name"] == "Somewhere"
    assert told == ["expected an answer of one line"]
    assert found["sources"]["mail_rest"]["api_key"] == "env:X"
