"""A sandbox whose systems are broken and mended, case by case."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sources.kit.resilience.breaker import Breaker
from tests.faults.card import LOGIN, QUERY
from tests.faults.kinds import FAULTS
from tests.faults.stolen import waited
from tests.faults.verdict import faults_of
from tests.sandbox import Sandbox

GRACE: Final = 0.2
"""Seconds past the deadline within which the answer must be there."""
LATE: Final = frozenset({"SOURCE_TIMEOUT", "DEADLINE_EXCEEDED", "CIRCUIT_OPEN"})
"""What is said of a system that was late, or was given up for a while since it had been."""
TOOK: Final = "took "


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer and how long it took. Units: seconds, those in which the machine let us stand in its queue left out."""

    body: dict[str, Any]
    seconds: float
    stolen: float


@dataclass(slots=True)
class Ward:
    """A sandbox, its deadline, and the answer it gives when all is well."""

    sandbox: Sandbox
    deadline: float
    golden: dict[str, Any]

    @classmethod
    async def of(cls, sandbox: Sandbox, deadline: float) -> "Ward":
        """A ward over a sandbox in which all is well."""
        ward = cls(sandbox, deadline, {})
        body = (await ward.ask()).body
        assert "errors" not in body, body["errors"]
        ward.golden = body["data"]["employee"]
        return ward

    async def ask(self, *, fresh: bool = True) -> Heard:
        """Every block of the employee, measured."""
        began, stood = time.monotonic(), waited()
        reply = await self.sandbox.ask(QUERY, {"login": LOGIN}, fresh=fresh)
        stolen = waited() - stood
        return Heard(reply.body, time.monotonic() - began - stolen, stolen)

    async def break_with(self, broken: Mapping[str, str]) -> None:
        """Break sources. Shape: kind of fault by source."""
        for source, kind in broken.items():
            await self.sandbox.world.break_with(source, FAULTS[kind])

    async def mend(self) -> None:
        """All systems are well again, and nothing is left of what was: neither breakers nor last-known answers."""
        for source, twin in self.sandbox.world.twins.items():
            if twin.switch.fault is not None:
                await self.sandbox.world.break_with(source, None)
        for line in self.sandbox.gateway.desk.lines.values():
            line.breaker = Breaker()
            line.forget()

    async def heard(self, broken: Mapping[str, str]) -> Heard:
        """The answer given while these are broken; afterwards all is well again."""
        await self.break_with(broken)
        try:
            return await self.ask()
        finally:
            await self.mend()

    async def case(self, broken: Mapping[str, str]) -> list[str]:
        """One case from its beginning to its end. Returns: all that was wrong, each naming the case."""

        async def put() -> tuple[Heard, list[str]]:
            heard = await self.heard(broken)
            return heard, faults_of(heard.body, self.golden, broken) + self.late(heard)

        return await judged(told(broken), put, broken)

    async def recovered(self) -> list[str]:
        """What is still wrong after the mending."""

        async def put() -> tuple[Heard, list[str]]:
            heard = await self.ask()
            return heard, faults_of(heard.body, self.golden, {})

        return await judged("after the mending", put, {})

    def late(self, heard: Heard) -> list[str]:
        """Whether the answer came later than it may."""
        if heard.seconds <= self.deadline + GRACE:
            return []
        return [f"{TOOK}{heard.seconds:.3f} s, {self.deadline} s are allowed"]


async def judged(
    what: str, put: Callable[[], Awaitable[tuple[Heard, list[str]]]], broken: Mapping[str, str]
) -> list[str]:
    """What is wrong with a case, in words that name it.

    Twins and gateway share one process here, and a machine that stands still for a second makes well systems late. So a
    case is put again, twice at most, when a well system was late or the answer was; whatever else is wrong is final.
    """
    for last in (False, False, True):
        heard, wrong = await put()
        if last or not wrong or not was_late(heard, wrong, broken):
            return [f"{what} ({heard.stolen:.3f} s in the machine's queue): {text}" for text in wrong]
        print(f"{what}: put again, {heard.stolen:.3f} s in the machine's queue")
    raise AssertionError("the last try returns")


def was_late(heard: Heard, wrong: Sequence[str], broken: Mapping[str, str]) -> bool:
    """Whether the machine may be to blame: the answer, or a system that is well, came too late."""
    said = [error["extensions"] for error in heard.body.get("errors", [])]
    well = any(each.get("code") in LATE and each.get("source") not in broken for each in said)
    return well or any(text.startswith(TOOK) for text in wrong)


def told(broken: Mapping[str, str]) -> str:
    """A case in words."""
    return ", ".join(f"{source} {kind}" for source, kind in broken.items())
