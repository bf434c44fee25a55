"""`okno policy explain`, `review`, `view-as`, `matrix`: what the policy in force says, for those who may know."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

import typer

from authz.explaining import REASONS, Level, explain, told
from authz.holders import Holder
from authz.labels import Coordinate
from authz.matrix import matrix
from authz.policy import Policy
from authz.profile import ALLOWED
from authz.reviewing import Running, Seen, Unused, unused, who_runs, who_sees
from authz.vocabulary import UNKNOWN, Fact
from gateway.commands.place import Folder, Place, Team, Token, labels, place, run
from gateway.policy_making import build_policy, load_without_secrets, texts_of
from gateway.shadows import OUTCOMES
from gateway.standing import ABOUT_NOBODY, Refused, Who

questions = typer.Typer(no_args_is_help=True)

LEVELS: Final[tuple[Level, ...]] = ("operator", "lead", "security")

Employee = Annotated[str, typer.Argument(help="Login or number of an employee.")]


@questions.command("explain")
def explain_field(
    installation: Folder,
    login: Annotated[str, typer.Argument(help="Who would look.")],
    employee: Employee,
    field: Annotated[str, typer.Argument(metavar="Type.field", help="What at.")],
    level: Annotated[str | None, typer.Option(help=f"One of {', '.join(LEVELS)}; the highest you may have.")] = None,
    team: Annotated[str | None, typer.Option("--team", help="In which of their teams; the first, otherwise.")] = None,
    token: Token = None,
    acting: Annotated[
        str | None, typer.Option("--acting-in", help="The one of your own teams that you ask in.")
    ] = None,
) -> None:
    """Explain why a person sees a field of an employee, or does not."""

    async def answer() -> str:
        async with place(installation) as here:
            who = await here.who(token, acting)
            wanted = await _level(here, who, level)
            if wanted == "operator" and not who.is_same(login):
                raise Refused("NOT_ALLOWED", "only your own rights are explained to you")
            policy = (await here.standing.in_force()).policy
            looker = await here.person(login, team)
            async with here.employees() as people:
                facts = await people.facts(employee, looker.login)
            actor = await here.standing.actor(looker)
            return told(explain(policy, actor, _coordinate(policy, field), facts), wanted)

    typer.echo(run(answer()))


@questions.command()
def review(
    installation: Folder,
    field: Annotated[str | None, typer.Option("--field", metavar="Type.field", help="Who sees this …")] = None,
    employee: Annotated[str | None, typer.Option("--employee", help="… of this employee.")] = None,
    operation: Annotated[str | None, typer.Option("--operation", help="Who may run this.")] = None,
    unneeded: Annotated[bool, typer.Option("--unused", help="What roles give and nobody needs.")] = False,
    token: Token = None,
    team: Team = None,
) -> None:
    """List everybody who sees a field of an employee, or who may run an operation, or what nobody needs. For security."""
    if (field is not None) + (operation is not None) + unneeded != 1:
        raise typer.BadParameter("give --field with --employee, or --operation, or --unused")
    if field is not None and employee is None:
        raise typer.BadParameter("--field needs --employee")

    async def answer() -> list[str]:
        async with place(installation) as here:
            who = await here.who(token, team)
            await _level(here, who, "security")
            policy = (await here.standing.in_force()).policy
            if unneeded:
                return [_unneeded(each) for each in unused(policy)] or [
                    "nothing: every role is held, every grant opens a field"
                ]
            facts: dict[str, Fact] = {}
            if employee is not None:
                async with here.employees() as people:
                    facts = await people.facts(employee, who.login)
            if field is not None:
                sees = who_sees(policy, _coordinate(policy, field), facts)
                return _listed(sees.others, sees.themselves, sees.reports)
            assert operation is not None
            if operation not in policy.rights.operations:
                raise Refused("UNKNOWN_OPERATION", f"no operation {operation!r}")
            runs = who_runs(policy, operation, facts if employee is not None else ABOUT_NOBODY)
            return _listed(runs.others, runs.themselves, runs.reports)

    typer.echo("\n".join(run(answer())))


@questions.command("view-as")
def view_as(
    installation: Folder,
    seen_by: Annotated[str, typer.Argument(metavar="TEAM", help="As whose member one would look.")],
    employee: Employee,
    token: Token = None,
    team: Team = None,
) -> None:
    """Show the mask that a member of a team would have over an employee, field by field and without any data."""

    async def answer() -> list[str]:
        async with place(installation) as here:
            who = await here.who(token, team)
            await _level(here, who, "security")
            policy = (await here.standing.in_force()).policy
            if seen_by not in policy.rights.teams:
                raise Refused(
                    "UNKNOWN_TEAM", f"no team {seen_by!r}; there are {', '.join(sorted(policy.rights.teams))}"
                )
            async with here.employees() as people:
                facts = await people.facts(employee, who.login)
            others = {**facts, "is_self": False, "is_my_manager": False}
            row = policy.profile(policy.actor(seen_by, "")).row_of(others)
            return [
                f"{'.'.join(coordinate)}: {OUTCOMES[row[index]].lower()}"
                for coordinate, index in sorted(policy.labels.of.items())
            ]

    typer.echo("\n".join(run(answer())))


@questions.command("matrix")
def print_matrix(
    installation: Folder,
    folder: Annotated[
        Path | None, typer.Argument(metavar="FOLDER", help="Folder of a policy; the published one otherwise.")
    ] = None,
) -> None:
    """Print the whole policy in plain words: what security signs."""

    async def answer() -> str:
        if folder is not None:
            return matrix(
                build_policy(texts_of(folder), labels(), replace(load_without_secrets(installation), folder=folder))
            )
        async with place(installation) as here:
            return matrix((await here.standing.in_force()).policy)

    typer.echo(run(answer()), nl=False)


async def _level(here: Place, who: Who, wanted: str | None) -> Level:
    """The level at which a person may be told, the highest unless they want less. Raises: Refused."""
    if wanted is not None and wanted not in LEVELS:
        raise Refused("UNKNOWN_LEVEL", f"no level {wanted!r}; there are {', '.join(LEVELS)}")
    policy = (await here.standing.in_force()).policy
    row = policy.profile(await here.standing.actor(who)).row_of({**ABOUT_NOBODY, "region": UNKNOWN})
    may = [
        level
        for level in LEVELS
        if REASONS[level] in policy.labels.all and row[policy.labels.all.index(REASONS[level])] == ALLOWED
    ]
    if not may or (wanted is not None and wanted not in may):
        raise Refused("NOT_ALLOWED", f"{who.login} is not told at level {wanted or 'operator'} in team {who.team}")
    return next((each for each in may if each == wanted), may[-1])


def _coordinate(policy: Policy, field: str) -> Coordinate:
    kind, _, name = field.partition(".")
    if (kind, name) not in policy.labels.of:
        raise Refused("UNKNOWN_FIELD", f"no field {field!r}; expected Type.field, as in the schema")
    return kind, name


def _listed(
    others: Iterable[Seen | Running], themselves: Iterable[Seen | Running], reports: Iterable[Seen | Running]
) -> list[str]:
    found = [_line(each) for each in others] or ["nobody"]
    found += [f"the employee themselves: {_line(each)}" for each in themselves]
    found += [f"those whom the employee leads: {_line(each)}" for each in reports]
    return found


def _line(each: Seen | Running) -> str:
    outcome = OUTCOMES[each.outcome].lower() if isinstance(each, Seen) else "may run it"
    owed = f"; owes {', '.join(each.obligations)}" if isinstance(each, Running) and each.obligations else ""
    return f"{each.holder.name} ({_people(each.holder)}): {outcome} by role {each.role}, {each.when}{owed}"


def _unneeded(each: Unused) -> str:
    return f"{each.role}: {each.what}: {each.why}" if each.what else f"{each.role}: {each.why}"


def _people(holder: Holder) -> str:
    named = [*holder.members, *(f"group {name}" for name in holder.groups)]
    return ", ".join(named) or "nobody by name"
