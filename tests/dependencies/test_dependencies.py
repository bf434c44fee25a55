"""What is said of what Okno depends on: a weakness is never taken for its absence."""

import re
from typing import Any

import pytest

from tests.dependencies.comparing import verdict
from tests.dependencies.locks import PROGRAM, built_with, locks, pinned

CLEAN = {"name": "a", "version": "1.0", "vulns": []}
WEAK = {"name": "b", "version": "2.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"], "aliases": []}]}
SKIPPED = {"name": "c", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ([CLEAN], "clean"),
        ([CLEAN, WEAK, SKIPPED], "weak"),
        ([SKIPPED, SKIPPED], "not compared"),
        ([CLEAN, SKIPPED], "partly"),
    ],
)
def test_what_a_report_says(told: list[dict[str, Any]], state: str) -> None:
    assert verdict({"dependencies": told}, len(told)).state == state


def test_a_weakness_is_told_with_what_mends_it() -> None:
    assert verdict({"dependencies": [WEAK]}, 1).weak == ("b 2.0: PYSEC-1, mended in 2.1",)


def test_a_report_that_tells_of_too_few_is_none() -> None:
    with pytest.raises(ValueError, match="1 packages of 2"):
        verdict({"dependencies": [CLEAN]}, 2)


def test_every_lock_pins_with_hashes() -> None:
    for lock in locks():
        text = lock.read_text(encoding="utf-8")
        assert len(re.findall(r"^\S+==", text, re.MULTILINE)) == len(pinned(lock)), lock.name
        assert text.count("--hash=sha256:") >= len(pinned(lock)), lock.name
        assert "://" not in text, lock.name


def test_what_runs_is_known() -> None:
    assert {"strawberry-graphql", "oso", "starlette", "aiohttp"} <= pinned(PROGRAM).keys()
    assert {"react", "graphiql", "vite"} <= built_with().keys()
