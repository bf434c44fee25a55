"""A client that speaks ASGI to an application, byte for byte, from any address."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.types import ASGIApp, Message


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def media(self) -> str:
        return self.headers["content-type"]

    @property
    def codes(self) -> list[str]:
        return [each["extensions"]["code"] for each in self.json["errors"]]


async def post(
    application: ASGIApp,
    parts: Iterable[bytes | None],
    headers: Mapping[str, str],
    *,
    client: tuple[str, int] | None = ("127.0.0.1", 50_000),
) -> Answer:
    """POST /graphql. Shape: `parts` of the body as they arrive; None is a client that has gone."""
    left = list(parts)
    sent: list[Message] = []

    async def receive() -> Message:
        part = left.pop(0) if left else b""
        if part is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": part, "more_body": bool(left)}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "server": ("okno", 80),
        "client": client,
        "path": "/graphql",
        "raw_path": b"/graphql",
        "root_path": "",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()],
    }
    await application(scope, receive, send)
    answered = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], answered, b"".join(each.get("body", b"") for each in sent[1:]))
