"""Databases put aside and put back: one state of everything, taken while others write."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final, TypeVar

from sqlalchemy import URL, Connection, create_engine, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from gateway.backup.manifest import NoBackup

T = TypeVar("T")
SQLITE: Final = "database/okno.db"
DUMP: Final = "database/okno.dump"
_PATIENCE: Final = 3_600
_PROGRAMS: Final = Path("/usr/lib/postgresql")
"""Where Debian keeps the programs of each version; the newest reads all older servers."""


def put_aside(url: str, folder: Path, look: Callable[[Connection], T]) -> tuple[T, str]:
    """Copy a database as it is at one moment, and look at that same state. Returns: what was seen, and the file's name.

    Raises: NoBackup.
    """
    where = make_url(url)
    (folder / "database").mkdir()
    if where.get_backend_name() == "sqlite":
        return _sqlite_aside(where, folder / SQLITE, look), SQLITE
    return _postgres_aside(where, folder / DUMP, look), DUMP


def put_back(url: str, folder: Path) -> None:
    """Fill an empty database from a backup. Raises: NoBackup."""
    where = make_url(url)
    if where.get_backend_name() == "sqlite":
        file = _file_of(where)
        file.parent.mkdir(parents=True, exist_ok=True)
        made = file.with_name(f"{file.name}.restoring")
        shutil.copyfile(folder / SQLITE, made)
        made.chmod(0o600)
        made.rename(file)
        return
    _ran(
        "pg_restore",
        where,
        "--single-transaction",
        "--exit-on-error",
        "--no-owner",
        "--no-privileges",
        str(folder / DUMP),
    )


def is_empty(url: str) -> bool:
    """Whether nothing would be overwritten. Raises: NoBackup where the server cannot be reached."""
    where = make_url(url)
    if where.get_backend_name() == "sqlite":
        return not _file_of(where).exists()
    try:
        with _engine(where).connect() as connection:
            return not inspect(connection).get_table_names()
    except Exception as problem:  # noqa: BLE001  # whatever the driver says; its text may hold the address with a password
        raise NoBackup(f"the database cannot be reached: {type(problem).__name__}") from None


def looked(url: str, look: Callable[[Connection], T]) -> T:
    """Look at a database. Raises: as the driver does."""
    with _engine(make_url(url)).connect() as connection:
        return look(connection)


def _file_of(where: URL) -> Path:
    if not where.database or where.database == ":memory:":
        raise NoBackup("a database in memory cannot be put aside")
    return Path(where.database)


def _engine(where: URL):  # type: ignore[no-untyped-def]  # noqa: ANN202  # an engine, closed with its only connection
    drivers = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}
    return create_engine(where.set(drivername=drivers[where.get_backend_name()]), poolclass=NullPool)


def _sqlite_aside(where: URL, file: Path, look: Callable[[Connection], T]) -> T:
    source = _file_of(where)
    if not source.is_file():
        raise NoBackup(f"there is no database at {source}: nothing was ever kept here")
    with (
        closing(sqlite3.connect(f"file:{source}?mode=rw", uri=True, timeout=30)) as live,
        closing(sqlite3.connect(file)) as copy,
    ):
        live.backup(copy)  # all pages in one step: others go on writing, and none of it gets in
        copy.execute("PRAGMA journal_mode=DELETE")
        (said,) = copy.execute("PRAGMA integrity_check").fetchone()
    if said != "ok":
        raise NoBackup(f"the database is damaged: {said}")
    file.chmod(0o600)
    return looked(f"sqlite:///{file}", look)


def _postgres_aside(where: URL, file: Path, look: Callable[[Connection], T]) -> T:
    with _engine(where).connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        seen = look(connection)
        # the dump sees what was seen here: the transaction that exported the snapshot stays open until it has ended
        _ran(
            "pg_dump",
            where,
            "--format=custom",
            f"--snapshot={snapshot}",
            "--no-owner",
            "--no-privileges",
            f"--file={file}",
        )
    file.chmod(0o600)
    return seen


def program(name: str) -> str | None:
    """Where one of PostgreSQL's programs is; the newest there is."""
    newest = sorted(_PROGRAMS.glob(f"*/bin/{name}"), key=lambda each: float(each.parts[4]))
    return str(newest[-1]) if newest else shutil.which(name)


def _ran(name: str, where: URL, *words: str) -> None:
    path = program(name)
    if path is None:
        raise NoBackup(f"{name} is not here; it comes with PostgreSQL's client programs (Debian: postgresql-client)")
    command = [path, *words, f"--dbname={where.database}"]
    try:
        done = subprocess.run(  # noqa: S603  # PostgreSQL's own program
            command,
            env={**os.environ, **_reaching(where)},
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NoBackup(f"{name} did not end within {_PATIENCE} s") from None
    if done.returncode:
        raise NoBackup(f"{name}: {done.stderr.strip()[-500:] or f'it ended with code {done.returncode}'}")


def _reaching(where: URL) -> Mapping[str, str]:
    """How the server is reached, past the list of processes that everybody can read."""
    said = {
        "PGHOST": where.host,
        "PGPORT": None if where.port is None else str(where.port),
        "PGUSER": where.username,
        "PGPASSWORD": None if where.password is None else str(where.password),
    }
    asked = {"PGSSLMODE": "sslmode", "PGSSLROOTCERT": "sslrootcert", "PGPASSFILE": "passfile"}
    for name, key in asked.items():
        value = where.query.get(key)
        said[name] = value if isinstance(value, str) else None
    return {name: value for name, value in said.items() if value}
