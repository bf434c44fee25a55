"""A connection of the library bonsai that waits on its own thread without holding up the others."""

import select
import time
from typing import Any

from bonsai import LDAPClient
from bonsai.ldapconnection import BaseLDAPConnection

from sources.kit.ldap_wire import TIMED_OUT, Refusal

_NAP = 0.01
"""Seconds between looks: an answer may lie ready inside the TLS layer without the socket saying so."""


class PolledConnection(BaseLDAPConnection):  # type: ignore[misc, unused-ignore]  # the library is an extra
    """Asks the library whether the answer is there, and sleeps in the operating system between.

    The library's own waiting keeps all threads of the process from running while it connects and binds.
    """

    def __init__(self, client: LDAPClient) -> None:
        super().__init__(client, is_async=True)
        self.client = client

    def get_result(self, message: int, timeout: float | None = None) -> Any:
        """The answer to one operation. Raises: Refusal when it does not come in time."""
        return self._evaluate(message, timeout)

    def _evaluate(self, msg_id: int, timeout: float | None = None) -> Any:
        latest = time.monotonic() + (timeout if timeout is not None else 60.0)
        while (result := super().get_result(msg_id)) is None:
            left = latest - time.monotonic()
            if left <= 0:
                raise Refusal(TIMED_OUT, "no answer in time")
            self._wait(min(left, _NAP))
        return result

    def _wait(self, seconds: float) -> None:
        descriptor = self.fileno()
        if descriptor < 0:
            time.sleep(seconds)
            return
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        poll.poll(seconds * 1000)
