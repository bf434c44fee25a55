"""`okno documents`: registered ones, which people run who may send no free text."""

from collections.abc import AsyncIterator, Awaitable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import orjson
import typer

from audit.event import Event
from gateway.commands.place import Folder, Reason, Team, Token, place, run
from gateway.standing import Refused, Who
from operations.kit.acts.documents import APPROVE, REGISTER, RETIRE, proposed
from operations.kit.documents import DocumentRegister
from operations.kit.documents_tables import TrustedDocument
from operations.kit.problems import OperationProblem

documents_app = typer.Typer(
    help="Registered documents: what people run who may send no free text.", no_args_is_help=True
)

Id = Annotated[str, typer.Argument(help="First characters of the document's id, or its name.")]


@documents_app.command()
def add(
    installation: Folder,
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Files of GraphQL, each with one operation that has a name; or a client's manifest, as .json."
        ),
    ],
    reason: Reason,
    roles: Annotated[list[str] | None, typer.Option("--role", help="Only for this role; again for each.")] = None,
    ceiling: Annotated[int | None, typer.Option("--ceiling", help="Points that one run of it may cost.")] = None,
    token: Token = None,
    team: Team = None,
) -> None:
    """Put documents forward; another person has to agree to what each asks for before it may be run."""

    async def work() -> None:
        async with _opened(installation, token, team, REGISTER) as (register, who, known):
            for role in roles or ():
                if role not in known:
                    raise Refused("BAD_INPUT", f"there is no role {role}; there are {', '.join(sorted(known))}")
            for file, text in _texts(files):
                try:
                    row = proposed(register, text, who.login, reason, roles=roles or [], ceiling=ceiling)
                    detail = {
                        "document": row.digest,
                        "name": row.name,
                        "passport": row.passport_hash,
                        "ceiling": row.ceiling,
                    }
                    made = await register.propose(row, _event(who, "document.registered", detail, reason))
                except OperationProblem as refused:
                    raise Refused(refused.problem.code, f"{file}: {refused.problem.message}") from None
                typer.echo(_line(made))

    run(work())


@documents_app.command("list")
def list_documents(installation: Folder) -> None:
    """List documents, the newest first."""

    async def work() -> None:
        async with place(installation) as here:
            for row in await here.documents.all():
                typer.echo(_line(row))

    run(work())


@documents_app.command()
def show(installation: Folder, document: Id) -> None:
    """Show a document and its passport: what it asks for, of whose data, from which systems, at what cost."""

    async def work() -> None:
        async with place(installation) as here:
            row = await _found(here.documents, document)
            typer.echo(_line(row))
            for word, said in row.passport.items():
                typer.echo(f"  {word}: {', '.join(map(str, said)) if isinstance(said, list) else said}")
            typer.echo(f"  passport: {row.passport_hash}")
            typer.echo(f"  roles: {', '.join(row.roles) or 'everybody'}")
            typer.echo(f"  ceiling: {row.ceiling} points")
            if here.documents.has_grown(row):
                typer.echo("  it would ask for more now than it did then: it is not run")
            typer.echo(row.text)

    run(work())


@documents_app.command()
def approve(installation: Folder, document: Id, reason: Reason, token: Token = None, team: Team = None) -> None:
    """Agree to a document that another person has put forward: it may be run from then on."""

    async def work() -> None:
        async with _opened(installation, token, team, APPROVE) as (register, who, _known):
            row = await _found(register, document)
            detail = {"document": row.digest, "name": row.name, "passport": row.passport_hash}
            await _decided(register.approve(row, who.login, _event(who, "document.approved", detail, reason)))
            typer.echo(_line(await _found(register, row.digest)))

    run(work())


@documents_app.command()
def retire(installation: Folder, document: Id, reason: Reason, token: Token = None, team: Team = None) -> None:
    """Let a document be run no more, for good."""

    async def work() -> None:
        async with _opened(installation, token, team, RETIRE) as (register, who, _known):
            row = await _found(register, document)
            detail = {"document": row.digest, "name": row.name}
            await _decided(register.retire(row, who.login, _event(who, "document.retired", detail, reason)))
            typer.echo(_line(await _found(register, row.digest)))

    run(work())


def _texts(files: list[Path]) -> Iterator[tuple[Path, str]]:
    """The documents of files: each its own, or those of a client's manifest, as Apollo, Relay and urql write them."""
    for file in files:
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as wrong:
            raise Refused("BAD_INPUT", f"{file}: expected a readable UTF-8 file ({type(wrong).__name__})") from None
        if file.suffix != ".json":
            yield file, text
            continue
        try:
            said = orjson.loads(text)
            several = [each["body"] for each in said["operations"]] if "operations" in said else [*said.values()]
        except (orjson.JSONDecodeError, TypeError, KeyError, AttributeError):
            several = []
        if not several or not all(isinstance(each, str) for each in several):
            raise Refused(
                "BAD_INPUT", f"{file}: expected a manifest, operations with their body, or texts by their hash"
            )
        for each in several:
            yield file, each


@asynccontextmanager
async def _opened(
    installation: Path, token: str | None, team: str | None, operation: str
) -> AsyncIterator[tuple[DocumentRegister, Who, frozenset[str]]]:
    """The register, for somebody who may do this. Shape: the roles there are, last. Raises: Refused."""
    async with place(installation) as here:
        who = await here.who(token, team)
        await here.standing.demand(who, operation)
        yield here.documents, who, frozenset((await here.standing.in_force()).policy.rights.roles)


async def _found(register: DocumentRegister, named: str) -> TrustedDocument:
    wanted = named.removeprefix("sha256:")
    rows = [each for each in await register.all() if each.digest.startswith(wanted) or each.name == named]
    if len(rows) != 1:
        raise Refused("NOT_FOUND", f"{'no' if not rows else 'more than one'} document is {named!r}")
    return rows[0]


async def _decided(work: Awaitable[None]) -> None:
    try:
        await work
    except OperationProblem as refused:
        raise Refused(refused.problem.code, refused.problem.message) from None


def _event(who: Who, code: str, detail: Mapping[str, object], reason: str) -> Event:
    return Event(
        code=code, stage="decision", outcome="success", operator=who.login, team=who.team, reason=reason, detail=detail
    )


def _line(row: TrustedDocument) -> str:
    by = f"by {row.proposed_by}" + (f", agreed to by {row.decided_by}" if row.decided_by else "")
    return f"sha256:{row.digest}  {row.state:9}  {row.name}  {row.ceiling} points  {by}"
