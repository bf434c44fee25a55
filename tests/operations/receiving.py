"""Receivers of notices, for real: an SMTP server and an HTTP listener on this machine."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import orjson


@dataclass
class Mailbox:
    """An SMTP server. Shape: `letters` are those taken, by recipient; `refuses` the status that it answers a recipient with."""

    port: int = 0
    letters: list[tuple[str, EmailMessage]] = field(default_factory=list)
    refuses: int | None = None

    def of(self, address: str) -> list[EmailMessage]:
        """Letters to one address."""
        return [letter for to, letter in self.letters if to == address]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One conversation. Source: RFC 5321."""

        async def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())
            await writer.drain()

        await say("220 mailbox ready")
        to: list[str] = []
        while line := (await reader.readline()).decode().strip():
            word = line.upper()
            if word.startswith(("EHLO", "HELO")):
                await say("250 mailbox")
            elif word.startswith("RCPT"):
                if self.refuses is not None:
                    await say(f"{self.refuses} not now")
                    continue
                to.append(line[line.index("<") + 1 : line.index(">")])
                await say("250 ok")
            elif word == "DATA":
                await say("354 go on")
                content = b""
                while (part := await reader.readline()) != b".\r\n":
                    content += part[1:] if part.startswith(b"..") else part
                letter = message_from_bytes(content, policy=policy.default)
                self.letters += [(each, letter) for each in to]
                await say("250 taken")
            elif word == "QUIT":
                await say("221 bye")
                break
            else:
                to = [] if word.startswith(("RSET", "MAIL")) else to
                await say("250 ok")
        writer.close()


@dataclass
class Listener:
    """An HTTP listener that checks signatures. Shape: `posts` are those taken; `answers` the status of the next ones."""

    secret: bytes
    port: int = 0
    posts: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request and its answer."""
        await reader.readline()
        headers: dict[str, str] = {}
        while line := (await reader.readline()).decode().strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        content = await reader.readexactly(int(headers.get("content-length", "0")))
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + content
        expected = base64.b64encode(hmac.new(self.secret, signed, hashlib.sha256).digest()).decode()
        good = headers["webhook-signature"] == f"v1,{expected}"
        self.seen.append(headers["webhook-id"])
        status = self.answers.pop(0) if self.answers else (200 if good else 401)
        if status == 200:
            self.posts.append((headers["webhook-id"], orjson.loads(content)))
        writer.write(f"HTTP/1.1 {status} x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@asynccontextmanager
async def receiving(secret: bytes) -> AsyncIterator[tuple[Mailbox, Listener]]:
    """Both, listening on free ports of this machine."""
    mailbox, listener = Mailbox(), Listener(secret)
    smtp = await asyncio.start_server(mailbox.serve, "127.0.0.1", 0)
    http = await asyncio.start_server(listener.serve, "127.0.0.1", 0)
    mailbox.port = smtp.sockets[0].getsockname()[1]
    listener.port = http.sockets[0].getsockname()[1]
    try:
        yield mailbox, listener
    finally:
        smtp.close()
        http.close()
