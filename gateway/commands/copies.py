"""`okno backup` and `okno restore`: everything an installation keeps, put aside while it runs and put back."""

import asyncio
from collections.abc import Callable
from getpass import getuser
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from audit.trail import TrailUnavailable
from gateway.backup import making
from gateway.backup.manifest import NoBackup
from gateway.backup.restoring import Restored
from gateway.backup.restoring import restore as put_back
from sources.kit.yaml_file import ConfigError

T = TypeVar("T")
_WHOSE = "Who does it; stands in the trail."


def backup(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of the installation.", file_okay=False)],
    target: Annotated[Path, typer.Argument(metavar="TARGET", help="A new folder for the backup.")],
    by: Annotated[str, typer.Option("--by", default_factory=getuser, help=_WHOSE)],
    with_keys: Annotated[bool, typer.Option("--with-keys", help="With the keys that sign the trail.")] = False,
) -> None:
    """Put everything aside, while the gateway runs: database, configuration, the anchor's checkpoints. Itself recorded."""
    made = _done(lambda: making.make(folder, target, with_keys=with_keys))
    trail = made.manifest.trail
    typer.echo(f"{target}: {len(made.manifest.files)} files, {made.size} bytes; manifest {made.digest}")
    typer.echo(
        f"trail: {trail.records} records, {trail.size} signed for" + (f", root {trail.root}" if trail.root else "")
    )
    for each in made.manifest.left_out:
        typer.echo(f"not in it: {each}")
    try:
        asyncio.run(making.record(folder, made, target, f"console:{by}"))
    except TrailUnavailable as problem:
        typer.secho(f"okno: the backup is good, but it could not be recorded: {problem}", err=True)
        raise typer.Exit(1) from None


def restore(
    target: Annotated[Path, typer.Argument(metavar="TARGET", help="A backup.", exists=True, file_okay=False)],
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new folder for the installation.")],
    by: Annotated[str, typer.Option("--by", default_factory=getuser, help=_WHOSE)],
    anchor: Annotated[
        list[Path] | None, typer.Option("--anchor", help="Checkpoints kept elsewhere; again for each.", exists=True)
    ] = None,
    keys: Annotated[
        Path | None, typer.Option("--keys", help="Folder of the keys, where the backup has none.", exists=True)
    ] = None,
) -> None:
    """Put a backup back into an empty place, verify the trail, and tell what was lost. Itself recorded."""
    found = _done(lambda: put_back(target, folder, f"console:{by}", anchors=anchor or (), keys=keys))
    manifest = found.manifest
    signed = "its list is signed by the trail's keys" if found.signed else "its list is not signed"
    typer.echo(f"{folder}: the backup of {manifest.made_at}, made by Okno {manifest.okno}; {signed}")
    _tell_loss(found)
    typer.echo(f"ended: {found.sessions} sessions; people sign in again")
    typer.echo(
        "as they were then: tokens of services, grants, the published policy, freezes: see docs/how-to/run-it.md"
    )
    for each in manifest.left_out:
        typer.echo(f"was not in it: {each}")
    for finding in found.findings:
        typer.echo(f"{finding.kind}: {finding.where}: {finding.said}")
    if found.findings:
        typer.secho("okno: everything is put back, and the trail is not whole: see above", err=True)
        raise typer.Exit(1)
    typer.echo("the trail is whole but for what is named above" if found.loss.missing else "the trail is whole")


def _tell_loss(found: Restored) -> None:
    loss = found.loss
    if loss.known <= loss.size:
        typer.echo(f"trail: {loss.size} records were signed for, and nothing outside knows of more")
        return
    typer.echo(
        f"trail: {loss.missing} records are gone: checkpoints outside know {loss.known}, {loss.size} came back signed"
    )
    for gap in loss.gaps:
        typer.echo(f"gone: records {gap.first} to {gap.last} of {gap.writer}")


def _done(work: Callable[[], T]) -> T:
    try:
        return work()
    except NoBackup as problem:
        typer.secho(f"okno: {problem}", err=True)
    except (ConfigError, OSError) as problem:
        typer.secho(f"okno: {problem}", err=True)
    raise typer.Exit(2)
