"""Tree: the Merkle tree over all records, its root and its proofs. Source: RFC 6962, section 2.1.

A node is a level and an index: the hash over 2^level leaves, the index-th such. Everything else is made of nodes.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeAlias

Node: TypeAlias = tuple[int, int]
"""Level and index of a whole subtree."""
Range: TypeAlias = tuple[int, int]
"""First leaf and the one after the last."""
Lookup: TypeAlias = Callable[[Node], bytes]

EMPTY: Final = hashlib.sha256(b"").digest()


def leaf(entry: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\0" + entry).digest()


def joined(left: bytes, right: bytes) -> bytes:
    """The hash over two subtrees."""
    return hashlib.sha256(b"\1" + left + right).digest()


def perfect(hashes: Sequence[bytes]) -> bytes:
    """The hash over as many subtrees of one size as a power of two says."""
    sha256, row = hashlib.sha256, list(hashes)
    while len(row) > 1:
        row = [sha256(b"\1" + left + right).digest() for left, right in zip(row[::2], row[1::2], strict=True)]
    return row[0]


def peaks(first: int, last: int) -> Iterator[Node]:
    """The fewest whole subtrees that cover leaves of a range, from the left."""
    while first < last:
        level = (first & -first).bit_length() - 1 if first else (last - first).bit_length() - 1
        while first + (1 << level) > last:
            level -= 1
        yield level, first >> level
        first += 1 << level


def needed(ranges: Sequence[Range]) -> set[Node]:
    """The nodes of which the hashes over ranges are made."""
    return {node for each in ranges for node in peaks(*each)}


def over(span: Range, lookup: Lookup) -> bytes:
    """The hash over a range as the tree has it: subtrees grow smaller to the right and are joined from there."""
    hashes = [lookup(node) for node in peaks(*span)]
    if not hashes:
        return EMPTY
    whole = hashes.pop()
    while hashes:
        whole = joined(hashes.pop(), whole)
    return whole


def inclusion(place: int, size: int) -> list[Range]:
    """The ranges whose hashes prove that a leaf is in a tree of this size, from the leaf upwards."""
    if not 0 <= place < size:
        raise ValueError(f"no place {place} in a tree of {size}")
    found: list[Range] = []
    first, last = 0, size
    while last - first > 1:
        middle = first + _split(last - first)
        if place < middle:
            found.append((middle, last))
            last = middle
        else:
            found.append((first, middle))
            first = middle
    return found[::-1]


def consistency(old: int, size: int) -> list[Range]:
    """The ranges whose hashes prove that a tree of the old size grew into this one without a change."""
    if not 0 < old <= size:
        raise ValueError(f"no tree of {old} within one of {size}")
    found: list[Range] = []
    first, last, whole = 0, size, True
    while old - first != last - first:
        middle = first + _split(last - first)
        if old <= middle:
            found.append((middle, last))
            last = middle
        else:
            found.append((first, middle))
            first, whole = middle, False
    if not whole:
        found.append((first, last))
    return found[::-1]


def is_included(entry_leaf: bytes, place: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether a proof leads from a leaf to the root. Source: RFC 9162, section 2.1.3.2."""
    if not 0 <= place < size:
        return False
    node, last, reached = place, size - 1, entry_leaf
    for each in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            reached = joined(each, reached)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            reached = joined(reached, each)
        node, last = node >> 1, last >> 1
    return last == 0 and reached == root


def is_consistent(old: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a proof shows that one tree begins with the other. Source: RFC 9162, section 2.1.4.2."""
    if not 0 < old <= size:
        return False
    if old == size:
        return not proof and old_root == root
    hashes = list(proof)
    if old & (old - 1) == 0:
        hashes.insert(0, old_root)
    if not hashes:
        return False
    node, last = old - 1, size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    before = after = hashes[0]
    for each in hashes[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            before, after = joined(each, before), joined(each, after)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            after = joined(after, each)
        node, last = node >> 1, last >> 1
    return last == 0 and before == old_root and after == root


def _split(count: int) -> int:
    """The largest power of two below a count."""
    return 1 << ((count - 1).bit_length() - 1)


class Frontier:
    """A tree as it grows, of which only the whole subtrees on its left side are kept."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[tuple[int, bytes]] = []

    def add(self, level: int, node: bytes) -> None:
        """Add a whole subtree on the right; where it stands must suit its size."""
        if self.size & ((1 << level) - 1):
            raise ValueError(f"no subtree of 2^{level} leaves begins at {self.size}")
        self.size += 1 << level
        while self._peaks and self._peaks[-1][0] == level:
            node = joined(self._peaks.pop()[1], node)
            level += 1
        self._peaks.append((level, node))

    def root(self) -> bytes:
        """The root of the tree as it is now."""
        if not self._peaks:
            return EMPTY
        whole = self._peaks[-1][1]
        for _, each in reversed(self._peaks[:-1]):
            whole = joined(each, whole)
        return whole
