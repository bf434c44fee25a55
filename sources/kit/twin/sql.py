"""The database twin's server: the same statements as on the real one, executed by SQLite behind JSON lines."""

import hashlib
import sqlite3
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import orjson

from sources.kit.twin.faults import Fault
from sources.kit.twin.json_lines import JsonLineTwin
from sources.ports.call import utc_now

READER: Final = "reader"
READER_PASSWORD: Final = "reader-of-the-twin"  # noqa: S105 - a made-up server's
WRITER: Final = "writer"
WRITER_PASSWORD: Final = "writer-of-the-twin"  # noqa: S105 - a made-up server's
_FAULTS: Final = {"busy": ("53300", "too many connections"), "unavailable": ("57P03", "the system is starting up"),
                  "denied": ("42501", "permission denied")}  # fmt: skip


class SqlTwin(JsonLineTwin):
    """A database in memory. A subclass gives its tables; the seed is rows by table.

    Statements are counted in `seen` as `read` and `write`; connections are not, for one is kept for many statements.
    """

    def __init__(self, seed: Mapping[str, Iterable[Mapping[str, object]]]) -> None:
        super().__init__()
        self.database = sqlite3.connect(":memory:", isolation_level=None)
        self.database.row_factory = sqlite3.Row
        self.database.create_function("now", 0, lambda: utc_now().isoformat())
        self.database.executescript(self.tables())
        for table, rows in seed.items():
            self._fill(table, list(rows))

    @abstractmethod
    def tables(self) -> str:
        """The statements that make the tables."""

    @property
    def url(self) -> str:
        """The address the gateway is given."""
        return f"twin+sql://127.0.0.1:{self.port}"

    def settings(self) -> Mapping[str, str]:
        """What an installation must set to reach this twin."""
        return {
            "url": self.url,
            "user": READER,
            "password": READER_PASSWORD,
            "write_user": WRITER,
            "write_password": WRITER_PASSWORD,
        }

    def respond(self, request: dict[str, Any]) -> dict[str, object]:
        """The answer to one statement, with its SQLSTATE."""
        operation = str(request.get("op"))
        if operation == "connect":
            return self._connect(str(request.get("user")), str(request.get("password")))
        self.seen[operation] += 1
        if self.who is None:
            return _refusal("28000", "no user has introduced themselves")
        if operation == "write" and self.who != WRITER:
            return _refusal("42501", "permission denied")
        return self._execute(request["statement"], request["values"], read_only=operation == "read")

    def altering(self, request: bytes) -> str | None:
        """`write` for a transaction that writes."""
        return "write" if orjson.loads(request).get("op") == "write" else None

    def state(self) -> bytes:
        """A digest of all rows."""
        return hashlib.sha256("\n".join(self.database.iterdump()).encode()).digest()

    def keep(self) -> Callable[[], None]:
        """Remember all rows; the answer puts them back."""
        content = self.database.serialize()
        return lambda: self.database.deserialize(content)

    def refusal(self, fault: Fault) -> bytes:
        """Busy, unavailable or denied as PostgreSQL says it."""
        return orjson.dumps(_refusal(*_FAULTS[fault.kind])) + b"\n"

    def _connect(self, user: str, password: str) -> dict[str, object]:
        if {READER: READER_PASSWORD, WRITER: WRITER_PASSWORD}.get(user) != password:
            return _refusal("28P01", f"password authentication failed for user {user!r}")
        self.introduce(user)
        return {"state": "00000", "rows": []}

    def _execute(self, statement: str, values: Mapping[str, object], *, read_only: bool) -> dict[str, object]:
        self.database.execute(f"PRAGMA query_only = {'ON' if read_only else 'OFF'}")
        try:
            rows = [dict(row) for row in self.database.execute(statement, values)]
        except sqlite3.IntegrityError as problem:
            return _refusal("23000", str(problem))
        except sqlite3.Error as problem:
            return _refusal("25006" if "readonly" in str(problem) else "42601", str(problem))
        return {"state": "00000", "rows": rows}

    def _fill(self, table: str, rows: Sequence[Mapping[str, object]]) -> None:
        if rows:
            names = list(rows[0])
            places = ", ".join(f":{name}" for name in names)
            self.database.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})", rows)  # noqa: S608


def _refusal(state: str, text: str) -> dict[str, object]:
    return {"state": state, "text": text, "rows": []}
