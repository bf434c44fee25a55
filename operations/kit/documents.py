"""Documents: registered ones, put forward by one person and agreed to by another; who runs them needs no free text."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, Protocol

from graphql import GraphQLError
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col

from audit.event import Event
from audit.trail import Trail
from operations.kit.documents_tables import APPROVED, PROPOSED, RETIRED, TrustedDocument
from operations.kit.problems import problem
from resolvers.passport import Passport
from resolvers.trusted import Trusted, digest_named
from sources.ports.call import utc_now

FRESH: Final = 2.0
"""Seconds for which a document is taken to be as it was; so long after it was retired it may still be run."""
_KEPT: Final = 5_000
_WIDER: Final = ("fields", "labels", "sources", "operations")
"""What of a passport must not have grown since it was agreed to."""


class Passes(Protocol):
    """Who writes passports."""

    def of(self, text: str) -> Passport:
        """The passport of a document. Raises: GraphQLError for what is none."""
        ...


class DocumentRegister:
    """All documents that were registered, in the database; those in use are remembered for a moment."""

    def __init__(
        self,
        trail: Trail,
        engine: AsyncEngine,
        passports: Passes,
        clock: Callable[[], datetime] = utc_now,
        fresh: float = FRESH,
    ) -> None:
        self._trail = trail
        self._engine = engine
        self._passports = passports
        self._clock = clock
        self._fresh = fresh
        self._known: dict[str, tuple[float, Trusted | None]] = {}

    async def trusted(self, digest: str) -> Trusted | None:
        """The document with this digest, if it may be run."""
        known = self._known.get(digest)
        if known is not None and time.monotonic() - known[0] < self._fresh:
            return known[1]
        row = await self.one(digest)
        found = None
        if row is not None and row.state == APPROVED and not self.has_grown(row):
            found = Trusted(row.digest, row.text, frozenset(row.roles), row.ceiling)
        if len(self._known) >= _KEPT:
            self._known.clear()
        self._known[digest] = time.monotonic(), found
        return found

    def has_grown(self, row: TrustedDocument) -> bool:
        """Whether a document asks for more than was agreed to, since the schema or its labels have changed."""
        try:
            now = self._passports.of(row.text).written()
        except GraphQLError:
            return True
        return any(not set(now[word]) <= set(row.passport.get(word, ())) for word in _WIDER)  # type: ignore[call-overload]  # lists, as they were written

    async def one(self, named: str) -> TrustedDocument | None:
        """A document by its id."""
        digest = digest_named(named)
        if digest is None:
            return None
        wanted = select(TrustedDocument).where(col(TrustedDocument.digest) == digest)
        async with self._engine.connect() as connection:
            row = (await connection.execute(wanted)).mappings().first()
        return None if row is None else TrustedDocument(**row)

    async def all(self) -> Sequence[TrustedDocument]:
        """All of them, the newest first."""
        wanted = select(TrustedDocument).order_by(
            col(TrustedDocument.proposed_at).desc(), col(TrustedDocument.digest).desc()
        )
        async with self._engine.connect() as connection:
            return [TrustedDocument(**row) for row in (await connection.execute(wanted)).mappings()]

    def examined(self, text: str) -> Passport:
        """The passport that a document would have. Raises: OperationProblem for what is no document."""
        try:
            return self._passports.of(text)
        except GraphQLError as wrong:
            raise problem("BadInput", wrong.message, path=("input", "text")) from None

    async def propose(self, row: TrustedDocument, event: Event) -> TrustedDocument:
        """Put a document forward. One that is there already stays as it is. Raises: OperationProblem for a retired one."""
        before = await self.one(row.digest)
        if before is not None:
            if before.state == RETIRED:
                raise problem(
                    "AlreadyDecided", "this document was retired; register another text", path=("input", "text")
                )
            return before

        async def work(connection: AsyncConnection) -> bool:
            await connection.execute(insert(TrustedDocument), [row.model_dump()])
            return True

        await self._trail.together(work, event)
        return row

    async def approve(self, row: TrustedDocument, by: str, event: Event) -> None:
        """Let a document be run. Raises: OperationProblem where that is not for this person, or was decided already."""
        if row.proposed_by.casefold() == by.casefold():
            raise problem("NotAllowed", "another person than who put it forward has to agree")
        await self._decided(row, PROPOSED, {"state": APPROVED, "decided_by": by, "decided_at": self._clock()}, event)

    async def retire(self, row: TrustedDocument, by: str, event: Event) -> None:
        """Let it be run no more, for good. Raises: OperationProblem where it is not any more."""
        changed = {"state": RETIRED, "retired_by": by, "retired_at": self._clock()}
        await self._decided(row, row.state if row.state != RETIRED else "", changed, event)

    async def _decided(self, row: TrustedDocument, before: str, changed: dict[str, object], event: Event) -> None:
        async def work(connection: AsyncConnection) -> bool:
            table = TrustedDocument
            wanted = update(table).where(col(table.digest) == row.digest, col(table.state) == before)
            return bool((await connection.execute(wanted.values(**changed))).rowcount)

        if await self._trail.together(work, event) is None:
            raise problem("AlreadyDecided", f"this document is {row.state.lower()}")
        self._known.pop(row.digest, None)
