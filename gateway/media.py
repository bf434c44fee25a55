"""Media: in which form an answer is wanted, by preference. Source: RFC 9110, 12.5.1; GraphQL over HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

MODERN: Final = "application/graphql-response+json"
LEGACY: Final = "application/json"
STREAM: Final = "text/event-stream"
PARTS: Final = "multipart/mixed"
DEFER_SPEC: Final = "20220824"
"""How parts are written. Source: the `deferSpec` that Apollo's clients and routers name."""
JSON: Final = (MODERN, LEGACY)


@dataclass(frozen=True, slots=True)
class Range:
    """One media range of an Accept header. Shape: `place` counts from the end, so that the first is the greatest."""

    kind: str
    weight: float
    place: int
    parameters: tuple[str, ...]

    def nearness(self, media: str) -> int | None:
        """How outright it names a type, None where it does not."""
        if self.kind == media:
            return 2 if _is_spoken(self) else None
        if self.kind == f"{media.split('/', maxsplit=1)[0]}/*":
            return 1
        return 0 if self.kind == "*/*" else None


def preferred(accept: str | None, offered: Sequence[str] = JSON, fitting: str | None = None) -> str | None:
    """The media type to answer with, None when none of those offered is taken.

    For each type the nearest range counts; of equal weights the one that is `fitting`, then the one named outright, then the
    one named first, then the type that every client reads. Who says nothing, or `*/*`, is answered in JSON: a stream has to be asked for.
    """
    ranges = [
        _range(each, -place)
        for place, each in enumerate((accept or "").split(",") if (accept or "").strip() else ["*/*"])
    ]
    taken: list[tuple[float, bool, int, int, bool, str]] = []
    for media in offered:
        named = [(near, each) for each in ranges if (near := each.nearness(media)) is not None]
        if media not in JSON:
            named = [(near, each) for near, each in named if near == 2]
        nearest = max(named, key=lambda pair: (pair[0], pair[1].place), default=None)
        if nearest is not None and nearest[1].weight > 0:
            taken.append((nearest[1].weight, media == fitting, nearest[0], nearest[1].place, media == LEGACY, media))
    return max(taken)[-1] if taken else None


def _is_spoken(named: Range) -> bool:
    """Whether the form that a range asks for is one that we write: parts come in one, or in any."""
    spec = [each.partition("=")[2].strip('"') for each in named.parameters if each.startswith("deferspec=")]
    other = any(each.startswith(("incrementalspec=", "subscriptionspec=")) for each in named.parameters)
    return named.kind != PARTS or (spec in ([], [DEFER_SPEC]) and not other)


def _range(text: str, place: int) -> Range:
    kind, *parameters = (part.strip().lower() for part in text.split(";"))
    said = next((part[2:] for part in parameters if part.startswith("q=")), "1")
    try:
        weight = float(said)
    except ValueError:
        weight = 0.0
    others = tuple(part for part in parameters if not part.startswith("q="))
    return Range(kind, weight if 0 <= weight <= 1 else 0.0, place, others)
