"""The database: it is there, it has our tables as this program knows them, and its clock is ours."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from gateway.doctor.examining import Patient, Said, check
from gateway.revisions import known_revisions

T = TypeVar("T")
_SKEW: Final = 2.0
"""Seconds; grants, sessions and the policy's two seconds are counted by both clocks."""
_WAIT: Final = 5


class Unborn(Exception):
    """The file of the database is not there: nothing was ever served from here."""


async def asked(url: str, look: Callable[[Connection], T]) -> T:
    """Look at a database that nothing is written to. Raises: Unborn; as the driver does."""
    return await asyncio.to_thread(_looked, url, look)


def _looked(url: str, look: Callable[[Connection], T]) -> T:
    where = make_url(url)
    if where.get_backend_name() == "sqlite":
        file = Path(where.database or "")
        if not file.is_file():
            raise Unborn

        def opened() -> sqlite3.Connection:
            return sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=_WAIT)

        engine = create_engine("sqlite://", creator=opened, poolclass=NullPool)
    else:
        how = {"connect_timeout": _WAIT, "options": "-c default_transaction_read_only=on"}
        engine = create_engine(where.set(drivername="postgresql+psycopg"), connect_args=how, poolclass=NullPool)
    with engine.connect() as connection:
        return look(connection)


@check("database")
async def database_is_ours(patient: Patient) -> AsyncIterator[Said]:
    """It can be reached, and its tables are those of this program."""
    assert patient.file is not None
    try:
        revision = await asked(patient.file.database, _revision)
    except Unborn:
        yield Said("ok", "database", "not there yet; the first start makes it")
        return
    except Exception as problem:  # noqa: BLE001  # a driver's text may hold the address with its password
        yield Said(
            "fault", "database", f"cannot be reached: {type(problem).__name__}", "see address, account and server"
        )
        return
    known = known_revisions()
    if revision is None:
        yield Said("ok", "database", "empty; the first start makes its tables")
    elif revision not in known:
        todo = "run the newer version of Okno again, or restore a backup of this one"
        yield Said("fault", "database", f"revision {revision} is newer than this program, which knows {known[0]}", todo)
    elif revision != known[0]:
        yield Said("ok", "database", f"revision {revision}; the next start brings it to {known[0]}")
    else:
        yield Said("ok", "database", f"revision {revision}, as this program has it")


@check("clock")
async def clocks_agree(patient: Patient) -> AsyncIterator[Said]:
    """The server's clock and this machine's."""
    assert patient.file is not None
    if make_url(patient.file.database).get_backend_name() == "sqlite":
        yield Said("ok", "clock", "the database is on this machine")
        return

    def skew(connection: Connection) -> float:
        before = datetime.now(UTC)
        there: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        return (there - (before + (datetime.now(UTC) - before) / 2)).total_seconds()

    try:
        found = await asked(patient.file.database, skew)
    except Exception:  # noqa: BLE001  # told by the check of the database
        yield Said("skipped", "clock", "the database cannot be reached")
        return
    if abs(found) > _SKEW:
        yield Said("fault", "clock", f"the database's is {found:+.1f} s from ours", "set both by the same time servers")
    else:
        yield Said("ok", "clock", f"the database's is {found:+.3f} s from ours")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
