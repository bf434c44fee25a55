"""Record: an event as canonical text, with commitments in place of what is personal, linked to the one before it."""

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

import orjson

from audit.canonical import canonical
from audit.event import Change, Event, Protected

FORM: Final = 1
"""Version of a record's form; it stands in every record."""
FIRST: Final = "0" * 64
"""What the first record of a chain has in place of a hash before it."""
COMMITTED: Final = "sha256"
SHOWN: Final = "employee.read"
"""The code of what tells whose personal data were shown."""


@dataclass(frozen=True, slots=True)
class Guarded:
    """A personal value beside its record. Shape: `path` says where its commitment stands; `value` is canonical JSON."""

    path: str
    salt: str
    value: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """An event made ready to be recorded: whatever could be wrong with it has shown by now.

    Shape: `said` are the canonical texts of its part of the body; `columns` what records are looked up by.
    """

    said: Mapping[str, orjson.Fragment]
    columns: Mapping[str, str | None]
    guarded: tuple[Guarded, ...]


_LOOKED_UP_BY: Final[Mapping[str, int]] = {
    "code": 64,
    "stage": 10,
    "outcome": 10,
    "operator": 200,
    "employee": 64,
    "ticket": 64,
    "operation": 64,
}


_NAMES: Final = tuple(each.name for each in fields(Event))


def drawn(event: Event) -> Drawn:
    """An event as it will stand in a record; absent fields are left out. Raises: TypeError for what is no JSON."""
    guarded: list[Guarded] = []
    said: dict[str, orjson.Fragment] = {}
    for name in _NAMES:
        value = getattr(event, name)
        if not isinstance(value, str):
            value = _said(value, name, guarded) if value else None
        if value is not None:
            said[name] = orjson.Fragment(canonical(value))
    columns = {name: _column(getattr(event, name), most) for name, most in _LOOKED_UP_BY.items()}
    if event.employee is None and event.object is not None and event.code == SHOWN:
        # reached by a thing that names its owner by login or address: found by that, as their number is not known here
        columns["employee"] = _column(named_as(event.object), _LOOKED_UP_BY["employee"])
    return Drawn(said, columns, tuple(guarded))


def named_as(word: str) -> str:
    """How somebody is looked up whose number a record does not have: by login or address."""
    return f"@{word.casefold()}"


def body_of(event: Drawn, writer: str, seq: int, at: str) -> str:
    """The text of a record."""
    said = {**event.said, "v": FORM, "writer": writer, "seq": seq, "at": at}
    return orjson.dumps({name: said[name] for name in sorted(said)}).decode()


def commitment(salt: str, value: str) -> str:
    """What stands in a record for a personal value."""
    return hashlib.sha256(bytes.fromhex(salt) + value.encode()).hexdigest()


def linked(prev_hash: str, body: str) -> str:
    """The hash of a record behind another one."""
    return hashlib.sha256(bytes.fromhex(prev_hash) + body.encode()).hexdigest()


def committed_at(body: Any, path: str) -> str | None:
    """The commitment that a record has at a path, None where it has none."""
    for name in path.split("."):
        if isinstance(body, list):
            body = body[int(name)] if name.isdigit() and int(name) < len(body) else None
        else:
            body = body.get(name) if isinstance(body, dict) else None
    found = body.get(COMMITTED) if isinstance(body, dict) else None
    return found if isinstance(found, str) else None


def _said(value: Any, path: str, guarded: list[Guarded]) -> Any:
    """A value with commitments in place of what is protected, however deep."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Protected):
        made = Guarded(path, secrets.token_hex(16), canonical(value.value).decode())
        guarded.append(made)
        return {COMMITTED: commitment(made.salt, made.value)}
    if isinstance(value, Change):
        return {"field": value.field, **dict(_sides(value, path, guarded))}
    if isinstance(value, list | tuple):
        return [_said(each, f"{path}.{place}", guarded) for place, each in enumerate(value)]
    if isinstance(value, Mapping):
        named = {
            str(name).replace(".", "_"): each for name, each in value.items()
        }  # a path is told apart by its points
        return {name: _said(each, f"{path}.{name}", guarded) for name, each in named.items()}
    return value


def _sides(change: Change, path: str, guarded: list[Guarded]) -> Iterator[tuple[str, Any]]:
    for side in ("before", "after"):
        value = _said(getattr(change, side), f"{path}.{side}", guarded)
        if value is not None:
            yield side, value


def _column(value: str | None, most: int) -> str | None:
    """As a database takes it: some take no zero character, and none takes more than it was promised."""
    return None if value is None else value.replace("\0", "")[:most]
