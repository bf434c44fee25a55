"""A started server: its process, whether it still lives, and how it is stopped."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

PATH = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin"


class ServerFailed(Exception):
    """A server could not be installed, started or prepared; the text says why in words for a person."""


def run(
    command: Sequence[str | Path],
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: str = "",
    seconds: float = 300,
    show: str = "",
) -> str:
    """Run to the end and return the standard output; everything it says also goes into the log.

    Raises: ServerFailed with the last lines of what it said.
    """
    name = show or Path(command[0]).name
    try:
        done = subprocess.run(
            [str(word) for word in command],
            env={**os.environ, "PATH": PATH, **(env or {})},
            cwd=cwd,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=seconds,
        )
    except FileNotFoundError as missing:
        raise ServerFailed(f"no such program: {missing.filename}") from missing
    except subprocess.TimeoutExpired as slow:
        raise ServerFailed(f"{name} did not end in {seconds:.0f} s") from slow
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a") as file:
        file.write(f"--- {name}\n{done.stdout}{done.stderr}")
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines()[-8:]
        raise ServerFailed(f"{name} ended with {done.returncode}: " + "\n    ".join(said))
    return done.stdout


def spawn(
    command: Sequence[str | Path], log: Path, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> "subprocess.Popen[bytes]":
    """Start in a session of its own, so that Ctrl-C in the terminal does not reach it."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as file:
        try:
            return subprocess.Popen(
                [str(word) for word in command],
                env={**os.environ, "PATH": PATH, **(env or {})},
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except FileNotFoundError as missing:
            raise ServerFailed(f"no such program: {missing.filename}") from missing


def wait_until(ready: Callable[[], bool], process: "subprocess.Popen[bytes]", seconds: float) -> None:
    """Raises: ServerFailed when the process ends or the time passes before it is ready."""
    limit = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None:
            raise ServerFailed(f"it ended with {process.returncode} before it was ready")
        if time.monotonic() > limit:
            raise ServerFailed(f"it was not ready in {seconds:.0f} s")
        time.sleep(0.1)


def born(pid: int) -> str:
    """The kernel's start time of a process; empty when it is gone. With the pid it names one process for ever."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]


def alive(pid: int, since: str) -> bool:
    return bool(since) and born(pid) == since


def stop(pid: int, since: str, first: signal.Signals, seconds: float = 15) -> bool:
    """End exactly the process we started and what it left in its group.

    Returns whether it was still there: a pid that now belongs to someone else is left alone.
    """
    if not alive(pid, since):
        return False
    os.kill(pid, first)
    limit = time.monotonic() + seconds
    while alive(pid, since) and time.monotonic() < limit:
        time.sleep(0.05)
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    while alive(pid, since):
        time.sleep(0.05)
    return True


def last_lines(log: Path, count: int = 15) -> str:
    try:
        lines = log.read_text(errors="replace").splitlines()
    except OSError:
        return "(no log)"
    return "\n".join(f"    {line[:300]}" for line in lines[-count:]) or "    (it said nothing)"
