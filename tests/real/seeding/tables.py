"""Rows into PostgreSQL's tables, by its own client."""

import json
from collections.abc import Iterable, Mapping, Sequence

from tests.real.servers.wire import sql


def quoted(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def inserted(table: str, rows: Sequence[Mapping[str, object]]) -> str:
    """The statement that inserts these rows; each has the columns of the first one."""
    if not rows:
        return ""
    columns = ", ".join(rows[0])
    values = quoted(json.dumps(list(rows), ensure_ascii=False))
    return f"insert into {table} ({columns}) select {columns} from json_populate_recordset(null::{table}, {values});\n"


def refill(url: str, tables: Mapping[str, Iterable[Mapping[str, object]]], *more: str) -> None:
    """Empty these tables and insert rows in the order given, all or nothing."""
    emptied = f"truncate {', '.join(tables)} restart identity cascade;\n"
    filled = "".join(inserted(name, list(rows)) for name, rows in tables.items())
    sql(url, f"begin;\n{emptied}{filled}{' '.join(more)}\ncommit;\n")
