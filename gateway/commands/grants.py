"""`okno grant`: roles for a time, and broken glass."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from authz.tables import RightsGrant
from gateway.commands.place import Folder, Reason, Team, Ticket, Token, place, run
from gateway.grants import BREAK_GLASS
from gateway.rights_deeds import until_of
from operations.kit.acts.rights import GrantView
from operations.kit.json_values import Json
from sources.kit.manifest import seconds
from sources.ports.call import utc_now

grant_app = typer.Typer(help="Roles given for a time, and broken glass.", no_args_is_help=True)

Role = Annotated[str, typer.Argument(help="A role of the installation.")]
Lasting = Annotated[str, typer.Option("--for", help="How long, for example 4h.")]
Regions = Annotated[list[str] | None, typer.Option("--regions", help="For these regions; again for each.")]
Id = Annotated[str, typer.Argument(help="First characters of the grant's id.")]


@grant_app.command()
def give(
    installation: Folder,
    login: Annotated[str, typer.Argument(help="Who gets it.")],
    role: Role,
    lasting: Lasting,
    reason: Reason,
    regions: Regions = None,
    everywhere: Annotated[bool, typer.Option("--everywhere", help="For every region.")] = False,
    clearance: Annotated[list[str] | None, typer.Option("--clearance", help="With this clearance, e.g. vip.")] = None,
    ticket: Ticket = None,
    token: Token = None,
    team: Team = None,
) -> None:
    """Give another person a role until a moment: at most 30 days. Grave ones wait for a third person."""
    if everywhere == bool(regions):
        raise typer.BadParameter("give --regions, or --everywhere")
    given: dict[str, Json] = {
        "login": login,
        "role": role,
        "until": until_of(_time(lasting)),
        "regions": [*(regions or ())],
        "everywhere": everywhere,
        "clearance": [*(clearance or ())],
    }
    row = _done(installation, "grant_rights", given, reason, ticket, token, team)
    typer.echo(_line(row))
    if row.approved_by is None:
        typer.echo(f"waits for a third person: okno grant approve {row.id[:8]}")


@grant_app.command("break-glass")
def break_glass(
    installation: Folder,
    role: Role,
    lasting: Lasting,
    reason: Reason,
    regions: Regions = None,
    ticket: Ticket = None,
    token: Token = None,
    team: Team = None,
) -> None:
    """Take a role at once, in an emergency: at most 4 hours, your team's regions unless told otherwise. It alerts."""
    given: dict[str, Json] = {"role": role, "until": until_of(_time(lasting)), "regions": [*(regions or ())]}
    row = _done(installation, "break_glass", given, reason, ticket, token, team)
    typer.echo(_line(row))
    typer.echo(f"to be reviewed by another person: okno grant review {row.id[:8]} --note …")


@grant_app.command()
def approve(
    installation: Folder, grant: Id, reason: Reason, ticket: Ticket = None, token: Token = None, team: Team = None
) -> None:
    """Agree to a grant that waits: neither giver nor receiver."""
    typer.echo(_line(_done(installation, "approve_grant", {"grant": grant}, reason, ticket, token, team)))


@grant_app.command()
def review(
    installation: Folder,
    grant: Id,
    note: Annotated[str, typer.Option("--note", help="What you found.")],
    token: Token = None,
    team: Team = None,
) -> None:
    """Look at a broken glass afterwards; it is raised again until another person has."""
    typer.echo(_line(_done(installation, "review_break_glass", {"grant": grant}, note, None, token, team)))


@grant_app.command()
def end(
    installation: Folder, grant: Id, reason: Reason = "not needed any more", token: Token = None, team: Team = None
) -> None:
    """End a grant before its time."""
    typer.echo(_line(_done(installation, "end_grant", {"grant": grant}, reason, None, token, team)))


@grant_app.command("list")
def list_grants(
    installation: Folder,
    ended: Annotated[bool, typer.Option("--all", help="Those that have ended too.")] = False,
) -> None:
    """List grants, the newest first."""

    async def read() -> list[RightsGrant]:
        async with place(installation) as here:
            return list(await here.granting.grants())

    now = utc_now()
    for row in run(read()):
        if ended or state_of(row, now) not in ("ended", "reviewed"):
            typer.echo(_line(row, now))


def _done(
    installation: Path,
    name: str,
    given: dict[str, Json],
    reason: str,
    ticket: str | None,
    token: str | None,
    team: str | None,
) -> RightsGrant:
    """The grant, after an act on it."""

    async def act() -> RightsGrant:
        async with place(installation) as here:
            outcome = await here.act(name, given, reason, ticket, token, team)
            assert isinstance(outcome.made, GrantView)
            row: RightsGrant = outcome.made.row
            return row

    return run(act())


def state_of(row: RightsGrant, now: datetime) -> str:
    """What a grant is at a moment, in a word."""
    over = row.ended_at is not None or row.until <= now
    if row.kind == BREAK_GLASS and row.reviewed_at is None:
        return "ended, to be reviewed" if over else "live, to be reviewed"
    if over:
        return "reviewed" if row.reviewed_at else "ended"
    if row.kind != BREAK_GLASS and row.approved_by is None:
        return "waits"
    return "live"


def _line(row: RightsGrant, now: datetime | None = None) -> str:
    regions = ", ".join(row.regions) or "every region"
    clearance = f", clearance {', '.join(row.clearance)}" if row.clearance else ""
    kind = "broken glass" if row.kind == BREAK_GLASS else f"given by {row.by}"
    return (
        f"{row.id[:8]}  {row.login}: {row.role} in {regions}{clearance}, until {row.until:%Y-%m-%d %H:%M} UTC, "
        f"{kind}, {state_of(row, now or utc_now())}: {row.reason}"
    )


def _time(text: str) -> timedelta:
    try:
        return timedelta(seconds=seconds(text))
    except (ValueError, OverflowError) as problem:
        raise typer.BadParameter(str(problem)) from None
