"""Revisions: which states of the database this program knows."""

from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

_DRIVERS: Final = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}


class NewerDatabase(Exception):
    """The database is of a newer version than this program."""


@cache
def known_revisions() -> tuple[str, ...]:
    """All revisions, the newest first."""
    config = Config()
    config.set_main_option("script_location", "gateway:migrations")
    return tuple(each.revision for each in ScriptDirectory.from_config(config).walk_revisions())


def refuse_newer(revision: str | None) -> None:
    """See that this program knows a database's revision. Raises: NewerDatabase."""
    if revision is not None and revision not in known_revisions():
        raise NewerDatabase(
            f"the database is at revision {revision}, this program knows up to {known_revisions()[0]}: "
            "a newer version of Okno has served from it. Start that one or a newer; `okno restore` puts back a backup"
        )


def refuse_newer_at(url: str) -> None:
    """See that this program knows the revision of a database; one that is not there, or cannot be reached, is told later.

    Raises: NewerDatabase.
    """
    where = make_url(url)
    if where.get_backend_name() == "sqlite" and not Path(where.database or "").is_file():
        return
    engine = create_engine(where.set(drivername=_DRIVERS[where.get_backend_name()]), poolclass=NullPool)
    with suppress(SQLAlchemyError), engine.connect() as connection:
        if inspect(connection).has_table("alembic_version"):
            refuse_newer(connection.execute(text("SELECT version_num FROM alembic_version")).scalar())
