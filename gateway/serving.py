"""Serving: the application under uvicorn, with one line when requests will succeed."""

import socket
import sys
from typing import Final

import uvicorn
from starlette.applications import Starlette

from gateway.app import create_app
from gateway.door.addresses import Networks
from gateway.door.connections import Register, protocols_of
from gateway.door.door_settings import ConnectionSettings
from gateway.settings import Installation

_MOST_MESSAGE: Final = 262_144
"""Bytes of one message of a WebSocket."""


_IDLE: Final = 5
"""Seconds that a connection is kept between two requests."""


class _Announcing(uvicorn.Server):
    """Says that it is ready once it listens; the application has opened everything by then."""

    def __init__(self, config: uvicorn.Config, address: str) -> None:
        super().__init__(config)
        self._address = address

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so."""
        await super().startup(sockets)
        if not self.should_exit:
            print(f"Okno is ready at {self._address}", flush=True)  # noqa: T201  # the line others wait for


def serve(installation: Installation, host: str, port: int) -> int:
    """Serve until stopped by a signal. Returns: the exit code."""
    if not can_listen(host, port):
        return 2
    listener = _listen(host, port)
    real_port = listener.getsockname()[1]
    door = installation.file.door
    server = _Announcing(
        config_of(create_app(installation), Register(door.connections, Networks(door.proxies))),
        f"http://{f'[{host}]' if ':' in host else host}:{real_port}",
    )
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        return 0
    finally:
        listener.close()
    return 0 if server.started else 1


def config_of(app: Starlette, register: Register | None = None) -> uvicorn.Config:
    """How the application is served. Shape: `register` says how many connections there may be."""
    http, socket_ = protocols_of(Register(ConnectionSettings(), Networks(())) if register is None else register)
    return uvicorn.Config(
        app,
        loop="uvloop",
        http=http,
        ws=socket_,
        ws_max_size=_MOST_MESSAGE,
        ws_per_message_deflate=False,
        access_log=False,
        timeout_keep_alive=_IDLE,
        log_level="warning",
        timeout_graceful_shutdown=5,
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
