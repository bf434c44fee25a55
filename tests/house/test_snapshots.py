"""What is generated and committed is what would be generated now."""

import re
import subprocess
from pathlib import Path
from typing import Final

import pytest
from graphql import GraphQLSchema, build_schema

from gateway.signatures import reads_and_writes
from resolvers.contract import printed
from tests.house.rooms import ROOT

SCHEMA: Final = "schema.graphql"


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
    now = (ROOT / SCHEMA).read_text(encoding="utf-8")
    try:
        before = earlier(ROOT, now)
    except FileNotFoundError:
        pytest.skip("git is not installed: there is nothing to compare with")
    if before is None:
        pytest.skip(f"no other version of {SCHEMA} is committed here: there is nothing to compare with")
    assert unspoken(gone(before, now), (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")) == set()


def earlier(folder: Path, now: str) -> str | None:
    """The contract that clients have: of the latest tag `v…`; before the first release, the last one that was another.

    Shape: None where none is committed, or all that is here of the history is the present one.
    """
    tags = _git(folder, "tag", "--list", "v*", "--sort=-version:refname").split()
    commits = tags[:1] or _git(folder, "log", "--format=%H", "-n", "50", "--", SCHEMA).split()
    contracts = (_git(folder, "show", f"{commit}:{SCHEMA}") for commit in commits)
    return next((each for each in contracts if each and (tags or each != now)), None)


def _git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=False).stdout


def test_on_a_committed_tree_the_contract_is_held_against_the_one_before(tmp_path: Path) -> None:
    def commit(text: str) -> None:
        (tmp_path / SCHEMA).write_text(text, encoding="utf-8")
        _git(tmp_path, "add", SCHEMA)
        _git(tmp_path, "-c", "user.name=t", "-c", "user.email=t@okno.example", "commit", "-qm", "a contract")

    first, second = "type Query { a: Int b: Int }", "type Query { a: Int }"
    _git(tmp_path, "init", "-q")
    commit(first)
    assert earlier(tmp_path, first) is None
    commit(second)
    assert earlier(tmp_path, second) == first, "the tree is committed, and yet there is something to compare with"
    assert gone(first, second) == {"Query.b"}
    _git(tmp_path, "tag", "v1.0.0")
    assert earlier(tmp_path, second) == second, "what was released is what clients have"


def test_a_removed_field_is_noticed_until_it_is_spoken_of() -> None:
    before = "type Query { a(x: Int): Int b: Kind } enum Kind { ONE TWO }"
    after = "type Query { a: Int b: Kind } enum Kind { ONE }"
    removed = gone(before, after)
    assert removed == {"Query.a(x)", "Kind.TWO"}
    assert unspoken(removed, "- Removed `Kind.TWO`.") == {"Query.a(x)"}
    assert unspoken(removed, "- Removed `Kind.TWO` and `Query.a(x)`.") == set()
