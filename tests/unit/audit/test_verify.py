"""Tampering of every kind is found and named, offline; an honest trail is not accused."""

import asyncio
from pathlib import Path

import pytest

from audit.copies import NoCopy
from audit.event import Protected
from audit.keys import KeyRing
from audit.verdict import Verdict
from audit.verify import kinds, verify
from tests.unit.audit import tampering
from tests.unit.audit.conftest import Book, event
from tests.unit.audit.tampering import Tamper, lines_of, records_in

COUNT = 60


async def test_an_honest_trail_is_whole(book: Book) -> None:
    await book.fill(COUNT)
    await book.new_chain()
    await book.fill(7)
    await book.trail.append(event(1000))
    verdict = await book.verdict()
    assert verdict.findings == []
    assert (verdict.records, verdict.covered, verdict.checkpoints) == (COUNT + 8, COUNT + 7, 8)


async def test_an_empty_trail_is_whole(book: Book) -> None:
    verdict = verify(await book.copy())
    assert (verdict.good, verdict.records, verdict.covered) == (True, 0, 0)


def first(verdict: Verdict) -> tuple[str, int | None, int | None]:
    found = verdict.findings[0]
    return found.kind, found.seq, found.place


@pytest.mark.parametrize(
    ("tamper", "kind", "seq", "place"),
    [
        (tampering.edit, "EDITED", 21, 20),
        (tampering.edit_and_hash, "EDITED", 21, 20),
        (tampering.edit_and_link, "REBUILT", None, 20),
        (tampering.drop, "MISSING", 21, 20),
        (tampering.drop_and_close_up, "MISSING", 21, 20),
        (tampering.swap, "REORDERED", 21, 20),
        (tampering.cut, "TRUNCATED", 41, 40),
        (tampering.cut_with_its_tree, "TRUNCATED", None, 40),
        (tampering.rebuild, "REBUILT", None, 20),
        (tampering.rebuild_without_one, "REBUILT", None, 20),
        (tampering.lose_writer, "LOST_WRITER", 1, 0),
        (tampering.other_writer, "MISSING", 21, 20),
        (tampering.forge_checkpoint, "CHECKPOINT", None, None),
    ],
)
async def test_tampering_with_the_database_is_found_and_the_first_bad_record_named(
    book: Book, tamper: Tamper, kind: str, seq: int | None, place: int | None
) -> None:
    await book.fill(COUNT)
    await tamper(book)
    verdict = await book.verdict()
    assert (kind, seq, place) in [(each.kind, each.seq, each.place) for each in verdict.findings], verdict.findings
    assert all(each.place is None or place is None or each.place >= place for each in verdict.findings)


@pytest.mark.parametrize("tamper", [tampering.rebuild, tampering.rebuild_without_one])
async def test_a_rebuild_is_found_by_the_root_alone_and_narrowed_to_one_checkpoint(book: Book, tamper: Tamper) -> None:
    await book.fill(COUNT)
    anchored = tampering.without_marks(book.anchored())
    await tamper(book)
    verdict = verify(await book.copy(), anchored)
    assert first(verdict) == ("REBUILT", None, 0)
    assert "place 24" in verdict.findings[0].said


async def test_a_trail_made_anew_with_keys_of_its_own_is_told_by_the_anchor(book: Book) -> None:
    await book.fill(COUNT)
    anchored = book.anchored()
    pinned = [each.key for each in book.keys.announced()]
    await tampering.forget_tree(book)
    book.keys = KeyRing(book.folder / "other")
    book.sequencer = book.another_sequencer()
    await book.new_chain()
    await book.fill(COUNT)
    copy = await book.copy()
    assert verify(copy).good, "by itself it is perfect: that is why there is an anchor"
    assert not verify(copy, anchored).good
    assert not verify(copy, (), pinned).good
    assert "LOST_WRITER" in kinds(verify(copy, anchored))


async def test_an_old_backup_put_back_is_told_by_the_anchor(book: Book) -> None:
    await book.fill(COUNT)
    old = await book.copy("old")
    await book.fill(COUNT, start=COUNT)
    assert verify(old).good
    verdict = verify(old, book.anchored())
    assert ("OLD_COPY", None, COUNT) in [(each.kind, each.seq, each.place) for each in verdict.findings]
    assert ("TRUNCATED", COUNT + 1) in [(each.kind, each.seq) for each in verdict.findings]


async def test_one_lost_writer_of_several_is_named(book: Book) -> None:
    await book.fill(10)
    lost = book.trail.writer
    await book.new_chain()
    await book.fill(10)
    await book.tamper("delete from audit_record where writer = :w", w=lost)
    await book.tamper("delete from audit_writer where writer = :w", w=lost)
    await book.tamper("delete from audit_range where writer = :w", w=lost)
    verdict = await book.verdict()
    assert ("LOST_WRITER", lost, 1) in [(each.kind, each.writer, each.seq) for each in verdict.findings]


async def test_what_has_no_place_yet_is_held_against_its_chain(book: Book) -> None:
    await book.fill(10)
    await asyncio.gather(*(book.trail.append(event(number)) for number in range(10)))
    assert (await book.verdict()).good
    await book.tamper("delete from audit_record where seq = 15")
    assert first(await book.verdict()) == ("MISSING", 15, None)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("how", ["swap", "drop", "cut", "noise", "checkpoint twice"])
async def test_tampering_with_the_copy_is_found(book: Book, how: str) -> None:
    await book.fill(COUNT)
    path = await book.copy()
    lines = lines_of(path)
    one, other = records_in(lines)[20:22]
    checkpoint = next(place for place, line in enumerate(lines) if line.startswith(b'{"checkpoint":'))
    if how == "swap":
        lines[one], lines[other] = lines[other], lines[one]
    elif how == "drop":
        del lines[one]
    elif how == "cut":
        del lines[one:]
    elif how == "noise":
        lines.insert(one, b'{"hash":"nothing"}\n')
    else:
        lines.insert(len(lines) - 1, lines[checkpoint])
    path.write_bytes(b"".join(lines))
    expected = {
        "swap": ("REORDERED", 21, 20),
        "drop": ("MISSING", 21, 20),
        "cut": ("TRUNCATED", 21, 20),
        "noise": ("EDITED", 21, 20),
        "checkpoint twice": ("CHECKPOINT", None, None),
    }
    verdict = verify(path, book.anchored())
    assert expected[how] in [(each.kind, each.seq, each.place) for each in verdict.findings], verdict.findings


async def test_a_value_that_was_changed_is_found_and_one_that_was_erased_is_not_missed(book: Book) -> None:
    await book.trail.append(event(1, typed=Protected("Ivan")), event(2, typed=Protected("Olga")))
    await book.fill(3)
    whole = verify(await book.copy(values=True))
    assert (whole.good, whole.values) == (True, 2)
    await book.tamper("update audit_protected set value = :v where seq = 1", v='"Oleg"')
    assert first(verify(await book.copy(values=True))) == ("VALUE", 1, 0)
    await book.tamper("delete from audit_protected")
    assert verify(await book.copy(values=True)).good


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_values_are_left_out_of_a_copy_unless_asked_for(book: Book) -> None:
    await book.trail.append(event(1, typed=Protected("a secret name")))
    assert b"a secret name" not in (await book.copy()).read_bytes()
    assert b"a secret name" in (await book.copy(values=True)).read_bytes()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_several_processes_find_the_same(book: Book) -> None:
    await book.fill(COUNT)
    await tampering.edit(book)
    path = await book.copy()
    alone = verify(path, book.anchored())
    assert verify(path, book.anchored(), part=1000) == alone
    assert verify(path, book.anchored(), part=1000, processes=2) == alone
    assert first(alone) == ("EDITED", 21, 20)


@pytest.mark.parametrize("text", [b"", b"nothing\n", b'{"okno_audit":99}\n'])
def test_what_is_no_copy_is_refused(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "copy").write_bytes(text)
    with pytest.raises(NoCopy):
        verify(tmp_path / "copy")
