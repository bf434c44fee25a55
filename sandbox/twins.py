"""The process of the twins: starts all, says where they are, and ends when its parent does.

Protocol: one line of JSON on standard output once everything listens; it ends with the end of standard input.
"""

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path

from sandbox.company.build import build_company
from sandbox.control import STATE, Control
from sandbox.world import World


async def run(people: int, state: Path) -> None:
    """Everything listens until standard input ends."""
    world = World.of(build_company(people))
    await world.start()
    control = Control(world, state)
    await control.start()
    print(json.dumps({name: dict(settings) for name, settings in world.settings().items()}), flush=True)
    try:
        await asyncio.to_thread(sys.stdin.read)
    finally:
        await control.stop()
        await world.stop()


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=2000)
    parser.add_argument("--state", type=Path, default=STATE)
    given = parser.parse_args()
    # Ctrl-C reaches the whole group of processes; the parent decides when the twins end
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(run(given.people, given.state))


if __name__ == "__main__":
    main()
