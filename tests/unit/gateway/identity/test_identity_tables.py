"""The tables that migrations make are those that the code knows."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.command import downgrade
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect
from sqlmodel import SQLModel

from gateway.identity.tables import KnownGroups, Session, Token
from gateway.store import Store

OURS = {str(table.__tablename__) for table in (Token, Session, KnownGroups)}


def test_migrations_make_what_the_code_expects(store: Store) -> None:
    engine = create_engine(store.url)
    with engine.connect() as connection:
        differences = compare_metadata(
            MigrationContext.configure(connection, opts={"compare_type": True, "include_name": _ours}),
            SQLModel.metadata,
        )
    engine.dispose()
    assert [each for each in differences if OURS & set(str(each).replace("'", " ").split())] == []


def _ours(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "table" or name in OURS


async def test_a_migration_can_be_taken_back(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/okno.db")
    store.migrate()
    config = Config()
    config.set_main_option("script_location", "gateway:migrations")
    config.attributes["url"] = store.url
    downgrade(config, "0002")
    engine = create_engine(store.url)
    found = inspect(engine)
    assert OURS & set(found.get_table_names()) == {"token"}
    assert {each["name"] for each in found.get_columns("token")} == {
        "digest",
        "login",
        "kind",
        "created_at",
        "expires_at",
    }
    engine.dispose()
    store.migrate()
    await store.close()
