"""Events: a stream of them, read as a browser reads it. Source: the WHATWG's server-sent events."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
import orjson

from tests.door.conftest import Door
from tests.sandbox import ALL_SEEING

LONGEST: Final = 20.0
"""Seconds within which something has to be told."""


@dataclass(slots=True)
class Stream:
    """One stream. Shape: `came` are its events so far, by name and data; `raw` as it was written."""

    answer: aiohttp.ClientResponse
    came: list[tuple[str, Any]] = field(default_factory=list)
    raw: bytes = b""

    async def until(self, name: str) -> Any:
        """The data of the next event of a name."""
        while True:
            event, data = await self.next()
            if event == name:
                return data

    async def next(self) -> tuple[str, Any]:
        """The next event; `end` where there is none any more."""
        block: list[str] = []
        async with asyncio.timeout(LONGEST):
            while True:
                line = await self.answer.content.readline()
                self.raw += line
                if not line:
                    return "end", None
                text = line.decode().removesuffix("\n")
                if text == "" and block:
                    break
                if text and not text.startswith(":"):
                    block.append(text)
        fields = dict(each.split(": ", 1) if ": " in each else (each.rstrip(": "), "") for each in block)
        said = (fields["event"], orjson.loads(fields["data"]) if fields["data"] else None)
        self.came.append(said)
        return said


@asynccontextmanager
async def streamed(
    door: Door, query: str, login: str = ALL_SEEING, accept: str = "text/event-stream", **variables: Any
) -> AsyncIterator[Stream]:
    """The stream that answers a request."""
    headers: Mapping[str, str] = {**await door.bearer(login), "Accept": accept}
    body = {"query": query, "variables": variables}
    async with aiohttp.ClientSession() as session, session.post(door.url, json=body, headers=headers) as answer:
        yield Stream(answer)
