"""Markdown: tables that people read; nothing that a configuration names can break out of its cell."""

from collections.abc import Iterable, Sequence


def table_lines(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lay out a table. Shape: one line a row."""
    return [_line(heads), "|" + "---|" * len(heads), *map(_line, rows)]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(' '.join(each.split()).replace('|', chr(92) + '|') for each in cells)} |"
