"""`okno operations`: what was done, held against what the systems show."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from audit.trail import Trail, TrailUnavailable
from gateway.commands.place import Folder, environment, run
from gateway.discovery import connect
from gateway.settings import Installation, load_installation, wrong_in
from gateway.store import Store
from operations.kit.catalogue import events, shipped
from operations.kit.comparison.comparing import Compared, Comparing
from operations.kit.comparison.register import Register
from operations.kit.comparison.tables import CLAIM, OperationOrphan
from operations.kit.journal import Journal
from sources.kit.desk import SourceDesk
from sources.ports.call import CallContext, utc_now

operations_app = typer.Typer(help="What was done, held against what the systems show.", no_args_is_help=True)

_START: Final = 20.0
"""Seconds that all sources have to be ready."""
FOUND: Final = 1
UNFINISHED: Final = 3
"""What the command ends with: something does not agree and nobody knew; not everybody could be asked."""


@operations_app.callback()
def operations() -> None:
    """What was done, held against what the systems show."""


@operations_app.command()
def reconcile(
    installation: Folder,
    hours: Annotated[
        float | None,
        typer.Option(help="Look for changes of so many hours; else of those since the last comparison.", min=0.1),
    ] = None,
) -> None:
    """Compare our claims with the systems, and the systems' changes with our claims. Nothing is mended.

    What is news is recorded as `claim.orphaned` or `change.orphaned`, and printed. Ends with 1 where there is any, with 3
    where some system could not be asked.
    """
    found = run(_reconciled(installation, hours))
    for each in found.found:
        typer.echo(_line(each))
    typer.echo(
        f"{found.claims} claims, {found.people} employees since {found.since:%Y-%m-%d %H:%M} UTC: "
        f"{len(found.found)} new, {found.settled} settled"
    )
    for source, count in sorted(found.unasked.items()):
        typer.echo(f"{source} could not be asked: {count}", err=True)
    if found.found:
        raise typer.Exit(FOUND)
    if found.unasked:
        raise typer.Exit(UNFINISHED)


async def _reconciled(folder: Path, hours: float | None) -> Compared:
    installation = load_installation(folder, environment())
    said = installation.file.comparison
    known = sorted(name for name, each in shipped().items() if each.mark is not None)
    unknown = sorted(set(said.everyday) - set(known))
    if unknown:
        expected = f"{unknown[0]!r} leaves no mark in any system; expected {', '.join(known)}"
        raise wrong_in(folder, "comparison.everyday", expected)
    async with _opened(installation) as (journal, desk):
        comparing = Comparing(Register(journal), desk, shipped(), days=said.days, everyday=said.everyday)
        try:
            return await comparing.compare(None if hours is None else utc_now() - timedelta(hours=hours))
        except TrailUnavailable as failure:
            typer.echo(f"okno: nothing can be recorded now: {failure}", err=True)
            raise typer.Exit(UNFINISHED) from None


@asynccontextmanager
async def _opened(installation: Installation) -> AsyncIterator[tuple[Journal, SourceDesk]]:
    """The journal and the sources of an installation, for one that serves nobody."""
    store = Store(installation.file.database)
    trail = Trail(store.writing, codes=events().all())
    lines = connect(installation.instances)
    desk = SourceDesk(lines)
    call = CallContext("start", time.monotonic() + _START, uuid.uuid4().hex, "okno")
    try:
        await asyncio.to_thread(store.migrate)
        await trail.start()
        with suppress(TimeoutError):
            async with asyncio.timeout(_START):
                await asyncio.gather(*(line.source.start(call) for line in lines), return_exceptions=True)
        yield Journal(trail, store.engine), desk
    finally:
        await trail.close()
        await desk.close()
        await store.close()


def _line(orphan: OperationOrphan) -> str:
    whose = f"employee {orphan.employee_id}"
    if orphan.kind == CLAIM:
        return f"claim.orphaned  {orphan.name} {orphan.object} at {orphan.source}, {whose}: not there any more; run {orphan.run}"
    return f"change.orphaned {orphan.name} {orphan.object} at {orphan.source}, {whose}: {orphan.moment:%Y-%m-%d %H:%M} UTC, not by us"
