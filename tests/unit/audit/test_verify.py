"""Tampering of every kind is found and named, offline; an honest trail is not accused."""

import sqlite3
from collections.abc import Callable

import pytest

from audit.anchors import notes_of
from audit.proofs import consistency_of, goes_on, inclusion_of, proven, size_of
from audit.record import linked
from audit.verify import Verdict, verified
from sources.ports.call import utc_now
from tests.unit.audit.conftest import Book, event

COUNT = 60


async def test_an_honest_trail_is_whole(book: Book) -> None:
    await book.fill(COUNT)
    await book.trail.append(event(1000))
    verdict = verified(await book.lines(), notes_of(book.anchored()))
    assert verdict.findings == []
    assert (verdict.records, verdict.covered, verdict.checkpoints) == (COUNT + 1, COUNT, 2)


Tamper = Callable[[list[str]], list[str]]


def records(lines: list[str]) -> list[int]:
    return [place for place, line in enumerate(lines) if line.startswith("record\t")]


def edit(lines: list[str]) -> list[str]:
    place = records(lines)[20]
    lines[place] = lines[place].replace('"operator":"ann"', '"operator":"bob"')
    return lines


def edit_and_hash(lines: list[str]) -> list[str]:
    place = records(lines)[20]
    kind, at, writer, seq, prev, _, body = lines[place].rstrip("\n").split("\t", 6)
    body = body.replace('"operator":"ann"', '"operator":"bob"')
    lines[place] = "\t".join((kind, at, writer, seq, prev, linked(prev, body), body)) + "\n"
    return lines


def drop(lines: list[str]) -> list[str]:
    del lines[records(lines)[20]]
    return lines


def swap(lines: list[str]) -> list[str]:
    one, other = records(lines)[20:22]
    lines[one], lines[other] = lines[other], lines[one]
    return lines


def cut(lines: list[str]) -> list[str]:
    for place in reversed(records(lines)[40:]):
        del lines[place]
    return lines


def rebuild(lines: list[str]) -> list[str]:
    """The whole chain made anew behind an edited record: the chain itself is perfect."""
    before = None
    for number, place in enumerate(records(lines)):
        kind, at, writer, seq, prev, _, body = lines[place].rstrip("\n").split("\t", 6)
        if number == 20:
            body = body.replace('"operator":"ann"', '"operator":"bob"')
        prev = before or prev
        before = linked(prev, body)
        lines[place] = f"{kind}\t{at}\t{writer}\t{seq}\t{prev}\t{before}\t{body}" + "\n"
    return lines


def forge_checkpoint(lines: list[str]) -> list[str]:
    place = next(place for place, line in enumerate(lines) if line.startswith("checkpoint\t"))
    lines[place] = lines[place].replace(f"\\n{COUNT}\\n", f"\\n{COUNT - 1}\\n")
    return lines


def rename(lines: list[str]) -> list[str]:
    writer = lines[records(lines)[0]].split("\t")[2]
    return [line.replace(f"\t{writer}\t", "\tsomebody-else\t") if line.startswith("record") else line for line in lines]


@pytest.mark.parametrize(
    ("tamper", "kind", "where"),
    [
        (edit, "EDITED", " 21"),
        (edit_and_hash, "BROKEN_CHAIN", " 22"),
        (drop, "MISSING", " 21"),
        (swap, "MISSING", " 21"),
        (cut, "TRUNCATED", "place 40"),
        (rebuild, "REBUILT", "places 0 to 59"),
        (forge_checkpoint, "CHECKPOINT", "export"),
        (rename, "EDITED", "somebody-else 1"),
    ],
)
async def test_tampering_is_found_and_the_first_bad_record_named(
    book: Book, tamper: Tamper, kind: str, where: str
) -> None:
    await book.fill(COUNT)
    verdict = verified(tamper(await book.lines()), notes_of(book.anchored()))
    assert not verdict.good
    first = verdict.findings[0]
    assert (first.kind, first.where.endswith(where)) == (kind, True), verdict.findings[:3]


def kinds(verdict: Verdict) -> set[str]:
    return {each.kind for each in verdict.findings}


async def test_a_trail_rebuilt_with_its_keys_is_told_by_the_anchor_alone(book: Book) -> None:
    await book.fill(COUNT)
    anchored = notes_of(book.anchored())
    trusted = book.keys.verifiers()
    with sqlite3.connect(book.folder / "okno.db") as database:
        for table in ("audit_record", "audit_node", "audit_checkpoint"):
            database.execute(f"delete from {table}")  # noqa: S608  # names of ours
        database.execute("update audit_tree set size = 0, roots = '[]'")
    book.keys.rotate(utc_now())
    await book.trail.close()
    await book.trail.start()
    await book.fill(COUNT + 5)
    lines = await book.lines()
    assert "REBUILT" in kinds(verified(lines, anchored)) or "MISSING" in kinds(verified(lines, anchored))
    assert not verified(lines, anchored, trusted).good


async def test_an_old_backup_put_back_is_found(book: Book) -> None:
    await book.fill(COUNT)
    old = await book.lines()
    await book.fill(COUNT)
    verdict = verified(old, notes_of(book.anchored()))
    assert kinds(verdict) == {"TRUNCATED"}
    assert verdict.findings[0].where == f"place {COUNT}"


async def test_a_value_that_was_changed_is_found_and_one_that_was_erased_is_not_missed(book: Book) -> None:
    from audit.event import Protected

    await book.trail.append(event(1, typed=Protected("Ivan")), event(2, typed=Protected("Olga")))
    await book.fill(1)
    lines = await book.lines()
    changed = [line.replace('"Ivan"', '"Oleg"') if line.startswith("value") else line for line in lines]
    assert kinds(verified(changed)) == {"VALUE"}
    erased = [line for line in lines if not line.startswith("value")]
    assert verified(erased).good


async def test_one_record_is_proven_in_no_more_than_a_kilobyte(book: Book) -> None:
    await book.fill(3000)
    lines = await book.lines()
    _, _, writer, seq, prev, _, body = lines[records(lines)[1234]].rstrip("\n").split("\t", 6)
    proof = await inclusion_of(book.store.engine, writer, int(seq))
    keys = book.keys.verifiers()
    assert proven(prev, body, proof, keys)
    assert not proven(prev, body.replace("ann", "bob"), proof, keys)
    assert size_of(proof) <= 1024


async def test_a_later_checkpoint_is_shown_to_go_on_from_an_earlier_one(book: Book) -> None:
    await book.fill(300)
    await book.fill(700)
    old, new = notes_of(book.anchored())
    path = await consistency_of(book.store.engine, 300, 1000)
    keys = book.keys.verifiers()
    assert goes_on(old, new, path, keys)
    assert not goes_on(old, new, path[:-1], keys)


async def test_checkpoints_of_an_old_key_still_verify(book: Book) -> None:
    await book.fill(10)
    book.keys.rotate(utc_now())
    await book.fill(10)
    verdict = verified(await book.lines(), notes_of(book.anchored()))
    assert verdict.good
    assert verdict.covered == 20


async def test_what_is_no_trail_is_refused(book: Book) -> None:
    with pytest.raises(ValueError, match="no trail"):
        verified(["nothing\n"])
