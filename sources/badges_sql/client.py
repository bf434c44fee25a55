"""Badges, their zones and latest passages, read from the access control system's database."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar

from sources.badges_sql import mapping, statements
from sources.kit.source import Instance, Source
from sources.kit.sql import SqlTransport
from sources.kit.sql_wire import Step
from sources.ports.badges import Badge
from sources.ports.call import CallContext, utc_now
from sources.ports.errors import Answer, SourceError
from sources.ports.keys import EmployeeRef
from sources.ports.question import Need
from sources.ports.write import TAKEN, Written


class BadgeDatabase(Source):
    """An access control system. One statement for a batch of employees."""

    system: ClassVar[str] = "badges_sql"

    def __init__(self, instance: Instance) -> None:
        super().__init__(instance)
        self._digits = int(self.settings.get("digits", "7"))
        self._sql = SqlTransport(
            self.name,
            self.settings["url"],
            self.rules,
            user=self.settings["user"],
            password=self.settings["password"],
            write_user=self.settings.get("write_user"),
            write_password=self.settings.get("write_password"),
            timeout=self.manifest.timeout,
            max_answer=self.manifest.max_answer,
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._sql.close()

    async def badges_of(
        self, keys: Sequence[EmployeeRef], need: Need, call: CallContext
    ) -> Sequence[Answer[tuple[Badge, ...]]]:
        """Badges of each, by number, with as much of zones and passages as is wanted."""
        passages = need.wants("passages")
        statement = statements.badges_of(zones=need.wants("zones"), passages=passages)
        values: dict[str, object] = {"employees": [mapping.stored(key.employee_id) for key in keys]}
        if passages:
            values["latest"] = statements.LATEST
        rows = await self._sql.read(statement, values, call)
        return mapping.answers(rows, [key.employee_id for key in keys], self.name, self._digits)

    async def block(self, holder: EmployeeRef, number: str, call: CallContext) -> Written:
        """Block a badge of the holder's; one that is blocked already stays as it is."""
        values = {"badge": number, "employee": mapping.stored(holder.employee_id), "moment": utc_now()}
        if not await self._sql.write(statements.BLOCK, values, call, write="block"):
            raise SourceError("SOURCE_REJECTED", self.name, "the holder has no badge of this number")
        return TAKEN

    async def issue_temporary(
        self, holder: EmployeeRef, zones: tuple[str, ...], valid_until: datetime, call: CallContext
    ) -> Written:
        """Issue a badge with its zones, in one transaction; asked for the same again it is the same badge."""
        number, until = mapping.temporary_number(holder.employee_id, zones, valid_until), valid_until.astimezone(UTC)
        whose: dict[str, object] = {"badge": number, "employee": mapping.stored(holder.employee_id)}
        steps: list[Step] = [
            (statements.ISSUE, {**whose, "issued": utc_now(), "until": until}),
            *((statements.OPEN, {**whose, "zone": zone}) for zone in sorted(set(zones))),
            (statements.ISSUED, whose),
        ]
        if not await self._sql.transact(steps, call, write="issue_temporary"):
            raise SourceError("SOURCE_REJECTED", self.name, "the number belongs to another badge")
        return Written(key=number)
