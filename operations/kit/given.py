"""Given: what an operation is told besides whom it is about; declared as a dataclass, checked before anything is asked."""

import re
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from datetime import datetime
from functools import cache
from typing import Any, Final, TypeVar, dataclass_transform, get_args, get_origin, get_type_hints

from operations.kit.problems import OperationProblem, bad_field
from resolvers import ids
from resolvers.ids import NodeId
from resolvers.problems import RequestProblem

_ABOUT: Final = "okno"
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is said of one input field. Units: `most` and `least` in characters, entries or the number itself."""

    about: str
    node: str | None = None
    most: int = 200
    least: int = 1
    pattern: str | None = None
    choices: tuple[str, ...] = ()


def asked(
    about: str,
    *,
    node: str | None = None,
    most: int = 200,
    least: int = 1,
    pattern: str | None = None,
    choices: tuple[str, ...] = (),
    default: Any = MISSING,
) -> Any:
    """An input field. Shape: `node` is the type whose id is given; the value is then a NodeId."""
    said = Asked(about, node, most, least, pattern, choices)
    return field(metadata={_ABOUT: said}, **({} if default is MISSING else {"default": default}))


T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(asked,))
def given(cls: type[T]) -> type[T]:
    """The input of an operation: a frozen dataclass, each field by `asked`."""
    return dataclass(frozen=True, slots=True)(cls)


@dataclass(frozen=True, slots=True)
class Entry:
    """One input field with its type."""

    name: str
    kind: Any
    said: Asked
    optional: bool
    default: Any


@cache
def entries(declared: type) -> tuple[Entry, ...]:
    """The input fields of a dataclass, in order. Raises: TypeError for one that says nothing of itself."""
    hints = get_type_hints(declared)
    return tuple(_entry(declared, each, hints[each.name]) for each in fields(declared))


def _entry(declared: type, one: "Field[Any]", hint: Any) -> Entry:
    said = one.metadata.get(_ABOUT)
    if not isinstance(said, Asked):
        raise TypeError(f"{declared.__qualname__}.{one.name}: say what it is by asked(…)")
    inner = [each for each in get_args(hint) if each is not type(None)]
    optional = type(None) in get_args(hint)
    kind = inner[0] if optional else hint
    return Entry(one.name, kind, said, optional or one.default is not MISSING, one.default)


def checked(declared: type, said: Mapping[str, Any]) -> Any:
    """The input as the operation takes it. Raises: OperationProblem naming the field."""
    found: dict[str, Any] = {}
    for entry in entries(declared):
        value = said.get(entry.name)
        if value is None:
            if not entry.optional:
                raise OperationProblem(bad_field(entry.name, "is needed"))
            found[entry.name] = None if entry.default is MISSING else entry.default
        else:
            found[entry.name] = _value(entry, value)
    unknown = sorted(set(said) - set(found))
    if unknown:
        raise OperationProblem(bad_field(unknown[0], "is not asked for"))
    return declared(**found)


def _value(entry: Entry, value: Any) -> Any:
    if entry.said.node is not None:
        return _node(entry, value)
    if get_origin(entry.kind) is tuple:
        if len(value) > entry.said.most or len(value) < entry.said.least:
            raise OperationProblem(bad_field(entry.name, f"takes {entry.said.least} to {entry.said.most} entries"))
        return tuple(_text(entry, each, 200) for each in value)
    if entry.kind is str:
        return _text(entry, value, entry.said.most)
    if entry.kind is int and not entry.said.least <= value <= entry.said.most:
        raise OperationProblem(bad_field(entry.name, f"is between {entry.said.least} and {entry.said.most}"))
    if entry.kind is datetime and value.tzinfo is None:
        raise OperationProblem(bad_field(entry.name, "needs a time zone"))
    return value


def _node(entry: Entry, value: Any) -> NodeId:
    try:
        node = ids.decode(str(value))
    except RequestProblem as problem:
        raise OperationProblem(bad_field(entry.name, f"is {problem.message}")) from None
    if node.type_name != entry.said.node:
        raise OperationProblem(bad_field(entry.name, f"is the id of a {node.type_name}, not of a {entry.said.node}"))
    return node


def _text(entry: Entry, value: Any, most: int) -> str:
    text = str(value).strip()
    if not entry.said.least <= len(text) <= most:
        raise OperationProblem(bad_field(entry.name, f"takes {entry.said.least} to {most} characters"))
    if _CONTROL.search(text):
        raise OperationProblem(bad_field(entry.name, "has control characters"))
    if entry.said.pattern is not None and not re.fullmatch(entry.said.pattern, text):
        raise OperationProblem(bad_field(entry.name, "has not the form that is expected"))
    if entry.said.choices and text not in entry.said.choices:
        raise OperationProblem(bad_field(entry.name, f"is one of {', '.join(entry.said.choices)}"))
    return text


def kept(said: Any) -> dict[str, Any]:
    """The input as JSON, for the journal: ids as they were given."""
    return {each.name: _kept(getattr(said, each.name)) for each in fields(said)}


def _kept(value: Any) -> Any:
    if isinstance(value, NodeId):
        return ids.encode(value.type_name, value.source, value.key)
    if isinstance(value, tuple):
        return [_kept(each) for each in value]
    return value.isoformat() if isinstance(value, datetime) else value


def reopened(declared: type, kept_as: Mapping[str, Any]) -> Any:
    """The input, taken from the journal."""
    said: dict[str, Any] = {}
    for entry in entries(declared):
        value = kept_as.get(entry.name)
        said[entry.name] = datetime.fromisoformat(value) if entry.kind is datetime and value is not None else value
    return checked(declared, said)
