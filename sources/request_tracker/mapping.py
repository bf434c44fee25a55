"""RT's tickets and transactions to the port's records. Source: RT REST 2.0, serialization of RT::Ticket."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sources.kit.reading import BadData, moment, optional_text, part, rows, text, whole
from sources.ports.tickets import Ticket, TicketEvent
from sources.request_tracker.query import STATUSES, WORDS

_NOBODY: Final = "Nobody"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ASCTIME: Final = re.compile(r"[A-Z][a-z]{2} [A-Z][a-z]{2} +\d")
_KINDS: Final = {"Create": "CREATED", "Comment": "COMMENT", "Correspond": "REPLY", "Status": "STATUS"}
_SILENT: Final = frozenset({"EmailRecord", "CommentEmailRecord", "SetWatcher"})
"""Copies of mail sent, and a second record of a change of owner: RT's own pages leave them out as well."""
_TAKING: Final = frozenset({"Give", "Take", "Untake", "Steal", "Force"})
_SAYING: Final = frozenset({"CREATED", "COMMENT", "REPLY"})


def items_of(body: Any) -> tuple[list[Any], int | None]:
    """The rows of one page and how many rows there are in all, None where RT would not count. Raises: BadData."""
    found = rows(body, "items")
    if "total" not in body:
        raise BadData("total: missing from a page")
    return found, whole(body, "total")


def number_of(item: Any) -> int:
    """The number of a ticket."""
    number = whole(item, "id")
    if number is None:
        raise BadData("id: a number is missing")
    return number


def requesters_of(item: Any) -> list[str]:
    """Addresses of those who asked, in lower case. Raises: BadData where a user is told without the address field."""
    people = rows(item, "Requestor")
    if any(optional_text(each, "type") != "group" and "EmailAddress" not in each for each in people):
        raise BadData("Requestor: a user without an address field")
    return [address.casefold() for each in people if (address := optional_text(each, "EmailAddress"))]


def ticket_of(item: Any, source: str) -> Ticket:
    """One ticket. Raises: BadData."""
    return Ticket(
        source=source,
        number=str(number_of(item)),
        subject=optional_text(item, "Subject") or _present(item, "Subject"),
        status=STATUSES.get(text(item, "Status").casefold(), "OTHER"),
        queue=optional_text(part(item, "Queue"), "Name"),
        priority=whole(item, "Priority"),
        requester_email=next(iter(requesters_of(item)), None) if "Requestor" in item else None,
        assignee_login=_login(part(item, "Owner")),
        created_at=instant(item, "Created"),
        updated_at=instant(item, "LastUpdated"),
        resolved_at=instant(item, "Resolved"),
    )


def texts_of(attachments: Sequence[Any]) -> dict[str, str]:
    """What was said in each transaction: its first plain text, or its first text of another kind."""
    said: dict[str, tuple[bool, str]] = {}
    for each in attachments:
        kind, words = optional_text(each, "ContentType") or "", optional_text(each, "Content")
        transaction = text(each, "TransactionId")
        if words is None or not kind.startswith("text/"):
            continue
        plain = kind.startswith("text/plain")
        if transaction not in said or (plain and not said[transaction][0]):
            said[transaction] = (plain, words)
    return {transaction: words for transaction, (_, words) in said.items()}


def event_of(row: Any, source: str, texts: Mapping[str, str]) -> TicketEvent:
    """One entry of a history. Raises: BadData."""
    event_id, word = str(number_of(row)), text(row, "Type")
    at = instant(row, "Created")
    if at is None:
        raise BadData("Created: a moment is missing")
    assigned = word in _TAKING or (word == "Set" and optional_text(row, "Field") == "Owner")
    kind = "ASSIGNED" if assigned else _KINDS.get(word, "OTHER")
    said = texts.get(event_id) if kind in _SAYING else _change(row)
    return TicketEvent(source, event_id, kind, at, _login(part(row, "Creator")), said)


def said(words: str) -> dict[str, str]:
    """What is said in a ticket, unchanged: histories are read back as plain text."""
    return {"Content": words, "ContentType": "text/plain"}


def changes(queue: str | None, status: str | None) -> dict[str, str] | None:
    """What is written to move a ticket; None where nothing is, or for a status that RT has no word for."""
    if (queue is None and status is None) or (status is not None and status not in WORDS):
        return None
    return {**({"Queue": queue} if queue is not None else {}), **({"Status": WORDS[status]} if status else {})}


def told(row: Any) -> bool:
    """Whether a history tells this entry. Raises: BadData."""
    return text(row, "Type") not in _SILENT


def _change(row: Any) -> str | None:
    """What changed into what. Owners and queues are told by RT's inner ids, which say nothing to anybody."""
    before, after = optional_text(row, "OldValue"), optional_text(row, "NewValue")
    inner = optional_text(row, "Field") in ("Owner", "Queue")
    return None if inner or not (before or after) else f"{before or '–'} → {after or '–'}"


def instant(row: Any, name: str) -> datetime | None:
    """A moment as RT writes it: ISO 8601, or as C's asctime in older answers; 1970 and "Not set" mean none."""
    value = optional_text(row, name)
    if value is None or value == "Not set":
        return None
    try:
        asctime = bool(_ASCTIME.match(value))
        at = datetime.strptime(value, "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC) if asctime else moment(row, name)
    except ValueError:
        raise BadData(f"{name}: expected a moment") from None
    return None if at == _EPOCH else at


def _login(user: Mapping[str, Any]) -> str | None:
    """A user's name; RT's place-holder for no one is none."""
    name = optional_text(user, "Name") or optional_text(user, "id")
    return None if name == _NOBODY else name


def _present(item: Any, name: str) -> str:
    """The empty text, where a text may be empty but must be there."""
    if name not in item:
        raise BadData(f"{name}: missing")
    return ""
