"""`python -m tests.bench`: print the figures; with `--write`, write those of the road into the reference as well."""

import argparse
import subprocess
import sys
from pathlib import Path
from typing import Final

import uvloop

from tests.bench.rights import report
from tests.bench.rights_share import share
from tests.bench.running import SHORT, Scale, run
from tests.bench.stand import standing

REFERENCE: Final = Path(__file__).parents[2] / "docs" / "reference" / "bench.md"

_BY_HAND: Final = "\n## Rights\n"
"""From here on the reference says more than a run finds: when it was quiet, and what a figure means."""


async def measured(people: int, scale: Scale) -> str:
    """One whole run."""
    async with standing(people) as stand:
        said = (await run(stand, people, scale)).text()
        return f"{said}\n## Rights\n\n{report()}\n{(await share(stand)).text()}"


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--people", type=int, default=1050, help="how many people the company has")
    parser.add_argument("--short", action="store_true", help="only see that all ways do the same")
    parser.add_argument("--write", action="store_true", help=f"write {REFERENCE.name} as well")
    given = parser.parse_args()
    text = uvloop.run(measured(given.people, SHORT if given.short else Scale()))
    print(text, flush=True)
    if not given.short:
        for each in ("tests.bench.hostile", "tests.bench.audit", "tests.bench.journal"):
            subprocess.run([sys.executable, "-m", each], check=True)
    if given.write:
        REFERENCE.parent.mkdir(parents=True, exist_ok=True)
        before = REFERENCE.read_text(encoding="utf-8") if REFERENCE.exists() else ""
        REFERENCE.write_text(joined(text, before), encoding="utf-8")


def joined(text: str, before: str) -> str:
    """What is written: the new figures of the road; what people have written of the others stays as it was."""
    told = before.find(_BY_HAND)
    return text if told < 0 else text[: text.index(_BY_HAND)] + before[told:]


if __name__ == "__main__":
    main()
