"""Mailboxes as the mail system shows them, to the port's."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, urlencode

from sources.kit.reading import BadData, match, moment, optional_rows, optional_text, part, rows, text, whole
from sources.ports.errors import Answer
from sources.ports.mail import Mailbox, OutOfOffice
from sources.ports.question import Need

KIBIBYTE: Final = 1024
MEBIBYTE: Final = 1024 * KIBIBYTE

_ALWAYS: Final = ("address", "aliases", "state")
_FIELDS: Final[Mapping[str, str]] = {
    "quota_bytes": "quotaMiB",
    "used_bytes": "usedKiB",
    "forwards_to": "forwarding",
    "out_of_office": "outOfOffice",
    "last_opened_at": "lastLogon",
}
_ADDRESS: Final = re.compile(r"[^\s@/\\]{1,64}@[^\s@/\\]{1,190}")
_REPLIES: Final = frozenset({"ENABLED", "SCHEDULED"})


def query(addresses: Sequence[str], need: Need) -> str:
    """What is asked for, as a query string in which an address can only be an address."""
    fields = sorted({*_ALWAYS, *(_FIELDS[name] for name in need.fields or _FIELDS if name in _FIELDS)})
    asked = [*(("address", address) for address in addresses), ("fields", ",".join(fields))]
    return urlencode(asked, quote_via=quote)


def mailboxes(source: str, addresses: Sequence[str], body: Any) -> list[Answer[Mailbox]]:
    """Mailboxes for addresses in lower case. Shape: `addresses[i] -> Mailbox` it belongs to, unknown -> None.

    An address may be an alias of the mailbox: after a change of surname the directory tells the old one for a while.
    """
    found = _by_address(rows(body, "mailboxes"))
    return match(source, addresses, found, _key, lambda pair: mailbox(pair[1], source))


def mailbox(row: Any, source: str) -> Mailbox:
    """One mailbox. Raises: BadData."""
    return Mailbox(
        source=source,
        address=text(row, "address"),
        enabled=text(row, "state") == "active",
        aliases=tuple(_address(each) for each in optional_rows(row, "aliases")),
        quota_bytes=_size(row, "quotaMiB", MEBIBYTE),
        used_bytes=_size(row, "usedKiB", KIBIBYTE),
        forwards_to=optional_text(part(row, "forwarding"), "to"),
        out_of_office=_reply(part(row, "outOfOffice")),
        last_opened_at=moment(row, "lastLogon"),
    )


def written_reply(reply: OutOfOffice) -> dict[str, str | None]:
    """An automatic reply as it is written: cleared, from now on, or for a time."""
    if not reply.enabled:
        return {"state": "DISABLED", "from": None, "until": None, "text": None}
    timed = reply.starts_at is not None or reply.ends_at is not None
    moments = {"from": _instant(reply.starts_at), "until": _instant(reply.ends_at)}
    return {"state": "SCHEDULED" if timed else "ENABLED", **moments, "text": reply.message}


def is_address(text: str) -> bool:
    """Whether a text can stand for an address in a path: a slash would be a step further down to many servers."""
    return text.isprintable() and _ADDRESS.fullmatch(text) is not None


def _by_address(found: Iterable[Any]) -> list[tuple[str | None, Any]]:
    """Every mailbox once for each of its addresses; None stands where they cannot be read."""
    pairs: list[tuple[str | None, Any]] = []
    for row in found:
        try:
            names = [text(row, "address"), *(_address(each) for each in optional_rows(row, "aliases"))]
        except BadData:
            names = []
        pairs += [(name.casefold(), row) for name in names] or [(None, row)]
    return pairs


def _key(pair: tuple[str | None, Any]) -> str:
    if pair[0] is None:
        raise BadData("a mailbox without readable addresses")
    return pair[0]


def _address(value: Any) -> str:
    return text({"address": value}, "address")


def _size(row: Any, name: str, unit: int) -> int | None:
    """Bytes; a negative number says that there is no limit."""
    value = whole(row, name)
    return None if value is None or value < 0 else value * unit


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()


def _reply(row: Mapping[str, Any]) -> OutOfOffice | None:
    if not row:
        return None
    return OutOfOffice(
        enabled=text(row, "state") in _REPLIES,
        starts_at=moment(row, "from"),
        ends_at=moment(row, "until"),
        message=optional_text(row, "text"),
    )
