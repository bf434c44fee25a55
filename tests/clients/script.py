"""A client at work: one process, one job on stdin, a line of JSON for each thing that it does or gives its user."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.clients.npm import HERE, Node

PATIENCE: Final = 20.0
Line = dict[str, Any]


@dataclass(slots=True)
class Script:
    """A client at work. Shape: `lines` are those that have come."""

    process: asyncio.subprocess.Process
    complaints: Path
    lines: list[Line] = field(default_factory=list)

    async def until(self, kind: str, fits: Callable[[Line], bool] = lambda _line: True) -> Line:
        """The next line of that kind that fits."""
        async with asyncio.timeout(PATIENCE):
            while (line := await self._next()) is not None:
                if line["kind"] == kind and fits(line):
                    return line
        raise AssertionError(f"no {kind} came: {self.said()}")

    async def rest(self) -> list[Line]:
        """All lines, once the client has nothing to do any more and its process has ended by itself."""
        try:
            async with asyncio.timeout(PATIENCE):
                while await self._next() is not None:
                    pass
                code = await self.process.wait()
        except TimeoutError:
            raise AssertionError(f"the client does not come to an end: {self.said()}") from None
        assert code == 0, self.said()
        return self.lines

    def of(self, kind: str) -> list[Line]:
        """What has come of one kind."""
        return [each for each in self.lines if each["kind"] == kind]

    def kinds(self, *among: str) -> list[str]:
        """The kinds that have come, in order; of those named."""
        return [each["kind"] for each in self.lines if each["kind"] in among]

    def said(self) -> str:
        """All that is known, for whoever reads of a failure."""
        return f"{self.lines}\n{self.complaints.read_text(encoding='utf-8')[-2000:]}"

    async def _next(self) -> Line | None:
        assert self.process.stdout is not None
        text = await self.process.stdout.readline()
        if not text:
            return None
        line: Line = json.loads(text)
        self.lines.append(line)
        return line


@dataclass(frozen=True, slots=True)
class Clients:
    """Starts clients. Shape: `usual` is what every job says unless it says otherwise."""

    node: Node
    folder: Path
    usual: Mapping[str, Any]

    @asynccontextmanager
    async def __call__(self, name: str, document: str | None = None, **job: Any) -> AsyncIterator[Script]:
        """One client with one job; nothing of it is left behind."""
        program = (sys.executable, str(HERE / "gql_client.py")) if name == "gql" else (self.node.node, f"{name}.mjs")
        complaints = self.folder / f"{name}.{os.urandom(4).hex()}.txt"
        with complaints.open("wb") as sink:
            process = await asyncio.create_subprocess_exec(
                *program,
                cwd=HERE,
                env=self.node.environment,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=sink,
                limit=4_000_000,
            )
        try:
            assert process.stdin is not None
            process.stdin.write(json.dumps({**self.usual, "document": document, **job}).encode())
            await process.stdin.drain()
            process.stdin.close()
            yield Script(process, complaints)
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGKILL)
            await process.wait()

    async def told(self, name: str, document: str | None = None, **job: Any) -> Script:
        """One client with one job, at its end."""
        async with self(name, document, **job) as script:
            await script.rest()
        return script
