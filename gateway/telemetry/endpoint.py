"""Endpoint: `/metrics`, for this machine alone or for whoever has the token."""

import hmac
from typing import Final

from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from gateway.telemetry.metrics import Metrics
from gateway.telemetry.standing import Standing

_NEAR: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_THROUGH: Final = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")
"""Headers of a proxy: what it hands on comes from this machine and is not of it."""
_HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class MetricsEndpoint:
    """The figures in the text format of Prometheus. Shape: `token` opens it from anywhere and is then wanted of everybody."""

    def __init__(self, metrics: Metrics, standing: Standing, token: str | None) -> None:
        self._metrics = metrics
        self._standing = standing
        self._token = token

    async def answer(self, http: Request) -> Response:
        """The figures, or 403."""
        if not self._may(http):
            return PlainTextResponse("the metrics are not for you\n", 403, _HEADERS)
        await self._standing.look()
        return Response(generate_latest(self._metrics.registry), 200, _HEADERS, CONTENT_TYPE_PLAIN_0_0_4)

    def _may(self, http: Request) -> bool:
        if self._token is not None:
            scheme, _, given = http.headers.get("authorization", "").partition(" ")
            return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), self._token.encode())
        near = http.client is not None and http.client.host in _NEAR
        return near and http.url.hostname in _NEAR and not any(name in http.headers for name in _THROUGH)
