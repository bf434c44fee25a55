"""A mail system's REST administration: mailboxes by any of their addresses, entity tags on what can be changed."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypedDict

import orjson
from aiohttp import web

from sources.kit.twin.http import Handler, HttpTwin

MOST: Final = 50
"""Addresses in one request."""


class Mailbox(TypedDict):
    """One mailbox in the system's words. Units: moments in ISO 8601; a quota of -1 is none at all."""

    address: str
    displayName: str
    state: str
    aliases: list[str]
    quotaMiB: int
    usedKiB: int
    forwarding: dict[str, Any] | None
    outOfOffice: dict[str, Any] | None
    lastLogon: str | None


FIELDS: Final = frozenset(Mailbox.__annotations__)
_STATES: Final = frozenset({"ENABLED", "SCHEDULED", "DISABLED"})


class MailTwin(HttpTwin):
    """The mail system. Seed: mailboxes."""

    def __init__(self, mailboxes: Iterable[Mailbox], *, api_key: str = "twin-mail-key") -> None:
        super().__init__()
        self.api_key = api_key
        self.mailboxes: dict[str, dict[str, Any]] = {box["address"].casefold(): dict(box) for box in mailboxes}

    def settings(self) -> Mapping[str, str]:
        """Address and key."""
        return {"url": self.url, "api_key": self.api_key}

    def application(self) -> web.Application:
        """Mailboxes, their automatic replies and aliases."""
        application = web.Application(middlewares=[self._check_key])
        application.add_routes(
            [
                web.get("/v1/mailboxes", self._list),
                web.get("/v1/mailboxes/{address}", self._one),
                web.put("/v1/mailboxes/{address}/out-of-office", self._reply),
                web.put("/v1/mailboxes/{address}/aliases/{alias}", self._add_alias),
                web.delete("/v1/mailboxes/{address}/aliases/{alias}", self._remove_alias),
            ]
        )
        return application

    def find(self, address: str) -> dict[str, Any] | None:
        """The mailbox that an address leads to, be it the main one or an alias."""
        folded = address.casefold()
        by_alias = (box for box in self.mailboxes.values() if folded in map(str.casefold, box["aliases"]))
        return self.mailboxes.get(folded) or next(by_alias, None)

    @web.middleware
    async def _check_key(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.headers.get("X-Api-Key") != self.api_key:
            return _problem(401, "missing or unknown API key")
        return await handler(request)

    async def _list(self, request: web.Request) -> web.Response:
        addresses = request.query.getall("address", [])
        fields = [each for each in request.query.get("fields", "").split(",") if each] or sorted(FIELDS)
        if len(addresses) > MOST or not addresses:
            return _problem(422, f"address: give 1 to {MOST}")
        if strange := sorted(set(fields) - FIELDS):
            return _problem(422, f"fields: {', '.join(strange)} unknown")
        by_alias = {alias.casefold(): box for box in self.mailboxes.values() for alias in box["aliases"]}
        found: dict[str, dict[str, Any]] = {}
        for each in addresses:
            box = self.mailboxes.get(each.casefold()) or by_alias.get(each.casefold())
            if box is not None:
                found[box["address"]] = box
        return web.json_response({"mailboxes": [_projected(box, fields) for box in found.values()]})

    async def _one(self, request: web.Request) -> web.Response:
        box = self.find(request.match_info["address"])
        if box is None:
            return _problem(404, "no such mailbox")
        return web.json_response(box, headers={"ETag": _tag(box)})

    async def _reply(self, request: web.Request) -> web.Response:
        box = self.find(request.match_info["address"])
        if box is None:
            return _problem(404, "no such mailbox")
        if "If-Match" not in request.headers:
            return _problem(428, "If-Match is required")
        if request.headers["If-Match"] != _tag(box):
            return _problem(412, "the mailbox has changed since it was read")
        reply = await request.json()
        if not isinstance(reply, dict) or reply.get("state") not in _STATES:
            return _problem(422, "state: ENABLED, SCHEDULED or DISABLED")
        box["outOfOffice"] = {name: reply.get(name) for name in ("state", "from", "until", "text")}
        return web.json_response(box["outOfOffice"], headers={"ETag": _tag(box)})

    async def _add_alias(self, request: web.Request) -> web.Response:
        box, alias = self.find(request.match_info["address"]), request.match_info["alias"]
        if box is None:
            return _problem(404, "no such mailbox")
        holder = self.find(alias)
        if holder is not None and holder is not box:
            return _problem(409, "the address belongs to another mailbox")
        if holder is None:
            box["aliases"] = [*box["aliases"], alias]
        return web.json_response({"aliases": box["aliases"]}, headers={"ETag": _tag(box)})

    async def _remove_alias(self, request: web.Request) -> web.Response:
        box, alias = self.find(request.match_info["address"]), request.match_info["alias"].casefold()
        if box is None:
            return _problem(404, "no such mailbox")
        box["aliases"] = [each for each in box["aliases"] if each.casefold() != alias]
        return web.json_response({"aliases": box["aliases"]}, headers={"ETag": _tag(box)})


def _projected(box: Mapping[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    return {name: box[name] for name in fields}


def _tag(box: Mapping[str, Any]) -> str:
    return f'"{hashlib.sha256(orjson.dumps(box, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]}"'


def _problem(status: int, detail: str) -> web.Response:
    body = {"type": "about:blank", "status": status, "detail": detail}
    return web.json_response(body, status=status, content_type="application/problem+json")
