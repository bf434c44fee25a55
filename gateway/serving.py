"""Serving: the application under uvicorn, with one line when requests will succeed."""

import socket
import sys
from typing import Final

import uvicorn
from starlette.applications import Starlette

from gateway.app import create_app
from gateway.settings import Installation
from gateway.telemetry import logs

_MOST_MESSAGE: Final = 262_144
"""Bytes of one message of a WebSocket."""


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
    app = create_app(installation)
    telemetry = installation.file.telemetry
    logs.begin(level=telemetry.log_level, dropped=app.state.telemetry.metrics.dropped.labels("log").inc)
    server = _Announcing(config_of(app), f"http://{f'[{host}]' if ':' in host else host}:{real_port}")
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        return 0
    finally:
        listener.close()
    return 0 if server.started else 1


def config_of(app: Starlette) -> uvicorn.Config:
    """How the application is served."""
    return uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=_MOST_MESSAGE,
        ws_per_message_deflate=False,
        access_log=False,
        log_config=None,
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
