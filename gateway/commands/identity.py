"""`okno service-token` and `okno session`: tokens of programs, and who is signed in. Both work on the database alone."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from getpass import getuser
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from gateway.commands.place import at_console, run
from gateway.identity.digests import aware
from gateway.identity.sessions import Sessions
from gateway.identity.tokens import SCOPES, Tokens, WrongToken
from gateway.settings import load_teams, load_teams_only
from gateway.store import Store
from sources.kit.manifest import seconds
from sources.ports.call import utc_now

service_token_app = typer.Typer(help="Tokens of programs that read the graph.", no_args_is_help=True)
session_app = typer.Typer(help="Who is signed in.", no_args_is_help=True)

Folder = Annotated[Path, typer.Option("--installation", envvar="OKNO_INSTALLATION", help="Folder of the installation.")]
By = Annotated[str, typer.Option("--by", help="Who asks for it; stands in the list.")]
Why = Annotated[str | None, typer.Option("--reason", help="What it is for; stands in the trail.")]
T = TypeVar("T")


@service_token_app.command("create")
def create(
    service: Annotated[str, typer.Argument(help="The service, as a team names it under `services`.")],
    installation: Folder,
    by: By,
    scopes: Annotated[str, typer.Option(help=f"Some of {','.join(SCOPES)}.")] = "graph:read",
    expires: Annotated[str, typer.Option(help="How long it is good, for example 90d.")] = "90d",
) -> None:
    """Print a new token of a service. It is shown only now; only its digest is kept."""
    known = sorted({each for team in load_teams(installation) for each in team.file.services})
    if service not in known:
        raise typer.BadParameter(f"no team names the service {service!r}; there are {', '.join(known) or 'none'}")
    wanted = [each.strip() for each in scopes.split(",") if each.strip()]
    life = _life(expires)

    async def give(store: Store) -> tuple[str, str]:
        return await Tokens(store).give_service(service, wanted, life, by)

    try:
        token, token_id = _with_store(installation, give)
    except WrongToken as problem:
        raise typer.BadParameter(str(problem)) from None
    typer.echo(f"id {token_id}, good for {expires}; keep the token, it is not shown again", err=True)
    typer.echo(token)


@service_token_app.command("list")
def list_tokens(
    installation: Folder, service: Annotated[str | None, typer.Argument(help="Only those of one service.")] = None
) -> None:
    """Show every token that was given to a service, also those that have ended."""
    rows = _with_store(installation, lambda store: Tokens(store).of_services(service))
    table = Table("id", "service", "scopes", "made by", "expires", "last used", "state", box=None, pad_edge=False)
    now = utc_now()
    for row in rows:
        state = "good" if aware(row.expires_at) > now else "expired"
        if row.revoked_at is not None:
            state = f"revoked by {row.revoked_by}"
        used = f"{aware(row.used_at):%Y-%m-%d %H:%M}" if row.used_at is not None else "never"
        scopes = ",".join(row.scopes or ())
        table.add_row(row.id, row.login, scopes, row.by, f"{aware(row.expires_at):%Y-%m-%d}", used, state)
    Console(width=max(120, Console().width)).print(table)


@service_token_app.command()
def revoke(
    token_id: Annotated[str, typer.Argument(metavar="ID", help="As `list` shows it.")],
    installation: Folder,
    by: By,
    reason: Why = None,
) -> None:
    """Take a token back. A running gateway knows within two seconds."""
    run(at_console(installation, "revoke_token", {"token": token_id}, by, reason))
    typer.echo(f"{token_id}: revoked")


@session_app.command("list")
def list_sessions(login: str, installation: Folder) -> None:
    """Show where a person is signed in."""
    found = _with_store(installation, lambda store: _sessions(store, installation).of_login(login))
    table = Table("id", "since", "last seen", "from", "with", box=None, pad_edge=False)
    for each in found:
        since, seen = f"{each.created_at:%Y-%m-%d %H:%M}", f"{each.seen_at:%Y-%m-%d %H:%M}"
        table.add_row(each.id, since, seen, each.address, each.agent)
    Console(width=max(120, Console().width)).print(table)


@session_app.command("end")
def end_sessions(
    login: str,
    installation: Folder,
    by: Annotated[str, typer.Option("--by", default_factory=getuser, help="Who does it; stands in the trail.")],
    session_id: Annotated[str | None, typer.Option("--id", help="Only this one; else all of the person's.")] = None,
    reason: Why = None,
) -> None:
    """Sign a person out. A running gateway knows within two seconds."""
    outcome = run(at_console(installation, "revoke_session", {"login": login, "session": session_id}, by, reason))
    count = 0 if outcome.plan is None else len(outcome.plan.changes)
    typer.echo(f"{login}: {count} session{'' if count == 1 else 's'} ended")


def _life(expires: str) -> timedelta:
    try:
        return timedelta(seconds=seconds(expires))
    except (ValueError, OverflowError) as problem:
        raise typer.BadParameter(str(problem)) from None


def _sessions(store: Store, installation: Path) -> Sessions:
    login = load_teams_only(installation)[0].login
    return Sessions(store, timedelta(seconds=login.idle), timedelta(seconds=login.longest))


def _with_store(installation: Path, work: Callable[[Store], Awaitable[T]]) -> T:
    """What comes of some work on an installation's database."""
    file, _ = load_teams_only(installation)

    async def run() -> T:
        store = Store(file.database)
        await asyncio.to_thread(store.migrate)
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(run())
