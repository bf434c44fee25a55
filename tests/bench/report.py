"""The report: every figure with its spread, as Markdown tables that read well in a terminal."""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version

from tests.bench.measure import Figure


@dataclass(frozen=True, slots=True)
class Compared:
    """One workload by several ways. Shape: `calls` by source, the same for all of them."""

    title: str
    figures: Mapping[str, Figure]
    calls: Mapping[str, int]
    limit: str


@dataclass(frozen=True, slots=True)
class Grown:
    """One size of the growth. Shape: `figures` by way, for all its pages together."""

    employees: int
    pages: int
    figures: Mapping[str, Figure]
    calls: Mapping[str, int]


@dataclass(slots=True)
class Report:
    """Everything one run has found."""

    people: int
    rounds: int
    growth_rounds: int
    noise: Figure
    load_before: float
    compared: list[Compared] = field(default_factory=list)
    grown: list[Grown] = field(default_factory=list)

    def text(self) -> str:
        """The whole report."""
        parts = ["# Bench", _INTRODUCTION, self._machine()]
        for each in self.compared:
            parts += [f"## {each.title}", _comparison(each), _calls(each.calls)]
        if self.grown:
            parts += ["## Growth", _GROWTH, _growth(self.grown), _grown_calls(self.grown)]
        return "\n\n".join(parts) + "\n"

    def _machine(self) -> str:
        named = ", ".join(
            f"{name} {version(name)}" for name in ("graphql-core", "strawberry-graphql", "aiohttp", "orjson")
        )
        noise = self.noise
        spread = (noise.most - noise.least) / noise.middle * 100
        lines = [
            f"Python {platform.python_version()}, {named}; {os.cpu_count()} cores.",
            f"A company of {self.people:,} people; {self.rounds} rounds, {self.growth_rounds} of the growth.",
            f"Load average of the last minute: {self.load_before:.2f} before, {os.getloadavg()[0]:.2f} after, the twins included.",
            f"Noise: {_spread(noise)} ms for a fixed loop of pure Python between the rounds, {spread:.0f} % from least to most.",
        ]
        return "\n".join(f"- {line}" for line in lines)


_INTRODUCTION = """\
Written by `make bench`. Milliseconds are processor time of the gateway's process alone (the systems' twins run in another
one), per request: the median of the rounds, then the least and the most of them. In each round every way takes its turn,
and another one begins; "times bare" is the median of the rounds' own ratios, which a busy machine moves least. Nothing
comes from a cache of answers: every request asks its sources past all of them.

- **Okno**: the road as it is, from the request to the bytes of the answer. Documents are parsed, validated and planned once.
- **Okno over HTTP**: the same through the application's endpoint, with its token, in the process (no socket in front).
- **plain Strawberry**: `Schema.execute` on the same declarations, with Strawberry's own resolvers around the same loaders;
  parsed and validated every time, written by the standard library's `json`.
- **bare, no GraphQL**: code written by hand for this very request, that puts the same questions to the same sources and
  writes dictionaries. What it costs is the sources' clients and records; no graph can be cheaper over them.

Before anything is measured, all ways must give the same data with the same calls to each source."""

_GROWTH = """\
Pages of employees with every block. One page gives 200 at most, so 1,000 employees are five pages, one after another."""


def _comparison(compared: Compared) -> str:
    limit = compared.figures[compared.limit]
    rows = [(name, _spread(figure), _spread(figure.over(limit))) for name, figure in compared.figures.items()]
    return _table(("way", "CPU ms per request (least–most)", "times bare (least–most)"), rows)


def _calls(calls: Mapping[str, int]) -> str:
    told = ", ".join(f"{name} {number}" for name, number in calls.items())
    return f"Calls per source, by every way: {told}; {sum(calls.values())} in all."


def _growth(grown: Sequence[Grown]) -> str:
    rows = []
    for size in grown:
        for way, figure in size.figures.items():
            each = Figure([spent / size.employees for spent in figure.rounds])
            rows.append(
                (
                    f"{size.employees:,}",
                    str(size.pages),
                    way,
                    _spread(figure, 0),
                    _spread(each),
                    str(sum(size.calls.values())),
                )
            )
    heads = ("employees", "pages", "way", "CPU ms (least–most)", "CPU ms per employee (least–most)", "calls")
    return _table(heads, rows)


def _grown_calls(grown: Sequence[Grown]) -> str:
    names = sorted({name for size in grown for name in size.calls})
    rows = [(name, *(str(size.calls.get(name, 0)) for size in grown)) for name in names]
    return "Calls per source:\n\n" + _table(("source", *(f"{size.employees:,}" for size in grown)), rows)


def _spread(figure: Figure, digits: int = 2) -> str:
    return f"{figure.middle:.{digits}f} ({figure.least:.{digits}f}–{figure.most:.{digits}f})"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table whose columns stand under each other in a terminal too."""
    widths = [max(len(row[index]) for row in (heads, *rows)) for index in range(len(heads))]
    lines = [heads, ["-" * width for width in widths], *rows]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    )
