"""A gateway served over the wire, and short ways to speak to it."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from tests.operations.line import serving, token_of
from tests.operations.stand import Stand
from tests.sandbox import ALL_SEEING


@dataclass(frozen=True, slots=True)
class Said:
    """An answer. Shape: `body` decoded where it is JSON."""

    status: int
    headers: Mapping[str, str]
    text: str
    body: Any

    @property
    def codes(self) -> list[str]:
        """The codes of its errors."""
        return [each["extensions"]["code"] for each in (self.body or {}).get("errors", ())]


@dataclass(frozen=True, slots=True)
class Door:
    """Where a gateway is served."""

    stand: Stand
    url: str

    async def bearer(self, login: str) -> dict[str, str]:
        """The header by which somebody is known."""
        return {"Authorization": f"Bearer {await token_of(self.stand.sandbox.gateway, login)}"}

    async def ask(
        self,
        body: Any = None,
        *,
        login: str | None = ALL_SEEING,
        method: str = "POST",
        params: Any = None,
        **headers: str,
    ) -> Said:
        """One request over the wire. Shape: `headers` with underscores for hyphens."""
        given = {} if login is None else await self.bearer(login)
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, self.url, json=body, params=params, headers=given) as answer,
        ):
            text = await answer.text()
            is_json = "json" in answer.headers.get("Content-Type", "")
            return Said(answer.status, answer.headers, text, await answer.json(content_type=None) if is_json else None)


@pytest.fixture(scope="module")
async def door(floor: Stand) -> AsyncIterator[Door]:
    """The floor, served; rights are looked at again three times a second."""
    async with serving(floor.sandbox.gateway, beat=0.3) as url:
        yield Door(floor, url)
