"""Install, start, stop and prove real servers: `python -m tests.real.servers up|down|status|smoke [--only a,b]`."""

import argparse
import sys

from tests.real.servers import harness
from tests.real.servers.place import place


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.real.servers", description=__doc__)
    parser.add_argument(
        "action",
        choices=("up", "down", "status", "smoke", "packages"),
        help="packages prints the Debian packages still lacking",
    )
    parser.add_argument("--only", default="", metavar="NAME,...", help=f"of {', '.join(harness.servers())}")
    parser.add_argument("--forget", action="store_true", help="with down: also drop what the servers stored")
    asked = parser.parse_args()
    names = [name for name in asked.only.split(",") if name]
    unknown = sorted(set(names) - set(harness.servers()))
    if unknown:
        parser.error(f"no such server: {', '.join(unknown)}; there are {', '.join(harness.servers())}")
    here = place()
    if asked.action == "packages":
        print(" ".join(harness.debian(names)))
        return 0
    if asked.action == "status":
        return harness.status(here, names)
    with here.held():
        if asked.action == "up":
            return harness.up(here, names)
        if asked.action == "down":
            return harness.down(here, names, forget=asked.forget)
        return harness.smoke(here, names)


if __name__ == "__main__":
    sys.exit(main())
