"""Hostile documents: how long it takes to refuse them, by `python -m tests.bench.hostile`.

Time on the wall from the body of a request to the bytes of its refusal, one after another in a process of its own, without
a socket. Each document is sent with another comment every time, so that nothing known of an earlier one helps. That no source is
asked is no figure but a test (`tests/door/test_hostile.py`).
"""

import argparse
import time
from collections.abc import Mapping, Sequence
from typing import Final

import orjson
import uvloop

from gateway.serving import settle
from tests.bench.roads import OknoOverHttp
from tests.bench.stand import Stand, standing
from tests.door.hostile import HOSTILE

TARGET: Final = 20.0
"""Units: milliseconds, for 99 of 100."""


async def refused(stand: Stand, rounds: int) -> dict[str, list[float]]:
    """How long each refusal took, by document. Units: milliseconds. Raises: AssertionError where one is no refusal."""
    okno = OknoOverHttp(stand)
    took: dict[str, list[float]] = {name: [] for name in HOSTILE}
    for turn in range(rounds):
        for name, (document, code) in HOSTILE.items():
            body = orjson.dumps({"query": f"#{turn}\n{document}"})
            began = time.perf_counter()
            said = await okno.post(body)
            took[name].append((time.perf_counter() - began) * 1_000)
            assert {each["extensions"]["code"] for each in orjson.loads(said)["errors"]} == {code}, (name, said[:200])
    return took


def text(took: Mapping[str, Sequence[float]]) -> str:
    """What was found, the slowest kinds first."""
    every = [each for times in took.values() for each in times]
    fast, slow = (f"{_part(every, part):.2f} ms" for part in (0.5, 0.99))
    said = f"{len(took)} kinds, {len(every):,} refusals: 50 of 100 within {fast}, 99 within {slow} (target {TARGET:.0f} ms)"
    lines = [
        f"## Hostile documents\n\n{said}, the slowest {max(every):.2f} ms.\n",
        "| the slowest kinds | median, ms | 99 of 100, ms | longest, ms |\n|---|---|---|---|",
    ]
    slowest = sorted(took.items(), key=lambda each: -_part(each[1], 0.99))[:6]
    lines += [f"| {name} | {_part(t, 0.5):.2f} | {_part(t, 0.99):.2f} | {max(t):.2f} |" for name, t in slowest]
    return "\n".join(lines)


def _part(times: Sequence[float], part: float) -> float:
    return sorted(times)[min(int(len(times) * part), len(times) - 1)]


async def measured(rounds: int) -> str:
    """One whole run."""
    async with standing(1_050) as stand:
        await refused(stand, 2)
        settle()
        return text(await refused(stand, rounds))


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.hostile", description=__doc__)
    parser.add_argument("--rounds", type=int, default=100, help="how often each document is sent")
    print(uvloop.run(measured(parser.parse_args().rounds)))


if __name__ == "__main__":
    main()
