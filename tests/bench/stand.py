"""Stand: a gateway in this process over twins in a process of their own, so that its processor time is its alone."""

import json
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from gateway.app import Gateway, close_gateway, open_gateway
from gateway.settings import Installation, load_installation
from resolvers.asking import Viewer
from sandbox.installing import install
from tests.sandbox import ALL_SEEING, NOW, add_all_seeing

LOGIN: Final = ALL_SEEING
PATIENCE: Final = 60
"""Ample, because nothing here is about time on the wall: the twins are slower than what they stand for, and a page of two
hundred asks one of them person by person. Units: seconds, for a request and for each of its calls."""


@dataclass(frozen=True, slots=True)
class Stand:
    """What every way to an answer is given: the same gateway, viewer and token."""

    gateway: Gateway
    viewer: Viewer
    token: str


async def stand_over(gateway: Gateway) -> Stand:
    """A stand over a gateway that is open already. Its sweeps end: they would be counted with the requests."""
    await gateway.sweeper.stop()
    viewer = gateway.viewers.viewer(LOGIN)
    assert viewer is not None, LOGIN
    return Stand(gateway, viewer, await gateway.identity.tokens.give(LOGIN))


@asynccontextmanager
async def standing(people: int) -> AsyncIterator[Stand]:
    """A stand from its start to its end, over a company of that many people."""
    with tempfile.TemporaryDirectory(prefix="okno-bench-") as temporary:
        folder = Path(temporary)
        with _twins(people, folder / "control.json") as settings:
            files = {"database": f"sqlite:///{folder}/okno.db", "search_index": ":memory:", "deadline": f"{PATIENCE}s"}
            files |= {"audit": {"keys": f"{folder}/audit-keys", "anchor": None}}
            files |= {"exposure": {"per_hour": 1_000_000, "searches": 1_000_000}}  # one viewer looks at everybody
            environment = install(folder, settings, **files)
            add_all_seeing(folder)
            installation = _patient(load_installation(folder, environment))
            gateway = await open_gateway(installation, lambda: NOW)
            try:
                yield await stand_over(gateway)
            finally:
                await close_gateway(gateway)


def _patient(installation: Installation) -> Installation:
    """The same installation; none of its sources is given up early."""
    instances = tuple(
        replace(each, manifest=each.manifest.model_copy(update={"timeout": float(PATIENCE)}))
        for each in installation.instances
    )
    return replace(installation, instances=instances)


@contextmanager
def _twins(people: int, state: Path) -> Iterator[Mapping[str, Mapping[str, str]]]:
    """All twins, in their own process; it ends when its standard input does."""
    command = [sys.executable, "-m", "sandbox.twins", "--people", str(people), "--state", str(state)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        try:
            word = process.stdout.readline()
            if not word:
                raise RuntimeError("the twins did not start; see above")
            yield json.loads(word)
        finally:
            process.stdin.close()
            process.wait(timeout=20)
