"""Asking: one request under way, what every resolver is given."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from graphql import GraphQLError

from resolvers.loaders import Loaders
from resolvers.planning import Plan
from resolvers.search.index import IdentifierIndex
from sources.ports.call import CallContext
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
    """Who asks: a person with one active team, or a service."""

    login: str
    service: bool
    teams: tuple[Team, ...]
    active_team: Team | None

    @property
    def region(self) -> str | None:
        """Region of the active team."""
        return self.active_team.region if self.active_team else None

    @property
    def partition(self) -> str:
        """Name of the set of rights; everyone who is signed in may read the same for now."""
        return "signed-in"


class Sweeps(Protocol):
    """When each source's identifiers were last swept."""

    def swept_at(self, source: str) -> datetime | None:
        """The moment of the last good sweep of a source."""
        ...


@dataclass(slots=True)
class Asking:
    """One request under way. `partial` gathers failures beside values: data is there, something of it is missing."""

    viewer: Viewer
    desk: Desk
    call: CallContext
    plan: Plan
    index: IdentifierIndex
    sweeps: Sweeps
    now: datetime
    loaders: Loaders = field(init=False)
    partial: list[GraphQLError] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.loaders = Loaders(self.desk, self.call, self.plan)

    def missing(self, failure: SourceError, info: Any) -> None:
        """Note that what a field shows lacks what this source would have said."""
        self.partial.append(
            GraphQLError(str(failure), nodes=info.field_nodes, path=info.path.as_list(), original_error=failure)
        )
