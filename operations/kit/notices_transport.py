"""Transports of notices: SMTP for letters, signed HTTP posts for other systems.

Source: RFC 5321 and 5322; the Standard Webhooks specification, version 1.
"""

import asyncio
import base64
import hashlib
import hmac
import smtplib
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate
from typing import Any, Final

import aiohttp
import orjson

from operations.kit.notices_ports import Letter, Undelivered

_PATIENCE: Final = 10.0
_GONE: Final = 410


@dataclass(frozen=True, slots=True)
class SmtpMail:
    """Letters through one SMTP server. The standard library's client does it, in a thread: a letter is no hurry.

    Shape: `sender` is the address that letters come from; `user` and `password` None for a server that asks for none;
    `security` is none, starttls or tls.
    """

    host: str
    port: int
    sender: str
    security: str = "starttls"
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    async def send(self, letter: Letter) -> None:
        """Send one. Raises: Undelivered."""
        await asyncio.to_thread(self._send, letter)

    def _send(self, letter: Letter) -> None:
        try:
            written = self._written(letter)
        except ValueError:
            raise Undelivered("no letter can be written to that address", for_good=True) from None
        try:
            with self._connected() as server:
                if self.user is not None and self.password is not None:
                    server.login(self.user, self.password)
                server.send_message(written)
        except smtplib.SMTPRecipientsRefused as refused:
            codes = [code for code, _text in refused.recipients.values()]
            raise Undelivered(f"the server refuses the recipient: {codes}", for_good=min(codes) >= 500) from None
        except smtplib.SMTPResponseException as refused:
            raise Undelivered(f"the server answers {refused.smtp_code}") from None
        except (smtplib.SMTPException, OSError, ValueError) as problem:
            raise Undelivered(f"the server cannot be reached: {type(problem).__name__}") from None

    def _connected(self) -> smtplib.SMTP:
        if self.security == "tls":
            return smtplib.SMTP_SSL(self.host, self.port, timeout=_PATIENCE, context=ssl.create_default_context())
        server = smtplib.SMTP(self.host, self.port, timeout=_PATIENCE)
        if self.security == "starttls":
            try:
                server.starttls(context=ssl.create_default_context())
            except BaseException:
                server.close()
                raise
        return server

    def _written(self, letter: Letter) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.sender, letter.to, letter.subject
        message["Date"] = formatdate()
        # a letter that is sent a second time is the same letter: mailboxes that look show it once
        message["Message-ID"] = f"<{letter.id}@okno>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text)
        message["Content-Language"] = letter.language  # what stood there before the content would be taken away
        return message


@dataclass(frozen=True, slots=True)
class SignedWebhook:
    """Posts to one address. Shape: `secret` is the key that both sides know."""

    url: str
    secret: bytes = field(repr=False)
    clock: Callable[[], float] = time.time

    async def post(self, id_: str, body: dict[str, Any]) -> None:
        """Post one message, signed. Raises: Undelivered."""
        content = orjson.dumps(body)
        headers = {"Content-Type": "application/json", **signed(id_, int(self.clock()), content, self.secret)}
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_PATIENCE)) as session,
                session.post(self.url, data=content, headers=headers, allow_redirects=False) as answer,
            ):
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError) as problem:
            raise Undelivered(f"the address cannot be reached: {type(problem).__name__}") from None
        if not 200 <= status < 300:
            raise Undelivered(f"the address answers {status}", for_good=status == _GONE)


def signed(id_: str, timestamp: int, content: bytes, secret: bytes) -> dict[str, str]:
    """The headers by which a receiver tells that a post is ours and not an old one. Units: `timestamp` in seconds since 1970."""
    whole = f"{id_}.{timestamp}.".encode() + content
    signature = base64.b64encode(hmac.new(secret, whole, hashlib.sha256).digest()).decode()
    return {"webhook-id": id_, "webhook-timestamp": str(timestamp), "webhook-signature": f"v1,{signature}"}


def secret_of(text: str) -> bytes:
    """The key that a secret stands for: Base64 after `whsec_`, the text itself otherwise. Raises: ValueError."""
    if not text.startswith("whsec_"):
        return text.encode()
    return base64.b64decode(text.removeprefix("whsec_"), validate=True)
