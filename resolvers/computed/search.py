"""Search: matches of the index, read through the graph.

Nothing is found by what the viewer may not read. What may be read of everybody is looked for at once. What may be read
of some is looked for a second time beside it, and a match that this changes is read first: it counts by those
identifiers alone that may be read of whom it is about.
"""

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from authz.profile import Verdict
from resolvers.asking import Asking
from resolvers.computed.registry import computes
from resolvers.planning import lookup_of
from resolvers.problems import bad_input
from resolvers.search.index import MOST_MATCHES, Match
from resolvers.search.lookup import Withheld
from resolvers.windows import PageInfo, check_first, cursor_of, page_info
from schema.search import FOUND_BY
from sources.ports.errors import SourceError

_TICKET: Final = re.compile(r"\s*(?:#|№|[A-Za-z]{1,10}[-# ])?\s*(\d{1,12})\s*")
_TYPES: Final = {"EMPLOYEE": "Employee", "DEVICE": "Device", "CERTIFICATE": "Certificate", "GROUP": "Group"}
_MOST_ROUNDS: Final = 8
"""Tries of one search; whom the last one still leaves open is found by what may be read of everybody."""

Kinds = frozenset[str]
"""Kinds of identifiers."""
Place = tuple[str, str]
"""A node by its type and key."""


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
    asking.reads.search(text)
    if not text.strip():
        raise bad_input("text: expected something to look for")
    wanted = {each.value for each in kinds} if kinds is not None else {*_TYPES, "TICKET"}
    searching = _Searching(asking, info)
    matches = await searching.matches(text, frozenset(_TYPES[each] for each in wanted if each in _TYPES), first + 1)
    number = _TICKET.fullmatch(text)
    if "TICKET" in wanted and number:
        matches += await searching.ticket(number[1])
    edges = await searching.shown(matches, first + 1)
    ages = await asking.index.ages()
    page = tuple(edges[:first])
    return FoundPage(page, page_info(page, len(edges) > first, False), _oldest(ages.values()))


class _Searching:
    """One search under way. Each node is read once, however often it is looked at."""

    def __init__(self, asking: Asking, info: Any) -> None:
        self._asking = asking
        self._info = info
        self._nodes: dict[Place, asyncio.Future[Any]] = {}
        self._always, self._depends = _readable(asking)

    async def matches(self, text: str, types: frozenset[str], limit: int) -> list[Match]:
        """What the index knows, by what the viewer may read of each; the likeliest first."""
        always, depends = self._of(self._always, types), self._of(self._depends, types)
        if not depends and all(self._entrance(each) is Verdict.ALLOW for each in types):
            return await self._find(text, types, limit, always)
        some = await self._find(text, types, MOST_MATCHES, always)
        return await self._deeper(text, types, some, always, depends) if depends else some

    async def ticket(self, number: str) -> list[Match]:
        """The ticket of that number, if the viewer may find it so."""
        match = Match("Ticket", number, "TICKET_NUMBER", 1.0)
        if match.kind in self._always or (match.kind in self._depends and await self._kinds(match)):
            return [match]
        return []

    async def shown(self, matches: list[Match], limit: int) -> list[Found]:
        """The first of the matches that there are and that the viewer may know of; no more are read than it takes."""
        edges: list[Found] = []
        for start in range(0, len(matches), limit):
            portion = matches[start : start + limit]
            nodes = await asyncio.gather(*(self._known(each) for each in portion))
            edges += [
                Found(cursor_of((match.node_type, match.node_key)), node, match.kind)
                for match, node in zip(portion, nodes, strict=True)
                if node is not None
            ]
            if len(edges) >= limit:
                break
        return edges[:limit]

    async def _deeper(
        self, text: str, types: frozenset[str], some: list[Match], always: Kinds, depends: Kinds
    ) -> list[Match]:
        """The matches with what may be read of some, as if what may not be read of the others were not there.

        Whoever is found by what may not be read of them is left out of the next try, until nobody is; were it only
        struck from the list, what else is found, or not even looked for, would tell that there is somebody.
        """
        plain = {_place(each): each for each in some}
        withheld: dict[str, set[Place]] = {kind: set() for kind in depends}
        judged: set[Place] = set()
        for _ in range(_MOST_ROUNDS):
            without = {kind: frozenset(places) for kind, places in withheld.items()}
            every = await self._find(text, types, MOST_MATCHES, always | depends, without)
            changed = [each for each in every if plain.get(_place(each)) != each and _place(each) not in judged]
            if not changed:
                return every
            readable = await asyncio.gather(*(self._kinds(each) for each in changed))
            judged.update(map(_place, changed))
            for match, kinds in zip(changed, readable, strict=True):
                for kind in depends - kinds:
                    withheld[kind].add(_place(match))
        return some

    async def _find(
        self, text: str, types: frozenset[str], limit: int, kinds: Kinds, withheld: Withheld | None = None
    ) -> list[Match]:
        found = await self._asking.index.find(text, types, limit, kinds, withheld) if kinds else []
        return [each for each in found if FOUND_BY[each.kind][0] == each.node_type]

    async def _kinds(self, match: Match) -> Kinds:
        """The identifiers of a match, of those that depend on it, that the viewer may read."""
        node = await self._read(match)
        if node is None:
            return frozenset()
        sight = self._asking.sight
        subject = await sight.owner(sight.guards.kinds[match.node_type], node)
        own = self._of(self._depends, frozenset({match.node_type}))
        return frozenset(kind for kind in own if all(subject.sees(*place) for place in FOUND_BY[kind][1]))

    async def _known(self, match: Match) -> Any:
        """The node of a match, None where there is none that the viewer may know of."""
        entrance = self._entrance(match.node_type)
        if entrance is not Verdict.ALLOW and entrance is not Verdict.DEPENDS:
            return None
        node = await self._read(match)
        if node is None or entrance is Verdict.ALLOW:
            return node
        return node if await self._asking.sight.knows(match.node_type, node) else None

    def _entrance(self, type_name: str) -> Verdict:
        """Whether nodes of a type may be known of; that there are employees, all may."""
        sight = self._asking.sight
        kind = sight.guards.kinds[type_name]
        return Verdict.ALLOW if kind.owner is None else sight.profile.verdicts[kind.entrance]

    async def _read(self, match: Match) -> Any:
        place = _place(match)
        if place not in self._nodes:
            self._nodes[place] = asyncio.ensure_future(self._load(*place))
        return await self._nodes[place]

    async def _load(self, type_name: str, key: str) -> Any:
        lookup = lookup_of(self._info.schema.type_map[type_name])
        assert lookup is not None, type_name
        try:
            # where it may turn out that the viewer may not know of it, that it was read is in no account
            loaders = self._asking.quiet if self._depends else self._asking.loaders
            return await loaders.load(lookup.port, lookup.question, key)
        except SourceError as failure:
            self._asking.missing(failure, self._info)
            return None

    @staticmethod
    def _of(kinds: Kinds, types: frozenset[str]) -> Kinds:
        return frozenset(each for each in kinds if FOUND_BY[each][0] in types)


def _readable(asking: Asking) -> tuple[Kinds, Kinds]:
    """Kinds of identifiers that may be read of everybody, and those that may be read depending on whom they are of."""
    always: set[str] = set()
    depends: set[str] = set()
    for kind, (_, fields) in FOUND_BY.items():
        said = [asking.sight.searchable(each) for each in fields]
        # what is read of oneself alone is not looked for: it would cost a look at everybody else
        if False not in said and (None not in said or asking.sight.might_see(fields, is_self=False)):
            (depends if None in said else always).add(kind)
    return frozenset(always), frozenset(depends)


def _place(match: Match) -> Place:
    return match.node_type, match.node_key


def _oldest(moments: Iterable[datetime]) -> datetime | None:
    return min(moments, default=None)
