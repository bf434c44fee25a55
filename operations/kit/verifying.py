"""Verifying: that whoever calls is the employee they say they are. It holds for one operator, for a while."""

import hashlib
import hmac
import os
import secrets
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col

from audit.event import Event
from audit.trail import Trail
from operations.kit.problems import problem
from operations.kit.tables import VerifiedCaller
from sources.ports.call import utc_now

GOOD_FOR: Final = timedelta(minutes=30)
CODE_GOOD_FOR: Final = timedelta(minutes=10)
MOST_TRIES: Final = 5
CALL_BACK: Final = "CALL_BACK"
MANAGER: Final = "MANAGER"
CODE: Final = "CODE"
METHODS: Final = (CALL_BACK, MANAGER, CODE)


class Verifying:
    """Verified callers of all processes.

    Shape: `key` is what codes are made from, the same for all processes; whoever reads the database knows no code.
    """

    def __init__(
        self,
        trail: Trail,
        engine: AsyncEngine,
        clock: Callable[[], datetime] = utc_now,
        key: bytes | None = None,
    ) -> None:
        self._trail = trail
        self._engine = engine
        self._clock = clock
        self._key = key or secrets.token_bytes(32)

    async def verified_until(self, employee_id: str, operator: str) -> datetime | None:
        """Until when an operator may take the caller for this employee; None where they may not."""
        wanted = (
            select(col(VerifiedCaller.until))
            .where(
                col(VerifiedCaller.employee_id) == employee_id,
                col(VerifiedCaller.operator) == operator,
                col(VerifiedCaller.verified_at).is_not(None),
                col(VerifiedCaller.until) > self._clock(),
            )
            .order_by(col(VerifiedCaller.until).desc())
            .limit(1)
        )
        async with self._engine.connect() as connection:
            found: datetime | None = (await connection.execute(wanted)).scalar()
        return found

    async def called_back(self, employee_id: str, operator: str, note: str, event: Event) -> datetime:
        """The operator has called the employee back on a number that was known before. Returns: until when it holds."""
        now = self._clock()
        await self._add(self._row(employee_id, operator, CALL_BACK, now + GOOD_FOR, note=note, verified_at=now), event)
        return now + GOOD_FOR

    async def ask_manager(self, employee_id: str, operator: str, manager: str, event: Event) -> str:
        """Ask the employee's manager whether it is them. Returns: the id that the manager answers to."""
        row = self._row(employee_id, operator, MANAGER, self._clock() + GOOD_FOR, witness=manager)
        await self._add(row, event)
        return row.id

    async def manager_says(self, id_: str, manager: str, event: Event) -> None:
        """The manager says that it is them. Raises: OperationProblem where they were not asked."""
        if not await self._verify(id_, col(VerifiedCaller.witness) == manager, event):
            raise problem("AlreadyDecided", "you are not asked about this caller, or no longer")

    async def send_code(self, employee_id: str, operator: str, event: Event) -> tuple[str, str]:
        """A code that only the employee sees, at a device they are signed in on. Returns: the id and the code."""
        row = self._row(employee_id, operator, CODE, self._clock() + CODE_GOOD_FOR)
        await self._add(row, event)
        return row.id, self._code(row.id)

    async def codes_for(self, employee_id: str) -> list[tuple[VerifiedCaller, str]]:
        """The codes that an employee may read out now, each with who asked for it."""
        return [(row, self._code(row.id)) for row in await self._good(col(VerifiedCaller.employee_id) == employee_id)]

    async def code_of(self, id_: str) -> str | None:
        """The code of a verification; None where it is not good any more."""
        return self._code(id_) if await self._good(col(VerifiedCaller.id) == id_) else None

    async def code_said(self, id_: str, operator: str, code: str, right: Event, wrong: Event) -> datetime:
        """The caller has read a code out. Raises: OperationProblem where it is wrong, too late or tried too often."""
        until = self._clock() + GOOD_FOR
        mine = (col(VerifiedCaller.operator) == operator) & (col(VerifiedCaller.method) == CODE)
        fresh = col(VerifiedCaller.tries) < MOST_TRIES
        if hmac.compare_digest(self._code(id_).encode(), code.strip().encode()) and await self._verify(
            id_, mine & fresh, right, until
        ):
            return until

        async def tried(connection: AsyncConnection) -> bool:
            await connection.execute(
                update(VerifiedCaller)
                .where(col(VerifiedCaller.id) == id_, mine)
                .values(tries=col(VerifiedCaller.tries) + 1)
            )
            return True

        await self._trail.together(tried, wrong)
        raise problem("CallerNotVerified", "this is not the code, or it is no longer good", path=("input", "code"))

    async def asked_of(self, manager: str) -> list[VerifiedCaller]:
        """What a manager is asked about now."""
        wanted = select(VerifiedCaller).where(
            col(VerifiedCaller.witness) == manager,
            col(VerifiedCaller.verified_at).is_(None),
            col(VerifiedCaller.until) > self._clock(),
        )
        async with self._engine.connect() as connection:
            return [VerifiedCaller(**row) for row in (await connection.execute(wanted)).mappings()]

    async def _good(self, whose: ColumnElement[bool]) -> list[VerifiedCaller]:
        wanted = select(VerifiedCaller).where(
            whose,
            col(VerifiedCaller.method) == CODE,
            col(VerifiedCaller.verified_at).is_(None),
            col(VerifiedCaller.tries) < MOST_TRIES,
            col(VerifiedCaller.until) > self._clock(),
        )
        async with self._engine.connect() as connection:
            return [VerifiedCaller(**row) for row in (await connection.execute(wanted)).mappings()]

    def _code(self, id_: str) -> str:
        """Six digits that follow from the verification and the key, so that they are kept nowhere."""
        digest = hmac.new(self._key, f"okno caller code {id_}".encode(), hashlib.sha256).digest()
        return f"{int.from_bytes(digest[:8], 'big') % 1_000_000:06d}"

    async def _verify(self, id_: str, whose: object, event: Event, until: datetime | None = None) -> bool:
        now = self._clock()

        async def work(connection: AsyncConnection) -> bool:
            done = await connection.execute(
                update(VerifiedCaller)
                .where(
                    col(VerifiedCaller.id) == id_,
                    col(VerifiedCaller.verified_at).is_(None),
                    col(VerifiedCaller.until) > now,
                    whose,  # type: ignore[arg-type]  # a condition of SQLAlchemy
                )
                .values(verified_at=now, until=until or now + GOOD_FOR)
            )
            return bool(done.rowcount)

        return await self._trail.together(work, event) is not None

    def _row(
        self,
        employee_id: str,
        operator: str,
        method: str,
        until: datetime,
        *,
        note: str | None = None,
        verified_at: datetime | None = None,
        witness: str | None = None,
    ) -> VerifiedCaller:
        return VerifiedCaller(
            id=uuid.uuid4().hex,
            employee_id=employee_id,
            operator=operator,
            method=method,
            note=note,
            begun_at=self._clock(),
            verified_at=verified_at,
            until=until,
            witness=witness,
        )

    async def _add(self, row: VerifiedCaller, event: Event) -> None:
        async def work(connection: AsyncConnection) -> bool:
            await connection.execute(insert(VerifiedCaller), [row.model_dump()])
            return True

        await self._trail.together(work, event)


def code_key(file: Path) -> bytes:
    """The key that codes are made from, of a file that is private to its user; made where there is none.

    Raises: OSError; ValueError for a file with less than a key.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    made = file.with_name(f"{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    if not file.exists():
        descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as whole:
            whole.write(secrets.token_bytes(32))
        try:
            os.link(made, file)  # of several processes that begin together one alone makes it
        except FileExistsError:
            pass
        finally:
            made.unlink()
    found = file.read_bytes()
    if len(found) < 32:
        raise ValueError(f"{file.name}: expected 32 bytes at least")
    return found
