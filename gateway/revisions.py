"""Revisions: which states of the database this program knows."""

from functools import cache

from alembic.config import Config
from alembic.script import ScriptDirectory


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
