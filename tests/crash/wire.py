"""The source as a server of its own, and the desk by which processes reach it: over the wire everything can be lost."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from operations.kit.json_values import plain
from sources.ports.call import CallContext, SourceHealth
from sources.ports.errors import Answer, SourceError
from sources.ports.question import Need, Page, Patience, Window
from sources.ports.tickets import Ticket, TicketEvent
from sources.ports.write import RetryClass, Written
from tests.crash.source import DESK, RETRIES, SHUT, Request, Source

PATIENCE: Final = Patience(timeout=0.6, in_flight=1.2)
_MEETS: Final = ("none",) * 11 + ("request lost",) * 2 + ("reply lost",) * 3 + ("late",) * 3 + ("refused",)
_EPOCH: Final = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Flight:
    """A request on its way. Units: `lands` in seconds of `time.monotonic()`, which all processes of a machine share."""

    lands: float
    arrive: Callable[[], object]


@dataclass(slots=True)
class Server:
    """The source behind a port of the loopback. What happens to a call is drawn by dice of its own."""

    source: Source
    dice: random.Random
    flights: list[Flight] = field(default_factory=list)
    met: dict[str, int] = field(default_factory=dict)
    port: int = 0
    _server: asyncio.Server | None = None

    async def start(self) -> None:
        """Begin to listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop to listen; whatever is on its way arrives."""
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()
        self._land(float("inf"))

    def _land(self, now: float) -> None:
        # whoever looks when a request has landed has to see it, however busy this process is
        for each in sorted((each for each in self.flights if each.lands <= now), key=lambda each: each.lands):
            self.flights.remove(each)
            each.arrive()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            said = orjson.loads(await reader.readline() or b"null")
            if said is not None:
                self._land(time.monotonic())
                answer = self._answer(said) if "question" in said else await self._write(said)
                if answer is not None:
                    writer.write(orjson.dumps(answer) + b"\n")
                    await writer.drain()
        except (ConnectionError, orjson.JSONDecodeError):
            pass  # who asked was killed meanwhile
        finally:
            writer.close()

    def _answer(self, said: dict[str, Any]) -> dict[str, Any]:
        return {"answers": [plain(self.source.shown(said["question"], each)) for each in said["keys"]]}

    async def _write(self, said: dict[str, Any]) -> dict[str, Any] | None:
        operation, step, write, gives_up = said["operation"], said["step"], said["write"], said["gives_up"]
        latest = gives_up + PATIENCE.in_flight
        if time.monotonic() >= latest:
            return None  # a network that delivers later than promised is not what is tried here
        self.source.requests.append(Request(operation, step, write, self.source.intents(operation, step)))
        meets = self.dice.choice(_MEETS)
        self.met[meets] = self.met.get(meets, 0) + 1
        if meets == "refused":
            return {"refused": True}
        # either the line breaks, and the caller gives up at once, or nothing is heard any more
        breaks = self.dice.random() < 0.5
        if meets == "late":
            # a source that comes to it late has not been promised more time by that: the caller has given up already
            given_up = min(time.monotonic(), gives_up) if breaks else gives_up
            lands = given_up + self.dice.random() * (PATIENCE.in_flight - 0.01)
            self.flights.append(Flight(lands, lambda: self.source.apply(operation, step, write, said["arguments"])))
        elif meets != "request lost":
            written = self.source.apply(operation, step, write, said["arguments"])
            if meets == "none":
                return {"key": written.key}
        if not breaks:
            await asyncio.sleep(PATIENCE.timeout * 1.5)
        return None


class WiredDesk:
    """The two desks as a process of the gateway knows them. Implements `sources.ports.question.Desk` as far as a runner asks."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def write(self, source: str, write: str, arguments: Sequence[Any], call: CallContext) -> Written:
        """One write. Raises: SourceError, WriteRefused."""
        permit = call.permit
        assert permit is not None
        permit.spend(source, write)
        allowed = min(PATIENCE.timeout, call.remaining())
        answer = await self._said(
            {
                "operation": permit.operation,
                "step": permit.step,
                "write": write,
                "arguments": plain(list(arguments)),
                "gives_up": time.monotonic() + allowed,
            },
            allowed,
        )
        if answer.get("refused"):
            raise SourceError("SOURCE_REJECTED", source)
        return Written(answer["key"])

    async def ask(
        self, port: str, question: str, keys: Sequence[Any], need: Need, call: CallContext, *, source: str | None = None
    ) -> Sequence[Answer[Any]]:
        """What tickets, or their histories, show now."""
        try:
            answers = (await self._said({"question": question, "keys": list(keys)}, 5.0))["answers"]
        except SourceError as problem:
            return [problem] * len(keys)
        return [_record(question, each) for each in answers]

    async def _said(self, what: dict[str, Any], patience: float) -> dict[str, Any]:
        try:
            async with asyncio.timeout(patience):
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
                try:
                    writer.write(orjson.dumps(what) + b"\n")
                    line = await reader.readline()
                finally:
                    writer.close()
        except TimeoutError:
            raise SourceError("SOURCE_TIMEOUT", DESK) from None
        except OSError as problem:
            raise SourceError("SOURCE_UNAVAILABLE", DESK) from problem
        if not line:
            raise SourceError("SOURCE_UNAVAILABLE", DESK)
        answer: dict[str, Any] = orjson.loads(line)
        return answer

    async def list(self, port: str, listing: str, page: Page, call: CallContext, **wanted: object) -> Window[Any]:
        """Nothing is listed here."""
        return Window((), (), False, 0)

    def retry_of(self, source: str, write: str) -> RetryClass | None:
        """What may be done after a lost answer."""
        return RETRIES.get(write)

    def patience(self, source: str) -> Patience:
        """How long a call may last, and land after it was given up."""
        return PATIENCE

    def sources_of(self, port: str) -> tuple[str, ...]:
        """Both desks."""
        return (DESK, SHUT)

    def health(self) -> tuple[SourceHealth, ...]:
        """Nobody asks."""
        return ()


def _record(question: str, said: Any) -> Any:
    if question == "history_of":
        return tuple(TicketEvent(**{**each, "at": _EPOCH}) for each in said)
    return None if said is None else Ticket(**said)
