"""`okno audit`: the trail taken out, verified, proven, and its keys turned."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import orjson
import typer

from audit.anchors import FileAnchor, notes_of
from audit.checkpoint import BadCheckpoint, VerifierKey
from audit.event import Event
from audit.export import exported
from audit.keys import KeyFolder
from audit.proofs import NoProof, inclusion_of
from audit.sequencer import ORIGIN, Sequencer
from audit.trail import Trail
from audit.verify import verified
from gateway.commands.place import Folder
from gateway.settings import load_without_secrets
from gateway.store import Store
from sources.ports.call import utc_now

audit_app = typer.Typer(help="The trail: taken out, verified offline, proven.", no_args_is_help=True)

Copy = Annotated[Path, typer.Argument(help="An export.", exists=True, dir_okay=False)]


@dataclass(slots=True)
class _Opened:
    store: Store
    keys: KeyFolder
    sequencer: Sequencer


@asynccontextmanager
async def _open(installation: Path) -> AsyncIterator[_Opened]:
    file = load_without_secrets(installation).file
    store = Store(file.database)
    keys = KeyFolder(Path(file.audit.keys), ORIGIN)
    anchors = [] if file.audit.anchor is None else [FileAnchor(Path(file.audit.anchor))]
    try:
        await asyncio.to_thread(store.migrate)
        yield _Opened(store, keys, Sequencer(store.writing, lambda: keys.current(utc_now()), anchors))
    finally:
        await store.close()


@audit_app.command("export")
def export_trail(
    installation: Folder,
    file: Annotated[Path, typer.Argument(help="Where to write it; must not exist.")],
    values: Annotated[
        bool, typer.Option("--values/--no-values", help="With the personal values that are kept.")
    ] = True,
) -> None:
    """Take a copy of the trail, signed up to its last record. Itself recorded."""

    async def act() -> int:
        lines = 0
        async with _open(installation) as here:
            trail = Trail(here.store.writing)
            await trail.start()
            detail = {"file": file.name, "values": values}
            await trail.append(
                Event(code="audit.exported", stage="read", outcome="success", operator="okno", detail=detail)
            )
            await trail.close()
            await here.sequencer.place()
            await here.sequencer.sign()
            with file.open("x", encoding="utf-8") as out:
                async for line in exported(here.store.engine, here.keys.verifiers(), utc_now(), values=values):
                    out.write(line)
                    lines += line.startswith("record\t")
        return lines

    try:
        typer.echo(f"{asyncio.run(act())} records: {file}")
    except FileExistsError:
        raise typer.BadParameter(f"{file} exists already") from None


@audit_app.command()
def verify(
    file: Copy,
    anchor: Annotated[Path | None, typer.Option("--anchor", help="The checkpoints that an anchor has kept.")] = None,
    key: Annotated[
        list[str] | None,
        typer.Option("--key", help="A verifier key that is trusted; without one, those of the export are."),
    ] = None,
) -> None:
    """Verify a copy of the trail, offline: what was edited, dropped, reordered, cut off or rebuilt is named."""
    try:
        keys = [VerifierKey.read(each) for each in key or ()]
        notes = notes_of(anchor.read_text(encoding="utf-8")) if anchor is not None else []
        with file.open(encoding="utf-8") as lines:
            verdict = verified(lines, notes, keys)
    except (BadCheckpoint, ValueError) as problem:
        raise typer.BadParameter(str(problem)) from None
    told = f"{verdict.records} records, {verdict.checkpoints} checkpoints, {verdict.values} personal values"
    typer.echo(f"{told}; signed for: {verdict.covered}")
    for each in verdict.findings:
        typer.echo(f"{each.kind}: {each.where}: {each.said}")
    if anchor is None:
        typer.echo(
            "without --anchor a trail that was rebuilt as a whole, keys included, cannot be told from the true one"
        )
    if not verdict.good:
        raise typer.Exit(1)
    typer.echo("ok")


@audit_app.command()
def proof(
    installation: Folder,
    writer: Annotated[str, typer.Argument(help="The record's writer.")],
    seq: Annotated[int, typer.Argument(help="The record's number.")],
) -> None:
    """Print a proof that one record is in the signed tree."""

    async def act() -> dict[str, object]:
        async with _open(installation) as here:
            await here.sequencer.place()
            await here.sequencer.sign()
            return await inclusion_of(here.store.engine, writer, seq)

    try:
        typer.echo(orjson.dumps(asyncio.run(act())).decode())
    except NoProof as problem:
        raise typer.BadParameter(str(problem)) from None


@audit_app.command()
def checkpoint(installation: Folder) -> None:
    """Sign the trail as it is now and print the checkpoint."""

    async def act() -> str | None:
        async with _open(installation) as here:
            await here.sequencer.place()
            return await here.sequencer.sign()

    typer.echo(asyncio.run(act()) or "nothing new since the last checkpoint")


@audit_app.command("rotate-key")
def rotate_key(installation: Folder) -> None:
    """Make a new signing key; checkpoints of the old ones still verify. Prints the verifier keys, the newest last."""
    file = load_without_secrets(installation).file
    keys = KeyFolder(Path(file.audit.keys), ORIGIN)
    keys.rotate(utc_now())
    for each in keys.verifiers():
        typer.echo(each.written())
