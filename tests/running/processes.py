"""Gateways as a supervisor starts them: on one listener that it holds, one process after another; and callers who count."""

import http.client
import json
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.process.okno import OKNO, _environment

_READY = re.compile(r"^Okno is ready at (\S+)$", re.MULTILINE)


@dataclass(slots=True)
class Gateway:
    """A process that serves. Shape: `output` all that it said."""

    process: subprocess.Popen[bytes]
    output: Path

    def ready(self, patience: float = 60.0) -> str:
        """Wait until it says so. Returns: the address."""
        deadline = time.monotonic() + patience
        while not (found := _READY.search(self.said)):
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.05)
        return found[1]

    @property
    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def leave(self) -> None:
        """As a supervisor asks for it."""
        self.process.send_signal(signal.SIGTERM)


@dataclass(slots=True)
class Supervisor:
    """Holds a listener and starts gateways on it. Shape: `environment` what they need for their sources."""

    folder: Path
    installation: str
    environment: Mapping[str, str]
    listener: socket.socket
    started: list[Gateway] = field(default_factory=list)

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    def start(self, *words: str, shared: bool = True, **environment: str) -> Gateway:
        """One more process; with `shared` on the listener, otherwise on a port of its own."""
        output = self.folder / f"gateway{len(self.started)}.txt"
        said = _environment(**self.environment, **environment)
        serve = [*OKNO, "serve", "--installation", self.installation, "--port", "0", *words]
        handed = self.listener.fileno()
        script = f'exec 3<&{handed}; export LISTEN_FDS=1 LISTEN_PID=$$; exec "$@"'
        command = ["bash", "-c", script, "okno", *serve] if shared else serve
        with output.open("wb") as sink:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=said,
                stdout=sink,
                stderr=subprocess.STDOUT,
                pass_fds=(handed,) if shared else (),
            )
        self.started.append(Gateway(process, output))
        return self.started[-1]


@contextmanager
def supervising(folder: Path, installation: str, environment: Mapping[str, str]) -> Iterator[Supervisor]:
    """A supervisor; everything it started ends with it."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(512)
        made = Supervisor(folder, installation, environment, listener)
        try:
            yield made
        finally:
            for each in made.started:
                if each.process.poll() is None:
                    each.process.send_signal(signal.SIGINT)
            for each in made.started:
                with suppress(subprocess.TimeoutExpired):
                    each.process.wait(timeout=15)
                each.process.kill()
                each.process.wait(timeout=5)


@dataclass(slots=True)
class Callers:
    """Threads that ask without a pause, some on connections that they keep, and write down every failure."""

    port: int
    token: str
    answered: int = 0
    failures: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def calling(self, keeping: int = 2, fresh: int = 2) -> Iterator["Callers"]:
        threads = [threading.Thread(target=self._call, args=(number < keeping,)) for number in range(keeping + fresh)]
        for each in threads:
            each.start()
        try:
            yield self
        finally:
            self._stop.set()
            for each in threads:
                each.join(timeout=30)

    def _call(self, keep: bool) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        body = json.dumps({"query": "{ viewer { login } employees(first: 3) { edges { node { login } } } }"})
        said = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        while not self._stop.is_set():
            try:
                connection.request("POST", "/graphql", body, said if keep else {**said, "Connection": "close"})
                answer = connection.getresponse()
                content = answer.read()
                wrong = None
                if answer.status != 200 or b'"errors"' in content:
                    wrong = f"{answer.status}: {content[:300]!r}"
            except Exception as problem:
                wrong = f"{type(problem).__name__}: {problem}"
                connection.close()
            with self._lock:
                if wrong is None:
                    self.answered += 1
                else:
                    self.failures.append(wrong)
            if not keep:
                connection.close()
            time.sleep(0.02)
        connection.close()
