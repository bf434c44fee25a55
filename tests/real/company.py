"""The company that the real servers are filled with."""

from datetime import UTC, datetime
from functools import cache
from typing import Final

from sandbox.company.build import build_company
from sandbox.company.model import Company

PEOPLE: Final = 80
NOW: Final = datetime(2026, 11, 16, tzinfo=UTC)
"""The day on which it lives, so that everyone fills the same rows."""

SHOWN: Final = "employee"
"""Somebody with a thing in every system: where a server is filled with a few things only, theirs come first."""


@cache
def company() -> Company:
    """Eighty people: more than a page of 50, and quick to put in."""
    return build_company(PEOPLE, now=NOW)
