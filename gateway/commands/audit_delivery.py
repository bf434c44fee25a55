"""`okno audit sinks`, `check-delivery`, `detect`: how far the trail was delivered, whether all of it arrived, what looks wrong in it."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from audit.cursor import CursorState, states
from audit.delivery_check import check
from audit.detections import watching
from audit.detections.replaying import Unreadable, detect, recorded_in
from audit.detections.thresholds import Thresholds
from audit.sinks.sink import cursor_of
from gateway.commands.place import Folder
from gateway.delivery import thresholds_of
from gateway.policy_making import load_without_secrets
from gateway.store import Store

Files = Annotated[
    list[Path],
    typer.Argument(metavar="FILE...", help="What a sink has written, in order.", exists=True, dir_okay=False),
]


def sinks(installation: Folder) -> None:
    """Print how far each sink and each detection has come, and what is wrong with it."""
    audit = load_without_secrets(installation).file.audit
    said = thresholds_of(audit.detections)
    names = [cursor_of(each.name) for each in audit.sinks]
    names += [] if said is None else [watching.cursor_of(each) for each in watching.kinds_of(said)]

    async def look() -> list[CursorState]:
        store = Store(load_without_secrets(installation).file.database)
        try:
            await asyncio.to_thread(store.migrate)
            return await states(store.engine, names)
        finally:
            await store.close()

    for each in asyncio.run(look()):
        typer.echo(_line(each))


def check_delivery(
    files: Files,
    first: Annotated[int | None, typer.Option("--from", help="The number that must come first.", min=0)] = None,
) -> None:
    """Check, offline, that nothing is missing, out of order or changed in what a sink has written."""
    received = check(files, first)
    if received.records == 0:
        typer.echo("no records")
        raise typer.Exit(1)
    again = f", {received.again} of them more than once" if received.again else ""
    typer.echo(f"{received.records} records, {received.first} to {received.last}{again}")
    for each in received.amiss:
        typer.echo(f"{each.kind}: {each.where}: {each.said}")
    if any(each.kind != "UNREADABLE" for each in received.amiss):
        raise typer.Exit(1)
    typer.echo("ok")


def detect_in(
    installation: Folder,
    replay: Annotated[
        Path,
        typer.Option("--replay", help="A copy of the trail, or what a sink has written.", exists=True, dir_okay=False),
    ],
    vip: Annotated[
        Path | None,
        typer.Option("--vip", help="Numbers of employees under special protection, one a line.", exists=True),
    ] = None,
) -> None:
    """Look for what is suspicious in a file, by the installation's thresholds. Nothing is written."""
    said = thresholds_of(load_without_secrets(installation).file.audit.detections) or Thresholds()
    try:
        count = 0
        for each in detect(recorded_in(replay), said, _people(vip)):
            count += 1
            whom = f" {each.employee}" if each.employee is not None else ""
            evidence = ", ".join(map(str, each.evidence[:10])) + (", …" if len(each.evidence) > 10 else "")
            typer.echo(
                f"{each.until.isoformat()} {each.kind} {', '.join(each.operators)}{whom}: {each.said}; records {evidence}"
            )
    except Unreadable as problem:
        raise typer.BadParameter(str(problem)) from None
    if vip is None:
        typer.echo("without --vip nobody is known to be under special protection")
    typer.echo(f"{count} found")


def _people(file: Path | None) -> Callable[[str], bool]:
    known = frozenset() if file is None else frozenset(file.read_text(encoding="utf-8").split())
    return known.__contains__


def _line(each: CursorState) -> str:
    if not each.begun:
        return f"{each.name}: not begun, {each.behind} records to come"
    said = f"{each.name}: {each.place} records done, {each.behind} to come"
    if each.problem is None:
        return said if each.moved_at is None else f"{said}, last {each.moved_at}"
    return f"{said}, FAILS since {each.failed_since} ({each.failures} times): {each.problem}"
