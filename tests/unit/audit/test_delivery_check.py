"""A receiver sees, with nothing of ours but the file, what is missing, moved, changed or put in another's place."""

import json
from pathlib import Path

import orjson
import pytest

from audit.delivery_check import Received, check
from audit.sinks.forms import form_of
from audit.sinks.json_lines import JsonLines
from operations.kit.catalogue import events
from tests.unit.audit.conftest import Book
from tests.unit.audit.receivers import delivering, outlet, told

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


async def delivered(book: Book, tmp_path: Path, count: int = 30, form: str = "okno") -> list[bytes]:
    """Lines as a sink has written them, from two writers."""
    await book.fill(count // 2)
    await book.new_chain()
    await book.fill(count - count // 2, start=count // 2)
    made = outlet("file", JsonLines(tmp_path / "out.jsonl"))
    if form == "ocsf":
        made = type(made)("file", made.sink, form_of("ocsf", events().all(), "1"))
    async with delivering(book, made):
        await told(book, "file", place=count)
    return (tmp_path / "out.jsonl").read_bytes().splitlines()


def checked(tmp_path: Path, lines: list[bytes], first: int | None = None) -> Received:
    (tmp_path / "got.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
    return check([tmp_path / "got.jsonl"], first)


def amiss(received: Received) -> list[tuple[str, str]]:
    return [(each.kind, each.where) for each in received.amiss]


@pytest.mark.parametrize("form", ["okno", "ocsf"])
async def test_all_that_was_delivered_is_in_order(book: Book, tmp_path: Path, form: str) -> None:
    received = checked(tmp_path, await delivered(book, tmp_path, form=form), 0)
    assert (received.amiss, received.records, received.first, received.last, received.again) == ([], 30, 0, 29, 0)


@pytest.mark.parametrize("form", ["okno", "ocsf"])
async def test_what_is_missing_is_named_by_its_numbers(book: Book, tmp_path: Path, form: str) -> None:
    lines = await delivered(book, tmp_path, form=form)
    received = checked(tmp_path, lines[:5] + lines[8:12] + lines[13:])
    assert [each for each in amiss(received) if each[0] == "MISSING"] == [
        ("MISSING", "records 5 to 7"),
        ("MISSING", "record 12"),
    ]
    assert ("MISSING", "records 0 to 2") in amiss(checked(tmp_path, lines[3:], 0))
    assert amiss(checked(tmp_path, lines[3:])) == []


async def test_what_came_twice_is_counted_and_no_fault(book: Book, tmp_path: Path) -> None:
    lines = await delivered(book, tmp_path)
    received = checked(tmp_path, lines[:20] + lines[10:], 0)
    assert (received.amiss, received.records, received.again) == ([], 30, 10)


async def test_what_stands_elsewhere_is_named(book: Book, tmp_path: Path) -> None:
    lines = await delivered(book, tmp_path)
    lines[4], lines[5] = lines[5], lines[4]
    assert ("OUT_OF_ORDER", "record 4") in amiss(checked(tmp_path, lines, 0))
    assert not any(kind == "MISSING" for kind, _ in amiss(checked(tmp_path, lines, 0)))


async def test_what_was_changed_or_renumbered_is_named(book: Book, tmp_path: Path) -> None:
    lines = await delivered(book, tmp_path)
    edited = [*lines[:7], lines[7].replace(b'"employee":"', b'"employee":"9'), *lines[8:]]
    assert amiss(checked(tmp_path, edited, 0)) == [("EDITED", "record 7")]
    other = [*lines, lines[7].replace(b'"number":7', b'"number":9')]
    assert amiss(checked(tmp_path, other, 0)) == [("CONFLICT", "record 9")]


async def test_a_record_taken_out_with_the_rest_renumbered_breaks_the_chain(book: Book, tmp_path: Path) -> None:
    lines = await delivered(book, tmp_path)
    said = [orjson.loads(line) for line in [*lines[:7], *lines[8:]]]
    renumbered = [json.dumps({**each, "number": number}).encode() for number, each in enumerate(said)]
    assert amiss(checked(tmp_path, renumbered, 0)) == [("UNLINKED", "record 7")]


async def test_half_a_line_of_a_killed_process_is_told_and_hides_nothing(book: Book, tmp_path: Path) -> None:
    lines = await delivered(book, tmp_path)
    half = checked(tmp_path, [*lines[:7], lines[7][:40], *lines[7:]], 0)
    assert amiss(half) == [("UNREADABLE", "got.jsonl line 8")]
    lost = checked(tmp_path, [*lines[:7], lines[7][:40], *lines[8:]], 0)
    assert ("MISSING", "record 7") in amiss(lost)


async def test_files_that_were_moved_away_are_looked_at_as_one(book: Book, tmp_path: Path) -> None:
    lines = await delivered(book, tmp_path)
    for name, part in (("old", lines[:13]), ("new", lines[13:])):
        (tmp_path / name).write_bytes(b"".join(line + b"\n" for line in part))
    assert check([tmp_path / "old", tmp_path / "new"], 0).amiss == []
    assert ("MISSING", "records 0 to 12") in amiss(check([tmp_path / "new"], 0))
