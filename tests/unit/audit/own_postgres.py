"""A PostgreSQL server of a test's own, that can be stopped in the middle and started again."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_ACCOUNT: Final = "postgres"
"""Whom it runs as where we are root, whom it refuses."""


def lacking() -> str | None:
    """Why no server can be started here, None where one can."""
    if binaries() is None:
        return "PostgreSQL's server programs are not installed (Debian package postgresql)"
    if os.geteuid() == 0:
        try:
            pwd.getpwnam(_ACCOUNT)
        except KeyError:
            return f"PostgreSQL does not run as root, and there is no account {_ACCOUNT}"
        if shutil.which("setpriv") is None:
            return "PostgreSQL does not run as root, and there is no setpriv to run it as another"
    return None


def binaries() -> Path | None:
    """The folder of the newest server's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: int(each.parts[4]))
    return found[-1] if found else None


@dataclass(slots=True)
class OwnPostgres:
    """A server in a folder. Shape: `url` of a database that is there from the beginning."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"postgresql://okno@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=60"
        self._run("pg_ctl", "-D", self.folder / "db", "-o", options, "-l", self.folder / "log", "-w", "start")

    def stop(self, how: str = "immediate") -> None:
        """Shape: `immediate` is as a crash: nothing is put in order."""
        self._run("pg_ctl", "-D", self.folder / "db", "-m", how, "-w", "stop")

    def make(self) -> None:
        self._run("initdb", "-D", self.folder / "db", "-U", "okno", "-A", "trust", "-E", "UTF8", "--no-sync")

    def _run(self, program: str, *words: str | Path) -> None:
        folder = binaries()
        assert folder is not None
        drop = ["setpriv", f"--reuid={_ACCOUNT}", f"--regid={_ACCOUNT}", "--clear-groups"] if os.geteuid() == 0 else []
        with (self.folder / "said").open("ab") as said:  # no pipe: the server would keep it open
            done = subprocess.run(
                [*drop, folder / program, *words], cwd=self.folder, stdout=said, stderr=said, check=False, timeout=90
            )
        assert done.returncode == 0, (self.folder / "said").read_text(errors="replace")[-2000:]


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    """One that runs, and is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="okno-pg-") as name, socket.socket() as free:
        folder = Path(name)
        if os.geteuid() == 0:
            shutil.chown(folder, _ACCOUNT, _ACCOUNT)
        free.bind(("127.0.0.1", 0))
        made = OwnPostgres(folder, free.getsockname()[1])
        free.close()
        made.make()
        made.start()
        try:
            yield made
        finally:
            if (folder / "db" / "postmaster.pid").exists():
                made.stop()
