"""Codes are added and never taken away; each is a noun and a participle, and means one thing."""

import os
import shutil
import subprocess

import pytest
import yaml

from audit.catalogue import About, Catalogue, gone, noun_past
from audit.ocsf import ACTIVITIES
from audit.own_codes import own_codes
from gateway.commands.audit import codes
from operations.kit.catalogue import events, shipped
from tests.house.rooms import ROOT

SNAPSHOT = "docs/reference/events.yaml"
ABOUT = About("A thing was done.", ("outcome",), ACTIVITIES["other"], "nothing")


@pytest.mark.parametrize("code", ["account.unlocked", "search.made", "operation.handed_over", "group_member.added"])
def test_a_noun_and_what_happened_to_it_is_a_code(code: str) -> None:
    noun_past(code)


@pytest.mark.parametrize(
    "code", ["unlock", "account.unlock", "Account.unlocked", "account.unlocked.twice", ".ed", "a-b.made"]
)
def test_anything_else_is_not(code: str) -> None:
    with pytest.raises(ValueError, match="is no code"):
        noun_past(code)


def test_a_code_means_one_thing() -> None:
    catalogue = Catalogue()
    catalogue.register("thing.done_ed", ABOUT)
    catalogue.register("thing.done_ed", ABOUT)
    with pytest.raises(ValueError, match="something else"):
        catalogue.register("thing.done_ed", About("Another.", ("outcome",), ACTIVITIES["other"], "nothing"))
    with pytest.raises(ValueError, match="too little"):
        catalogue.register("thing.made", About(" ", ("outcome",), ACTIVITIES["other"], "nothing"))
    with pytest.raises(ValueError, match="too little"):
        catalogue.register("thing.made", About("So.", (), ACTIVITIES["other"], "nothing"))


def test_every_operation_has_its_code_in_the_catalogue() -> None:
    known = events().all()
    assert {each.event for each in shipped().values()} <= set(known)
    assert set(own_codes().all()) <= set(known)


def test_the_committed_catalogue_is_the_one_of_the_program() -> None:
    assert (ROOT / SNAPSHOT).read_text(encoding="utf-8") == codes(), f"run `okno audit events > {SNAPSHOT}`"


def test_no_code_that_was_ever_committed_is_gone() -> None:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("there is no history to compare with")
    known = events().all()
    for revision in git("log", "--format=%H", "--", SNAPSHOT).split():
        before = git("ls-tree", revision, "--", SNAPSHOT).split()
        if before:
            assert gone(yaml.safe_load(git("cat-file", "blob", before[2])), known) == set(), revision


def git(*words: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(["git", *words], cwd=ROOT, env=environment, capture_output=True, encoding="utf-8", check=True)
    return done.stdout


def test_a_code_that_was_taken_away_would_be_seen() -> None:
    assert gone(["a.made", "b.made"], ["b.made", "c.made"]) == {"a.made"}
