"""What is generated and committed is what would be generated now."""

import re
import subprocess
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
    removed = gone(_released(), now)
    assert unspoken(removed, (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")) == set()


def _released() -> str:
    """The contract that clients have: of the latest tag `v…`; before the first release, of the last commit."""
    try:
        tags = _git("tag", "--list", "v*", "--sort=-version:refname").split()
    except FileNotFoundError:
        pytest.skip("git is not installed: there is nothing to compare with")
    before = _git("show", f"{tags[0] if tags else 'HEAD'}:{SCHEMA}")
    if not before:
        pytest.skip(f"no commit with {SCHEMA} here: there is nothing to compare with")
    return before


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout


def test_a_removed_field_is_noticed_until_it_is_spoken_of() -> None:
    before = "type Query { a(x: Int): Int b: Kind } enum Kind { ONE TWO }"
    after = "type Query { a: Int b: Kind } enum Kind { ONE }"
    removed = gone(before, after)
    assert removed == {"Query.a(x)", "Kind.TWO"}
    assert unspoken(removed, "- Removed `Kind.TWO`.") == {"Query.a(x)"}
    assert unspoken(removed, "- Removed `Kind.TWO` and `Query.a(x)`.") == set()
