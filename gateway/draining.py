"""Draining: how a process leaves while others go on: first it says that it is not ready, then it takes no more, then it ends."""

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_READINESS: Final = "/readyz"


class Draining:
    """The application, and whether it is leaving. Units: `seconds` for which it is not ready and still answers.

    While it is leaving every answer ends its connection, so that who comes again comes to another process.
    """

    def __init__(self, app: ASGIApp, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.leaving = False
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does, and say goodbye where it is leaving."""
        if not self.leaving or scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def ending(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["connection"] = "close"
            await send(message)

        if scope["path"] == _READINESS:
            await JSONResponse({"status": "stopping"}, 503)(scope, receive, ending)
        else:
            await self._app(scope, receive, ending)
