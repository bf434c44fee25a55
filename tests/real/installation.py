"""An installation over the real servers: `python -m tests.real.installation [--fill]` writes it for those that run now.

`okno.yaml` and the sandbox's teams go to `.okno/real/installation/`; secrets lie beside it in files of their owner's.
"""

import argparse
import importlib
import shutil
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from sandbox.company.model import Company
from sandbox.world import INSTALLATION
from sources.kit.manifest import systems
from tests.real.company import company
from tests.real.servers.place import place, write_private
from tests.real.servers.server import Facts
from tests.real.systems import REAL, RealSystem, running

_PATIENCE: Final = {
    "privacyidea": {"timeout": "50s", "in_flight": "55s", "concurrency": 2},
    "request_tracker": {"timeout": "10s"},
}
"""Both run as single processes that take a fifth of a second or more for each call."""


def write(folder: Path, facts: Mapping[str, Facts]) -> list[str]:
    """Write the installation over the servers with these facts. Returns: the names of its sources."""
    secrets = folder / "secrets"
    secrets.mkdir(parents=True, exist_ok=True)
    secrets.chmod(0o700)
    shutil.copytree(INSTALLATION, folder, dirs_exist_ok=True)
    here = [each for each in REAL if each.server in facts]
    content = {
        "name": "Real servers",
        "database": f"sqlite:///{folder / 'okno.db'}",
        "search_index": str(folder / "search.db"),
        "audit": {"keys": str(folder / "audit-keys"), "anchor": str(folder / "audit-anchor.txt")},
        "language": "en",
        "deadline": "60s",
        "login": {"sandbox": True},
        "documents": {"free_text": "everyone"},
        "sources": {each.source: _source(each, facts[each.server], secrets) for each in here},
    }
    (folder / "okno.yaml").write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return [each.source for each in here]


def fill(real: RealSystem, facts: Mapping[str, Facts], source: Company | None = None) -> Company:
    """Put the company into one server. Returns: the company with what the server itself decided, such as serials."""
    seeding = importlib.import_module(f"tests.real.seeding.{real.system}")
    # the equipment register keeps its rows in PostgreSQL, and they are put in there
    keeper = "postgres" if real.server == "postgraphile" else real.server
    filled: Company = seeding.fill(facts[keeper], source or company())
    return filled


def in_order(systems_here: Iterable[RealSystem]) -> list[RealSystem]:
    """Real systems in the order of filling: tokens belong to accounts of the domain."""
    return sorted(systems_here, key=lambda each: each.server == "privacyidea")


def _source(real: RealSystem, facts: Facts, secrets: Path) -> dict[str, Any]:
    source: dict[str, Any] = {"system": real.system, **_PATIENCE.get(real.server, {})}
    for name, value in {**real.settings(facts), **real.writing(facts)}.items():
        if systems()[real.system].settings[name].secret:
            kept = secrets / f"{real.source}.{name}"
            write_private(kept, value)
            source[name] = f"file:{kept}"
        else:
            source[name] = value
    return source


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.real.installation", description=__doc__)
    parser.add_argument("--fill", action="store_true", help="also put the made-up company into the servers")
    asked = parser.parse_args()
    facts, folder = running(), place().root / "installation"
    if not facts:
        print("no real server runs here: `make real-up` installs and starts them", file=sys.stderr)
        return 1
    for real in in_order(each for each in REAL if each.server in facts) if asked.fill else ():
        began = time.monotonic()
        fill(real, facts)
        print(f"{real.source:<16} filled in {time.monotonic() - began:.1f} s", flush=True)
    print(f"sources: {', '.join(write(folder, facts))}")
    print(f"  .venv/bin/okno serve --installation {folder}\n  .venv/bin/okno token analyst --installation {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
