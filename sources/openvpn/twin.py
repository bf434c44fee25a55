"""A VPN concentrator's management interface, with clients that come back. Source: management-notes of OpenVPN 2.6."""

import asyncio
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from sources.kit.twin.faults import Fault, spoil
from sources.kit.twin.lines import LineTwin

COLUMNS: Final = (
    "Common Name", "Real Address", "Virtual Address", "Virtual IPv6 Address", "Bytes Received", "Bytes Sent",
    "Connected Since", "Connected Since (time_t)", "Username", "Client ID", "Peer ID", "Data Channel Cipher",
)  # fmt: skip
GREETING: Final = ">INFO:OpenVPN Management Interface Version 5 -- type 'help' for more info\r\n"
PROMPT: Final = "ENTER PASSWORD:"
GUESSES: Final = 3
"""Wrong passwords after which the connection is closed; the others are just asked for again."""


@dataclass(frozen=True, slots=True)
class Client:
    """One tunnel as the concentrator keeps it. Units: traffic in bytes, `since` in seconds since 1970."""

    common_name: str
    real_address: str
    virtual_address: str
    received: int
    sent: int
    since: int
    client_id: int
    username: str = "UNDEF"


async def _gone(reader: asyncio.StreamReader) -> None:
    """Until a client has left, whatever it was waiting for."""
    while not reader.at_eof():  # noqa: ASYNC110  # a stream tells nobody that it has ended
        await asyncio.sleep(0.02)


class OpenVpnTwin(LineTwin):
    """The management socket: one client at a time, the next is greeted when that one has gone. Seed: tunnels.

    `chatty` puts notices between the lines of answers; `returns` lets every killed client connect again at once, as real
    clients do after `client-kill`, under a new id.
    """

    def __init__(
        self, clients: Iterable[Client], *, password: str | None = None, chatty: bool = True, returns: bool = False
    ) -> None:
        super().__init__()
        self.clients = {client.client_id: client for client in clients}
        self.password = password
        self.chatty = chatty
        self.returns = returns
        self._next_id = max(self.clients, default=-1) + 1
        self._signed_in: set[asyncio.StreamReader] = set()
        self._guesses: Counter[asyncio.StreamReader] = Counter()
        self._now_with: asyncio.StreamReader | None = None
        self._turn = asyncio.Lock()

    def settings(self) -> Mapping[str, str]:
        """Address, and the password where one is wanted."""
        return {"address": f"127.0.0.1:{self.port}", **({"password": self.password} if self.password else {})}

    def greeting(self) -> bytes:
        """The greeting, or the demand for a password, which has no end of line."""
        return (PROMPT if self.password else GREETING).encode()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with self._turn:
            talk = asyncio.ensure_future(super()._talk(reader, writer))
            gone = asyncio.ensure_future(_gone(reader))
            try:
                await asyncio.wait({talk, gone}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                talk.cancel()
                gone.cancel()
                await asyncio.gather(talk, gone, return_exceptions=True)

    async def read(self, reader: asyncio.StreamReader) -> bytes | None:
        """One line of command."""
        line = await reader.readline()
        self._now_with = reader
        return line.rstrip(b"\r\n") if line else None

    async def answer(self, request: bytes) -> bytes:
        """What the interface says to a command."""
        if self.password and self._now_with is not None and self._now_with not in self._signed_in:
            return self._sign_in(request.decode(), self._now_with)
        words = _words(request.decode(errors="replace"))
        self.seen[" ".join(words[:2]) if words[:1] == ["status"] else (words or [""])[0]] += 1
        return self._said(words).encode()

    def spoilt(self, answer: bytes, fault: Fault) -> bytes:
        """Reports made bad in the words of this protocol; a truncated one claims to be whole."""
        lines = answer.decode().split("\r\n")
        if fault.garbage == "truncated":
            return "\r\n".join(lines[: len(lines) // 2]).encode()[:-5] + b"\r\nEND\r\n"
        if fault.garbage == "missing_key":
            return "\r\n".join(line for line in lines if not line.startswith("HEADER")).encode()
        if fault.garbage == "wrong_type":
            return "\r\n".join("\t".join(_word(each) for each in line.split("\t")) for line in lines).encode()
        return spoil(answer, fault.garbage)

    def refusal(self, fault: Fault) -> bytes:
        """Denied is an error; a server that is going down says so out of turn."""
        if fault.kind == "denied":
            return b"ERROR: command not allowed\r\n"
        return b">FATAL:the server is shutting down\r\n"

    def _sign_in(self, said: str, reader: asyncio.StreamReader) -> bytes:
        if said != self.password:
            self._guesses[reader] += 1
            if self._guesses[reader] >= GUESSES:
                raise ConnectionResetError("too many guesses")
            return PROMPT.encode()
        self._signed_in.add(reader)
        return f"SUCCESS: password is correct\r\n{GREETING}".encode()

    def _said(self, words: Sequence[str]) -> str:
        match words:
            case ["status"]:
                return self._first_report()
            case ["status", "1" | "2" | "3" as version]:
                return self._first_report() if version == "1" else self._report("," if version == "2" else "\t")
            case ["kill", name]:
                return self._kill_named(name)
            case ["kill"]:
                return "ERROR: the 'kill' command requires 1 parameter\r\n"
            case ["client-kill", number, *_]:
                return self._kill(number)
            case ["log", "on" | "off" as state]:
                return f"SUCCESS: real-time log notification set to {state.upper()}\r\n"
            case _:
                return "ERROR: unknown command, enter 'help' for more options\r\n"

    def _first_report(self) -> str:
        rows = [
            f"{each.common_name},{each.real_address},{each.received},{each.sent},{_when(each.since)}"
            for each in self.clients.values()
        ]
        head = ["OpenVPN CLIENT LIST", f"Updated,{_when(_now())}"]
        columns = "Common Name,Real Address,Bytes Received,Bytes Sent,Connected Since"
        routes = ["ROUTING TABLE", "Virtual Address,Common Name,Real Address,Last Ref"]
        tail = ["GLOBAL STATS", "Max bcast/mcast queue length,0", "END", ""]
        return "\r\n".join([*head, columns, *rows, *routes, *tail])

    def _report(self, mark: str) -> str:
        now = _now()
        lines = [
            ["TITLE", "OpenVPN 2.6.14 x86_64-pc-linux-gnu [SSL (OpenSSL)] [LZ4] [EPOLL] [AEAD]"],
            ["TIME", _when(now), str(now)],
            ["HEADER", "CLIENT_LIST", *COLUMNS],
            *(["CLIENT_LIST", *_columns(each)] for each in self.clients.values()),
            [
                "HEADER",
                "ROUTING_TABLE",
                "Virtual Address",
                "Common Name",
                "Real Address",
                "Last Ref",
                "Last Ref (time_t)",
            ],
            *(
                ["ROUTING_TABLE", each.virtual_address, each.common_name, each.real_address, _when(now), str(now)]
                for each in self.clients.values()
                if each.virtual_address
            ),
            ["GLOBAL_STATS", "Max bcast/mcast queue length", "0"],
            ["GLOBAL_STATS", "dco_enabled", "0"],
        ]
        said = [mark.join(line) for line in lines]
        if self.chatty:
            said.insert(3, f">LOG:{now},I,127.0.0.1:43098 peer info: IV_VER=2.6.14")
            said.insert(len(said) // 2, ">CLIENT:ENV,common_name=somebody")
        return "\r\n".join([*said, "END", ""])

    def _kill_named(self, name: str) -> str:
        found = [each for each in self.clients.values() if name in (each.common_name, each.real_address)]
        for each in found:
            self._close(each)
        what = "address" if ":" in name else "common name"
        if not found:
            return f"ERROR: {what} '{name}' not found\r\n"
        return f"SUCCESS: {what} '{name}' found, {len(found)} client(s) killed\r\n"

    def _kill(self, number: str) -> str:
        if not number.isdecimal():
            return "ERROR: cannot parse CID\r\n"
        client = self.clients.get(int(number))
        if client is None:
            return "ERROR: client-kill command failed\r\n"
        self._close(client)
        return "SUCCESS: client-kill command succeeded\r\n"

    def _close(self, client: Client) -> None:
        del self.clients[client.client_id]
        if self.returns:
            back = replace(client, client_id=self._next_id, since=_now(), received=0, sent=0)
            self.clients[back.client_id] = back
            self._next_id += 1


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:
        return ["?"]


def _columns(client: Client) -> list[str]:
    return [
        client.common_name, client.real_address, client.virtual_address, "", str(client.received), str(client.sent),
        _when(client.since), str(client.since), client.username, str(client.client_id), "0", "AES-256-GCM",
    ]  # fmt: skip


def _word(value: str) -> str:
    return "unexpected" if value.isdecimal() else value


def _now() -> int:
    return int(datetime.now(UTC).timestamp())


def _when(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
