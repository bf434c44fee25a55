"""A sandbox whose systems are broken and mended, case by case."""

import math
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sources.kit.resilience.breaker import Breaker
from tests.faults.card import LOGIN, QUERY
from tests.faults.kinds import FAULTS, LATE, late_too
from tests.faults.stolen import Stood, standing_still
from tests.faults.verdict import faults_of
from tests.sandbox import Sandbox

GRACE: Final = 0.2
"""Seconds past the deadline within which the answer must be there."""
PUT: Final = 3
"""How often a case is put whose answers are wrong by lateness alone."""
STILL: Final = 0.2
"""Seconds stolen from a case after which its lateness says nothing: a third of what a call is given."""
SPOILT_MOST: Final = 5
"""How many such cases are not counted."""
_NOT_IN_TIME: Final = frozenset({"SOURCE_TIMEOUT", "DEADLINE_EXCEEDED"})
"""What is said of a system that was late. One that was late often enough is given a pause, which alone proves nothing."""


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer and how long it took. Units: seconds, those left out that were stolen."""

    body: dict[str, Any]
    seconds: float
    stood: Stood = field(default_factory=Stood)


Hear = Callable[[], Awaitable[Heard]]
"""Puts the case."""
Judge = Callable[[Heard, Mapping[str, str]], list[str]]
"""What is wrong with an answer, in words. Shape: kind of fault by source, `LATE` among the kinds."""


@dataclass(slots=True)
class Ward:
    """A sandbox, its deadline, and the answer it gives when all is well."""

    sandbox: Sandbox
    deadline: float
    golden: dict[str, Any]

    @classmethod
    async def of(cls, sandbox: Sandbox, deadline: float) -> "Ward":
        """A ward over a sandbox in which all is well. The first answers of a process take long, and nothing is learnt of them."""
        ward = cls(sandbox, deadline, {})
        for _ in range(SPOILT_MOST):
            body = (await ward.ask()).body
            if "errors" not in body:
                break
            await ward.mend()
        assert "errors" not in body, body["errors"]
        ward.golden = body["data"]["employee"]
        return ward

    async def ask(self, *, fresh: bool = True) -> Heard:
        """Every block of the employee, measured."""
        began = time.monotonic()
        with standing_still() as stood:
            reply = await self.sandbox.ask(QUERY, {"login": LOGIN}, fresh=fresh)
        return Heard(reply.body, time.monotonic() - began - stood.stolen, stood)

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
        return await judged(told(broken), lambda: self.heard(broken), self.wrong, broken, within=self.deadline)

    async def recovered(self, *, fresh: bool = True) -> list[str]:
        """What is still wrong after the mending."""

        async def hear() -> Heard:
            await self.mend()  # a system that was late the first time is not given a pause the second
            return await self.ask(fresh=fresh)

        return await judged("after the mending", hear, self.wrong, {})

    def wrong(self, heard: Heard, broken: Mapping[str, str]) -> list[str]:
        """What is wrong with an answer beside the one given when all is well."""
        return faults_of(heard.body, self.golden, broken)


async def judged(
    what: str, hear: Hear, judge: Judge, broken: Mapping[str, str], *, within: float = math.inf
) -> list[str]:
    """What is wrong with a case, in words that name it. Units: `within` in seconds.

    Twins and gateway share one process here, and a machine that stands still for a second makes well systems late. So a
    case is put again when lateness alone explains all that is wrong with it; anything else is final. It is put three
    times, not counting a few during which so much time was stolen that nothing can be said of lateness.
    """
    counted = spoilt = 0
    while True:
        heard = await hear()
        wrong = judge(heard, broken)
        overdue = heard.seconds > within + GRACE
        if not wrong and not overdue:
            return []
        if heard.stood.stolen > STILL and spoilt < SPOILT_MOST:
            spoilt += 1
        else:
            counted += 1
        if counted == PUT or not by_lateness_alone(heard, judge, broken):
            took = [f"took {heard.seconds:.3f} s, {within} s are allowed"] if overdue else []
            return [f"{what} (put {counted + spoilt} times; {heard.stood}): {text}" for text in wrong + took]
        print(f"{what}: put again, {heard.stood}: {wrong}")


def by_lateness_alone(heard: Heard, judge: Judge, broken: Mapping[str, str]) -> bool:
    """Whether nothing is wrong with what the answer shows, once the systems that were late are counted as such.

    A broken one too may have been late before it could show how it is broken.
    """
    late = {each: late_too(broken[each]) if each in broken else LATE for each in late_ones(heard)}
    return judge(heard, {**broken, **late}) == []


def late_ones(heard: Heard) -> set[str]:
    """Systems that are named by an error and were not in time, which alone excuses a pause given to them."""
    codes: dict[str, set[str]] = {}
    for error in heard.body.get("errors", []):
        said = error["extensions"]
        if said.get("source") is not None:
            codes.setdefault(said["source"], set()).add(said.get("code"))
    account = heard.body["extensions"]["sources"]
    return {
        source for source, said in codes.items() if _NOT_IN_TIME & (said | {*account.get(source, {}).get("codes", ())})
    }


def told(broken: Mapping[str, str]) -> str:
    """A case in words."""
    return ", ".join(f"{source} {kind}" for source, kind in broken.items())
