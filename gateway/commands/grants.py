"""`okno grant`: roles for a time, and broken glass."""

from datetime import datetime, timedelta
from typing import Annotated

import typer

from authz.tables import RightsGrant
from gateway.commands.place import Folder, Team, Token, place, run
from gateway.granting import Order
from gateway.grants import BREAK_GLASS
from sources.kit.manifest import seconds
from sources.ports.call import utc_now

grant_app = typer.Typer(help="Roles given for a time, and broken glass.", no_args_is_help=True)

Role = Annotated[str, typer.Argument(help="A role of the installation.")]
Lasting = Annotated[str, typer.Option("--for", help="How long, for example 4h.")]
Reason = Annotated[str, typer.Option("--reason", help="What it is for.")]
Regions = Annotated[list[str] | None, typer.Option("--regions", help="For these regions; again for each.")]
Ticket = Annotated[str | None, typer.Option("--ticket", help="The ticket it is about.")]
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
    order = Order(role, _time(lasting), reason, tuple(regions or ()), tuple(clearance or ()), ticket)

    async def act() -> RightsGrant:
        async with place(installation) as here:
            who = await here.who(token, team)
            async with here.employees() as people:
                facts = await people.facts(login, who.login)
            return await here.granting.give(who, login, order, facts)

    row = run(act())
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

    async def act() -> RightsGrant:
        async with place(installation) as here:
            who = await here.who(token, team)
            own = (await here.standing.in_force()).policy.rights.teams[who.team].regions
            order = Order(role, _time(lasting), reason, tuple(regions or own), (), ticket)
            return await here.granting.break_glass(who, order)

    row = run(act())
    typer.echo(_line(row))
    typer.echo(f"to be reviewed by another person: okno grant review {row.id[:8]} --note …")


@grant_app.command()
def approve(installation: Folder, grant: Id, token: Token = None, team: Team = None) -> None:
    """Agree to a grant that waits: neither giver nor receiver."""

    async def act() -> RightsGrant:
        async with place(installation) as here:
            return await here.granting.approve(await here.who(token, team), grant)

    typer.echo(_line(run(act())))


@grant_app.command()
def review(
    installation: Folder,
    grant: Id,
    note: Annotated[str, typer.Option("--note", help="What you found.")],
    token: Token = None,
    team: Team = None,
) -> None:
    """Look at a broken glass afterwards; it is raised again until another person has."""

    async def act() -> RightsGrant:
        async with place(installation) as here:
            return await here.granting.review(await here.who(token, team), grant, note)

    typer.echo(_line(run(act())))


@grant_app.command()
def end(installation: Folder, grant: Id, token: Token = None, team: Team = None) -> None:
    """End a grant before its time."""

    async def act() -> RightsGrant:
        async with place(installation) as here:
            return await here.granting.end(await here.who(token, team), grant)

    typer.echo(_line(run(act())))


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
