"""Tickets by RT's own REST service; the numbers are the server's, and so is the hour."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Final

from sandbox.company.model import Company
from sandbox.seeds.request_tracker import seed
from sources.request_tracker.rows import RtTicket
from tests.real.company import SHOWN
from tests.real.seeding.http import Json, Row
from tests.real.servers.place import place
from tests.real.servers.server import Facts, nested
from tests.real.servers.wire import Refused, basic

MOST: Final = 6
"""Tickets to put in: the server takes half a second for each thing that is said to it."""


def fill(facts: Facts, company: Company) -> Company:
    """The company with its first tickets and their real numbers. What an earlier filling put in stays."""
    address = company.person_by_login[SHOWN].email
    first = sorted(company.tickets, key=lambda each: (each.requester_email != address, each.owner_login is None))
    company = replace(company, tickets=tuple(first[:MOST]))
    with desk(facts) as server:
        numbers = _earlier(server, company)
        if not numbers:
            _clear(server)
            numbers = _anew(server, company)
            _note().write_text(json.dumps(numbers))
    tickets = tuple(replace(each, id=numbers[str(each.id)]) for each in company.tickets)
    return replace(company, tickets=tickets)


def desk(facts: Facts) -> Json:
    """The server, signed in to as root."""
    return Json(str(facts["url"]), basic(**nested(facts, "credentials")["admin"]), seconds=60)


def listed(server: Json) -> dict[int, str]:
    """All tickets that are not deleted: numbers and subjects."""
    found: dict[int, str] = {}
    page = 1
    while True:
        items = server.rows(f"/tickets?query=id > 0&fields=Subject&per_page=100&page={page}", "items")
        found |= {int(str(each["id"])): str(each["Subject"]) for each in items}
        if len(items) < 100:
            return found
        page += 1


def _note() -> Path:
    """Beside the server's data, and forgotten with it."""
    return place().data("request_tracker") / "filled.json"


def _earlier(server: Json, company: Company) -> dict[str, int]:
    """Real numbers by the company's, when exactly these tickets are there already."""
    if not _note().exists():
        return {}
    numbers: dict[str, int] = json.loads(_note().read_text())
    wanted = {numbers.get(str(each.id)): each.subject for each in company.tickets}
    return numbers if wanted == listed(server) else {}


def _clear(server: Json) -> None:
    for number in listed(server):
        server.ask("DELETE", f"/ticket/{number}")


def _anew(server: Json, company: Company) -> dict[str, int]:
    rows = seed(company)
    for queue in rows.queues:
        _unless_there(server, f"/queue/{queue}", "/queue", {"Name": queue})
    needed = {name for ticket in rows.tickets for name in (ticket.owner, *ticket.requestors)}
    for user in (each for each in rows.users if each.name in needed):
        order = {"Name": user.name, "EmailAddress": user.email, "RealName": user.real_name}
        privileged = "1" if user.privileged else "0"
        _unless_there(server, f"/user/{user.name}", "/user", {**order, "Privileged": privileged})
    addresses = {user.name: user.email for user in rows.users}
    return {str(ticket.id): _ticket(server, ticket, addresses) for ticket in rows.tickets}


def _unless_there(server: Json, path: str, collection: str, order: Row) -> None:
    try:
        server.ask("GET", path)
    except Refused:
        server.ask("POST", collection, order)


def _ticket(server: Json, ticket: RtTicket, addresses: dict[str, str]) -> int:
    said = [each for each in ticket.transactions if each.content]
    order = {
        "Queue": ticket.queue,
        "Subject": ticket.subject,
        "Requestor": [addresses[name] for name in ticket.requestors],
        "Owner": ticket.owner,
        "Priority": ticket.priority,
        "Content": said[0].content if said else "",
        "ContentType": "text/plain",
    }
    number = int(str(server.ask("POST", "/ticket", order)["id"]))
    if ticket.status != "new":
        # a ticket cannot begin its life in every status
        server.ask("PUT", f"/ticket/{number}", {"Status": ticket.status})
    for each in said[1:2]:
        path = "correspond" if each.kind == "Correspond" else "comment"
        server.ask("POST", f"/ticket/{number}/{path}", {"Content": each.content, "ContentType": "text/plain"})
    return number
