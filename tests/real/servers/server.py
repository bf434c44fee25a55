"""What a real server is to this harness: what it needs, how it is installed, how it is started."""

import signal
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from tests.real.servers import packages, process, tls
from tests.real.servers.place import FIXTURES, Place, choose_port, outside

Facts = dict[str, object]


def nested(facts: Facts, name: str) -> dict[str, dict[str, str]]:
    """A part of the facts that names several: credentials by who, databases by name."""
    part: object = facts[name]
    if not isinstance(part, dict):
        raise TypeError(f"{name} is not a table of names: {part!r}")
    return part


@dataclass(slots=True)
class Site:
    """One server's own corner while it is being brought up.

    `others` holds the facts of the servers it was said to need, already running.
    """

    name: str
    place: Place
    usual_ports: Mapping[str, int]
    others: Mapping[str, Facts]
    ports: dict[str, int] = field(default_factory=dict)
    started: "subprocess.Popen[bytes] | None" = None

    @property
    def fixture(self) -> Path:
        return FIXTURES / self.name

    @property
    def programs(self) -> Path:
        return self.place.programs(self.name)

    @property
    def data(self) -> Path:
        folder = self.place.data(self.name)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @property
    def log(self) -> Path:
        return self.place.log(self.name)

    def port(self, purpose: str) -> int:
        if purpose not in self.ports:
            self.ports[purpose] = choose_port(self.name, purpose, self.usual_ports[purpose])
        return self.ports[purpose]

    def secret(self, purpose: str) -> str:
        return self.place.secret(f"{self.name}-{purpose}")

    def certificate(self, names: Sequence[str], addresses: Sequence[str]) -> tls.Certificate:
        return tls.issue(self.place.root / "tls", self.data / "tls", names, addresses)

    def venv(self) -> Path:
        """The bin folder of the server's own virtual environment, made from its pinned requirements."""
        return packages.venv(self.programs, self.fixture / "requirements.txt", self.log)

    def node(self) -> packages.Node:
        """The folder of a Node project with its locked dependencies installed."""
        return packages.node_project(self.fixture / "project", self.programs, self.place.programs("node"), self.log)

    def run(
        self,
        *command: str | Path,
        env: Mapping[str, str] | None = None,
        stdin: str = "",
        cwd: Path | None = None,
        show: str = "",
    ) -> str:
        return process.run(command, self.log, env=env, stdin=stdin, cwd=cwd, show=show)

    def spawn(self, *command: str | Path, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> None:
        self.started = process.spawn(command, self.log, env=env, cwd=cwd)

    def wait(self, ready: Callable[[], bool], seconds: float = 30) -> None:
        if self.started is None:
            raise process.ServerFailed("nothing was started")
        process.wait_until(ready, self.started, seconds)

    def data_for(self, account: str) -> Path:
        """The data folder, given to a service account; moved out of a checkout that the account may not enter."""
        folder = self.data
        enter = ["setpriv", f"--reuid={account}", f"--regid={account}", "--clear-groups", "test", "-x", str(folder)]
        if subprocess.run(enter, check=False).returncode:
            folder = outside(folder)
            folder.mkdir(parents=True, exist_ok=True)
        self.run("chown", account, folder)
        return folder


class Server(ABC):
    """One real product. Each folder beside this file holds one, as SERVER in its `server.py`."""

    title: ClassVar[str]
    ports: ClassVar[Mapping[str, int]] = {}
    needs: ClassVar[tuple[str, ...]] = ()  # must be running first; brought up along with this one
    after: ClassVar[tuple[str, ...]] = ()  # waited for when it is being brought up too
    root_because: ClassVar[str] = ""
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    def debian(self) -> tuple[str, ...]:
        """Debian packages this machine still lacks for it."""
        return ()

    def install(self, site: Site) -> None:
        """Bring the programs in; returns at once when they are there."""
        return

    @abstractmethod
    def start(self, site: Site) -> Facts:
        """Start, wait until it answers, prepare what every company has in it, and say how to reach it."""

    def before_stop(self, facts: Facts) -> None:
        """End what was started beside the server's own process."""
        return

    @abstractmethod
    def prove(self, facts: Facts) -> str:
        """Write something, read it back, take it away; says what was done. Raises when it does not hold."""
