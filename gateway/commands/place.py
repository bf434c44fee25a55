"""Place: what commands about rights work on: an installation, its store, and the person whose token is shown."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import typer

from audit.trail import Trail
from authz.labels import Labels, labels_of_schema
from authz.policy import Policy, PolicyError
from authz.vocabulary import Fact
from gateway.employees import Employees, employees
from gateway.granting import Granting
from gateway.identity.sessions import Sessions
from gateway.identity.tokens import Bearer, Tokens
from gateway.policy_life import PolicyLife
from gateway.policy_making import Bundle, build_policy, load_without_secrets, publish_first, texts_of
from gateway.rights_acts import RightsRoad
from gateway.rights_deeds import Facts, RightsDeeds
from gateway.rights_reading import RightsReading
from gateway.settings import Installation, load_installation
from gateway.standing import Refused, Standing, Who
from gateway.store import Store
from operations.kit.acts.rights import Asker, RightsOutcome, RightsWish
from operations.kit.catalogue import events
from operations.kit.documents import DocumentRegister
from operations.kit.freezing import Freezing
from operations.kit.journal import Journal
from operations.kit.json_values import Json
from operations.kit.obligations import Purpose
from resolvers.binding import bind
from resolvers.passport import Passport, Passports
from sources.kit.yaml_file import ConfigError

T = TypeVar("T")

HERE: Final = Path(".okno/installation")
SANDBOX: Final = Path(__file__).parents[2] / "sandbox" / "installation"
SECRETS: Final = Path(".okno/secrets.env")
_NEAR: Final = "127.0.0.1"


def folder_here() -> Path:
    """The installation that a sandbox of this folder runs with, the sandbox's own otherwise."""
    return HERE if (HERE / "okno.yaml").is_file() else SANDBOX


Folder = Annotated[
    Path,
    typer.Option(
        "--installation", envvar="OKNO_INSTALLATION", default_factory=folder_here, help="Folder of the installation."
    ),
]
Token = Annotated[
    str | None,
    typer.Option("--token", envvar="OKNO_TOKEN", help="Bearer token of the person who acts.", metavar="TOKEN"),
]
Reason = Annotated[str, typer.Option("--reason", help="What it is for.")]
Ticket = Annotated[str | None, typer.Option("--ticket", help="The ticket it is about.")]
Team = Annotated[str | None, typer.Option("--team", help="The one of the person's teams that they act in.")]


@dataclass(frozen=True, slots=True)
class Place:
    """An installation's rights, opened."""

    installation: Installation
    store: Store
    standing: Standing
    life: PolicyLife
    granting: Granting
    road: RightsRoad
    documents: DocumentRegister

    async def act(
        self,
        name: str,
        given: Mapping[str, Json],
        reason: str | None,
        ticket: str | None,
        token: str | None,
        team: str | None,
    ) -> RightsOutcome:
        """Have something done to rights, on the same road as the graph. Raises: Refused; PolicyError; ConfigError."""
        who, bearer = await self._shown(token, team)
        asker = Asker(who.login, who.team, who.groups, authenticated_at=bearer.created_at)
        wish = RightsWish(name, given, Purpose(reason, ticket), uuid.uuid4().hex, apply=True)
        return done(await self.road.act(asker, wish))

    async def who(self, token: str | None, team: str | None) -> Who:
        """Whose token it is. Raises: Refused."""
        return (await self._shown(token, team))[0]

    async def _shown(self, token: str | None, team: str | None) -> tuple[Who, Bearer]:
        if not token:
            raise Refused("NO_TOKEN", "show who you are: --token, or OKNO_TOKEN in the environment")
        bearer = await Tokens(self.store).bearer(token, _NEAR)
        known = bearer is not None and (bearer.kind != "SANDBOX" or self.installation.file.login.sandbox)
        if bearer is None or not known or bearer.kind == "SERVICE":  # nobody is there to answer for what a service does
            raise Refused("NO_TOKEN", "this token is not good here and now")
        return await self.person(bearer.login, team), bearer

    async def person(self, login: str, team: str | None) -> Who:
        """Somebody in one of their teams, the first unless one is chosen; the directory is asked for their groups where
        the teams' files do not name them. Raises: Refused.
        """
        try:
            return await self.standing.who(login, team)
        except Refused as refused:
            try:
                async with self.employees() as people:
                    groups = await people.groups_of(login)
            except ConfigError:  # without the installation's secrets the directory cannot be asked
                raise refused from None
            return await self.standing.who(login, team, groups)

    @asynccontextmanager
    async def employees(self) -> AsyncIterator[Employees]:
        """The directory. Raises: ConfigError when its secrets are not at hand."""
        found = load_installation(self.installation.folder, environment())
        classes = (await self.standing.in_force()).policy.rights.department_classes
        async with employees(found, classes, self.store) as people:
            yield people


@cache
def labels() -> Labels:
    """The labels of the schema with all built-ins."""
    from gateway.whole_graph import whole_graph  # too slow to load for commands that never ask

    return labels_of_schema(whole_graph()[0])


class _Passports:
    """Who writes the passports of documents; the schema is loaded once one is wanted."""

    def of(self, text: str) -> Passport:
        """The passport of a document. Raises: GraphQLError for what is none."""
        return _passports().of(text)


@cache
def _passports() -> Passports:
    from gateway.whole_graph import whole_graph  # as above

    schema, computed = whole_graph()
    return Passports(schema, bind(schema, computed.all()))


@asynccontextmanager
async def place(folder: Path) -> AsyncIterator[Place]:
    """Open an installation's rights; where nothing is published yet, its folder is. Raises: PolicyError, ConfigError."""
    installation = load_without_secrets(folder)

    def make(bundle: Bundle) -> Policy:
        return build_policy(bundle, labels(), installation)

    store = Store(installation.file.database)
    trail = Trail(store.writing, codes=events().all())
    try:
        await asyncio.to_thread(store.migrate)
        await trail.start()
        store.trail = trail
        await publish_first(store, make, texts_of(folder))
        standing = Standing(store, make)
        granting, life = Granting(standing), PolicyLife(standing)

        async def facts(login: str, viewer: str) -> Mapping[str, Fact]:
            async with opened.employees() as people:
                return await people.facts(login, viewer)

        road = road_of(installation, store, trail, standing, granting, life, facts)
        documents = DocumentRegister(trail, store.engine, _Passports())
        opened = Place(installation, store, standing, life, granting, road, documents)
        yield opened
    finally:
        await trail.close()
        await store.close()


@asynccontextmanager
async def console(folder: Path) -> AsyncIterator[RightsRoad]:
    """The same road for somebody at the machine itself: no policy is asked about them, and none has to be good. Raises: ConfigError."""
    installation = load_without_secrets(folder)

    def unasked(_bundle: Bundle) -> Policy:
        raise Refused("NOT_ALLOWED", "this is not for the console")

    async def unknown(login: str, _viewer: str) -> Mapping[str, Fact]:
        raise Refused("NO_DIRECTORY", f"{login} is not looked up for the console")

    store = Store(installation.file.database)
    trail = Trail(store.writing, codes=events().all())
    try:
        await asyncio.to_thread(store.migrate)
        await trail.start()
        store.trail = trail
        standing = Standing(store, unasked)
        yield road_of(installation, store, trail, standing, Granting(standing), PolicyLife(standing), unknown)
    finally:
        await trail.close()
        await store.close()


async def at_console(folder: Path, name: str, given: Mapping[str, Json], by: str, reason: str | None) -> RightsOutcome:
    """Have something done to rights by somebody at the machine itself: a run, and recorded. Raises: Refused; ConfigError."""
    async with console(folder) as road:
        wish = RightsWish(name, given, Purpose(reason, None), uuid.uuid4().hex, apply=True)
        return done(await road.act(Asker(f"console:{by}", console=True), wish))


def road_of(
    installation: Installation,
    store: Store,
    trail: Trail,
    standing: Standing,
    granting: Granting,
    life: PolicyLife,
    facts: Facts,
) -> RightsRoad:
    """The road on which commands change rights. The service desk is not asked: that a ticket is named is enough here."""
    login = installation.file.login
    sessions = Sessions(store, timedelta(seconds=login.idle), timedelta(seconds=login.longest))
    journal = Journal(trail, store.engine)
    deeds = RightsDeeds(standing, granting, life, sessions, journal, facts, installation.folder)
    return RightsRoad(deeds, RightsReading(standing, granting, life, sessions), journal, Freezing(trail, store.engine))


def done(outcome: RightsOutcome) -> RightsOutcome:
    """What was done. Raises: Refused, PolicyError, ConfigError where it was not."""
    if outcome.cause is not None:
        told = outcome.problems[0]
        if isinstance(outcome.cause, Refused | PolicyError | ConfigError):
            raise outcome.cause
        raise Refused(told.code, told.message) from outcome.cause
    return outcome


def run(work: Coroutine[Any, Any, T]) -> T:
    """Carry a command out; what is refused ends it with one line and exit code 1."""
    try:
        return asyncio.run(work)
    except Refused as refused:
        typer.secho(f"okno: refused, {refused.code}: {refused}", err=True)
        raise typer.Exit(1) from None
    except (PolicyError, ConfigError) as wrong:
        typer.secho(f"okno: {wrong}", err=True)
        raise typer.Exit(2) from None


def environment() -> dict[str, str]:
    """The environment, and under it what stands as NAME=value in the file of secrets, if there is one."""
    file = Path(os.environ.get("OKNO_SECRETS", SECRETS))
    found: dict[str, str] = {}
    if file.is_file():
        for line in file.read_text(encoding="utf-8").splitlines():
            name, equals, value = line.partition("=")
            if equals and not name.lstrip().startswith("#"):
                found[name.strip()] = value.strip()
    return found | dict(os.environ)
