"""Databases for tests: a file, and one on a PostgreSQL server; each test has its own, copied from one that has our tables."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from gateway.store import Store
from tests.unit.audit.own_postgres import lacking, own_postgres

KINDS = ("sqlite", "postgresql")


@dataclass(frozen=True, slots=True)
class Databases:
    """Where databases of a kind are made. Shape: `place` is a folder, or the address of a server."""

    kind: str
    place: str

    def made(self) -> str:
        """The address of one more, with our tables."""
        name = f"okno_{uuid4().hex[:12]}"
        if self.kind == "sqlite":
            shutil.copy(f"{self.place}/template.db", f"{self.place}/{name}.db")
            return f"sqlite:///{self.place}/{name}.db"
        self.said(f"CREATE DATABASE {name} TEMPLATE okno_template")
        return f"{self.place.rsplit('/', 1)[0]}/{name}"

    def gone(self, url: str) -> None:
        """Away with it."""
        if self.kind == "postgresql":
            self.said(f"DROP DATABASE {url.rsplit('/', 1)[1]} WITH (FORCE)")

    def said(self, statement: str) -> None:
        """Tell the server something."""
        with psycopg.connect(self.place, autocommit=True) as connection:
            connection.execute(statement.encode())


def in_files(folder: Path) -> Databases:
    """Databases in a folder."""
    template = folder / "template.db"
    Store(f"sqlite:///{template}").migrate()
    # what stands beside the file is not copied with it
    with closing(sqlite3.connect(template)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Databases("sqlite", str(folder))


def on_a_server() -> Iterator[Databases]:
    """Databases of the server that OKNO_TEST_POSTGRES names, or of one of our own; skips where there is neither."""
    if server := os.environ.get("OKNO_TEST_POSTGRES"):
        yield from _templated(server)
        return
    why = lacking()
    if why is not None:
        pytest.skip(why)
    with own_postgres() as own:
        yield from _templated(own.url)


def _templated(server: str) -> Iterator[Databases]:
    made = Databases("postgresql", server)
    made.said("DROP DATABASE IF EXISTS okno_template")
    made.said("CREATE DATABASE okno_template")
    Store(f"{server.rsplit('/', 1)[0]}/okno_template").migrate()
    yield made
    made.said("DROP DATABASE okno_template")
