"""The program as a user starts it: a process of its own, watched by its one line, stopped by Ctrl-C."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

READY = re.compile(r"^Okno is ready at (http://\S+)$", re.MULTILINE)
OKNO = (sys.executable, "-m", "gateway.cli")
ROOT = Path(__file__).resolve().parent.parent.parent
Said = tuple[int, dict[str, Any]]
"""Status and body of an answer."""


def okno(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end in a folder."""
    return subprocess.run([*OKNO, *words], cwd=folder, env=_environment(), capture_output=True, text=True, timeout=60)


def _environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OKNO_")}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"} | more


@dataclass(slots=True)
class Running:
    """A sandbox that runs in a folder."""

    url: str
    folder: Path
    process: subprocess.Popen[bytes]
    output: Path

    def token(self, login: str) -> str:
        """A bearer token, as a newcomer gets it."""
        return self.tokens(login)[0]

    def tokens(self, *logins: str) -> list[str]:
        """A bearer token for each."""
        return okno(self.folder, "token", *logins).stdout.split()

    def interrupt(self, seconds: float = 15.0) -> int:
        """Ctrl-C for the whole group of processes, as a terminal sends it. Returns: the exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(timeout=seconds)


@contextmanager
def sandbox_running(folder: Path, people: int = 60, *, port: int = 0, patience: float = 60.0) -> Iterator[Running]:
    """`okno sandbox` in a folder of its own, on a free port unless one is named."""
    output = folder / "output.txt"
    with output.open("wb") as sink:
        process = subprocess.Popen(
            [*OKNO, "sandbox", "--people", str(people), "--port", str(port)],
            cwd=folder,
            env=_environment(),
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + patience
        while not (ready := READY.search(output.read_text(encoding="utf-8"))):
            assert process.poll() is None, output.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, output.read_text(encoding="utf-8")
            time.sleep(0.1)
        yield Running(ready[1], folder, process, output)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(timeout=5)


def asked(
    url: str, query: str, token: str | None = None, variables: Mapping[str, Any] | None = None, **headers: str
) -> Said:
    """Status and body of an answer."""
    said = {"Content-Type": "application/json", **headers}
    if token is not None:
        said["Authorization"] = f"Bearer {token}"
    body = json.dumps({"query": query, "variables": variables or {}}).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(f"{url}/graphql", body, said), timeout=20) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)
