"""Search: how old what is found by it is."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from gateway.doctor.examining import Patient, Said, check

_ROUNDS: Final = 3
"""Sweeps that may fail one after another before it is told."""


@check("search", needs="rights")
async def index_is_fresh(patient: Patient) -> AsyncIterator[Said]:
    """Every source that is swept was swept lately."""
    assert patient.rights is not None
    place = patient.rights.file.search_index
    try:
        ages = await asyncio.to_thread(_ages, Path(place))
    except FileNotFoundError:
        yield Said("ok", "search", "no index on the disk; the first sweeps fill it")
        return
    except (sqlite3.Error, ValueError):
        yield Said(
            "fault", "search", f"{place} is no index", "stop the gateway and delete it: the next sweeps fill it again"
        )
        return
    now = datetime.now(UTC)
    sweeps = {each.name: each.manifest.sweep for each in patient.rights.instances}
    old = {
        name: now - at
        for name, at in ages.items()
        if name in sweeps and (now - at).total_seconds() > _ROUNDS * sweeps[name]
    }
    for name, age in sorted(old.items()):
        todo = f"see whether the gateway runs and source {name} answers"
        yield Said("warning", "search", f"{name} was last swept {age.total_seconds() / 60:.0f} minutes ago", todo)
    if not old:
        yield Said("ok", "search", f"{len(ages)} sources swept lately")


def _ages(file: Path) -> dict[str, datetime]:
    if not file.is_file():  # as with one in memory
        raise FileNotFoundError(file)
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=5)) as index:
        rows = index.execute("SELECT source, as_of FROM sweep").fetchall()
    return {str(source): datetime.fromisoformat(as_of) for source, as_of in rows}
