"""Serving: the application under uvicorn, with one line when requests will succeed."""

import asyncio
import gc
import signal
import socket
import sys
import time
from math import ceil
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from gateway import supervised
from gateway.app import create_app
from gateway.door.addresses import Networks
from gateway.door.connections import Register, protocols_of
from gateway.door.door_settings import ConnectionSettings
from gateway.draining import Draining
from gateway.revisions import NewerDatabase, refuse_newer_at
from gateway.settings import Installation
from gateway.telemetry import logs

_MOST_MESSAGE: Final = 262_144
"""Bytes of one message of a WebSocket."""


_PATIENCE: Final = 5
_LINGER: Final = 1.0
"""Seconds in which what was connected already may still ask, once nobody new is taken."""
_LOOK: Final = 0.1
_IDLE: Final = 5
"""Seconds that a connection is kept between two requests."""


class _Announcing(uvicorn.Server):
    """Says that it is ready once it listens; the application has opened everything by then. Leaves when it is told to."""

    def __init__(self, config: uvicorn.Config, address: str) -> None:
        super().__init__(config)
        self._address = address

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so."""
        await super().startup(sockets)
        if not self.should_exit:
            settle()
            supervised.tell("READY=1")
            print(f"Okno is ready at {self._address}", flush=True)  # noqa: T201  # the line others wait for

    async def main_loop(self) -> None:
        """Serve until told to stop, then leave without a request that fails."""
        await super().main_loop()
        app = self.config.app
        if isinstance(app, Draining):
            await self._leave(app)

    async def _leave(self, app: Draining) -> None:
        """First not ready, still answering; then nobody new is taken; what is under way ends in `shutdown`."""
        app.leaving = True
        supervised.tell("STOPPING=1")
        await self._pass(app.seconds)
        for server in self.servers:
            server.close()
        if app.seconds:
            await self._pass(_LINGER)

    async def _pass(self, seconds: float) -> None:
        """Let time go by while requests are answered; Ctrl-C, or being told again, ends the patience."""
        until = time.monotonic() + seconds
        turn = 0
        while time.monotonic() < until and self._captured_signals == [signal.SIGTERM]:
            await self.on_tick(turn)
            turn += 1
            await asyncio.sleep(_LOOK)


def settle() -> None:
    """Leave what is there for good out of the search for garbage: to go through it all takes longer than most requests."""
    gc.collect()
    gc.freeze()


def serve(installation: Installation, host: str, port: int, drain: float = 0.0) -> int:
    """Serve until stopped by a signal. Units: `drain` in seconds. Returns: the exit code."""
    try:
        refuse_newer_at(installation.file.database)
    except NewerDatabase as problem:
        print(f"okno: {problem}", file=sys.stderr)  # noqa: T201  # before there is a log
        return 2
    handed = supervised.listeners()
    if not handed and not can_listen(host, port):
        return 2
    listeners = handed or [_listen(host, port)]
    inner = create_app(installation)
    telemetry = installation.file.telemetry
    logs.begin(level=telemetry.log_level, dropped=inner.state.telemetry.metrics.dropped.labels("log").inc)
    app = Draining(inner, drain)
    patience = max(_PATIENCE, ceil(installation.file.deadline) + 1)
    door = installation.file.door
    register = Register(door.connections, Networks(door.proxies))
    server = _Announcing(config_of(app, register, patience), supervised.address_of(listeners[0]))
    try:
        server.run(sockets=listeners)
    except KeyboardInterrupt:
        return 0
    finally:
        for listener in listeners:
            listener.close()
    return 0 if server.started else 1


def config_of(app: ASGIApp, register: Register | None = None, patience: int = _PATIENCE) -> uvicorn.Config:
    """How the application is served. Shape: `register` says how many connections there may be. Units: `patience` in seconds, for
    requests that are under way at the end.
    """
    http, socket_ = protocols_of(Register(ConnectionSettings(), Networks(())) if register is None else register)
    return uvicorn.Config(
        app,
        loop="uvloop",
        http=http,
        ws=socket_,
        ws_max_size=_MOST_MESSAGE,
        ws_per_message_deflate=False,
        access_log=False,
        log_config=None,
        timeout_keep_alive=_IDLE,
        log_level="warning",
        timeout_graceful_shutdown=patience,
        server_header=False,
        proxy_headers=False,
    )


def can_listen(host: str, port: int) -> bool:
    """Whether the address is free; says why it is not."""
    try:
        _listen(host, port).close()
    except (OSError, OverflowError) as problem:
        why = getattr(problem, "strerror", None) or str(problem)
        print(f"okno: cannot listen on {host}:{port}: {why}; set OKNO_PORT to another", file=sys.stderr)  # noqa: T201
        return False
    return True


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener
