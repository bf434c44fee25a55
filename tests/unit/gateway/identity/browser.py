"""A browser as far as identity cares: cookies kept by the rules, redirects not followed."""

from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any

import orjson
from starlette.types import ASGIApp, Message

ADDRESS = "http://okno.test"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    set_cookies: list[str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])


@dataclass(slots=True)
class Browser:
    application: ASGIApp
    cookies: dict[str, str] = field(default_factory=dict)
    client: tuple[str, int] = ("10.1.2.3", 40_000)

    async def get(self, address: str, **headers: str) -> Answer:
        return await self.send("GET", address, None, headers)

    async def post(self, address: str, body: Any = None, **headers: str) -> Answer:
        return await self.send("POST", address, body, {"Okno_Request": "1", **headers})

    async def send(self, method: str, address: str, body: Any, headers: dict[str, str]) -> Answer:
        sent: list[Message] = []
        content = [b"" if body is None else orjson.dumps(body)]
        said = {"host": "okno.test", "content-type": "application/json"}
        said |= {name.replace("_", "-").lower(): value for name, value in headers.items()}
        if self.cookies:
            said["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())

        async def receive() -> Message:
            return {"type": "http.request", "body": content.pop() if content else b"", "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        path, _, query = address.removeprefix(ADDRESS).partition("?")
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "server": ("okno.test", 80),
            "client": self.client,
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in said.items()],
        }
        await self.application(scope, receive, send)
        answered = [(name.decode(), value.decode()) for name, value in sent[0]["headers"]]
        given = [value for name, value in answered if name == "set-cookie"]
        self._keep(given)
        return Answer(sent[0]["status"], dict(answered), given, b"".join(each.get("body", b"") for each in sent[1:]))

    def _keep(self, given: list[str]) -> None:
        for each in given:
            for name, morsel in SimpleCookie(each).items():
                assert name.startswith("__Host-"), each
                assert (morsel["secure"], morsel["httponly"], morsel["path"], morsel["domain"]) == (True, True, "/", "")
                assert morsel["samesite"].lower() == "lax"
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
