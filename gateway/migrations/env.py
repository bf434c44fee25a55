"""How Alembic reaches the database: the store gives the address."""

from alembic import context
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool
from sqlmodel import SQLModel

import authz.tables  # noqa: F401  # its tables belong to the metadata
import gateway.identity.tables  # noqa: F401  # and so do these

_url = context.config.attributes["url"]
_drivers = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}
_engine = create_engine(_url.set(drivername=_drivers[_url.get_backend_name()]), poolclass=NullPool)

with _engine.connect() as connection:
    context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
