"""`okno sandbox`: the made-up company, started by one command; faults by switch while it runs."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from gateway.settings import load_installation, load_teams
from sandbox.control import STATE
from sandbox.installing import install, secrets_kept
from sandbox.world import INSTALLATION, systems_of
from sources.kit.manifest import seconds

app = typer.Typer(help="The made-up company: its systems' twins and a gateway over them.", add_completion=False)
FOLDER: Final = Path(".okno/installation")


@app.callback(invoke_without_command=True)
def run(
    context: typer.Context,
    people: Annotated[int, typer.Option(min=40, max=20_000, help="How many people work there.")] = 2000,
    host: Annotated[str, typer.Option(envvar="OKNO_HOST", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="OKNO_PORT", help="Port to listen on; 0 for any free one.")] = 8000,
) -> None:
    """Start the company's systems and a gateway over them; Ctrl-C stops all."""
    if context.invoked_subcommand is not None:
        return
    from gateway.serving import can_listen, serve  # all of the gateway: too slow to load for the other commands

    if not can_listen(host, port):
        raise typer.Exit(2)

    command = [sys.executable, "-m", "sandbox.twins", "--people", str(people)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as twins:  # noqa: S603  # our own interpreter
        assert twins.stdout is not None
        assert twins.stdin is not None
        try:
            word = twins.stdout.readline()
            if not word:
                typer.echo("okno: the twins did not start; see above", err=True)
                raise typer.Exit(1)
            environment = install(FOLDER, json.loads(word))
            os.environ.update(environment)
            show_people()
            with secrets_kept(environment):
                code = serve(load_installation(FOLDER), host, port)
        except KeyboardInterrupt:
            code = 0
        finally:
            twins.stdin.close()
            twins.wait(timeout=10)
    raise typer.Exit(code)


@app.command("people")
def show_people() -> None:
    """Who can be asked for by `okno token LOGIN`, one per kind of work."""
    table = Table("login", "team", "region", "what to try", box=None, pad_edge=False)
    for team in load_teams(INSTALLATION):
        for login in (*team.file.members, *team.file.services):
            table.add_row(login, team.file.title.get("en", team.id), team.file.shown_region, team.file.attempt or "")
    Console(width=max(100, Console().width)).print(table)


@app.command()
def fault(
    source: Annotated[str, typer.Argument(help="The source to break; `all` for every one.")],
    latency: Annotated[str | None, typer.Option(help="Answer only after this long, for example 5s.")] = None,
    down: Annotated[bool, typer.Option("--down", help="Refuse connections.")] = False,
    hang: Annotated[bool, typer.Option("--hang", help="Take requests and never answer.")] = False,
    cut: Annotated[bool, typer.Option("--cut", help="Cut the connection in the middle of an answer.")] = False,
    busy: Annotated[bool, typer.Option("--busy", help="Answer 429 with Retry-After.")] = False,
    denied: Annotated[bool, typer.Option("--denied", help="Refuse for lack of rights.")] = False,
    garbage: Annotated[bool, typer.Option("--garbage", help="Answer with something that is not an answer.")] = False,
    kind: Annotated[
        str, typer.Option(help="Which garbage: bad_json, wrong_type, missing_key, truncated, html, huge.")
    ] = "bad_json",
    share: Annotated[float, typer.Option(min=0.0, max=1.0, help="Share of the calls that are hit.")] = 1.0,
    clear: Annotated[bool, typer.Option("--clear", help="Be well again.")] = False,
) -> None:
    """Break a system of the running sandbox, or mend it."""
    chosen = [name for name, on in _switches(latency, down, hang, cut, busy, denied, garbage, clear).items() if on]
    if len(chosen) != 1:
        raise typer.BadParameter(
            "give exactly one of --latency, --down, --hang, --cut, --busy, --denied, --garbage, --clear"
        )
    body: dict[str, Any] | None = None
    if not clear:
        body = {"kind": chosen[0], "share": share, "garbage": kind, "latency": _seconds(latency) if latency else 0.0}
    for name in systems_of(INSTALLATION) if source == "all" else [source]:
        _switch(name, body)
        typer.echo(f"{name}: {'well' if body is None else chosen[0]}")


def _seconds(latency: str) -> float:
    try:
        return seconds(latency)
    except ValueError as problem:
        raise typer.BadParameter(str(problem)) from None


def _switches(
    latency: str | None, down: bool, hang: bool, cut: bool, busy: bool, denied: bool, garbage: bool, clear: bool
) -> dict[str, bool]:
    return {
        "slow": latency is not None,
        "refused": down,
        "hang": hang,
        "cut": cut,
        "busy": busy,
        "denied": denied,
        "garbage": garbage,
        "clear": clear,
    }


def _switch(source: str, body: dict[str, Any] | None) -> None:
    try:
        state = json.loads(STATE.read_text(encoding="utf-8"))
    except OSError:
        raise typer.BadParameter("no sandbox runs in this folder; start it with `okno sandbox`") from None
    request = urllib.request.Request(  # noqa: S310  # the address is the one our own process wrote
        f"{state['control']}/faults/{source}",
        data=json.dumps(body).encode(),
        headers={"X-Okno-Sandbox": state["key"], "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10):  # noqa: S310  # as above
            pass
    except urllib.error.HTTPError as refusal:
        raise typer.BadParameter(json.load(refusal)["error"]) from None
    except OSError:
        raise typer.BadParameter("the sandbox of this folder does not answer; is it still running?") from None
