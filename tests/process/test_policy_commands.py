"""`okno policy` and `okno grant` as people use them, over a sandbox's systems.

The commands run in the tests' own process, for there are many and loading the program takes longer than most of them.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer
import yaml
from typer.testing import CliRunner

from gateway.cli import token
from gateway.commands.grants import grant_app
from gateway.commands.policy import policy_app
from sandbox.installing import install
from tests.process.okno import ROOT, okno

FOLDER = Path(".okno/installation")
PEOPLE = ("security", "security2", "secops", "helpdesk.br", "helpdesk.cis", "integrator")
APP = typer.Typer()
APP.command()(token)
APP.add_typer(policy_app, name="policy")
APP.add_typer(grant_app, name="grant")


_PURPOSED = {("policy", each) for each in ("approve", "publish", "rollback")} | {("grant", "approve")}


@dataclass(frozen=True)
class Told:
    """How a command ended and what it said."""

    returncode: int
    stdout: str
    stderr: str


def here(folder: Path, *words: str) -> Told:
    """Run one command to its end in a folder."""
    with chdir(folder):
        result = CliRunner().invoke(APP, words, catch_exceptions=False)
    return Told(result.exit_code, result.stdout, result.stderr)


@dataclass(frozen=True)
class Office:
    """A folder in which an installation stands whose systems run; nothing serves."""

    folder: Path
    tokens: dict[str, str]

    def act(self, login: str | None, *words: str) -> Told:
        """Run a command as somebody, for a purpose where the act wants one."""
        asked = words[:2] in _PURPOSED and "--reason" not in words
        purpose = ("--reason", "because of the test", "--ticket", "7") if asked else ()
        return here(self.folder, *words, *purpose, *(() if login is None else ("--token", self.tokens[login])))

    def candidate(self, name: str, **changes: object) -> Path:
        """A folder in which helpdesk_br says something else, and without the sandbox's decisions, which would refuse some."""
        folder = self.folder / name
        shutil.copytree(self.folder / FOLDER, folder)
        (folder / "policy" / "decisions.yaml").unlink()
        file = folder / "teams" / "helpdesk_br.yaml"
        team = yaml.safe_load(file.read_text(encoding="utf-8")) | changes
        file.write_text(yaml.safe_dump(team, allow_unicode=True, sort_keys=False), encoding="utf-8")
        return folder

    def published(self) -> str:
        """The version in force."""
        return here(self.folder, "policy", "status").stdout.split()[1]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An installation with the secrets of its systems in a file."""
    folder = tmp_path_factory.mktemp("office")
    command = [sys.executable, "-m", "sandbox.twins", "--people", "60"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as twins:
        assert twins.stdout is not None
        assert twins.stdin is not None
        settings = install(folder / FOLDER, json.loads(twins.stdout.readline()))
        secrets = [f"{name}={value}" for name, value in settings.items() if name.startswith("OKNO_SANDBOX_")]
        (folder / ".okno" / "secrets.env").write_text("\n".join(secrets), encoding="utf-8")
        tokens = here(folder, "token", *PEOPLE).stdout.split()
        try:
            yield Office(folder, dict(zip(PEOPLE, tokens, strict=True)))
        finally:
            twins.stdin.close()
            twins.wait(timeout=15)


def is_refused(told: Told, code: str) -> bool:
    """Whether a command was refused so, and said nothing else."""
    return told.returncode == 1 and code in told.stderr and told.stdout == ""


def test_two_persons_widen_and_one_goes_back_to_less(office: Office) -> None:
    first = office.published()
    wide = str(office.candidate("wide", clearance=["vip"]))
    proposed = office.act("security", "policy", "propose", wide, "--note", "they support the board now")
    assert proposed.returncode == 0, proposed.stderr
    assert "helpdesk_br" in proposed.stdout
    name = proposed.stdout.split()[0]
    assert is_refused(office.act("security", "policy", "publish", name), "TWO_PERSONS")
    assert is_refused(office.act("security", "policy", "approve", name), "SAME_PERSON")
    assert office.published() == first
    assert office.act("security2", "policy", "approve", name).returncode == 0
    assert "PUBLISHED" in office.act("security", "policy", "publish", name).stdout
    assert office.published() == name
    assert "PUBLISHED" in office.act("security2", "policy", "rollback", first).stdout, "going back to less needs one"
    assert office.published() == first


def test_without_a_good_token_nobody_acts(office: Office) -> None:
    before = office.act(None, "policy", "list").stdout
    narrow = str(office.candidate("narrow", roles=[]))
    words = ("policy", "propose", narrow, "--note", "why")
    assert is_refused(office.act(None, *words), "NO_TOKEN")
    assert is_refused(here(office.folder, *words, "--token", "okno_guessed"), "NO_TOKEN")
    assert is_refused(office.act("helpdesk.br", *words), "NOT_ALLOWED")
    assert is_refused(office.act("integrator", *words), "NOT_IN_A_TEAM")
    assert office.act(None, "policy", "list").stdout == before


def test_a_mistake_is_told_with_its_place_and_the_nearest_word(office: Office) -> None:
    before = office.act(None, "policy", "list").stdout
    broken = str(office.candidate("broken", roles=["helpdsk"]))
    for told in (
        office.act(None, "policy", "test", broken),
        office.act("security", "policy", "propose", broken, "--note", "why"),
    ):
        assert told.returncode == 2
        assert "helpdesk_br.yaml:" in told.stderr
        assert "helpdesk" in told.stderr.split("helpdsk")[-1]
    assert office.act(None, "policy", "list").stdout == before


def test_a_decision_that_does_not_hold_refuses_the_candidate(office: Office) -> None:
    candidate = office.candidate("decided")
    (candidate / "policy").mkdir(exist_ok=True)
    decision = {"say": "Names are for nobody", "team": "helpdesk_br", "denied": ["Employee.login"]}
    file = candidate / "policy" / "decisions.yaml"
    file.write_text(yaml.safe_dump({"decisions": [decision]}), encoding="utf-8")
    refused = here(office.folder, "policy", "test", str(candidate))
    assert (refused.returncode, "Names are for nobody" in refused.stderr) == (2, True)
    decision |= {"denied": [], "reads": ["Employee.login"]}
    file.write_text(yaml.safe_dump({"decisions": [decision]}), encoding="utf-8")
    held = here(office.folder, "policy", "test", str(candidate))
    assert (held.returncode, "1 decisions hold" in held.stdout) == (0, True)


def test_reasons_are_told_at_the_level_that_the_asker_may_have(office: Office) -> None:
    words = ("policy", "explain", "helpdesk.cis", "employee", "PersonalDetails.birthDate")
    told = office.act("security", *words)
    assert told.returncode == 0, told.stderr
    assert "PersonalDetails.birthDate" in told.stdout
    own = office.act("helpdesk.cis", *words)
    assert own.returncode == 0, own.stderr
    assert "Not open to your team" in own.stdout
    assert "birthDate" not in own.stdout
    assert is_refused(office.act("helpdesk.cis", *words, "--level", "security"), "NOT_ALLOWED")
    assert is_refused(office.act("helpdesk.br", *words), "NOT_ALLOWED")
    assert is_refused(office.act(None, *words), "NO_TOKEN")


def test_rights_are_explained_for_the_team_that_is_asked_about(office: Office) -> None:
    words = ("policy", "explain", "lead", "employee", "Account.lastSignInAt", "--level", "security")
    told = {
        team: office.act("security", *words, "--team", team).stdout for team in ("helpdesk_br", "helpdesk_second_line")
    }
    assert told["helpdesk_br"]
    assert told["helpdesk_second_line"]
    assert told["helpdesk_br"] != told["helpdesk_second_line"]
    assert is_refused(office.act("security", *words, "--team", "analysts"), "NOT_IN_A_TEAM")
    assert is_refused(office.act("security", *words, "--acting-in", "analysts"), "NOT_IN_A_TEAM")


def test_rights_are_explained_for_a_member_by_directory_group(office: Office) -> None:
    first = office.published()
    words = ("policy", "explain", "helpdesk.br", "employee", "PersonalDetails.birthDate")
    by_name = office.act("security", *words)
    folder = str(office.candidate("by_group", members=["lead"]))
    name = office.act("security", "policy", "propose", folder, "--note", "by groups alone").stdout.split()[0]
    assert "PUBLISHED" in office.act("security", "policy", "publish", name).stdout
    try:
        by_group = office.act("security", *words)
        assert (by_group.returncode, by_group.stdout) == (0, by_name.stdout), by_group.stderr
        own = office.act("helpdesk.br", *words)
        assert own.returncode == 0, own.stderr
        nobody = ("policy", "explain", "nobody.at.all", "employee", "PersonalDetails.birthDate")
        assert is_refused(office.act("security", *nobody), "NOT_IN_A_TEAM")
    finally:
        office.act("security2", "policy", "approve", first)
        office.act("security", "policy", "rollback", first)
    assert office.published() == first


def test_security_sees_what_roles_give_and_nobody_needs(office: Office) -> None:
    told = office.act("security", "policy", "review", "--unused")
    assert told.returncode == 0, told.stderr
    assert all(": " in line for line in told.stdout.splitlines())
    assert is_refused(office.act("helpdesk.br", "policy", "review", "--unused"), "NOT_ALLOWED")
    both = office.act("security", "policy", "review", "--unused", "--operation", "publish_policy")
    assert (both.returncode, both.stdout) == (2, "")


def test_a_mistake_is_told_with_the_candidates_own_file(office: Office) -> None:
    broken = office.candidate("misnamed", roles=["helpdsk"])
    for words in (("policy", "propose", str(broken), "--note", "why"), ("policy", "diff", str(broken))):
        told = office.act("security", *words)
        assert told.returncode == 2
        assert str(broken / "teams" / "helpdesk_br.yaml") in told.stderr
        assert str(FOLDER) not in told.stderr


def test_a_sandbox_token_is_no_good_once_the_sandbox_is_off(office: Office) -> None:
    file = office.folder / FOLDER / "okno.yaml"
    before = file.read_text(encoding="utf-8")
    said = yaml.safe_load(before)
    said["login"]["sandbox"] = False
    file.write_text(yaml.safe_dump(said, sort_keys=False), encoding="utf-8")
    try:
        assert is_refused(office.act("security", "policy", "review", "--operation", "publish_policy"), "NO_TOKEN")
    finally:
        file.write_text(before, encoding="utf-8")


def test_security_reviews_who_sees_and_who_runs(office: Office) -> None:
    field = ("--field", "PersonalDetails.birthDate", "--employee", "employee")
    seen = office.act("security", "policy", "review", *field)
    assert seen.returncode == 0, seen.stderr
    assert "hr_support" in seen.stdout
    assert "service_integrators" not in seen.stdout
    assert is_refused(office.act("helpdesk.br", "policy", "review", *field), "NOT_ALLOWED")
    runs = office.act("security", "policy", "review", "--operation", "publish_policy")
    assert "security_officers" in runs.stdout
    assert "helpdesk_br" not in runs.stdout
    mask = office.act("security", "policy", "view-as", "helpdesk_br", "employee")
    fields = dict(line.split(": ") for line in mask.stdout.splitlines())
    assert fields["Employee.login"] == "allowed"
    assert fields["PersonalDetails.birthDate"] != "allowed"
    assert is_refused(office.act("helpdesk.br", "policy", "view-as", "helpdesk_cis", "employee"), "NOT_ALLOWED")


def test_the_matrix_is_the_folders_or_the_published_ones(office: Office) -> None:
    published = here(office.folder, "policy", "matrix")
    assert published.returncode == 0, published.stderr
    assert len(published.stdout) > 1000
    assert published.stdout == here(office.folder, "policy", "matrix", str(FOLDER)).stdout


def test_a_grant_is_given_listed_and_ended(office: Office) -> None:
    lasting = ("--for", "4h", "--regions", "br", "--reason", "second line is ill")
    give = ("grant", "give", "helpdesk.br", "helpdesk_senior", *lasting)
    assert is_refused(office.act("security", *give), "TICKET_NEEDED")
    assert is_refused(office.act("helpdesk.cis", *give, "--ticket", "7"), "NOT_ALLOWED")
    own = ("grant", "give", "security", "helpdesk_senior", *lasting, "--ticket", "7")
    assert is_refused(office.act("security", *own), "SAME_PERSON")
    given = office.act("security", *give, "--ticket", "7")
    assert given.returncode == 0, given.stderr
    assert "helpdesk.br: helpdesk_senior in br" in given.stdout
    id_ = given.stdout.split()[0]
    assert id_ in here(office.folder, "grant", "list").stdout
    assert office.act("helpdesk.br", "grant", "end", id_).returncode == 0
    assert id_ not in here(office.folder, "grant", "list").stdout


def test_broken_glass_waits_for_somebody_else(office: Office) -> None:
    words = ("grant", "break-glass", "helpdesk_senior", "--for", "1h", "--reason", "nobody is there")
    assert is_refused(office.act("helpdesk.br", *words), "NOT_ALLOWED")
    broken = office.act("secops", *words)
    assert broken.returncode == 0, broken.stderr
    id_ = broken.stdout.split()[0]
    assert "to be reviewed" in here(office.folder, "grant", "list").stdout
    assert is_refused(office.act("secops", "grant", "review", id_, "--note", "was fine"), "SAME_PERSON")
    reviewed = office.act("security", "grant", "review", id_, "--note", "called back")
    assert (reviewed.returncode, "to be reviewed" in reviewed.stdout) == (0, False)


def test_the_program_answers_with_one_line_and_its_exit_code(office: Office) -> None:
    status = okno(office.folder, "policy", "status")
    assert (status.returncode, status.stdout.split()) == (0, ["published", office.published()])
    refused = okno(office.folder, "policy", "publish", "abcdef", "--reason", "because")
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (1, "", 1)
