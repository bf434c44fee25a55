"""`okno usage` and `okno schema check`: who uses what of the schema, and whom a change of it would break."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Final

import typer
from graphql import GraphQLError

from gateway.commands.place import Folder
from gateway.policy_making import load_without_secrets
from gateway.store import Store
from gateway.telemetry.schema_changes import Change, changes_between, deprecated_in
from gateway.telemetry.users import Use, Users
from sources.ports.call import utc_now

usage_app = typer.Typer(help="Who uses what of the schema.", no_args_is_help=True)

Days = Annotated[int, typer.Option("--days", help="Within how many days up to now.", min=1, max=3_650)]
_MOST_DOCUMENTS: Final = 5
BROKEN: Final = 1
"""What `okno schema check` ends with where somebody uses what would break."""


@asynccontextmanager
async def _users(folder: Path) -> AsyncIterator[Users]:
    store = Store(load_without_secrets(folder).file.database)
    try:
        await asyncio.to_thread(store.migrate)
        yield Users(store.engine)
    finally:
        await store.close()


def _today() -> date:
    return utc_now().date()


@usage_app.command("fields")
def fields(
    installation: Folder,
    deprecated: Annotated[bool, typer.Option("--deprecated", help="Only what is to go, used or not.")] = False,
    days: Days = 30,
) -> None:
    """Print how often each place of the schema was used, the most used first."""

    async def look() -> dict[str, int]:
        async with _users(installation) as users:
            return await users.counts(days, _today())

    counts = asyncio.run(look())
    reasons: dict[str, str] = {}
    if deprecated:
        from gateway.whole_graph import whole_graph  # too slow to load for those who do not ask

        reasons = deprecated_in(whole_graph()[0])
        # of enums and inputs it is known who uses them, not which of their values
        whole = {each: each if each in counts else each.partition(".")[0] for each in reasons}
        counts = {each: counts.get(whole[each], 0) for each in reasons}
    for place, count in sorted(counts.items(), key=lambda each: (-each[1], each[0])):
        typer.echo(f"{count:>10}  {place}" + (f"  {reasons[place]}" if place in reasons else ""))
    if not counts:
        typer.echo("nothing is deprecated" if deprecated else f"nothing was used within {days} days")


@usage_app.command("clients")
def clients(
    place: Annotated[str, typer.Argument(metavar="FIELD", help="Type.field, Type.field(argument:), or a type.")],
    installation: Folder,
    days: Days = 30,
) -> None:
    """Print which clients have used a place of the schema, and by which documents."""

    async def look() -> list[Use]:
        async with _users(installation) as users:
            return await users.of([place] if "." in place else [place, f"{place}.*"], days, _today())

    found = asyncio.run(look())
    for each in found:
        typer.echo(_line(each))
    if not found:
        typer.echo(f"nobody has used {place} within {days} days")


def check_schema(
    old: Annotated[
        Path, typer.Argument(metavar="OLD", help="The schema that clients rely on.", exists=True, dir_okay=False)
    ],
    installation: Folder,
    new: Annotated[
        Path | None,
        typer.Option("--new", help="The schema to come; without it, that of this build.", exists=True, dir_okay=False),
    ] = None,
    days: Days = 30,
) -> None:
    """Name what breaks between a schema and the next, and whom: which clients used it lately, in which documents.

    Ends with 1 where somebody used what would break; with 0 where nobody did, or nothing would.
    """
    try:
        changes = changes_between(old.read_text(encoding="utf-8"), _new(new))
    except GraphQLError as problem:
        raise typer.BadParameter(f"this is no schema: {problem.message}") from None

    async def look() -> tuple[list[list[Use]], str | None]:
        async with _users(installation) as users:
            return [await users.of(each.uses, days, _today()) for each in changes], await users.since()

    used, since = asyncio.run(look())
    for change, users in zip(changes, used, strict=True):
        typer.echo(_told(change))
        for each in users:
            typer.echo(f"    {_line(each)}")
    broken = sum(change.breaking and bool(users) for change, users in zip(changes, used, strict=True))
    breaking = sum(each.breaking for each in changes)
    typer.echo(
        f"{breaking} breaking, {len(changes) - breaking} dangerous; {broken} of the breaking ones used within {days} days"
    )
    if since is None:
        typer.echo("no use is remembered at all: that nobody used it means nothing here", err=True)
    elif since > date.fromordinal(_today().toordinal() - days).isoformat():
        typer.echo(f"use is remembered since {since} only", err=True)
    if broken:
        raise typer.Exit(BROKEN)


def _new(file: Path | None) -> str:
    if file is not None:
        return file.read_text(encoding="utf-8")
    from gateway.whole_graph import printed  # as above

    return printed()


def _told(change: Change) -> str:
    return f"{'breaking ' if change.breaking else 'dangerous'}  {change.said}"


def _line(use: Use) -> str:
    shown = ", ".join(
        f"{name or 'unnamed'} {document[:12]} ({count})" for document, name, count in use.documents[:_MOST_DOCUMENTS]
    )
    more = len(use.documents) - _MOST_DOCUMENTS
    return f"{use.client}: {use.count} times, last {use.last}: {shown}" + (f" and {more} more" if more > 0 else "")
