"""Syslog: records over TCP, each with its length before it, with or without TLS.

Source: RFC 5424 (messages), RFC 6587 section 3.4.1 (octet counting), RFC 5425 (TLS).

Syslog has no word for "I have it". A connection is therefore closed behind each batch, and counts as delivered only when the
receiver, having read to the end, closes its side too: one that was killed with unread records in its buffers resets it instead.
"""

import re
import socket
import ssl
from collections.abc import Sequence
from contextlib import closing
from typing import Final

from audit.sinks.apart import Apart
from audit.sinks.sink import Message, Undelivered

_AUDIT: Final = 13
"""The facility of log audits."""
_ALERT: Final = 1
_SEVERITIES: Final = {"success": 6, "denied": 5, "failure": 4, "unknown": 3}
_ENTERPRISE: Final = 32473
"""The enterprise number that is kept for documentation; an organisation that has one of its own sets it."""
_NOT_A_NAME: Final = re.compile(r"[^!-~]")
_MOST_ANSWERED: Final = 65_536


class Syslog:
    """A syslog receiver. Shape: `tls` None for plain TCP; `host_name` is whom the messages are from. Units: `patience` in seconds."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        tls: ssl.SSLContext | None = None,
        enterprise: int = _ENTERPRISE,
        host_name: str | None = None,
        patience: float = 10.0,
    ) -> None:
        self._host = host
        self._port = port
        self._tls = tls
        self._enterprise = enterprise
        self._name = _name(host_name or socket.gethostname(), 255)
        self._patience = patience
        self._apart = Apart(f"{host}:{port}")

    async def deliver(self, messages: Sequence[Message]) -> None:
        """Send them and wait until the receiver has read them all. Raises: Undelivered."""
        stream = b"".join(map(self._counted, messages))
        try:
            await self._apart.run(lambda: self._send(stream))
        except (OSError, ValueError) as problem:  # ValueError: a connection that TLS found gone
            said = getattr(problem, "strerror", None) or type(problem).__name__
            raise Undelivered(f"the receiver cannot be reached: {said}") from None

    def _counted(self, each: Message) -> bytes:
        severity = _ALERT if each.code == "detection.raised" else _SEVERITIES.get(each.outcome, 5)
        head = f"<{_AUDIT * 8 + severity}>1 {each.at} {self._name} okno - {_name(each.code, 32)}"
        data = f'[okno@{self._enterprise} number="{each.number}"]'
        message = f"{head} {data} ".encode() + each.content
        return b"%d %s" % (len(message), message)

    def _send(self, stream: bytes) -> None:
        with closing(socket.create_connection((self._host, self._port), self._patience)) as plain:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is None:
                plain.sendall(stream)
                plain.shutdown(socket.SHUT_WR)
                _read_to_the_end(plain)
                return
            with self._tls.wrap_socket(plain, server_hostname=self._host) as secure:
                secure.sendall(stream)
                try:
                    secure.unwrap().close()
                except ssl.SSLEOFError:
                    return  # closed without TLS's own word for it, and yet in order: not reset


def _read_to_the_end(connection: socket.socket) -> None:
    """Until the receiver closes. Raises: OSError where it does not, or resets the connection."""
    answered = 0
    while answered < _MOST_ANSWERED:
        got = connection.recv(4096)
        if not got:
            return
        answered += len(got)
    raise ConnectionAbortedError("it answers, where no syslog receiver has anything to say")


def _name(word: str, most: int) -> str:
    """A word as a header takes it."""
    return _NOT_A_NAME.sub("_", word)[:most] or "-"
