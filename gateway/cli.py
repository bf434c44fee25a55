"""The command `okno`."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from gateway import discovery
from gateway.own_names import ClashingNames, check_own_names
from gateway.revisions import NewerDatabase
from gateway.settings import load_installation
from sources.kit.yaml_file import ConfigError

app = typer.Typer(
    name="okno",
    help="The single window of internal corporate support.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
schema_app = typer.Typer(help="The schema that clients rely on.", no_args_is_help=True)
sources_app = typer.Typer(help="What the connectors may do.", no_args_is_help=True)
app.add_typer(schema_app, name="schema")
app.add_typer(sources_app, name="sources")

Folder = Annotated[Path, typer.Option("--installation", envvar="OKNO_INSTALLATION", help="Folder of the installation.")]
"""Where an installation's `okno.yaml` and teams are."""
SANDBOX = Path(__file__).parent.parent / "sandbox" / "installation"


@app.command()
def serve(
    installation: Folder,
    host: Annotated[str, typer.Option(envvar="OKNO_HOST", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="OKNO_PORT", help="Port to listen on.")] = 8000,
    drain: Annotated[
        float, typer.Option(envvar="OKNO_DRAIN", min=0, max=600, help="Seconds to be unready before it stops.")
    ] = 0.0,
) -> None:
    """Serve an installation."""
    from gateway.serving import serve as serve_until_stopped

    raise typer.Exit(serve_until_stopped(load_installation(installation), host, port, drain))


@app.command()
def check(installation: Folder) -> None:
    """Check an installation without starting it, and print what its rights cover."""
    from authz.coverage import coverage
    from authz.labels import labels_of_schema
    from gateway.policy_making import build_policy, texts_of
    from gateway.telemetry.telemetry import secrets_of
    from gateway.whole_graph import whole_graph

    found = load_installation(installation)
    for instance in found.instances:
        discovery.connector_of(instance.system)
    secrets_of(found)
    policy = build_policy(texts_of(installation), labels_of_schema(whole_graph()[0]), found)
    typer.echo(coverage(policy))
    typer.echo(f"{found.file.name}: {len(found.instances)} sources, {len(found.teams)} teams: ok")


@app.command()
def token(logins: list[str], installation: Folder = SANDBOX) -> None:
    """Print a bearer token for each of these people of the made-up company, one a line.

    Sandbox only; a token is good on this machine, for 12 hours.
    """
    from gateway.identity.tokens import Tokens
    from gateway.settings import load_teams_only
    from gateway.store import Store

    file, known = load_teams_only(installation)
    if not file.login.sandbox:
        raise typer.BadParameter("tokens for anyone are made in a sandbox only (okno.yaml: login.sandbox)")
    for login in logins:
        if login not in known:
            raise typer.BadParameter(f"no team names {login!r}; there are {', '.join(sorted(known))}")

    async def give() -> list[str]:
        store = Store(file.database)
        await asyncio.to_thread(store.migrate)
        try:
            return [await Tokens(store).give(login) for login in logins]
        finally:
            await store.close()

    for each in asyncio.run(give()):
        typer.echo(each)


@schema_app.command("print")
def print_schema() -> None:
    """Print the schema with all built-ins and no installation: what is committed as schema.graphql."""
    from gateway.whole_graph import printed

    typer.echo(printed(), nl=False)


@sources_app.command("reads")
def print_reads() -> None:
    """Print every call that looks like a write and is a read, and every write: what security signs."""
    from gateway.signatures import reads_and_writes

    typer.echo(reads_and_writes(), nl=False)


def mount() -> None:
    """Add the commands about rights and identity, which import most of what there is, and those of others."""
    from gateway.commands.audit import audit_app
    from gateway.commands.copies import backup, restore
    from gateway.commands.doctor import doctor
    from gateway.commands.documents import documents_app
    from gateway.commands.figures import figures
    from gateway.commands.grants import grant_app
    from gateway.commands.identity import service_token_app, session_app
    from gateway.commands.init import init
    from gateway.commands.operations import operations_app
    from gateway.commands.policy import policy_app
    from gateway.commands.usage import check_schema, usage_app

    ours = {
        "audit": audit_app,
        "operations": operations_app,
        "policy": policy_app,
        "documents": documents_app,
        "grant": grant_app,
        "service-token": service_token_app,
        "session": session_app,
        "usage": usage_app,
    }
    there = {group.name for group in app.registered_groups}
    known = {each.callback for each in app.registered_commands}
    for alone in (init, doctor, backup, restore):
        if alone not in known:
            app.command()(alone)
    for name, command in {**discovery.commands(), **ours}.items():
        if name not in there:
            app.add_typer(command, name=name)
    if "check" not in {command.name for command in schema_app.registered_commands}:
        schema_app.command("check")(check_schema)
        app.command("figures")(figures)


def main() -> None:
    """Entry point: our own names first, then the other commands, then the command line."""
    try:
        check_own_names()
        mount()
        app()
    except (ConfigError, ClashingNames, NewerDatabase, discovery.NoConnector) as problem:
        typer.secho(f"okno: {problem}", err=True, fg="red" if sys.stderr.isatty() else None)
        sys.exit(2)


if __name__ == "__main__":
    main()
