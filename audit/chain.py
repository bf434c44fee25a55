"""Chain: records linked one behind another, and how a transaction adds to it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from audit.moment import written
from audit.record import Drawn, body_of, linked
from audit.tables import AuditProtected, AuditRecord, AuditWriter

_RECORDS: Final = insert(AuditRecord)
_PROTECTED: Final = insert(AuditProtected)
_WRITERS: Final = insert(AuditWriter)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where a record stands."""

    writer: str
    seq: int
    hash: str


@dataclass(slots=True)
class Batch:
    """What one transaction adds to a writer's chain.

    Shape: `seq` and `prev_hash` are those of the last record so far; once `committing`, it may become durable.
    """

    writer: str
    seq: int
    prev_hash: str
    clock: Callable[[], datetime]
    records: list[dict[str, Any]] = field(default_factory=list)
    guarded: list[dict[str, Any]] = field(default_factory=list)
    committing: bool = False

    def add(self, event: Drawn) -> Receipt:
        """Put an event behind the last record."""
        at = written(self.clock())
        self.seq += 1
        body = body_of(event, self.writer, self.seq, at)
        made = linked(self.prev_hash, body)
        where = {"writer": self.writer, "seq": self.seq}
        self.records.append(
            {**where, **event.columns, "at": at, "body": body, "prev_hash": self.prev_hash, "hash": made}
        )
        self.guarded += [{**where, "path": each.path, "salt": each.salt, "value": each.value} for each in event.guarded]
        self.prev_hash = made
        return Receipt(self.writer, self.seq, made)

    def mark(self) -> tuple[int, str, int, int]:
        """Where it stands, to come back to."""
        return self.seq, self.prev_hash, len(self.records), len(self.guarded)

    def back_to(self, mark: tuple[int, str, int, int]) -> None:
        """Forget what was added since."""
        self.seq, self.prev_hash, records, guarded = mark
        del self.records[records:], self.guarded[guarded:]

    async def commit(self, connection: AsyncConnection) -> None:
        """Write it down, the last thing before its transaction is committed."""
        await self._write(connection)
        self.committing = True

    async def _write(self, connection: AsyncConnection) -> None:
        """The records; the first batch of a chain makes its writer known."""
        if not self.records:
            return
        if self.records[0]["seq"] == 1:
            known = {"writer": self.writer, "began_at": self.records[0]["at"], "sequenced": 0}
            await connection.execute(_WRITERS, [known])
        await connection.execute(_RECORDS, self.records)
        if self.guarded:
            await connection.execute(_PROTECTED, self.guarded)
