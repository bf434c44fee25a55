"""What a twin holds: a digest of it, and putting it back as it was."""

import asyncio
import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from typing import Any, Final

_OURS: Final = ("sources.", "sandbox.", "tests.")


def digest(value: object) -> bytes:
    """The same for the same content, whatever order it was put in; what is no content (a key, a function) is left out."""
    found = hashlib.sha256()
    for part in _told(value):
        found.update(part)
    return found.digest()


def _told(value: Any) -> Iterator[bytes]:
    """Content as bytes that cannot be mistaken for other content."""
    if isinstance(value, Mapping):
        yield b"{" + b"".join(sorted(digest(key) + digest(each) for key, each in value.items())) + b"}"
    elif isinstance(value, list | tuple | deque):
        yield b"[" + b"".join(digest(each) for each in value) + b"]"
    elif isinstance(value, set | frozenset):
        yield b"<" + b"".join(sorted(digest(each) for each in value)) + b">"
    elif _is_ours(value):
        yield type(value).__qualname__.encode()
        yield from _told({name: each for name, each in attributes(value) if not name.startswith("_")})
    elif isinstance(value, str | bytes | int | float | None.__class__) or type(value).__module__ in (
        "datetime",
        "uuid",
        "decimal",
    ):
        yield repr(value).encode()


def attributes(thing: object) -> Iterable[tuple[str, Any]]:
    """The attributes of an object, in slots or not."""
    slots = (name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ()))
    yield from ((name, getattr(thing, name)) for name in slots if hasattr(thing, name))
    yield from getattr(thing, "__dict__", {}).items()


def keep(thing: object, leaving: frozenset[str]) -> Callable[[], None]:
    """Remember everything an object holds but the attributes left out; the answer puts it back, in place.

    What has been begun in the background meanwhile is called off.
    """
    undo: list[Callable[[], None]] = []
    _kept(thing, undo, {}, leaving)

    def put_back() -> None:
        for each in undo:
            each()

    return put_back


def _kept(value: Any, undo: list[Callable[[], None]], seen: dict[int, object], leaving: frozenset[str]) -> None:
    if id(value) in seen:
        return
    seen[id(value)] = value  # held, so that no other object takes its place in memory meanwhile
    inner: Iterable[Any] = ()
    if isinstance(value, dict):
        undo.append(_dict_again(value))
        inner = value.values()
    elif isinstance(value, list | deque):
        undo.append(_row_again(value))
        inner = value
    elif isinstance(value, set):
        undo.append(_set_again(value))
        inner = value
    elif isinstance(value, tuple | frozenset):
        inner = value
    elif _is_ours(value):
        held = {name: each for name, each in attributes(value) if name not in leaving}
        undo.append(_object_again(value, held))
        inner = held.values()
    for each in list(inner):
        _kept(each, undo, seen, frozenset())


def _dict_again(value: dict[Any, Any]) -> Callable[[], None]:
    content = dict(value)

    def again() -> None:
        value.clear()
        value.update(content)

    return again


def _row_again(value: list[Any] | deque[Any]) -> Callable[[], None]:
    content = list(value)

    def again() -> None:
        value.clear()
        value.extend(content)

    return again


def _set_again(value: set[Any]) -> Callable[[], None]:
    content = copy(value)

    def again() -> None:
        for each in value - content:
            if isinstance(each, asyncio.Future):
                each.cancel()
        value.clear()
        value.update(content)

    return again


def _object_again(value: object, held: Mapping[str, Any]) -> Callable[[], None]:
    def again() -> None:
        for name, each in held.items():
            object.__setattr__(value, name, each)  # rows may be frozen

    return again


def _is_ours(value: object) -> bool:
    return type(value).__module__.startswith(_OURS) and not isinstance(value, type)
