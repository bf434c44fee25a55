"""How Alembic reaches the database: the store gives the address."""

from alembic import context
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.pool import NullPool
from sqlmodel import SQLModel

import authz.tables  # noqa: F401  # its tables belong to the metadata
import gateway.identity.tables  # noqa: F401  # and so do these
from gateway.revisions import refuse_newer

_url = context.config.attributes["url"]
_drivers = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}
_engine = create_engine(_url.set(drivername=_drivers[_url.get_backend_name()]), poolclass=NullPool)

_TURN = 0x6F6B6E70
"""The advisory lock of PostgreSQL under which one process at a time brings tables up to date."""

with _engine.connect() as connection:
    if inspect(connection).has_table("alembic_version"):
        refuse_newer(connection.execute(text("SELECT version_num FROM alembic_version")).scalar())
    connection.rollback()
    context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_TURN})"))
        context.run_migrations()
