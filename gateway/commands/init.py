"""`okno init`: a new installation, made from questions."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from authz.policy import PolicyError
from gateway.discovery import NoConnector
from gateway.founding.asking import Answers, answers_of, asked
from gateway.founding.questions import SIGN_INS, WrongAnswer
from gateway.founding.writing import write
from sources.kit.yaml_file import ConfigError

_Text = str | None
_Texts = list[str] | None


def init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new folder for the installation.")],
    answers: Annotated[Path | None, typer.Option("--answers", help="A YAML file with answers.", exists=True)] = None,
    name: Annotated[_Text, typer.Option("--name", help="What it is called.")] = None,
    language: Annotated[_Text, typer.Option("--language", help="en, ru, es, pt or fr.")] = None,
    database: Annotated[_Text, typer.Option("--database", help="sqlite:///PATH or postgresql://…")] = None,
    sign_in: Annotated[_Text, typer.Option("--sign-in", help=SIGN_INS)] = None,
    issuer: Annotated[_Text, typer.Option("--issuer", help="The provider's issuer.")] = None,
    address: Annotated[_Text, typer.Option("--address", help="Where browsers reach this gateway.")] = None,
    client_id: Annotated[_Text, typer.Option("--client-id", help="Our client id there.")] = None,
    client_secret: Annotated[_Text, typer.Option("--client-secret", help="env:NAME or file:PATH.")] = None,
    region: Annotated[_Texts, typer.Option("--region", help="A region; again for each.")] = None,
    team: Annotated[_Text, typer.Option("--team", help="Id of the first team.")] = None,
    team_title: Annotated[_Text, typer.Option("--team-title", help="Its title.")] = None,
    team_region: Annotated[_Text, typer.Option("--team-region", help="Its region, or all.")] = None,
    operator: Annotated[_Texts, typer.Option("--operator", help="An operator's login; again for each.")] = None,
    officer: Annotated[_Texts, typer.Option("--officer", help="A security officer's login; again for each.")] = None,
    source: Annotated[_Texts, typer.Option("--source", help="SYSTEM or NAME=SYSTEM; again for each.")] = None,
    setting: Annotated[_Texts, typer.Option("--set", help="SOURCE.SETTING=VALUE; again for each.")] = None,
) -> None:
    """Make an installation from questions; what flags and a file of answers say is not asked. Nothing is overwritten."""
    flags = {
        "name": name,
        "language": language,
        "database": database,
        "sign_in": sign_in,
        "oidc.issuer": issuer,
        "oidc.address": address,
        "oidc.client_id": client_id,
        "oidc.client_secret": client_secret,
        "regions": region,
        "team.id": team,
        "team.title": team_title,
        "team.region": team_region,
        "operators": operator,
        "officers": officer,
    }
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        _refuse(f"{folder} is there already: an installation is made in a new folder")
    try:
        given = answers_of(answers, {key: value for key, value in flags.items() if value is not None})
        _with_sources(given, source or [], setting or [])
        # a file of answers is for running without a terminal: what it lacks is then an error or the default
        terminal = _ask if sys.stdin.isatty() and answers is None else None
        found = asked(Answers(given, terminal, lambda said: typer.echo(f"  {said}", err=True)))
        made, unset = write(folder, found, os.environ)
    except (WrongAnswer, ConfigError, PolicyError, NoConnector, OSError) as problem:
        _refuse(str(problem))
    typer.echo(
        f"{folder}: {len(made.instances)} sources, {len(made.teams)} teams; it loads and its rights make a policy"
    )
    if len(found["officers"]) < 2:
        typer.echo("one security officer: a change of rights takes two; add another to teams/security_officers.yaml")
    for each in unset:
        typer.echo(f"set before it starts: {each}")
    typer.echo(f"then: okno doctor {folder}; okno serve --installation {folder}")


def _with_sources(given: dict[str, Any], sources: list[str], settings: list[str]) -> None:
    """Sources and settings from flags, as a file of answers has them."""
    if not sources and not settings:
        return
    there = given.setdefault("sources", {})
    if not isinstance(there, dict):
        raise WrongAnswer("sources", "expected systems by name")
    for each in sources:
        name, _, system = each.partition("=")
        there.setdefault(name, {})["system"] = system or name
    for each in settings:
        where, equals, value = each.partition("=")
        name, point, key = where.partition(".")
        if not equals or not point or not isinstance(there.get(name), dict):
            raise WrongAnswer("--set", f"expected SOURCE.SETTING=VALUE of a source that is given, is {where!r}")
        there[name][key] = value


def _ask(text: str, default: str | None) -> str:
    return str(typer.prompt(text, default=default, show_default=bool(default)))


def _refuse(why: str) -> NoReturn:
    typer.secho(f"okno: init: {why}", err=True)
    raise typer.Exit(2)
