"""Rights: what an act on rights is asked of and what comes of it. Whoever does it stands behind a port, and is handed in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from operations.kit.json_values import Json
from operations.kit.obligations import Obligation, Purpose
from operations.kit.problems import Problem
from operations.kit.tables import OperationRun


@dataclass(frozen=True, slots=True)
class Asker:
    """Who wants something done to rights.

    Shape: `console` is somebody at the machine itself, who has the database in hand anyway: they are recorded, and no policy
    is asked about them.
    """

    login: str
    team: str | None = None
    groups: frozenset[str] = frozenset()
    session: str | None = None
    authenticated_at: datetime | None = None
    country: str | None = None
    trace: str | None = None
    console: bool = False


@dataclass(frozen=True, slots=True)
class RightsWish:
    """What is asked for. Shape: `given` is the act's own input as JSON; with `apply` it is done."""

    name: str
    given: Mapping[str, Json]
    purpose: Purpose
    key: str
    apply: bool
    plan_hash: str | None = None


@dataclass(frozen=True, slots=True)
class RightsLine:
    """One thing that somebody gains or loses, in plain words."""

    gained: bool
    who: str
    what: str
    was: str
    will_be: str
    when: str


@dataclass(frozen=True, slots=True)
class RightsPlan:
    """All that an act would change. Shape: `hash` over everything that was decided on."""

    hash: str
    summary: str
    widening: bool
    changes: tuple[RightsLine, ...]
    must_agree: tuple[str, ...]
    obligations: tuple[Obligation, ...]


@dataclass(slots=True)
class RightsOutcome:
    """What comes of a wish. Shape: `made` is what the act made or changed, as it is now; `cause` what a refusal came of."""

    plan: RightsPlan | None = None
    run: OperationRun | None = None
    made: object | None = None
    replayed: bool = False
    problems: list[Problem] = field(default_factory=list)
    cause: Exception | None = None


@dataclass(frozen=True, slots=True)
class GrantView:
    """A role for a time, and where it stands. Shape: everything else is its row's."""

    row: Any
    state: str
    waits_for_review: bool

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


@dataclass(frozen=True, slots=True)
class SignInView:
    """A sign-in that is good."""

    id: str
    login: str
    since: datetime
    seen_at: datetime
    expires_at: datetime
    address: str | None
    agent: str | None
    current: bool


class Rights(Protocol):
    """Does what is done to rights, and tells what there is."""

    async def act(self, asker: Asker, wish: RightsWish) -> RightsOutcome:
        """Plan a wish, or do it. Raises nothing that a caller could bring about."""
        ...

    async def grants(self) -> Sequence[GrantView]:
        """All roles for a time, the newest first."""
        ...

    async def versions(self) -> Sequence[object]:
        """All versions of the policy, the newest first."""
        ...

    async def sign_ins(self, login: str | None, current: str | None) -> Sequence[SignInView]:
        """Sign-ins that are good, of one person or of everybody."""
        ...

    async def holds(self) -> Sequence[object]:
        """Cases of which nothing is erased."""
        ...
