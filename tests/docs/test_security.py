"""SECURITY.md names what defends and what proves it: all of it is there."""

import re

import pytest

from tests.docs.reading import ROOT

_TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`((?:tests|gateway|resolvers)/[a-z0-9_/]+\.py)`", _TEXT)))


@pytest.mark.parametrize("path", NAMED)
def test_what_is_named_is_there(path: str) -> None:
    assert (ROOT / path).is_file()


def test_every_threat_names_its_proof() -> None:
    rows = [line for line in _TEXT.split("## What stands against it")[1].splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= 15
    assert [row for row in rows if "`tests/" not in row] == []
