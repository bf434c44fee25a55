"""HTTP: records by POST, many at a time, delivered when the receiver answers 2xx."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

import aiohttp

from audit.sinks.sink import Message, Undelivered

Batch = Literal["array", "lines"]
_TYPES: Final[Mapping[Batch, str]] = {"array": "application/json", "lines": "application/x-ndjson"}
_TOO_LARGE: Final = 413


class Http:
    """An address that takes a JSON array of records, or a line for each.

    Shape: `headers` hold what the receiver knows us by, and are shown nowhere. The headers `okno-first` and `okno-last` say
    which numbers a post has, so that a receiver can tell one that it has had already. Units: `patience` in seconds.
    """

    def __init__(
        self, url: str, headers: Mapping[str, str] | None = None, *, batch: Batch = "array", patience: float = 10.0
    ) -> None:
        self._url = url
        self._headers = {**(headers or {}), "content-type": _TYPES[batch]}
        self._batch = batch
        self._patience = aiohttp.ClientTimeout(total=patience)

    async def deliver(self, messages: Sequence[Message]) -> None:
        """Post them; in halves where the receiver finds them too large. Raises: Undelivered."""
        try:
            async with aiohttp.ClientSession(headers=self._headers, timeout=self._patience) as session:
                await self._post(session, messages)
        except (aiohttp.ClientError, TimeoutError, OSError) as problem:
            raise Undelivered(f"the address cannot be reached: {type(problem).__name__}") from None

    async def _post(self, session: aiohttp.ClientSession, messages: Sequence[Message]) -> None:
        contents = [each.content for each in messages]
        body = b"[" + b",".join(contents) + b"]" if self._batch == "array" else b"\n".join(contents) + b"\n"
        numbers = {"okno-first": str(messages[0].number), "okno-last": str(messages[-1].number)}
        # an answer from elsewhere is no word of the receiver's
        async with session.post(self._url, data=body, headers=numbers, allow_redirects=False) as answer:
            status = answer.status
        if status == _TOO_LARGE and len(messages) > 1:
            half = len(messages) // 2
            await self._post(session, messages[:half])
            await self._post(session, messages[half:])
        elif not 200 <= status < 300:
            raise Undelivered(f"the receiver answers {status} to records {messages[0].number} to {messages[-1].number}")
