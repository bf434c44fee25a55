"""What somebody who may write the database, or the copy, can do to a trail."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import orjson
from sqlalchemy import delete

from audit.checkpoint import Published
from audit.record import linked
from audit.tables import (
    AuditCheckpoint,
    AuditPublished,
    AuditRange,
    AuditRecord,
    AuditTile,
    AuditWriter,
)
from tests.unit.audit.conftest import Book

Tamper = Callable[[Book], Awaitable[object]]


async def body_of(book: Book, seq: int) -> str:
    ((body,),) = await book.rows("select body from audit_record where seq = :s", s=seq)
    return str(body)


def by_another(body: str) -> str:
    changed = body.replace('"operator":"ann"', '"operator":"bob"')
    assert changed != body
    return changed


async def edit(book: Book) -> None:
    changed = by_another(await body_of(book, 21))
    assert await book.tamper("update audit_record set body = :b where seq = 21", b=changed) == 1


async def edit_and_hash(book: Book) -> None:
    """The record's own hash is right again; the next one is linked to what it was."""
    body = by_another(await body_of(book, 21))
    ((prev,),) = await book.rows("select prev_hash from audit_record where seq = 21")
    made = linked(str(prev), body)
    assert await book.tamper("update audit_record set body = :b, hash = :h where seq = 21", b=body, h=made) == 1


async def edit_and_link(book: Book) -> None:
    """The next record says that it is linked to what the changed one is now."""
    await edit_and_hash(book)
    ((made,),) = await book.rows("select hash from audit_record where seq = 21")
    assert await book.tamper("update audit_record set prev_hash = :h where seq = 22", h=made) == 1


async def drop(book: Book) -> None:
    assert await book.tamper("delete from audit_record where seq = 21") == 1


async def drop_and_close_up(book: Book) -> None:
    """Those behind are given the numbers before."""
    await drop(book)
    for seq in range(22, 61):
        await book.tamper("update audit_record set seq = :n where seq = :s", s=seq, n=seq - 1)


async def swap(book: Book) -> None:
    for old, new in ((21, 1000), (22, 21), (1000, 22)):
        assert await book.tamper("update audit_record set seq = :n where seq = :s", s=old, n=new) == 1


async def cut(book: Book) -> None:
    assert await book.tamper("delete from audit_record where seq > 40") == 20


async def cut_with_its_tree(book: Book) -> None:
    """As if the last records and their places had never been; the checkpoints are left."""
    await cut(book)
    await book.tamper("delete from audit_range where first_seq > 40")
    await book.tamper("update audit_range set count = 15 where first_seq = 26")


async def rebuild(book: Book) -> None:
    """Every chain made anew behind a changed record; each is perfect."""
    before = "0" * 64
    for seq, body in await book.rows("select seq, body from audit_record order by seq"):
        text = by_another(str(body)) if seq == 21 else str(body)
        made = linked(before, text)
        await book.tamper(
            "update audit_record set body = :b, prev_hash = :p, hash = :h where seq = :s",
            b=text,
            p=before,
            h=made,
            s=seq,
        )
        before = made


async def rebuild_without_one(book: Book) -> None:
    """One record fewer, numbers and texts and hashes all made to fit."""
    await drop(book)
    before = "0" * 64
    for number, (seq, body) in enumerate(await book.rows("select seq, body from audit_record order by seq"), 1):
        text = str(body).replace(f'"seq":{seq},', f'"seq":{number},')
        made = linked(before, text)
        await book.tamper(
            "update audit_record set body = :b, prev_hash = :p, hash = :h, seq = :n where seq = :s",
            b=text, p=before, h=made, s=seq, n=number,
        )  # fmt: skip
        before = made
    await book.tamper("update audit_range set count = count - 1 where first_seq = 51")


async def lose_writer(book: Book) -> None:
    assert await book.tamper("delete from audit_record") == 60


async def other_writer(book: Book) -> None:
    assert await book.tamper("update audit_record set writer = 'somebody-else' where seq = 21") == 1


async def forge_checkpoint(book: Book) -> None:
    await book.tamper("update audit_checkpoint set note = replace(note, :a, :b)", a="\n50\n", b="\n49\n")


async def forget_tree(book: Book) -> None:
    """Records and all that was derived from them, as before the first start; the keys are the attacker's own."""
    async with book.store.writing.begin() as connection:
        for table in (AuditRecord, AuditRange, AuditTile, AuditCheckpoint, AuditPublished, AuditWriter):
            await connection.execute(delete(table))


def lines_of(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def records_in(lines: list[bytes]) -> list[int]:
    return [place for place, line in enumerate(lines) if line.startswith(b'{"hash":')]


def without_marks(anchored: list[Published]) -> list[Published]:
    return [Published.read(orjson.dumps({**orjson.loads(each.line), "marks": ""})) for each in anchored]
