"""SQL, to one configured database: the only way a connector speaks SQL."""

from collections.abc import Mapping, Sequence
from typing import Final

from sources.kit.reads import ReadRules
from sources.kit.sql_text import expanded, only_reads
from sources.kit.sql_twin import TwinWire
from sources.kit.sql_wire import CANCELLED, UNREADABLE, Row, SqlRefusal, SqlWire, Step
from sources.ports.call import CallContext
from sources.ports.errors import SourceCode, SourceError

_CLASSES: Final[Mapping[str, SourceCode]] = {"08": "SOURCE_UNAVAILABLE", "53": "SOURCE_UNAVAILABLE",
                                             "57": "SOURCE_UNAVAILABLE", "58": "SOURCE_UNAVAILABLE"}  # fmt: skip
_STATES: Final[Mapping[str, SourceCode]] = {CANCELLED: "SOURCE_TIMEOUT", UNREADABLE: "BAD_SOURCE_DATA"}


class SqlTransport:
    """Single statements with named parameters. Bounded answers; three walls against a write without a permit: the
    statement is parsed, the transaction is READ ONLY, and the reading account need not be able to write.

    Sequences as values are spread: `IN (:keys)`. Units: `max_answer` in bytes, `most_rows` in rows, `timeout` in seconds.
    """

    def __init__(
        self,
        source: str,
        url: str,
        rules: ReadRules,
        *,
        user: str,
        password: str,
        write_user: str | None = None,
        write_password: str | None = None,
        timeout: float = 2.0,
        connections: int = 4,
        most_rows: int = 20_000,
        max_answer: int = 1_048_576,
    ) -> None:
        self.source = source
        self._rules = rules
        self._timeout = timeout
        self._reads = _wire(source, url, user, password, connections, most_rows, max_answer)
        self._writes = _wire(source, url, write_user or user, write_password or password, 1, most_rows, max_answer)

    async def read(self, statement: str, values: Mapping[str, object], call: CallContext) -> list[Row]:
        """The rows of a query. Raises: SourceError; WriteRefused for anything that may write, before it is sent."""
        self._rules.admit(only_reads(statement), f"SQL {statement.split(maxsplit=1)[0][:20]}", call, None)
        return await self._run(self._reads, [(statement, values)], call, write=False)

    async def write(
        self, statement: str, values: Mapping[str, object], call: CallContext, *, write: str | None = None
    ) -> list[Row]:
        """Run a statement that changes something; its RETURNING rows. Raises: SourceError; WriteRefused as above."""
        return await self.transact([(statement, values)], call, write=write)

    async def transact(self, steps: Sequence[Step], call: CallContext, *, write: str | None) -> list[Row]:
        """Run statements that change something together or not at all; the rows of the last. Raises: as `write`."""
        self._rules.admit(False, f"SQL {steps[0][0].split(maxsplit=1)[0][:20]}", call, write)
        return await self._run(self._writes, steps, call, write=True)

    async def close(self) -> None:
        """Close all connections."""
        await self._reads.close()
        await self._writes.close()

    async def _run(self, wire: SqlWire, steps: Sequence[Step], call: CallContext, *, write: bool) -> list[Row]:
        flat = [expanded(*step) for step in steps]
        call.ledger.of(self.source).calls += 1
        try:
            return await wire.run(flat, write=write, seconds=max(0.001, min(self._timeout, call.remaining())))
        except SqlRefusal as refusal:
            code = _STATES.get(refusal.state) or _CLASSES.get(refusal.state[:2], "SOURCE_REJECTED")
            raise SourceError(code, self.source, str(refusal)) from None
        except TimeoutError:
            raise SourceError("SOURCE_TIMEOUT", self.source) from None


def _wire(
    source: str, url: str, user: str, password: str, connections: int, most_rows: int, max_answer: int
) -> SqlWire:
    if url.startswith("twin+sql://"):
        return TwinWire(url, user, password, most=max_answer, connections=connections)
    # the real wire is an extra of the distribution: who reads no database needs no driver
    try:
        from sources.kit.sql_postgres import PostgresWire
    except ModuleNotFoundError as missing:
        raise RuntimeError(f"{source}: to speak SQL, install okno[postgres] (no module {missing.name})") from None
    return PostgresWire(url, user, password, connections=connections, most_rows=most_rows, most=max_answer)
