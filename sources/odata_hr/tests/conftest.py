"""One personnel system and the road to it."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta

import pytest

from sources.kit.manifest import systems
from sources.kit.resilience.line import Line
from sources.kit.source import Instance
from sources.odata_hr.client import ODataHr
from sources.odata_hr.twin import HrSeed, ODataHrTwin
from sources.ports.call import CallContext, utc_now
from sources.ports.permit import WritePermit


def context(*, seconds: float = 5.0, permit: WritePermit | None = None) -> CallContext:
    """The call of one request."""
    return CallContext("test", time.monotonic() + seconds, "trace", "tester", permit=permit)


def permit_for(write: str) -> WritePermit:
    """Leave for one write."""
    return WritePermit("test", "step", "hr", write, time.monotonic() + 60)


def day(offset: int) -> str:
    """A day relative to today."""
    return (utc_now().date() + timedelta(days=offset)).isoformat()


DEPARTMENTS = (
    {"code": "ROOT", "name": "Company", "head": "1", "parent": None},
    {"code": "IT", "name": "Technology", "head": "1001", "parent": "ROOT"},
    {"code": "IT-SD", "name": "Service Desk", "head": "1002", "parent": "IT"},
)


def employee(number: int, **columns: object) -> dict[str, object]:
    """One row; what matters is given."""
    row = {
        "personIdExternal": str(number),
        "firstName": "Jo",
        "lastName": f"Doe {number}",
        "hireDate": "2020-01-31",
        "managerId": "1001",
        "employmentType": "permanent",
        "department_code": "IT-SD",
        "jobs": [{"startDate": "2020-01-31", "position": "Analyst", "fte": 1}],
        "absences": [],
    }
    return {**row, **columns}


@dataclass(slots=True)
class House:
    """A running twin and a line to it."""

    twin: ODataHrTwin
    source: ODataHr
    line: Line


Opened = Callable[..., "object"]


@pytest.fixture
async def opened() -> AsyncIterator[Opened]:
    """Starts a twin with these employees; everything is closed after the test."""
    async with AsyncExitStack() as stack:

        async def start(*employees: dict[str, object], ready: bool = True, **options: object) -> House:
            twin = ODataHrTwin(HrSeed(employees, DEPARTMENTS), **options)  # type: ignore[arg-type]
            await twin.start()
            stack.push_async_callback(twin.stop)
            source = ODataHr(Instance("hr", "odata_hr", systems()["odata_hr"], twin.settings()))
            stack.push_async_callback(source.close)
            if ready:
                await source.start(context())
                twin.seen.clear()
            return House(twin, source, Line(source))

        yield start
