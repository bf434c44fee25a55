"""A Request Tracker with the part of REST 2.0 that a service desk needs. Source: RT 5.0, RT::REST2."""

from base64 import b64decode
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from aiohttp import web

from sources.kit.twin.http import Handler, HttpTwin
from sources.request_tracker.rows import NEVER, RtSeed, RtTicket, RtTransaction, RtUser
from sources.request_tracker.ticket_sql import SqlSyntax, parse

_MOST: Final = 100
_TOO_MANY_JOINS: Final = 16
"""Joins to the tickets' people that end in a gateway's timeout."""
_STATUSES: Final = ("new", "open", "stalled", "resolved", "rejected", "deleted")
_INTO: Final = {"comment": ("Comment", "Comments added"), "correspond": ("Correspond", "Correspondence added")}


class RequestTrackerTwin(HttpTwin):
    """The service desk. Seed: `RtSeed`. A token signs in as `okno`."""

    def __init__(self, seed: RtSeed, *, token: str = "1-14-twin", password: str = "twin-password") -> None:
        super().__init__()
        self.token, self.password = token, password
        nobody, reader = RtUser("Nobody"), RtUser("okno", "okno@rt.example", "Okno", privileged=True)
        self.users = {user.name: user for user in (nobody, reader, *seed.users)}
        self.queues = {name: number for number, name in enumerate(seed.queues, start=1)}
        self.tickets = {ticket.id: ticket for ticket in seed.tickets}
        self._transaction = 0
        for ticket in self.tickets.values():
            for each in ticket.transactions:
                each.id = self._next_transaction()

    def settings(self) -> Mapping[str, str]:
        """Address and token."""
        return {"url": f"{self.url}/REST/2.0", "token": self.token}

    def application(self) -> web.Application:
        """Searches, one ticket, its history and attachments, and the writes."""
        application = web.Application(middlewares=[self._signed_in, _errors_as_json])
        below = "/REST/2.0"
        application.add_routes(
            [
                web.get(f"{below}/tickets", self._search),
                web.post(f"{below}/ticket", self._create),
                web.get(f"{below}/ticket/{{id:\\d+}}", self._get),
                web.put(f"{below}/ticket/{{id:\\d+}}", self._update),
                web.get(f"{below}/ticket/{{id:\\d+}}/history", self._history),
                web.get(f"{below}/ticket/{{id:\\d+}}/attachments", self._attachments),
                web.post(f"{below}/ticket/{{id:\\d+}}/{{into:comment|correspond}}", self._say),
            ]
        )
        return application

    @web.middleware
    async def _signed_in(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization", "")
        if given.lower().startswith("basic "):
            user, _, password = b64decode(given[6:]).decode(errors="replace").partition(":")
            known = user in self.users and password == self.password
        else:
            known = given == f"token {self.token}"
        return await handler(request) if known else _message(401, "Unauthorized")

    async def _search(self, request: web.Request) -> web.Response:
        try:
            query = parse(request.query.get("query", ""))
        except SqlSyntax as problem:
            return _message(400, f"{problem} at RT/Tickets.pm line 3187.\n")
        if query.joins > _TOO_MANY_JOINS:
            return web.Response(status=504, text="<html><h1>504 Gateway Time-out</h1></html>", content_type="text/html")
        alive = [ticket for ticket in self.tickets.values() if ticket.status != "deleted"]
        found = [ticket for ticket in alive if query.test(partial(self._values, ticket))]
        newest_first = request.query.get("order", "ASC").upper() == "DESC"
        found.sort(key=lambda ticket: ticket.id, reverse=newest_first)
        return self._page(request, found, lambda ticket: self._item(ticket, request))

    async def _get(self, request: web.Request) -> web.Response:
        ticket = self.tickets.get(int(request.match_info["id"]))
        if ticket is None:
            return _message(404, "Not Found")
        url = f"{self.url}/REST/2.0/ticket/{ticket.id}"
        link: dict[str, object] = {"ref": "self", "type": "ticket", "id": ticket.id, "_url": url}
        links = [link, *({"ref": each, "_url": f"{url}/{each}"} for each in ("history", "correspond", "comment"))]
        body = {
            "id": ticket.id,
            "Queue": self._reference("queue", str(self.queues[ticket.queue])),
            "Owner": self._reference("user", ticket.owner),
            "Requestor": [self._reference("user", name) for name in ticket.requestors],
            **_columns(ticket),
            "_hyperlinks": links,
        }
        return web.json_response(body, headers={"ETag": f'"{_etag(ticket)}"'})

    async def _history(self, request: web.Request) -> web.Response:
        ticket = self.tickets.get(int(request.match_info["id"]))
        return self._page(request, ticket.transactions if ticket else [], self._transaction_item)

    async def _attachments(self, request: web.Request) -> web.Response:
        ticket = self.tickets.get(int(request.match_info["id"]))
        said = [each for each in ticket.transactions if each.content is not None] if ticket else []
        return self._page(request, said, self._attachment_item)

    async def _create(self, request: web.Request) -> web.Response:
        given = await request.json()
        if not given.get("Queue"):
            return _message(400, "Could not create ticket. Queue not set")
        if given["Queue"] not in self.queues:
            return _message(403, f"No permission to create tickets in the queue '{given['Queue']}'")
        number, now = max(self.tickets, default=0) + 1, _now()
        asked = given.get("Requestor") or []
        ticket = RtTicket(
            id=number,
            queue=given["Queue"],
            subject=given.get("Subject", ""),
            status=given.get("Status", "new"),
            requestors=[self._user_of(each) for each in ([asked] if isinstance(asked, str) else asked)],
            owner=given.get("Owner", "Nobody"),
            priority=int(given.get("Priority", 0)),
            created=now,
            last_updated=now,
        )
        self.tickets[number] = ticket
        self._record(ticket, "Create", content=given.get("Content"))
        made = self._reference("ticket", str(number))
        return web.json_response(made, status=201, headers={"Location": f"/REST/2.0/ticket/{number}"})

    async def _update(self, request: web.Request) -> web.Response:
        ticket = self.tickets.get(int(request.match_info["id"]))
        if ticket is None:
            return _message(404, "Not Found")
        expected = request.headers.get("If-Match")
        if expected is not None and expected.strip('"') != str(_etag(ticket)):
            return _message(412, "Precondition Failed")
        given = await request.json()
        return web.json_response([self._set(ticket, name, value) for name, value in sorted(given.items())])

    async def _say(self, request: web.Request) -> web.Response:
        ticket = self.tickets.get(int(request.match_info["id"]))
        if ticket is None:
            return _message(404, "Not Found")
        given = await request.json()
        if given.get("Content") and not given.get("ContentType"):
            return _message(400, "ContentType is a required field for application/json")
        kind, done = _INTO[request.match_info["into"]]
        entry = self._record(ticket, kind, content=given.get("Content"))
        if kind == "Correspond" and ticket.status == "new":
            self._set(ticket, "Status", "open")
        return web.json_response([done], status=201, headers={"Location": f"/REST/2.0/transaction/{entry.id}"})

    def _set(self, ticket: RtTicket, name: str, value: Any) -> str:
        """Change one field. RT answers 200 also where nothing could be done, and says so in words."""
        attribute = {
            "Status": "status",
            "Owner": "owner",
            "Queue": "queue",
            "Subject": "subject",
            "Priority": "priority",
        }
        if name not in attribute:
            return f"Ticket {ticket.id}: {name} is not changed"
        if name == "Queue" and value not in self.queues:
            return f"Ticket {ticket.id}: Queue {value} does not exist"
        if name == "Status" and value not in _STATUSES:
            return f"Ticket {ticket.id}: Status '{value}' isn't a valid status for this ticket."
        if name == "Owner" and value not in self.users:
            return f"Ticket {ticket.id}: Owner '{value}' could not be set."
        before = getattr(ticket, attribute[name])
        setattr(ticket, attribute[name], int(value) if name == "Priority" else value)
        if name == "Status":
            ticket.resolved = _now() if value in ("resolved", "rejected") else NEVER
        self._record(ticket, "Status" if name == "Status" else "Set", name, str(before), str(value))
        if name == "Owner":
            self._record(ticket, "SetWatcher", name, str(before), str(value))
        return f"Ticket {ticket.id}: {name} changed from {before} to {value}"

    def _record(
        self, ticket: RtTicket, kind: str, changed: str = "", old: str = "", new: str = "", content: str | None = None
    ) -> RtTransaction:
        now = _now()
        entry = RtTransaction(kind, "okno", now, changed, old, new, content, self._next_transaction())
        ticket.transactions.append(entry)
        ticket.last_updated = now
        return entry

    def _next_transaction(self) -> int:
        self._transaction += 1
        return self._transaction

    def _user_of(self, address: str) -> str:
        """The user who has this address or name; someone who writes for the first time becomes one."""
        for user in self.users.values():
            if address.casefold() in (user.email.casefold(), user.name.casefold()):
                return user.name
        self.users[address] = RtUser(address, address)
        return address

    def _values(self, ticket: RtTicket, name: str) -> list[str]:
        if name == "Requestor.EmailAddress":
            return [self.users[each].email for each in ticket.requestors]
        plain = {"id": ticket.id, "Queue": ticket.queue, "Owner": ticket.owner, "Owner.Name": ticket.owner}
        return [str(({**plain, **_columns(ticket)}).get(name, ""))]

    def _item(self, ticket: RtTicket, request: web.Request) -> dict[str, Any]:
        """A row of a search: the reference, and of the rest what `fields` names."""
        queue = self._expanded("queue", str(self.queues[ticket.queue]), {"Name": ticket.queue}, request, "Queue")
        owner = self._user(ticket.owner, request, "Owner")
        requestors = [self._user(name, request, "Requestor") for name in ticket.requestors]
        whole = {**_columns(ticket), "Queue": queue, "Owner": owner, "Requestor": requestors}
        wanted = [name for name in request.query.get("fields", "").split(",") if name]
        return {**self._reference("ticket", str(ticket.id)), **{name: whole.get(name, "") for name in wanted}}

    def _user(self, name: str, request: web.Request, field: str) -> dict[str, Any]:
        user = self.users[name]
        told = {"Name": user.name, "EmailAddress": user.email, "RealName": user.real_name}
        return self._expanded("user", user.name, told, request, field)

    def _expanded(
        self, kind: str, key: str, told: Mapping[str, str], request: web.Request, field: str
    ) -> dict[str, Any]:
        wanted = request.query.get(f"fields[{field}]", "").split(",")
        return {**self._reference(kind, key), **{name: value for name, value in told.items() if name in wanted}}

    def _transaction_item(self, each: RtTransaction) -> dict[str, Any]:
        creator = {**self._reference("user", each.creator), "Name": each.creator}
        old, new = self._inner(each.field, each.old), self._inner(each.field, each.new)
        told = {"Type": each.kind, "Field": each.field, "OldValue": old, "NewValue": new}
        return {**self._reference("transaction", str(each.id)), **told, "Created": each.created, "Creator": creator}

    def _inner(self, field: str, value: str) -> str:
        """How RT keeps a value in its history: users and queues by inner ids."""
        if field == "Owner" and value in self.users:
            return str(list(self.users).index(value))
        return str(self.queues[value]) if field == "Queue" and value in self.queues else value

    def _attachment_item(self, each: RtTransaction) -> dict[str, Any]:
        told = {"Content": each.content, "ContentType": "text/plain", "TransactionId": str(each.id)}
        return {**self._reference("attachment", str(each.id)), **told}

    def _reference(self, kind: str, key: str) -> dict[str, Any]:
        return {"type": kind, "id": key, "_url": f"{self.url}/REST/2.0/{kind}/{key}"}

    def _page(self, request: web.Request, found: Any, item_of: Any) -> web.Response:
        given = request.query.get("per_page", "20")
        size = min(_MOST, int(given) if given.isdigit() and int(given) else 20)
        page = max(1, int(request.query.get("page", "1")))
        shown = [item_of(each) for each in found[(page - 1) * size : page * size]]
        pages = -(-len(found) // size)
        body: dict[str, Any] = {
            "count": len(shown),
            "total": len(found),
            "per_page": size,
            "page": page,
            "pages": pages,
        }
        if page < pages:
            body["next_page"] = str(request.url.update_query(page=str(page + 1)))
        return web.json_response({**body, "items": shown})


def _columns(ticket: RtTicket) -> dict[str, str]:
    """The plain columns of a ticket; numbers are texts, as RT writes them."""
    return {
        "Subject": ticket.subject,
        "Status": ticket.status,
        "Priority": str(ticket.priority),
        "Created": ticket.created,
        "LastUpdated": ticket.last_updated,
        "Resolved": ticket.resolved,
    }


def _etag(ticket: RtTicket) -> int:
    return ticket.transactions[-1].id if ticket.transactions else 0


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _message(status: int, words: str) -> web.Response:
    return web.json_response({"message": words}, status=status)


@web.middleware
async def _errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as problem:
        return _message(problem.status, problem.reason)
