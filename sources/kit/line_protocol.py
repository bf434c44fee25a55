"""Management sockets that are asked by lines of text: one connection per source, one command at a time.

Such a socket serves one client at a time, and keeps the others waiting: whoever holds on to it keeps every other process out.
"""

import asyncio
from dataclasses import dataclass
from typing import Final

from sources.kit.reads import ReadRules
from sources.ports.call import CallContext
from sources.ports.errors import SourceError

_LONGEST_COMMAND: Final = 1000
_CHUNK: Final = 65_536
_KEPT: Final = 0.5
"""Seconds after which a connection is given back, and opened anew for the next command."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one product talks. Shape: every mark is what a line starts with.

    `words` are the marks of all lines an answer may hold, `done` the one that ends it unless the command says
    otherwise. A line that starts with `notice` is said out of turn and belongs to no answer; `dying` among these is the
    server's last. `prompt` asks for a password with no end of line, `refused` is how a command or a password is refused.
    """

    greeting: str
    words: tuple[str, ...]
    notice: str
    dying: str
    refused: str
    accepted: str
    prompt: str

    def may_begin(self, part: str) -> bool:
        """Whether this text, perhaps cut, can be the beginning of a line."""
        marks = (*self.words, self.notice, self.refused, self.accepted)
        return any(part.startswith(mark) or mark.startswith(part) for mark in marks)


class LineProtocol:
    """One connection to a management socket, kept for a moment. Commands are reads only where the manifest says so.

    A rule under `reads:` with the method ASK and the command as its path makes a command a read.
    A connection on which an answer was not heard to its end is dropped, so that no later command can take the rest of
    it for its own. Units: `max_answer` in bytes.
    """

    def __init__(
        self,
        source: str,
        address: str,
        dialect: Dialect,
        rules: ReadRules,
        *,
        password: str | None = None,
        max_answer: int = 1_048_576,
    ) -> None:
        host, mark, port = address.rpartition(":")
        if not mark or not host or not port.isdecimal():
            raise ValueError("address: expected host:port")
        if password is not None and not password.isprintable():
            raise ValueError("password: expected one line")
        self.source = source
        self._host, self._port = host.strip("[]"), int(port)
        self._dialect = dialect
        self._rules = rules
        self._password = password
        self._max_answer = max_answer
        self._lock = asyncio.Lock()
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._heard = bytearray()
        self._until: asyncio.TimerHandle | None = None

    async def ask(self, command: str, until: str, call: CallContext) -> list[str]:
        """Send a command that only reads. Shape: the lines of its answer, the last one starting with `until`.

        Raises: SourceError; WriteRefused, with nothing sent, when the manifest does not list the command under `reads:`.
        """
        self._fit(command)
        self._rules.admit(self._rules.is_read("ASK", command), command, call, None)
        return await self._exchange(command, until, call)

    async def send(self, command: str, until: str, call: CallContext, *, write: str) -> list[str]:
        """Send a command that changes something, on the call's permit for `write`.

        Raises: SourceError; WriteRefused, with nothing sent, without a permit.
        """
        self._fit(command)
        self._rules.admit(False, command.partition(" ")[0], call, write)
        return await self._exchange(command, until, call)

    async def close(self) -> None:
        """Close the connection."""
        self._drop()

    def _fit(self, command: str) -> None:
        """Refuse what would be more than one command on the wire."""
        if not command or len(command.encode()) > _LONGEST_COMMAND or not command.isprintable():
            raise SourceError("SOURCE_REJECTED", self.source, f"unfit command {command[:80]!r}")

    async def _exchange(self, command: str, until: str, call: CallContext) -> list[str]:
        """One command and its whole answer; anything but success costs the connection."""
        async with self._lock:
            whole = False
            try:
                reader, writer = await self._connected()
                call.ledger.of(self.source).calls += 1
                writer.write(f"{command}\n".encode())
                await writer.drain()
                lines = await self._answer(reader, until)
                whole = True
            except OSError as problem:
                raise SourceError("SOURCE_UNAVAILABLE", self.source, type(problem).__name__) from None
            finally:
                if not whole or self._until is None:
                    self._drop()
        if lines[-1].startswith(self._dialect.refused):
            raise SourceError("SOURCE_REJECTED", self.source, lines[-1][:200])
        return lines

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """The open connection, or a new one, greeted and signed in."""
        if self._streams is not None and self._streams[0].at_eof():
            self._drop()
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port)
            await self._welcome(*self._streams)
            self._until = asyncio.get_running_loop().call_later(_KEPT, self._give_back)
        return self._streams

    def _give_back(self) -> None:
        """Let others have the socket: now, or as soon as the command under way is answered."""
        self._until = None
        if not self._lock.locked():
            self._drop()

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await self._prompted(reader):
            if self._password is None:
                raise SourceError("SOURCE_REJECTED", self.source, "a password is wanted")
            self._heard.clear()
            writer.write(f"{self._password}\n".encode())
            await writer.drain()
            # a wrong password is answered by an error or just by asking again
            verdict = self._dialect.refused if await self._prompted(reader) else await self._line(reader)
            if verdict.startswith(self._dialect.refused):
                raise SourceError("SOURCE_REJECTED", self.source, "the password is refused")
            if not verdict.startswith(self._dialect.accepted):
                raise SourceError("BAD_SOURCE_DATA", self.source, f"unexpected verdict {verdict[:80]!r}")
        greeting = await self._line(reader)
        if greeting.startswith(self._dialect.dying):
            raise SourceError("SOURCE_UNAVAILABLE", self.source, greeting[:200])
        if not greeting.startswith(self._dialect.greeting):
            raise SourceError("BAD_SOURCE_DATA", self.source, f"unexpected greeting {greeting[:80]!r}")

    async def _prompted(self, reader: asyncio.StreamReader) -> bool:
        """Whether a password is asked for; otherwise what was heard is the beginning of a line."""
        prompt = self._dialect.prompt.encode()
        while prompt.startswith(self._heard) and len(self._heard) < len(prompt):
            await self._hear(reader)
        return self._heard.startswith(prompt)

    async def _answer(self, reader: asyncio.StreamReader, until: str) -> list[str]:
        """Lines up to the one that ends the answer; notices in between are skipped."""
        lines: list[str] = []
        size = 0
        while True:
            line = await self._line(reader)
            if line.startswith(self._dialect.dying):
                raise SourceError("SOURCE_UNAVAILABLE", self.source, line[:200])
            if line.startswith(self._dialect.notice):
                continue
            size += len(line)
            if size > self._max_answer:
                raise SourceError("BAD_SOURCE_DATA", self.source, f"answer of more than {self._max_answer} bytes")
            lines.append(line)
            if line.startswith(until) or (len(lines) == 1 and line.startswith(self._dialect.refused)):
                return lines

    async def _line(self, reader: asyncio.StreamReader) -> str:
        """The next line; what cannot become a line of this dialect is bad data at once, not a wait for its end."""
        while (end := self._heard.find(b"\n")) < 0:
            self._known(bytes(self._heard))
            if len(self._heard) > self._max_answer:
                raise SourceError("BAD_SOURCE_DATA", self.source, "an endless line")
            await self._hear(reader)
        line = bytes(self._heard[:end]).removesuffix(b"\r")
        del self._heard[: end + 1]
        self._known(line)
        try:
            return line.decode()
        except UnicodeDecodeError:
            raise SourceError("BAD_SOURCE_DATA", self.source, "a line is not UTF-8") from None

    def _known(self, part: bytes) -> None:
        # a cut may fall inside of a character, so only whole lines must decode
        said = part.decode(errors="replace")
        if not self._dialect.may_begin(said):
            raise SourceError("BAD_SOURCE_DATA", self.source, f"not a line of this protocol: {said[:80]!r}")

    async def _hear(self, reader: asyncio.StreamReader) -> None:
        heard = await reader.read(_CHUNK)
        if not heard:
            raise SourceError("SOURCE_UNAVAILABLE", self.source, "the connection was cut")
        self._heard += heard

    def _drop(self) -> None:
        """Forget the connection and whatever it still had to say."""
        self._heard.clear()
        if self._until is not None:
            self._until.cancel()
            self._until = None
        if self._streams is not None:
            self._streams[1].transport.abort()
            self._streams = None
