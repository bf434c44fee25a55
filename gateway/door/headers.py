"""Headers of safety on every answer; a page brings its own rules for content, everything else gets the strictest."""

import logging
import uuid
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.door.refusals import KINDS, refuse

log = logging.getLogger("okno.door")

NOTHING: Final = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""The rules for content of what is no page."""
EVERYWHERE: Final = {
    "Content-Security-Policy": NOTHING,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), "
        "midi=(), payment=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()"
    ),
    "Cache-Control": "no-store",
}
"""Said where the answer itself does not say otherwise."""
TLS: Final = "max-age=31536000"
"""For a year, and for this host alone: what runs beside us is not ours to decide about."""
_STARTS: Final = ("http.response.start", "websocket.http.response.start")


class SafeHeaders:
    """Puts the headers on, and says nothing of what went wrong where nobody else has caught it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the headers on."""
        if scope["type"] not in KINDS:
            await self.app(scope, receive, send)
            return
        begun = False

        async def told(message: Message) -> None:
            nonlocal begun
            if message["type"] in _STARTS:
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in EVERYWHERE.items():
                    headers.setdefault(name, value)
                if scope["scheme"] in ("https", "wss"):  # as it left the client: a proxy has been listened to by now
                    headers["Strict-Transport-Security"] = TLS
            elif message["type"] == "websocket.accept":
                begun = True
            await send(message)

        try:
            await self.app(scope, receive, told)
        except ClientDisconnect:
            log.debug("a client has gone before its request was whole")
        except Exception:
            trace_id = uuid.uuid4().hex
            log.exception("unforeseen error at %r, trace %s", scope["path"], trace_id)
            if begun:
                raise  # the server ends the connection
            await refuse(scope, told, 500, "INTERNAL", "an unforeseen error; quote the trace id", trace_id=trace_id)
