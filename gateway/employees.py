"""Employees: facts of one person as another sees them, asked of the directory alone and outside of any request."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Final

from authz.vocabulary import UNKNOWN, Fact
from gateway.discovery import connect
from gateway.identity.memberships import Memberships
from gateway.settings import Installation
from gateway.standing import Refused
from gateway.store import Store
from resolvers.facts import Circumstances, facts_of
from sources.kit.desk import SourceDesk
from sources.ports.call import CallContext
from sources.ports.directory import Person
from sources.ports.errors import SourceError
from sources.ports.question import EVERYTHING

_PATIENCE: Final = 10.0
_PORT: Final = "directory"
_PORTS: Final = frozenset({_PORT, "groups"})


class Employees:
    """The people of an installation, one at a time."""

    def __init__(self, desk: SourceDesk, department_classes: Mapping[str, str], memberships: Memberships) -> None:
        self._desk = desk
        self._classes = department_classes
        self._memberships = memberships

    async def groups_of(self, login: str) -> frozenset[str]:
        """The directory groups that make somebody a member of teams; none where the directory tells none."""
        return (await self._memberships.groups_of(login, _PATIENCE)).groups

    async def facts(self, employee: str, viewer: str) -> dict[str, Fact]:
        """Facts of an employee, by login or number, as a viewer sees them. Raises: Refused."""
        seen = await self._person(employee)
        if seen is None:
            raise Refused("UNKNOWN_EMPLOYEE", f"the directory knows no employee {employee!r}")
        return await self._facts(seen, viewer)

    async def _facts(self, seen: Person, viewer: str) -> dict[str, Fact]:
        himself = await self._person(viewer)
        manager = UNKNOWN if himself is None else himself.manager_id
        return facts_of(seen, Circumstances(viewer, manager, department_classes=self._classes))

    async def _person(self, name: str) -> Person | None:
        for question, key in (("people_by_login", name.casefold()), ("people_by_id", name)):
            call = CallContext("rights", time.monotonic() + _PATIENCE, uuid.uuid4().hex, "okno", fresh=True)
            (answer,) = await self._desk.ask(_PORT, question, [key], EVERYTHING, call)
            if isinstance(answer, SourceError):
                raise Refused("NO_DIRECTORY", f"the directory does not answer ({answer.code}); facts can't be told")
            if answer is not None:
                assert isinstance(answer, Person)
                return answer
        return None


@asynccontextmanager
async def employees(
    installation: Installation, department_classes: Mapping[str, str], store: Store
) -> AsyncIterator[Employees]:
    """The directory of an installation and its groups, opened without other sources."""
    lines = connect(tuple(each for each in installation.instances if _PORTS & set(each.manifest.ports)))
    desk = SourceDesk(lines)
    memberships = Memberships(desk, store, installation.file.login.groups_source)
    call = CallContext("start", time.monotonic() + _PATIENCE, uuid.uuid4().hex, "okno")
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                await asyncio.gather(*(line.source.start(call) for line in lines), return_exceptions=True)
        yield Employees(desk, department_classes, memberships)
    finally:
        await memberships.close()
        await desk.close()
