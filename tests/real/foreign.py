"""Rows as other people write them: put into the real servers by plain calls, and taken away again."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tests.real.seeding.http import Row
from tests.real.seeding.ldap import Ldap
from tests.real.seeding.odata_hr import personnel
from tests.real.seeding.scim import directory
from tests.real.seeding.tables import inserted, quoted
from tests.real.seeding.vault_pki import authority, issue
from tests.real.servers.server import Facts, nested
from tests.real.servers.wire import sql

ODD: Final = {
    "quotes": """O'Brien "the boss" \\ `; drop table badge; --""",
    "long": "long " * 2000,
    "emoji": "Ada 👩🏽‍💻🚀",
    "right to left": "محمد \u200fבן־דוד",
    "markup": "<script>alert(1)</script> &amp; ${7*7}",
    "accents apart": "Ame\u0301lie",
}
CORE: Final = "urn:ietf:params:scim:schemas:core:2.0:User"


@contextmanager
def users(facts: Facts, *rows: Row) -> Iterator[None]:
    """SCIM users without any extension."""
    with directory(facts) as server:
        made: list[str] = []
        try:
            made += [str(server.ask("POST", "/Users", {"schemas": [CORE], **row})["id"]) for row in rows]
            yield
        finally:
            for each in made:
                server.ask("DELETE", f"/Users/{each}")


@contextmanager
def employees(facts: Facts, *rows: Row) -> Iterator[None]:
    """People of the HR system."""
    with personnel(facts) as server:
        for row in rows:
            server.ask("POST", "/Employees", row)
        try:
            yield
        finally:
            for row in rows:
                server.ask("DELETE", f"/Employees('{row['personIdExternal']}')")


@contextmanager
def entries(facts: Facts, **rows: dict[str, list[str | bytes]]) -> Iterator[None]:
    """Entries of either directory, by DN."""
    with Ldap(facts) as server:
        made: list[str] = []
        try:
            for dn, attributes in rows.items():
                server.add(dn, attributes)
                made.append(dn)
            yield
        finally:
            for dn in made:
                server.delete(dn)


@contextmanager
def certificates(facts: Facts, *names: str) -> Iterator[list[str]]:
    """Certificates with a common name and nothing else; they stay, as certificates do, but nobody has these names."""
    with authority(facts) as server:
        yield [issue(server, common_name=name, ttl="1h") for name in names]


@contextmanager
def rows(facts: Facts, database: str, key: str, **tables: list[Row]) -> Iterator[None]:
    """Rows of a database. Shape: `key` is the column by which rows of the last table are taken away, with what hangs on them."""
    url = nested(facts, "databases")[database]["owner"]
    sql(url, "begin;" + "".join(inserted(name, [row]) for name, given in tables.items() for row in given) + "commit;")
    try:
        yield
    finally:
        table, column = key.split(".")
        for row in tables[table]:
            sql(url, f"delete from {table} where {column} = {quoted(str(row[column]))}")
