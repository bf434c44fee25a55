"""What is generated and committed is what would be generated now."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest
from graphql import GraphQLSchema, build_schema

from gateway.signatures import reads_and_writes
from gateway.telemetry.schema_changes import changes_between, unexplained
from gateway.whole_graph import printed
from tests.house.rooms import ROOT

SCHEMA: Final = "schema.graphql"
_REMOVALS: Final = ("TYPE_REMOVED", "FIELD_REMOVED", "ARG_REMOVED")
"""Kinds of breaks that `gone` finds by itself, of inputs and values as well."""


def fields_of(schema: GraphQLSchema) -> set[str]:
    """Every type, field, argument, enum value and input field, by its whole name."""
    found: set[str] = set()
    for name, kind in schema.type_map.items():
        if name.startswith("_"):
            continue
        found.add(name)
        found.update(f"{name}.{each}" for each in getattr(kind, "values", None) or ())
        for each, field in (getattr(kind, "fields", None) or {}).items():
            found.add(f"{name}.{each}")
            found.update(f"{name}.{each}({argument})" for argument in getattr(field, "args", None) or ())
    return found


def gone(before: str, after: str) -> set[str]:
    """What the contract before had and the one after has not."""
    old, new = (fields_of(build_schema(text, assume_valid=True)) for text in (before, after))
    return old - new


def unspoken(names: set[str], changelog: str) -> set[str]:
    """Names that a change log does not mention."""
    return {name for name in names if not re.search(rf"(?<![\w.]){re.escape(name)}(?![\w.])", changelog)}


def test_the_committed_contract_is_the_one_that_is_served() -> None:
    assert (ROOT / SCHEMA).read_text(encoding="utf-8") == printed(), "run `okno schema print`"


def test_the_signed_reads_and_writes_are_those_of_the_manifests() -> None:
    assert (ROOT / "docs/reference/reads.yaml").read_text(encoding="utf-8") == reads_and_writes(), (
        "run `okno sources reads`"
    )


def test_what_leaves_the_contract_stands_in_the_change_log() -> None:
    if shutil.which("git") is None:
        pytest.skip("git is not installed: there is nothing to compare with")
    if earlier(ROOT) is None:
        pytest.skip(f"no other version of {SCHEMA} was ever committed here: there is nothing to compare with")
    assert unannounced(ROOT) == set()


def unannounced(folder: Path) -> set[str]:
    """What left the contract of a repository since its earlier version, and its change log does not mention."""
    before = earlier(folder)
    if before is None:
        return set()
    changelog = (folder / "CHANGELOG.md").read_text(encoding="utf-8")
    removed = unspoken(gone(before, _now(folder)), changelog)
    others = [each for each in changes_between(before, _now(folder)) if each.kind not in _REMOVALS]
    return removed | {each.place for each in unexplained(others, changelog)}


def earlier(folder: Path) -> str | None:
    """The contract that clients have: of the latest tag `v…`; before the first release, the last one that was another.

    Shape: None where there never was another. Raises: AssertionError where the history may have one and is cut off.
    """
    if not (folder / ".git").exists() or not _git(folder, "rev-list", "--all", "--max-count=1"):
        return None
    for tag in _git(folder, "tag", "--list", "v*", "--sort=-version:refname").split()[:1]:
        if entry := _git(folder, "ls-tree", tag, "--", SCHEMA).split():
            return _git(folder, "cat-file", "blob", entry[2])
    # each line: ":<old mode> <new mode> <old blob> <new blob> <letter>", a tab, the path, which may have been another
    log = _git(folder, "log", "--follow", "--raw", "--no-abbrev", "--diff-filter=d", "--format=", "--", SCHEMA)
    now, contracts = _now(folder), (_git(folder, "cat-file", "blob", line.split()[3]) for line in log.splitlines())
    before = next((each for each in contracts if each != now), None)
    shallow = before is None and _git(folder, "rev-parse", "--is-shallow-repository").strip() == "true"
    assert not shallow, f"this clone is shallow and has no earlier {SCHEMA}: `git fetch --unshallow --tags`"
    return before


def _now(folder: Path) -> str:
    return (folder / SCHEMA).read_text(encoding="utf-8")


def _git(folder: Path, *words: str) -> str:
    # a hook that runs these tests has told git of its own repository in the environment
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        ["git", *words], cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, f"git {words[0]}: {done.stderr}"
    return done.stdout


FIRST, SECOND = "type Query { a: Int b: Int }", "type Query { a: Int }"
THIRD = 'type Query { "said in more words" a: Int }'


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with the first contract and a change log that tells nothing."""
    folder = tmp_path / "repository"
    folder.mkdir()
    _git(folder, "init", "-q")
    commit(folder, FIRST)
    return folder


def commit(folder: Path, contract: str, told: str = "", *, name: str = SCHEMA) -> None:
    """Commit a contract and what the change log tells of it."""
    (folder / name).write_text(contract, encoding="utf-8")
    (folder / "CHANGELOG.md").write_text(f"# Changelog\n{told}\n", encoding="utf-8")
    _git(folder, "add", ".")
    who = ("-c", "user.name=t", "-c", "user.email=t@okno.example", "-c", "commit.gpgsign=false")
    _git(folder, *who, "commit", "-qm", "a contract", "--no-verify", "--allow-empty")


def test_a_first_contract_has_nothing_to_be_held_against(repository: Path, tmp_path: Path) -> None:
    assert earlier(repository) is None
    (tmp_path / SCHEMA).write_text(SECOND, encoding="utf-8")
    assert earlier(tmp_path) is None, "no repository at all"
    _git(tmp_path, "init", "-q")
    assert earlier(tmp_path) is None, "a repository in which nothing is committed"


def test_an_unannounced_removal_fails_on_a_committed_tree_until_it_has_its_line(repository: Path) -> None:
    commit(repository, SECOND)
    assert _git(repository, "status", "--porcelain") == ""
    assert unannounced(repository) == {"Query.b"}
    commit(repository, SECOND, "- Something else.")
    assert unannounced(repository) == {"Query.b"}, "a later commit that leaves the contract alone hides nothing"
    commit(repository, SECOND, "- Removed `Query.b`.")
    assert unannounced(repository) == set()


def test_an_unannounced_removal_fails_before_it_is_committed(repository: Path) -> None:
    (repository / SCHEMA).write_text(SECOND, encoding="utf-8")
    assert unannounced(repository) == {"Query.b"}


def test_a_contract_that_stood_elsewhere_is_still_the_earlier_one(tmp_path: Path) -> None:
    _git(tmp_path, "init", "-q")
    commit(tmp_path, FIRST, name="contract.graphql")
    commit(tmp_path, SECOND, name="contract.graphql")
    _git(tmp_path, "mv", "contract.graphql", SCHEMA)
    commit(tmp_path, SECOND)
    assert unannounced(tmp_path) == {"Query.b"}


def test_what_was_released_is_what_clients_have(repository: Path) -> None:
    _git(repository, "tag", "v1.0.0")
    commit(repository, SECOND)
    commit(repository, THIRD)
    assert earlier(repository) == FIRST
    assert unannounced(repository) == {"Query.b"}
    _git(repository, "tag", "v1.1.0")
    assert earlier(repository) == THIRD
    assert unannounced(repository) == set()


def test_a_shallow_clone_is_not_taken_for_a_first_contract(repository: Path, tmp_path: Path) -> None:
    commit(repository, SECOND)
    _git(tmp_path, "clone", "-q", "--depth", "1", repository.as_uri(), "shallow")
    with pytest.raises(AssertionError, match="git fetch --unshallow"):
        unannounced(tmp_path / "shallow")
    _git(tmp_path / "shallow", "fetch", "-q", "--unshallow", "--tags")
    assert unannounced(tmp_path / "shallow") == {"Query.b"}


@pytest.mark.parametrize(
    ("now", "place"),
    [
        ("type Query { a: String b: Int }", "Query.a"),
        ("type Query { a: [Int] b: Int }", "Query.a"),
        ("type Query { a(x: Int!): Int b: Int }", "Query.a(x:)"),
        ("interface Query { a: Int b: Int }", "Query"),
    ],
)
def test_a_break_that_removes_nothing_needs_its_line_as_well(repository: Path, now: str, place: str) -> None:
    commit(repository, now)
    assert unannounced(repository) == {place}
    commit(repository, now, "- `Query.axis` and `Other.Query.a.b` are something else.")
    assert unannounced(repository) == {place}
    commit(repository, now, f"- `{place}` is now another.")
    assert unannounced(repository) == set()


def test_what_breaks_nobody_needs_no_line(repository: Path) -> None:
    commit(repository, "type Query { a(x: Int): Int! b: Int c: Int }")
    assert unannounced(repository) == set()


def test_a_removed_field_is_noticed_until_it_is_spoken_of() -> None:
    before = "type Query { a(x: Int): Int b: Kind } enum Kind { ONE TWO }"
    after = "type Query { a: Int b: Kind } enum Kind { ONE }"
    removed = gone(before, after)
    assert removed == {"Query.a(x)", "Kind.TWO"}
    assert unspoken(removed, "- Removed `Kind.TWO`.") == {"Query.a(x)"}
    assert unspoken(removed, "- Removed `Kind.TWO` and `Query.a(x)`.") == set()
