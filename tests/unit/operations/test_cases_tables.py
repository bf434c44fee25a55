"""The migrations make the tables around runs as the code expects them."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlmodel import SQLModel

from gateway.store import Store
from operations.kit.cases_tables import OperationCase, OperationFollowed, OperationMessage, OperationReveal
from operations.kit.tables import OperationRun

OURS = {
    each.__tablename__ for each in (OperationCase, OperationMessage, OperationFollowed, OperationReveal, OperationRun)
}


async def test_migrations_make_what_the_code_expects(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/okno.db")
    store.migrate()
    await store.close()
    engine = create_engine(f"sqlite:///{tmp_path}/okno.db")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, SQLModel.metadata)
    engine.dispose()
    strange = [each for each in differences if OURS & set(str(each).replace("'", " ").replace(",", " ").split())]
    assert strange == []
