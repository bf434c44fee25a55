"""The Merkle tree, beside an independent one."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree
from sqlalchemy import create_engine

from audit.tables import AuditTile
from audit.tiles import extend, hashes_over, root
from audit.tree import EMPTY, Frontier, consistency, inclusion, is_consistent, is_included, leaf, over, peaks, perfect

SIZES = [*range(1, 40), 63, 64, 65, 127, 128, 129, 255, 256, 257, 511, 513, 1000, 1025]


def entries(count: int) -> list[bytes]:
    return [hashlib.sha256(str(number).encode()).digest() for number in range(count)]


def peer_of(count: int) -> InmemoryTree:
    peer = InmemoryTree(algorithm="sha256")
    for each in entries(count):
        peer.append_entry(each)
    return peer


class Whole:
    """All nodes of a tree, straight from its definition."""

    def __init__(self, count: int) -> None:
        self.leaves = [leaf(each) for each in entries(count)]

    def __call__(self, node: tuple[int, int]) -> bytes:
        level, index = node
        return perfect(self.leaves[index << level : (index + 1) << level])

    def root(self, size: int) -> bytes:
        return over((0, size), self)


@pytest.mark.parametrize("size", SIZES)
def test_the_root_is_that_of_an_independent_implementation(size: int) -> None:
    frontier = Frontier()
    for each in entries(size):
        frontier.add(0, leaf(each))
    expected = peer_of(size).get_root()
    assert frontier.root() == expected
    assert Whole(size).root(size) == expected


def test_an_empty_tree_has_the_root_of_nothing() -> None:
    assert Frontier().root() == hashlib.sha256(b"").digest() == EMPTY


@given(st.data())
def test_a_record_is_proven_in_every_tree_it_is_in_and_no_other_by_that_proof(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 300))
    place = data.draw(st.integers(0, size - 1))
    tree = Whole(size)
    proof = [over(each, tree) for each in inclusion(place, size)]
    head = tree.root(size)
    assert sorted([tree.leaves[place], *proof]) == sorted(peer_of(size).prove_inclusion(place + 1).path)
    assert is_included(tree.leaves[place], place, size, proof, head)
    assert not is_included(leaf(b"another"), place, size, proof, head)
    assert not is_included(tree.leaves[place], place + 1, size, proof, head)
    assert not is_included(tree.leaves[place], place, size, [*proof, head], head)
    if proof:
        assert not is_included(tree.leaves[place], place, size, proof[:-1], head)


@given(st.data())
def test_a_tree_is_shown_to_go_on_from_each_smaller_one_and_from_no_other(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 300))
    old = data.draw(st.integers(1, size))
    tree = Whole(size)
    proof = [over(each, tree) for each in consistency(old, size)]
    before, after = tree.root(old), tree.root(size)
    assert is_consistent(old, before, size, after, proof)
    assert not is_consistent(old, leaf(b"forged"), size, after, proof)
    assert not is_consistent(old, before, size, leaf(b"forged"), proof)
    if old < size:
        assert not is_consistent(old, before, size, after, proof[:-1])
        assert not is_consistent(old, before, size, after, [*proof, after])


@given(st.lists(st.integers(1, 700), min_size=1, max_size=8))
def test_the_stored_tree_grows_by_any_steps_to_the_same_root(steps: list[int]) -> None:
    tree = Whole(sum(steps))
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        AuditTile.__table__.create(connection)  # type: ignore[attr-defined]
        size = 0
        for step in steps:
            extend(connection, size, tree.leaves[size : size + step])
            size += step
            assert root(connection, size) == tree.root(size)
        ranges = inclusion(size // 2, size)
        assert hashes_over(connection, ranges) == [over(each, tree) for each in ranges]
    engine.dispose()


@given(st.integers(0, 500), st.integers(0, 500))
def test_peaks_cover_a_range_without_gap_or_overlap(first: int, length: int) -> None:
    covered: list[int] = []
    for level, index in peaks(first, first + length):
        covered += range(index << level, (index + 1) << level)
    assert covered == list(range(first, first + length))
