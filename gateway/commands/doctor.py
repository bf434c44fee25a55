"""`okno doctor`: an installation examined, one line for each check. Nothing is changed."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from gateway.commands.place import environment
from gateway.doctor.examining import Level, Patient, Said, examine

_COLOURS: Final[dict[Level, str]] = {"ok": "green", "warning": "yellow", "fault": "red", "skipped": "bright_black"}


def doctor(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of the installation.", file_okay=False)],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON text, for programs.")] = False,
) -> None:
    """Examine an installation and everything it needs, without changing anything. Exit code 1: something is at fault."""
    found = asyncio.run(examine(Patient.brought_in(folder, environment())))
    counts = {level: sum(each.level == level for each in found) for level in _COLOURS}
    if as_json:
        rows = [{"level": each.level, "about": each.about, "text": each.text, "todo": each.todo} for each in found]
        typer.echo(json.dumps({"checks": rows, "counts": counts}, ensure_ascii=False, indent=2))
    else:
        _print(found)
        typer.echo(", ".join(f"{count} {level}" for level, count in counts.items() if count))
    raise typer.Exit(1 if counts["fault"] else 0)


def _print(found: Sequence[Said]) -> None:
    for each in found:
        typer.secho(f"{each.level:8}", fg=_COLOURS[each.level], nl=False)
        typer.echo(f"{each.about}: {each.text}" + (f"  → {each.todo}" if each.todo else ""))
