"""Processes are killed in the middle of their work, before a source that loses and delays: nothing is done twice or unrecorded."""

import os
import platform
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

from sources.ports.call import utc_now
from tests.crash.killing import ROOT, Killed, killed
from tests.journal.databases import KINDS, Databases, on_a_server

WHOLE: Final = bool(os.environ.get("OKNO_SOAK"))
OPERATIONS, KILLS = (200, 40) if WHOLE else (20, 6)
REPORT: Final = ROOT / "docs" / "reference" / "soak-operations.md"
_HEAD: Final = """# Soak: operations under `kill -9`

Written by `make soak`; not edited by hand. Three processes carry operations out on one database, before a source that loses
requests, loses replies, applies late and refuses. Processes are killed with `kill -9` in the middle of their work and never
come back; new ones take their place. At the end the histories of callers, journal, trail and source are held against each
other (`tests/crash/history.py`), and the exported trail against its anchored checkpoints.
"""


@pytest.fixture(scope="session")
def server() -> Iterator[Databases]:
    """Databases on a server."""
    yield from on_a_server()


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database in which nothing is."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/okno.db"
        return
    databases: Databases = request.getfixturevalue("server")
    url = databases.made()
    yield url
    databases.gone(url)


async def test_whoever_is_killed_nothing_is_done_twice_and_every_run_ends(database: str, tmp_path: Path) -> None:
    found = await killed(database, tmp_path, OPERATIONS, KILLS, seed=20261123)
    kind = database.partition(":")[0]
    if WHOLE:
        _report(kind, found)
    assert not found.wrong, "\n".join(found.wrong)
    assert found.kills == KILLS
    assert found.taken_up, "nobody has taken anything up: the kills have met no run"
    assert found.effects, "nothing was done at all"
    assert found.checkpoints, "no checkpoint was anchored"


def _report(kind: str, found: Killed) -> None:
    """Write what was found into the reference, in place of what was found on the same kind of database before."""
    kept = REPORT.read_text("utf-8").split("\n## ")[1:] if REPORT.exists() else []
    sections = {each.partition("\n")[0]: each for each in kept}
    figures = {
        "date": f"{utc_now():%Y-%m-%d %H:%M} UTC",
        "machine": f"{os.cpu_count()} processors, Python {platform.python_version()}",
        "operations asked for": found.operations,
        "processes killed": found.kills,
        "runs in the journal": f"{found.states.total()} (with those that take back)",
        "states": _counted(found.states),
        "runs taken up by another process": found.taken_up,
        "calls that reached the source": found.requests,
        "what they met": _counted(found.met),
        "effects": found.effects,
        "records in the trail": found.records,
        "checkpoints anchored": found.checkpoints,
        "runs of which a caller was told": found.told,
        "double effects, effects without intent, runs without end, other breaches": len(found.wrong),
        "seconds": round(found.seconds),
    }
    rows = "".join(f"| {name} | {value} |\n" for name, value in figures.items())
    sections[kind] = f"{kind}\n\n| | |\n|---|---|\n{rows}"
    REPORT.write_text(_HEAD + "".join(f"\n## {sections[each].rstrip()}\n" for each in sorted(sections)), "utf-8")


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {counts[name]}" for name in sorted(counts))
