"""TicketSQL as the client writes it: conditions in which every value is data.

Source: RT::Tickets and RT::SQL of RT 5 (a backslash in quotes makes the next character plain).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sources.ports.tickets import TicketsFilter

PAGE: Final = 100
"""Tickets in one page; RT gives no more."""

FIELDS: Final[Mapping[str, str]] = {
    "subject": "Subject",
    "status": "Status",
    "queue": "Queue",
    "priority": "Priority",
    "requester_email": "Requestor",
    "assignee_login": "Owner",
    "created_at": "Created",
    "updated_at": "LastUpdated",
    "resolved_at": "Resolved",
}
_SUBFIELDS: Final = {"Queue": "Name", "Owner": "Name", "Requestor": "Name,EmailAddress"}
_ALWAYS: Final = ("subject", "status")

STATUSES: Final[Mapping[str, str]] = {
    "new": "NEW",
    "open": "OPEN",
    "stalled": "WAITING",
    "resolved": "RESOLVED",
    "rejected": "REJECTED",
    "deleted": "REJECTED",
}
WORDS: Final[Mapping[str, str]] = {status: word for word, status in STATUSES.items() if word != "deleted"}
"""RT's word for each status that a ticket can be given."""


def quoted(value: str) -> str:
    """A value in TicketSQL."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def askable(email: str) -> bool:
    """Whether an address can be put into TicketSQL as data; RT takes quoted values that begin so for custom fields."""
    return "@" in email and email.isprintable() and not email.casefold().startswith("cf.")


def requested_by(emails: Iterable[str]) -> str:
    """Tickets that any of these asked for.

    It must never stand alone: RT joins the requesters of an OR once only where that OR is not the whole query; as the
    whole query every address becomes a join of its own, and twenty of them keep the database busy for minutes.
    """
    return "(" + " OR ".join(f"Requestor.EmailAddress = {quoted(email)}" for email in emails) + ")"


def numbered(numbers: Iterable[int]) -> str:
    """Tickets of these numbers."""
    return " OR ".join(f"id = {number}" for number in numbers)


def below(number: int | None) -> str:
    """Tickets older than this one; all where none is given."""
    return "id > 0" if number is None else f"id < {number}"


def wanted_by(wanted: TicketsFilter) -> list[str]:
    """The conditions of a filter."""
    conditions: list[str] = []
    if wanted.queues:
        conditions.append("(" + " OR ".join(f"Queue = {quoted(name)}" for name in wanted.queues) + ")")
    if wanted.statuses:
        words = [word for word, status in STATUSES.items() if status in wanted.statuses and word != "deleted"]
        conditions.append("(" + (" OR ".join(f"Status = {quoted(word)}" for word in words) or "id = 0") + ")")
    if wanted.assignee_login is not None:
        conditions.append(f"Owner.Name = {quoted(wanted.assignee_login)}")
    if wanted.requester_email is not None:
        conditions.append(requested_by([wanted.requester_email]))
    return conditions


def page_of(query: str, fields: frozenset[str], also: Sequence[str] = (), first: int = PAGE) -> dict[str, str]:
    """The parameters of one search, the newest tickets first, with no field that is not needed."""
    attributes = {*(fields & set(FIELDS) if fields else FIELDS), *_ALWAYS, *also}
    names = sorted(FIELDS[name] for name in attributes)
    parts = {f"fields[{name}]": _SUBFIELDS[name] for name in names if name in _SUBFIELDS}
    return {
        "query": query,
        "fields": ",".join(names),
        **parts,
        "orderby": "id",
        "order": "DESC",
        "per_page": str(min(first, PAGE)),
    }
