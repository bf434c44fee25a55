"""Line: a gateway's own endpoints on a free port in the test's process, and a client that speaks graphql-transport-ws."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
import uvicorn
from starlette.applications import Starlette

from gateway.app import Gateway, graphql_routes
from gateway.graphql_ws import PROTOCOL
from gateway.serving import config_of

LONGEST: Final = 20.0
"""Seconds that a message may take to come here; one that never comes fails its test."""


@dataclass(slots=True)
class Line:
    """A client's connection. Shape: `came` is what has come of each subscription."""

    socket: aiohttp.ClientWebSocketResponse
    came: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    async def begin(self, token: str | None = None, **said: Any) -> dict[str, Any]:
        """Begin with a connection. Returns: what is answered."""
        payload = {**said, **({} if token is None else {"Authorization": f"Bearer {token}"})}
        await self.socket.send_json({"type": "connection_init", "payload": payload})
        return await self.heard()

    async def follow(self, id_: str, query: str, **variables: Any) -> None:
        """Subscribe."""
        payload = {"query": query, "variables": variables}
        await self.socket.send_json({"id": id_, "type": "subscribe", "payload": payload})

    def states(self, id_: str) -> list[Any]:
        """The states that were told about a subscription, in order."""
        told = [each["payload"]["data"] for each in self.came[id_] if each["type"] == "next"]
        return [next(iter(each.values()))["state"] for each in told]

    async def heard(self) -> dict[str, Any]:
        """The next message; the close code where the connection was closed."""
        message = await self.socket.receive(timeout=LONGEST)
        if message.type is aiohttp.WSMsgType.TEXT:
            said: dict[str, Any] = message.json()
            if "id" in said:
                self.came.setdefault(said["id"], []).append(said)
            return said
        return {"type": "closed", "code": self.socket.close_code}

    async def closed(self) -> int:
        """The code with which the other side ends it."""
        while (said := await self.heard())["type"] != "closed":
            pass
        return int(said["code"])

    async def until(self, id_: str, *kinds: str) -> dict[str, Any]:
        """The next message of one of these kinds about a subscription."""
        while True:
            said = await self.heard()
            assert said["type"] != "closed", said
            if said.get("id") == id_ and said["type"] in kinds:
                return said


async def token_of(gateway: Gateway, login: str) -> str:
    """A bearer token of somebody's."""
    return await gateway.identity.tokens.give(login)


@asynccontextmanager
async def serving(gateway: Gateway, **settings: float) -> AsyncIterator[str]:
    """The address at which a gateway is served as it always is. Shape: `settings` are those of what lasts."""
    config = config_of(Starlette(routes=graphql_routes(gateway, **settings)))
    config.host, config.port = "127.0.0.1", 0
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    task = asyncio.create_task(server._serve())  # not `serve`, which would take the signals of the tests' process
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/graphql"
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def lined(
    url: str, headers: Mapping[str, str] | None = None, protocols: tuple[str, ...] = (PROTOCOL,)
) -> AsyncIterator[Line]:
    """A connection that is open, and not begun with."""
    async with aiohttp.ClientSession() as session:
        socket = await session.ws_connect(url, protocols=protocols, headers=headers)
        try:
            yield Line(socket)
        finally:
            with contextlib.suppress(Exception):
                await socket.close()
