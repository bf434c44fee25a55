"""Windows: a page of a list, with cursors that stay good while others come and go."""

import base64
import binascii
import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import orjson

from resolvers.problems import bad_input
from sources.ports.question import Window

MOST: Final = 200
"""The most that one page gives."""
_KEY_ATTRIBUTES: Final[dict[type, str]] = {}


@dataclass(frozen=True, slots=True)
class Edge:
    """One place of a page. Shape: `place` is what its cursor names, `record` what the source said, `node` what is shown."""

    place: tuple[object, ...]
    node: Any
    record: Any

    @property
    def cursor(self) -> str:
        """The place as an opaque cursor; made when it is asked for, which is seldom."""
        return cursor_of(self.place)


class Placed(Protocol):
    """Whatever has a cursor."""

    @property
    def cursor(self) -> str:
        """The place, opaque."""
        ...


@dataclass(frozen=True, slots=True)
class PageInfo:
    """Where a page stands in its list."""

    has_next_page: bool
    has_previous_page: bool
    start: Placed | None
    end: Placed | None

    @property
    def start_cursor(self) -> str | None:
        """The cursor of the first one."""
        return self.start.cursor if self.start else None

    @property
    def end_cursor(self) -> str | None:
        """The cursor of the last one."""
        return self.end.cursor if self.end else None


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list, as the graph shows it."""

    edges: Sequence[Edge]
    page_info: PageInfo
    total_count: int | None


def _key_attribute(record: type) -> str:
    """A record's key is its first attribute after `source`, unless it says its `identity`."""
    if hasattr(record, "identity"):
        return "identity"
    names = [each.name for each in dataclasses.fields(record)]
    return next(name for name in names if name != "source")


def identity(record: Any) -> str:
    """What tells a record from the others of its list."""
    kind = type(record)
    name = _KEY_ATTRIBUTES.get(kind) or _KEY_ATTRIBUTES.setdefault(kind, _key_attribute(kind))
    return str(getattr(record, name))


def cursor_of(place: Sequence[object]) -> str:
    """A place as an opaque cursor."""
    return base64.urlsafe_b64encode(orjson.dumps(list(place))).rstrip(b"=").decode()


def place_of(cursor: str) -> tuple[Any, ...]:
    """The place a cursor names. Raises: RequestProblem BAD_INPUT when it was never given out."""
    try:
        if len(cursor) > 2048:
            raise ValueError(cursor)
        place = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        if not isinstance(place, list) or not place or cursor_of(place) != cursor:
            raise ValueError(cursor)
    except (ValueError, binascii.Error):
        raise bad_input("not a cursor that Okno gave out") from None
    return tuple(place)


def check_first(first: object) -> int:
    """How many are wanted. Raises: RequestProblem BAD_INPUT outside of 0 to 200."""
    if not isinstance(first, int) or isinstance(first, bool) or not 0 <= first <= MOST:
        raise bad_input(f"first: expected a number from 0 to {MOST}")
    return first


def window(records: Sequence[Any], first: int, after: str | None, show: Callable[[Any], Any] | None = None) -> Listed:
    """A page of a list that is here as a whole. The cursor names the record, and its position should it have gone."""
    start = 0
    if after is not None:
        key, position = _kept(place_of(after))
        keys = [identity(record) for record in records]
        start = keys.index(key) + 1 if key in keys else min(position, len(records))
    chosen = records[start : start + first]
    edges = [
        Edge((identity(record), start + index), show(record) if show else record, record)
        for index, record in enumerate(chosen)
    ]
    return Listed(edges, page_info(edges, start + first < len(records), start > 0), len(records))


def _kept(place: tuple[Any, ...]) -> tuple[str, int]:
    if len(place) != 2 or not isinstance(place[0], str) or type(place[1]) is not int or place[1] < 0:
        raise bad_input("a cursor of another list")
    return place[0], place[1]


def listed(page: Window[Any], after: str | None) -> Listed:
    """A page that a source has cut."""
    edges = [Edge(cursor, record, record) for record, cursor in zip(page.records, page.cursors, strict=True)]
    return Listed(edges, page_info(edges, page.has_next, after is not None), page.total)


def page_info(edges: Sequence[Placed], more: bool, before: bool) -> PageInfo:
    """Where a page of these edges stands."""
    return PageInfo(more, before, edges[0] if edges else None, edges[-1] if edges else None)


NOTHING: Final = Listed((), PageInfo(False, False, None, None), 0)
"""An empty list."""
NONE_TOLD: Final = Listed((), PageInfo(False, False, None, None), None)
"""A list of which nothing is shown, and nothing of how many there are."""
