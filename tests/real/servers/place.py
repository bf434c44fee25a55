"""Where things lie: everything the servers need is under `.okno/real/`, which git ignores."""

import os
import secrets
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, flock
from pathlib import Path

from tests.real.servers.process import ServerFailed

REPOSITORY = Path(__file__).resolve().parents[3]
FIXTURES = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Place:
    """The folder of the real servers: installed programs, their data, logs, secrets and the written facts."""

    root: Path

    @property
    def facts(self) -> Path:
        return self.root / "servers.json"

    def programs(self, name: str) -> Path:
        return self.root / "programs" / name

    def data(self, name: str) -> Path:
        return self.root / "data" / name

    def log(self, name: str) -> Path:
        return self.root / "log" / f"{name}.log"

    def secret(self, name: str) -> str:
        """A random password kept between starts, readable by its owner alone."""
        kept = self.root / "secrets" / name
        if not kept.exists():
            kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Directories want upper case, lower case, a digit and a sign.
            write_private(kept, f"Aa1-{secrets.token_hex(12)}")
        return kept.read_text()

    def forget(self, name: str) -> None:
        """Drop what the server stored; its programs stay installed."""
        shutil.rmtree(self.data(name), ignore_errors=True)
        shutil.rmtree(outside(self.data(name)), ignore_errors=True)
        for kept in (self.root / "secrets").glob(f"{name}-*"):
            kept.unlink()

    @contextmanager
    def held(self) -> Iterator[None]:
        """One `up` or `down` at a time: a second one waits for the first."""
        self.root.mkdir(parents=True, exist_ok=True)
        (self.root / ".gitignore").write_text("*\n")  # holds secrets: never to be committed, wherever it lies
        with (self.root / "lock").open("w") as lock:
            flock(lock, LOCK_EX)
            yield


def place() -> Place:
    """The place named by OKNO_REAL_HOME, or `.okno/real` of this checkout."""
    return Place(Path(os.environ.get("OKNO_REAL_HOME") or REPOSITORY / ".okno" / "real").resolve())


def outside(folder: Path) -> Path:
    """Where data goes when a service account may not enter the checkout (a home folder closed to others)."""
    return Path("/var/tmp") / ("okno-real-" + str(folder).strip("/").replace("/", "-"))


def write_private(path: Path, text: str) -> None:
    """Write at once or not at all, readable by the owner alone."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.replace(path)


def free(address: str, port: int) -> bool:
    """Whether a server could listen there now, for streams and for datagrams."""
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(type=kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True


def choose_port(server: str, purpose: str, usual: int) -> int:
    """OKNO_REAL_<SERVER>_<PURPOSE>_PORT if set, else the usual port, else any free one.

    Raises: ServerFailed when the demanded port is taken; some servers would silently share it.
    """
    variable = f"OKNO_REAL_{server}_{purpose}_PORT".upper()
    if wanted := os.environ.get(variable):
        if not free("127.0.0.1", int(wanted)):
            raise ServerFailed(f"port {wanted}, demanded by {variable}, is taken")
        return int(wanted)
    if free("127.0.0.1", usual):
        return usual
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
