"""Canaries through every layer: what systems are signed in to with, and what callers sign in with, leaves us nowhere.

What operations make and show once is held in `tests/operations/test_canaries.py`.
"""

import asyncio
from pathlib import Path
from typing import Any, Final

import orjson

from sandbox.company.model import Company
from sources.kit.twin.faults import Fault
from tests.bench.workloads import card
from tests.unit.telemetry.conftest import Collector, Served, Told, served

KINDS: Final = ("denied", "refused", "garbage", "unavailable", "cut")
_EVERYTHING: Final = (
    "{ sources { name state } audit(first: 100) { edges { node { code } } } __schema { types { name description } } }"
)
_FOLLOWED: Final = "subscription { sources { name state } }"


def secrets_of(gateway: Served) -> set[str]:
    """What connectors sign in with."""
    return {
        value
        for line in gateway.gateway.desk.lines.values()
        for name, value in line.source.settings.items()
        if line.manifest.settings[name].secret and value
    }


async def everything_said(gateway: Served) -> bytes:
    """All answers to one who sees everything, by every form, while systems work and while each of them fails in each way."""
    said: list[Any] = []
    cards = card("employee")
    fresh = {"cache_control": "no-cache"}

    async def ask(query: str, variables: Any = None, **headers: str) -> None:
        status, body, told = await gateway.ask(query, variables, **headers)
        said.append([status, body, [f"{key}: {each}" for key, each in told.items()]])

    await ask(cards.query, dict(cards.variables))
    await ask(_EVERYTHING)
    await ask("{ viewer { logn } }")
    for name in gateway.world.twins:
        for kind in KINDS:
            await gateway.world.break_with(name, Fault(kind))  # type: ignore[arg-type]  # a kind by its name
            gateway.gateway.desk.lines[name].breaker.succeeded()
            await ask(cards.query, dict(cards.variables), **fresh)
        await gateway.world.break_with(name, None)
        gateway.gateway.desk.lines[name].breaker.succeeded()
    headers = {"Authorization": f"Bearer {gateway.token}", "Accept": "text/event-stream"}
    async with gateway.session.post(f"{gateway.url}/graphql", json={"query": _FOLLOWED}, headers=headers) as answer:
        said.append((await answer.content.readuntil(b"\n\n")).decode())
    wrong = {"Authorization": f"Bearer {gateway.token}x"}
    for path in ("/graphql", "/healthz", "/readyz", "/graphiql", "/nowhere"):
        async with gateway.session.get(f"{gateway.url}{path}", headers=wrong) as answer:
            said.append(
                [
                    answer.status,
                    (await answer.read()).decode(),
                    [f"{key}: {each}" for key, each in answer.headers.items()],
                ]
            )
    return orjson.dumps(said)


async def test_no_secret_of_ours_or_of_a_caller_leaves_us_by_any_way(
    company: Company, collector: Collector, told: Told, tmp_path: Path
) -> None:
    async with served(company, tmp_path, {"endpoint": collector.url}) as gateway:
        canaries = {*secrets_of(gateway), gateway.token}
        assert len(canaries) > 10
        spans = len(collector.spans)
        said = await everything_said(gateway)
        figures = await gateway.metrics()
        for _ in range(100):
            if len(collector.spans) - spans > 100:
                break
            await asyncio.sleep(0.1)
    # closed: what was still to be told has been
    traced = b"".join(each.SerializeToString() for each in collector.spans[spans:])
    kept = {each.name: each.read_bytes() for each in tmp_path.glob("**/*") if each.is_file()}
    configured = {name for name in kept if name.endswith(".yaml")}  # where secrets are named, and some come from
    ways = {
        "answers": said,
        "figures": figures.encode(),
        "log": told.text.encode(),
        "traces": traced,
        **{name: content for name, content in kept.items() if name not in configured},
    }
    assert {"okno.db", "answers", "figures", "log", "traces"} <= ways.keys()
    assert [name for name, content in ways.items() if not content and "-wal" not in name and "-shm" not in name] == []
    found = [(way, canary) for way, content in ways.items() for canary in canaries if canary.encode() in content]
    assert found == []
    for way in ("answers", "log"):  # that there was something to be told of
        assert b"SOURCE_" in ways[way] or b"source" in ways[way], way
