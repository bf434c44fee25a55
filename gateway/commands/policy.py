"""`okno policy`: the policy's life."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from authz.changes import table
from authz.coverage import coverage
from authz.tables import PolicyVersion
from gateway.commands.place import Folder, Reason, Team, Ticket, Token, labels, place, run
from gateway.commands.policy_questions import questions
from gateway.policy_life import Compared
from gateway.policy_making import build_policy, load_without_secrets, texts_of
from gateway.policy_tests import decisions_of
from operations.kit.json_values import Json
from sources.ports.call import utc_now

policy_app = typer.Typer(help="Who may what: propose, compare, publish, explain.", no_args_is_help=True)
policy_app.add_typer(questions)

Version = Annotated[str, typer.Argument(metavar="HASH", help="First characters of the version's hash.")]
Candidate = Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder with roles, teams, rights.yaml, policy.")]


@policy_app.command()
def propose(
    installation: Folder,
    folder: Candidate,
    note: Annotated[str, typer.Option("--note", help="What the change is for.")],
    ticket: Ticket = None,
    token: Token = None,
    team: Team = None,
) -> None:
    """Keep a folder's policy as a candidate, and show what it would change."""

    async def act() -> Compared:
        async with place(installation) as here:
            texts = _checked(installation, folder)
            files: list[Json] = [[path, text] for path, text in texts.items()]
            base = (await here.life.version((await here.standing.in_force()).hash)).bundle
            files += [[path, None] for path in base if path not in texts]
            outcome = await here.act("propose_policy", {"files": files}, note, ticket, token, team)
            assert isinstance(outcome.made, PolicyVersion)
            return await here.life.compare(outcome.made.hash)

    _show(run(act()))


@policy_app.command()
def diff(
    installation: Folder,
    candidate: Annotated[str, typer.Argument(metavar="HASH|FOLDER", help="A version, or a folder of files.")],
    token: Token = None,
    team: Team = None,
) -> None:
    """Show everything that a version or a folder gives and takes, in words; a stale candidate is bound anew."""
    folder = Path(candidate) if Path(candidate).is_dir() else None

    async def act() -> Compared:
        async with place(installation) as here:
            if folder is not None:
                return await here.life.compare_texts(_checked(installation, folder))
            compared = await here.life.compare(candidate)
            if compared.stale and token:
                await here.act("compare_policy", {"version": candidate}, "compared anew", None, token, team)
                return await here.life.compare(candidate)
            return compared

    _show(run(act()))


@policy_app.command()
def approve(
    installation: Folder,
    version: Version,
    reason: Reason,
    ticket: Ticket = None,
    token: Token = None,
    team: Team = None,
) -> None:
    """Agree, as another person, that a version is put in force."""
    given: dict[str, Json] = {"version": version}
    typer.echo(_line(_done(installation, "approve_policy", given, reason, ticket, token, team)))


@policy_app.command()
def publish(
    installation: Folder,
    version: Version,
    reason: Reason,
    ticket: Ticket = None,
    token: Token = None,
    team: Team = None,
) -> None:
    """Put a candidate in force, in every process within two seconds."""
    given: dict[str, Json] = {"version": version}
    typer.echo(_line(_done(installation, "publish_policy", given, reason, ticket, token, team)))


@policy_app.command()
def rollback(
    installation: Folder,
    version: Version,
    reason: Reason,
    ticket: Ticket = None,
    token: Token = None,
    team: Team = None,
) -> None:
    """Put an earlier version in force again."""
    given: dict[str, Json] = {"version": version}
    typer.echo(_line(_done(installation, "rollback_policy", given, reason, ticket, token, team)))


@policy_app.command()
def reject(
    installation: Folder,
    version: Version,
    reason: Reason,
    ticket: Ticket = None,
    token: Token = None,
    team: Team = None,
) -> None:
    """Put a candidate aside."""
    given: dict[str, Json] = {"version": version}
    typer.echo(_line(_done(installation, "reject_policy", given, reason, ticket, token, team)))


@policy_app.command()
def shadow(
    installation: Folder,
    version: Version,
    stop: Annotated[bool, typer.Option("--stop", help="Stop it.")] = False,
    token: Token = None,
    team: Team = None,
) -> None:
    """Run a version beside the live one on real requests; nobody is shown anything of it."""
    given: dict[str, Json] = {"version": version, "beside": not stop}
    said = "runs beside no more" if stop else "runs beside"
    typer.echo(_line(_done(installation, "shadow_policy", given, said, None, token, team)))


@policy_app.command("shadow-report")
def shadow_report(installation: Folder, version: Version) -> None:
    """Show what a version that runs beside would have decided otherwise."""

    async def read() -> list[str]:
        async with place(installation) as here:
            found = await here.life.version(version)
            counts = await here.life.shadow_counts(found.hash)
        compared = {(each.base, each.team): each.count for each in counts if each.domain == "*"}
        lines = [f"{team}: {count} employees compared with {base[:12]}" for (base, team), count in compared.items()]
        lines += [
            f"{each.team}: {each.domain}, {each.sensitivity}: {each.live} would be {each.would}, {each.count} times"
            for each in counts
            if each.domain != "*"
        ]
        return lines or ["nothing was compared yet"]

    typer.echo("\n".join(run(read())))


@policy_app.command("list")
def list_versions(installation: Folder) -> None:
    """List versions, the newest first."""

    async def read() -> list[PolicyVersion]:
        async with place(installation) as here:
            return list(await here.life.versions())

    for each in run(read()):
        typer.echo(_line(each))


@policy_app.command()
def status(installation: Folder) -> None:
    """Show what is published, and which version each process runs."""

    async def read() -> list[str]:
        async with place(installation) as here:
            published, processes = await here.life.processes()
        now = utc_now()
        lines = [f"published  {published.hash[:12]}" if published else "nothing is published"]
        for each in processes:
            agrees = published is not None and each.hash == published.hash and each.wrong is None
            state = "in force" if agrees else each.wrong or "not yet"
            seen = (now - each.seen_at).total_seconds()
            lines.append(f"{each.host} {each.pid}  {each.hash[:12] or 'none'}  {state}, seen {seen:.0f} s ago")
        return lines

    typer.echo("\n".join(run(read())))


@policy_app.command()
def test(installation: Folder, folder: Candidate) -> None:
    """Load, lint and test a folder's policy; no database is needed. Exit code 2 says that it would be refused."""

    async def check() -> list[str]:
        found = load_without_secrets(installation)
        texts, known = texts_of(folder), labels()
        policy = build_policy(texts, known, replace(found, folder=folder))
        return [
            coverage(policy),
            f"{len(decisions_of(texts, folder))} decisions hold",
            f"policy {policy.version[:12]}: {len(policy.rights.teams)} teams, {len(policy.rights.roles)} roles: ok",
        ]

    typer.echo("\n".join(run(check())))


def _done(
    installation: Path,
    name: str,
    given: dict[str, Json],
    reason: str,
    ticket: str | None,
    token: str | None,
    team: str | None,
) -> PolicyVersion:
    """The version, after an act on it."""

    async def act() -> PolicyVersion:
        async with place(installation) as here:
            made = (await here.act(name, given, reason, ticket, token, team)).made
            assert isinstance(made, PolicyVersion)
            return made

    return run(act())


def _checked(installation: Path, folder: Path) -> dict[str, str]:
    """The texts of a folder that loads; a mistake is told with the file of this folder, not of the installation."""
    texts = texts_of(folder)
    build_policy(texts, labels(), replace(load_without_secrets(installation), folder=folder))
    return texts


def _line(version: PolicyVersion) -> str:
    beside = ", runs beside" if version.shadowed else ""
    widens = ", widens" if version.widening else ""
    return (
        f"{version.hash[:12]}  {version.state}{beside}{widens}  by {version.by}, {version.created_at:%Y-%m-%d %H:%M} UTC, "
        f"policy {version.version[:12]}: {version.note}"
    )


def _show(compared: Compared) -> None:
    typer.echo(_line(compared.version))
    typer.echo(f"compared with {compared.base[:12]}, which is published")
    if compared.stale:
        typer.echo("stale: it was compared with another version before; show a token to bind it to this one")
    typer.echo("")
    typer.echo(table(compared.difference))
    if compared.difference.widening and compared.version.state != "PUBLISHED":
        typer.echo("It widens rights: another person has to approve it.")
