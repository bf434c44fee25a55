"""One asset register and the road to it."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from sources.equipment_graphql.client import GraphqlEquipment
from sources.equipment_graphql.twin import WRITER, EquipmentSeed, EquipmentTwin
from sources.kit.manifest import systems
from sources.kit.resilience.line import Line
from sources.kit.source import Instance
from sources.ports.call import CallContext
from sources.ports.permit import WritePermit


def context(*, seconds: float = 5.0, permit: WritePermit | None = None) -> CallContext:
    """The call of one request."""
    return CallContext("test", time.monotonic() + seconds, "trace", "tester", permit=permit)


def permit_for(write: str) -> WritePermit:
    """Leave for one write."""
    return WritePermit("test", "step", "assets", write, time.monotonic() + 60)


def asset(tag: str, owner: str | None = None, **columns: object) -> dict[str, object]:
    """One row; what matters is given."""
    row = {
        "tag": tag,
        "kind": "laptop",
        "model": "Korsa",
        "status": "assigned" if owner else "in_stock",
        "assigned_to": owner,
        "serial_number": f"S-{tag}",
        "hostname": f"host-{tag}",
        "ip": "10.0.0.1",
        "mac": "02:00:00:00:00:01",
        "assigned_at": "2024-05-06T07:08:09+02:00",
        "purchased_on": "2024-01-02",
        "warranty_until": "2027-01-02",
        "location": "desk 1",
    }
    return {**row, **columns}


@dataclass(slots=True)
class House:
    """A running twin and a line to it."""

    twin: EquipmentTwin
    source: GraphqlEquipment
    line: Line


@pytest.fixture
async def opened() -> AsyncIterator[Callable[..., object]]:
    """Starts a twin with these assets and people 1001 to 1200; everything is closed after the test."""
    async with AsyncExitStack() as stack:

        async def start(
            *assets: dict[str, object],
            ready: bool = True,
            writing: bool = False,
            lacking: frozenset[str] = frozenset(),
            functions: bool = True,
        ) -> House:
            people = tuple({"id": str(each), "login": f"login{each}", "full_name": None} for each in range(1001, 1201))
            twin = EquipmentTwin(EquipmentSeed(people, assets), lacking=lacking, functions=functions)
            await twin.start()
            stack.push_async_callback(twin.stop)
            settings = {**twin.settings(), **({"token": WRITER} if writing else {})}
            source = GraphqlEquipment(Instance("assets", "equipment_graphql", systems()["equipment_graphql"], settings))
            stack.push_async_callback(source.close)
            if ready:
                await source.start(context())
                twin.seen.clear()
            return House(twin, source, Line(source))

        yield start
