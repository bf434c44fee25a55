"""`python -m tests.dependencies compare|bill`: known weaknesses of what is locked; bills of material.

`compare` ends with 0 where nothing is known, 1 where something is, 3 where the list could not be asked about everything;
with `--lists optional` the last is told and endured, for machines that reach nothing but an index of packages.
"""

import argparse
import json
import subprocess
import sys
from typing import Final

from tests.dependencies.comparing import Verdict, verdict
from tests.dependencies.locks import PROGRAM, ROOT, built_with, locks, pinned

TOOLS: Final = ROOT / ".venv" / "audit" / "bin"
BILLS: Final = ROOT / "build" / "sbom"


def compare(*, needed: bool) -> int:
    """Compare every lock. Returns: what the command ends with."""
    verdicts: list[Verdict] = []
    for lock in locks():
        asked = ["--requirement", str(lock), "--require-hashes", "--disable-pip", "--format", "json"]
        said = subprocess.run(
            [TOOLS / "pip-audit", *asked, "--progress-spinner", "off"],
            check=False,
            capture_output=True,
            text=True,
            timeout=600,
        )
        if not said.stdout:
            print(f"{lock.name}: pip-audit failed: {said.stderr.strip()[-500:]}", file=sys.stderr)
            return 2
        found = verdict(json.loads(said.stdout), len(pinned(lock, everywhere=True)))
        verdicts.append(found)
        print(f"{lock.name:<12} {found.state}: {found.compared} compared, {len(found.unknown)} not")
        for line in found.weak:
            print(f"  {line}")
    if any(each.weak for each in verdicts):
        return 1
    if any(each.unknown for each in verdicts):
        print("NOT COMPARED WHOLLY: the list of known weaknesses could not be asked from here", file=sys.stderr)
        return 3 if needed else 0
    return 0


def bill() -> int:
    """Write both bills of material. Returns: 0, or 1 where one lacks something that is locked."""
    BILLS.mkdir(parents=True, exist_ok=True)
    program, pages = BILLS / "program.cdx.json", BILLS / "pages.cdx.json"
    made = ["--pyproject", "pyproject.toml", "--output-reproducible", "--spec-version", "1.6", "-o", str(program)]
    tool = [TOOLS / "python", "-W", "ignore", "-m", "cyclonedx_py", "requirements", PROGRAM]
    subprocess.run([*tool, *made], cwd=ROOT, check=True, timeout=300)
    npm = ["npm", "sbom", "--package-lock-only", "--sbom-format=cyclonedx", "--sbom-type=application"]
    said = subprocess.run(npm, cwd=ROOT / "ui", check=True, capture_output=True, text=True, timeout=300)
    pages.write_text(said.stdout, encoding="utf-8")
    locked = {program: {(each, version) for each, version in pinned(PROGRAM).items()}}
    locked[pages] = {(each, version) for each, versions in built_with().items() for version in versions}
    lacking: list[str] = []
    for each, wanted in locked.items():
        told = {(each["name"], each["version"]) for each in json.loads(each.read_bytes())["components"]}
        print(f"{each.relative_to(ROOT)}: {len(told)} components")
        lacking += [" ".join(pair) for pair in sorted(wanted - told)]
    if lacking:
        print(f"lacking: {', '.join(lacking)}", file=sys.stderr)
    return 1 if lacking else 0


def main() -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="python -m tests.dependencies", description=__doc__)
    parser.add_argument("what", choices=["compare", "bill"])
    parser.add_argument("--lists", choices=["needed", "optional"], default="needed")
    given = parser.parse_args()
    return bill() if given.what == "bill" else compare(needed=given.lists == "needed")


if __name__ == "__main__":
    sys.exit(main())
