"""Tiles: the tree as it is stored, 256 hashes to a row, so that growing it and proving by it touch few rows."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, insert, select, update
from sqlmodel import col

from audit.tables import AuditTile
from audit.tree import Node, Range, needed, over, perfect

_WIDE: Final = 256
_DEEP: Final = 8
_HASH: Final = 32


class LostTile(Exception):
    """The stored tree lacks what it should have."""


def extend(connection: Connection, size: int, leaves: Sequence[bytes]) -> None:
    """Put leaves behind a tree of this size. Raises: LostTile."""
    level, first, new = 0, size, list(leaves)
    while new:
        number, held = divmod(first, _WIDE)
        before = _tile(connection, level, number)[: held * _HASH] if held else b""
        if len(before) != held * _HASH:
            raise LostTile(f"tile {number} of level {level}")
        hashes = before + b"".join(new)
        row = _WIDE * _HASH
        tiles = [hashes[start : start + row] for start in range(0, len(hashes), row)]
        _store(connection, level, number, tiles, known=bool(held))
        # a tile that is full now is one hash of the level above
        new = [perfect(_cut(each)) for each in tiles if len(each) == row]
        level, first = level + 1, number


def root(connection: Connection, size: int) -> bytes:
    """The root of the tree over so many leaves. Raises: LostTile."""
    return hashes_over(connection, [(0, size)])[0]


def hashes_over(connection: Connection, ranges: Sequence[Range]) -> list[bytes]:
    """The hash over each of these ranges. Raises: LostTile."""
    tiles: dict[tuple[int, int], bytes] = {}
    found: dict[Node, bytes] = {}
    for node in needed(ranges):
        level, spare = divmod(node[0], _DEEP)
        first = node[1] << spare
        number, start = divmod(first, _WIDE)
        if (level, number) not in tiles:
            tiles[level, number] = _tile(connection, level, number)
        hashes = tiles[level, number][start * _HASH : (start + (1 << spare)) * _HASH]
        if len(hashes) != _HASH << spare:
            raise LostTile(f"tile {number} of level {level}")
        found[node] = perfect(_cut(hashes))
    return [over(each, found.__getitem__) for each in ranges]


def _tile(connection: Connection, level: int, number: int) -> bytes:
    wanted = select(col(AuditTile.hashes)).where(col(AuditTile.level) == level, col(AuditTile.number) == number)
    return bytes(connection.execute(wanted).scalar() or b"")


def _store(connection: Connection, level: int, number: int, tiles: Sequence[bytes], *, known: bool) -> None:
    if known:
        grown = update(AuditTile).where(col(AuditTile.level) == level, col(AuditTile.number) == number)
        connection.execute(grown.values(hashes=tiles[0]))
        number, tiles = number + 1, tiles[1:]
    if tiles:
        rows = [{"level": level, "number": number + place, "hashes": each} for place, each in enumerate(tiles)]
        connection.execute(insert(AuditTile), rows)


def _cut(hashes: bytes) -> list[bytes]:
    return [hashes[start : start + _HASH] for start in range(0, len(hashes), _HASH)]
