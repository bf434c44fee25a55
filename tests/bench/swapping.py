"""Swapping under load: requests go on while one policy follows another."""

import asyncio
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sqlalchemy import update

from authz.tables import PolicyGeneration, PolicyVersion
from gateway.policy_making import hash_of, take_turn, texts_of
from gateway.store import Store
from resolvers.request import Request
from sources.ports.call import utc_now
from tests.sandbox import Sandbox, company_of, running

LOGIN: Final = "helpdesk.br"
READERS: Final = 4
QUERY: Final = 'query { employee(by: {login: "employee"}) { login active phones { number } workplace { region } } }'
TEAM: Final = "teams/analysts.yaml"


@dataclass(slots=True)
class Swapped:
    """What was read meanwhile. Units: `quiet` and `under` in milliseconds on the wall, read by read; without swaps, and with."""

    swaps: int = 0
    failed: int = 0
    versions: set[str] = field(default_factory=set)
    quiet: list[float] = field(default_factory=list)
    under: list[float] = field(default_factory=list)

    def text(self) -> str:
        """In one line."""
        slowest, usual = max(self.under), max(self.quiet)
        return (
            f"swap under load: {len(self.under)} reads during {self.swaps} swaps, failed {self.failed},"
            f" slowest read {slowest:.1f} ms, {slowest / usual:.1f} times the slowest of {len(self.quiet)} without a swap\n"
        )


async def swapped(swaps: int = 12) -> Swapped:
    """Read from several sides, without swaps and then with them."""
    found = Swapped()
    with tempfile.TemporaryDirectory(prefix="okno-bench-") as temporary:
        async with running(company_of(60), Path(temporary)) as sandbox:
            texts = texts_of(Path(temporary) / "installation")
            others = [{**texts, TEAM: texts[TEAM].replace("confidential", level)} for level in ("internal", "personal")]
            await _reading(sandbox, found, found.quiet, asyncio.sleep(2.0))
            found.failed, found.versions = 0, set()
            await _reading(sandbox, found, found.under, _swapping(sandbox, others, swaps, found))
    return found


async def _swapping(sandbox: Sandbox, bundles: list[dict[str, str]], swaps: int, found: Swapped) -> None:
    policies = sandbox.gateway.policies
    for number in range(swaps):
        before = policies.current
        await _publish(sandbox.gateway.store, bundles[number % len(bundles)])
        await policies.look()
        found.swaps += policies.current is not before


async def _publish(store: Store, bundle: Mapping[str, str]) -> None:
    """Write a version down as the published one."""
    hash_ = hash_of(bundle)
    async with store.session() as session:
        await take_turn(session)
        await session.merge(
            PolicyVersion(
                hash=hash_,
                version="",
                bundle=dict(bundle),
                note="",
                by="bench",
                created_at=utc_now(),
                state="PUBLISHED",
            )
        )
        await session.execute(update(PolicyGeneration).values(hash=hash_, number=PolicyGeneration.number + 1))


async def _reading(sandbox: Sandbox, found: Swapped, times: list[float], meanwhile: Any) -> None:
    """Read for as long as something else takes. A read fails that says anything else than before, or under another policy."""
    work = asyncio.ensure_future(meanwhile)
    expected = (await _read(sandbox))[0]

    async def read() -> None:
        while not work.done():
            before = time.perf_counter()
            shown, version, pinned = await _read(sandbox)
            times.append((time.perf_counter() - before) * 1e3)
            found.failed += shown != expected or version != pinned
            found.versions.add(version)

    await asyncio.gather(*(read() for _ in range(READERS)))
    await work


async def _read(sandbox: Sandbox) -> tuple[Any, str, str]:
    viewer = sandbox.gateway.viewers.viewer(LOGIN)
    assert viewer is not None, LOGIN
    body = (await sandbox.gateway.road.answer(Request(QUERY, {}, None, fresh=True), viewer)).body
    return (body.get("data"), body.get("errors")), body["extensions"]["access"]["policy"], viewer.policy.version
