"""Asking: one request under way, what every resolver is given."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from graphql import GraphQLError, GraphQLSchema

from audit.trail import Trail
from authz.labels import Coordinate
from authz.policy import Policy
from authz.profile import Profile
from authz.rights import Actor
from authz.vocabulary import Fact
from resolvers.deferring import Later
from resolvers.facts import Circumstances
from resolvers.loaders import Loaders
from resolvers.planning import Plan
from resolvers.reads import Allowance, Reads
from resolvers.search.index import IdentifierIndex
from resolvers.sight import Guards, Sight
from resolvers.unrecorded import Unrecorded
from resolvers.viewpoints import Viewpoints
from sources.ports.activity import Activity
from sources.ports.call import CallContext, SourceLedger
from sources.ports.errors import SourceError
from sources.ports.question import Desk


@dataclass(frozen=True, slots=True)
class Team:
    """A support team of the installation. Shape: `titles` by language."""

    id: str
    titles: Mapping[str, str]
    region: str
    queue: str | None
    title: str


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks: a person with one active team, or a service, with the rights of that team at this moment.

    Shape: `scopes` limit what a service's token is good for; `country` is where the viewer works, None where nothing
    tells; `groups` the directory groups they are known to be in; `session` names the sign-in, `authenticated_at` is when
    they proved last who they are; `on_behalf_of` the end user whom a service says it acts for; `beside` is told the facts of every employee looked at, where other policies run beside the one in force; with
    `free_text` any document may be sent, else only registered ones.
    """

    login: str
    service: bool
    teams: tuple[Team, ...]
    active_team: Team | None
    policy: Policy
    actor: Actor
    profile: Profile
    scopes: frozenset[str] = frozenset()
    country: str | None = None
    on_behalf_of: str | None = None
    beside: Callable[[Mapping[str, Fact]], None] | None = None
    groups: frozenset[str] = frozenset()
    session: str | None = None
    authenticated_at: datetime | None = None
    free_text: bool = True

    @property
    def region(self) -> str | None:
        """Region of the active team."""
        return self.active_team.region if self.active_team else None

    @property
    def partition(self) -> str:
        """Name of the set of rights: those of equal rights share what is remembered, nobody else."""
        return self.profile.id


class Sweeps(Protocol):
    """When each source's identifiers were last swept."""

    def swept_at(self, source: str) -> datetime | None:
        """The moment of the last good sweep of a source."""
        ...


@dataclass(slots=True)
class Asking:
    """One request under way.

    Shape: `partial` gathers failures beside values: data is there, something of it is missing. `loaders` count in the
    account that the viewer sees, `quiet` ones do not. `trail` is
    read and written by those few fields that are about it; `allowance` is how much may still be looked at, None: anything.
    `ticket` is the case in hand; `unspoken` are fields that are withheld without a word, since the viewer may not know of them.
    `done` is what changes came to, by their place in the answer: the value, or what was raised. `activity` tells what was
    done through Okno, None: nothing does. `remembered` is what has been found out for this request and is needed again. `later`
    is what comes in parts, None: the answer comes in one piece.
    """

    viewer: Viewer
    desk: Desk
    call: CallContext
    plan: Plan
    index: IdentifierIndex
    sweeps: Sweeps
    now: datetime
    guards: Guards
    viewpoints: Viewpoints
    moment: Circumstances
    trail: Trail | None = None
    allowance: Allowance | None = None
    activity: "Activity[Asking] | None" = None
    ticket: str | None = None
    unspoken: frozenset[Coordinate] = frozenset()
    done: dict[str | int, tuple[Any, Exception | None]] = field(default_factory=dict)
    remembered: dict[Hashable, Any] = field(default_factory=dict)
    loaders: Loaders = field(init=False)
    quiet: Loaders = field(init=False)
    sight: Sight = field(init=False)
    partial: list[GraphQLError] = field(default_factory=list)
    reads: Reads = field(init=False)
    later: Later | None = None

    def __post_init__(self) -> None:
        self.loaders = Loaders(self.desk, self.call, self.plan)
        # what is asked only to decide is in no account that the viewer sees: it would tell that there was something
        self.quiet = Loaders(self.desk, replace(self.call, ledger=SourceLedger()), self.plan)
        self.reads = Reads(self.plan.personal, allowance=self.allowance)
        self.sight = Sight(
            self.guards,
            self.viewer.profile,
            self.moment,
            self.quiet,
            conditional=self.plan.conditional,
            beside=self.viewer.beside,
            reads=self.reads if self.plan.personal else None,
        )
        self.sight.unspoken = frozenset(".".join(each) for each in self.unspoken)

    def unrecorded(self, deadline: float) -> "Asking":
        """The same request, less what would have to be recorded. What was asked is not asked again, what was done not done."""
        again = replace(self, call=replace(self.call, deadline=deadline), partial=[], later=None)
        again.loaders, again.quiet = self.loaders, self.quiet
        again.reads = Reads(self.plan.personal, recorded=False)
        again.sight = Unrecorded(
            self.sight, self.moment, self.quiet, conditional=self.plan.conditional, reads=again.reads
        )
        again.sight.unspoken = self.sight.unspoken
        return again

    def shown(self) -> GraphQLSchema:
        """The schema as the viewer may know it."""
        return self.viewpoints.shown(self.viewer.profile)

    def missing(self, failure: SourceError, info: Any) -> None:
        """Note that what a field shows lacks what this source would have said."""
        self.partial.append(
            GraphQLError(str(failure), nodes=info.field_nodes, path=info.path.as_list(), original_error=failure)
        )
