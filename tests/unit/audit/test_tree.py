"""The Merkle tree, beside an independent one."""

import hashlib
import random

import pytest
from pymerkle import InmemoryTree

from audit.tree import Frontier, Hashes, consistent, included, leaf_of, root_of

SIZES = [0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 33, 255, 256, 257, 511, 513, 1000, 1025]


def hashes(count: int) -> list[str]:
    return [hashlib.sha256(str(number).encode()).hexdigest() for number in range(count)]


@pytest.mark.parametrize("size", SIZES)
def test_the_root_is_that_of_an_independent_implementation(size: int) -> None:
    peer = InmemoryTree(algorithm="sha256")
    frontier = Frontier()
    for each in hashes(size):
        peer.append_entry(bytes.fromhex(each))
        frontier.append(leaf_of(each))
    assert frontier.size == size
    if size:
        assert frontier.root() == peer.get_root()
    assert frontier.root() == root_of([leaf_of(each) for each in hashes(size)])


def kept_of(count: int) -> tuple[Hashes, list[bytes]]:
    """Hashes that know whole subtrees from the frontier alone, and leaves that are counted."""
    leaves = [leaf_of(each) for each in hashes(count)]
    frontier, whole = Frontier(), {}
    for leaf in leaves:
        whole.update({(level, place): root for level, place, root in frontier.append(leaf)})
    return Hashes(lambda begin, end: leaves[begin:end], lambda level, place: whole.get((level, place))), leaves


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 300, 1025, 2000])
def test_every_record_is_proven_in_every_tree_it_is_in(size: int) -> None:
    kept, leaves = kept_of(size)
    root = kept.root(0, size)
    assert root == root_of(leaves)
    dice = random.Random(size)
    for place in {0, size - 1, *(dice.randrange(size) for _ in range(20))}:
        path = kept.inclusion(place, size)
        assert included(leaves[place], place, size, path, root)
        assert not included(leaves[place - 1], place, size, path, root) or size == 1
        assert not included(leaves[place], place + 1, size, path, root)
        if path:
            assert not included(leaves[place], place, size, path[:-1], root)


@pytest.mark.parametrize("size", [2, 3, 8, 300, 1025])
def test_a_tree_is_shown_to_go_on_from_each_smaller_one(size: int) -> None:
    kept, leaves = kept_of(size)
    root = kept.root(0, size)
    for old in {1, 2, size // 2, size - 1, size} - {0}:
        before = root_of(leaves[:old])
        path = kept.consistency(old, size)
        assert consistent(old, size, before, root, path)
        forged = root_of([*leaves[: old - 1], leaf_of("00" * 32)])
        assert not consistent(old, size, forged, root, path)
