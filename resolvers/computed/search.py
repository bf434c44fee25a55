"""Search: matches of the index, read through the graph."""

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from resolvers.asking import Asking
from resolvers.computed.registry import computes
from resolvers.planning import lookup_of
from resolvers.problems import bad_input
from resolvers.windows import PageInfo, check_first, cursor_of, page_info
from sources.ports.errors import SourceError

_TICKET: Final = re.compile(r"\s*(?:#|№|[A-Za-z]{1,10}[-# ])?\s*(\d{1,12})\s*")
_TYPES: Final = {"EMPLOYEE": "Employee", "DEVICE": "Device", "CERTIFICATE": "Certificate", "GROUP": "Group"}


@dataclass(frozen=True, slots=True)
class Found:
    """One place of a search's page."""

    cursor: str
    node: Any
    matched: str


@dataclass(frozen=True, slots=True)
class FoundPage:
    """What a search found."""

    edges: tuple[Found, ...]
    page_info: PageInfo
    as_of: datetime | None


@computes("Query.search")
async def search(
    _root: Any, asking: Asking, info: Any, text: str, first: int, kinds: list[Any] | None = None
) -> FoundPage:
    """Nodes that the text may mean. A source that cannot show its match leaves an error beside the others."""
    check_first(first)
    if not text.strip():
        raise bad_input("text: expected something to look for")
    wanted = {each.value for each in kinds} if kinds is not None else {*_TYPES, "TICKET"}
    types = frozenset(_TYPES[each] for each in wanted if each in _TYPES)
    matches = await asking.index.find(text, types, first + 1) if types else []
    named = [(match.node_type, match.node_key, match.kind) for match in matches]
    number = _TICKET.fullmatch(text)
    if "TICKET" in wanted and number:
        named.append(("Ticket", number[1], "TICKET_NUMBER"))
    nodes = await asyncio.gather(*(_read(kind, key, asking, info) for kind, key, _ in named))
    edges = [
        Found(cursor_of((kind, key)), node, matched)
        for (kind, key, matched), node in zip(named, nodes, strict=True)
        if node is not None
    ]
    ages = await asking.index.ages()
    shown = tuple(edges[:first])
    return FoundPage(shown, page_info(shown, len(edges) > first, False), _oldest(ages.values()))


async def _read(type_name: str, key: str, asking: Asking, info: Any) -> Any:
    lookup = lookup_of(info.schema.type_map[type_name])
    assert lookup is not None, type_name
    try:
        return await asking.loaders.load(lookup.port, lookup.question, key)
    except SourceError as failure:
        asking.missing(failure, info)
        return None


def _oldest(moments: Iterable[datetime]) -> datetime | None:
    return min(moments, default=None)
