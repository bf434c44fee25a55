"""Policy: rights, labels and the policy's text put together; everything about who may is asked here."""

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from importlib import resources
from typing import Final, TypeVar

from authz.ceilings import clamped, may_grant
from authz.compiling import compiled, forbidding, permitting
from authz.engine import BUILT_IN, Engine, OsoEngine
from authz.labels import Labels
from authz.lint import lint
from authz.profile import Profile, closed
from authz.refusal import PolicyError
from authz.rights import Actor, Assignment, Operation, Rights, Role
from authz.rows import Forbid, Obligation, OpForbid, OpPermit, Permit
from authz.vocabulary import ATTRIBUTES, UNKNOWN, Fact

__all__ = ["BUILT_IN", "OperationDecision", "OperationRules", "Policy", "PolicyError"]

_PROFILES_KEPT: Final = 512

log = logging.getLogger("okno.authz")


@dataclass(frozen=True, slots=True)
class OperationRules:
    """All that the policy says of an operation to an actor."""

    permits: tuple[OpPermit, ...]
    forbids: tuple[OpForbid, ...]
    obligations: tuple[Obligation, ...]


@dataclass(frozen=True, slots=True)
class OperationDecision:
    """Whether an operation may run now. Shape: `because` is the row that forbids; `obligations` are kinds, sorted."""

    allowed: bool
    because: OpForbid | None = None
    obligations: tuple[str, ...] = ()


def built_in() -> str:
    """Read the fixed part of the policy."""
    return resources.files("authz").joinpath("policy", BUILT_IN).read_text(encoding="utf-8")


Key = TypeVar("Key")
Value = TypeVar("Value")


class Policy:
    """One version of who may do what. Nothing of it changes; another version is another policy."""

    __slots__ = ("_engine", "_operations", "_profiles", "_rows", "labels", "polar", "rights", "version")

    def __init__(self, rights: Rights, labels: Labels, polar: Mapping[str, str], engine: Engine) -> None:
        self.rights = rights
        self.labels = labels
        self.polar = polar
        self.version = _version(rights, labels, polar)
        self._engine = engine
        self._profiles: dict[Actor, Profile] = {}
        self._rows: dict[tuple[Actor, str], tuple[tuple[Permit, ...], tuple[Forbid, ...]]] = {}
        self._operations: dict[tuple[Actor, str], OperationRules] = {}

    @classmethod
    def of(cls, rights: Rights, labels: Labels, polar: Mapping[str, str] | None = None) -> "Policy":
        """Put a policy together and check it.

        Shape: `polar` are the installation's own texts by file name.
        Raises: PolicyError with file, line and the nearest valid word.
        """
        extra = dict(polar or {})
        if BUILT_IN in extra:
            raise PolicyError(BUILT_IN, None, f'another name than "{BUILT_IN}", which is the fixed part of the policy')
        texts = {BUILT_IN: built_in(), **dict(sorted(extra.items()))}
        lint(rights, labels, texts, fixed=BUILT_IN)
        return cls(rights, labels, texts, OsoEngine(texts, rights))

    def assignments(self, team: str | None, login: str) -> tuple[Assignment, ...]:
        """Tell which roles a member of a team has. Shape: a team's lead has the lead's besides; everyone's come last."""
        own = self.rights.teams.get(team) if team else None
        found: list[Assignment] = []
        if own is not None:
            names = (*own.roles, *(own.lead_roles if own.lead == login else ()))
            found += [Assignment(each, own.regions, own.id) for each in dict.fromkeys(names)]
        found += [Assignment(each, (), "everyone") for each in self.rights.everyone]
        return tuple(found)

    def actor(
        self,
        team: str | None,
        login: str,
        extra: Sequence[Assignment] = (),
        clearance: Sequence[str] = (),
        *,
        unattended: bool = False,
    ) -> Actor:
        """Tell the set of rights of a member of a team.

        Shape: `extra` and `clearance` come from grants of the hour; `unattended` is a service that acts for nobody.
        """
        own = self.rights.teams.get(team) if team else None
        cleared = {*(own.clearance if own else ()), *clearance}
        return Actor((*self.assignments(team, login), *extra), tuple(sorted(cleared)), unattended)

    def profile(self, actor: Actor) -> Profile:
        """Compile a set of rights, once. Actors whose rights are equal share one profile, whoever gave the rights."""
        found = self._profiles.get(actor)
        if found is not None:
            return found
        alike = _alike(actor)
        found = self._profiles.get(alike)
        if found is None:
            try:
                found = self._compiled(alike)
            except Exception:
                # Not kept: the next request tries again, and until then nobody sees more than nothing.
                log.exception("rights could not be compiled: everything is denied")
                return closed(self.labels, self.version)
            _keep(self._profiles, alike, found, _PROFILES_KEPT)
        _keep(self._profiles, actor, found, _PROFILES_KEPT)
        return found

    def warm(self) -> Iterator[str]:
        """Compile every team's rights ahead, so that nobody waits for the first sign-in. Shape: teams, as they are done.

        The caller may rest after each: the first question about a role costs some milliseconds.
        """
        for team in self.rights.teams:
            self.profile(self.actor(team, ""))
            yield team

    def permits(self, actor: Actor, action: str) -> tuple[Permit, ...]:
        """Tell what opens for an actor, cut down to the owners' ceilings."""
        return self._rows_of(actor, action)[0]

    def forbids(self, actor: Actor, action: str) -> tuple[Forbid, ...]:
        """Tell what is closed to an actor whatever the roles say."""
        return self._rows_of(actor, action)[1]

    def operation(self, actor: Actor, name: str) -> OperationRules:
        """Tell all that the policy says of an operation. Shape: nothing opens an operation that is not known."""
        found = self._operations.get((actor, name))
        if found is None:
            operation = self.rights.operations.get(name)
            found = OperationRules((), (), ()) if operation is None else self._rules_of(actor, operation)
            _keep(self._operations, (actor, name), found, _PROFILES_KEPT * 64)
        return found

    def decide(self, actor: Actor, name: str, facts: Mapping[str, Fact]) -> OperationDecision:
        """Decide whether an operation may run now, and what it asks for.

        Shape: a fact that is missing is UNKNOWN; an operation about nobody has to say so (`is_self`, `vip` … false).
        """
        try:
            rules = self.operation(actor, name)
            because = next((each for each in rules.forbids if forbidding(each.when, facts)), None)
            allowed = because is None and any(permitting(each.when, facts) for each in rules.permits)
            asked = {each.kind for each in rules.obligations if forbidding(each.when, facts)}
        except Exception:
            log.exception("a decision on %s failed: denied", name)
            return OperationDecision(allowed=False)
        return OperationDecision(allowed, because, tuple(sorted(asked)))

    def bulk_cap(self, actor: Actor) -> int:
        """Tell on how many employees an actor may run an operation at once: the most that any role lets. 0: on none."""
        return max((each.bulk for each in self._roles(actor)), default=0)

    def free_text(self, actor: Actor) -> bool:
        """Tell whether an actor may send documents that nobody has registered."""
        return any(each.free_text for each in self._roles(actor))

    def costs(self, actor: Actor) -> tuple[int | None, int | None]:
        """Tell what an actor's requests may cost, each and in an hour: the most that any role lets. None: no role says."""
        roles = self._roles(actor)
        return (
            max((each.cost for each in roles if each.cost is not None), default=None),
            max((each.cost_per_hour for each in roles if each.cost_per_hour is not None), default=None),
        )

    def _roles(self, actor: Actor) -> list[Role]:
        found = (self.rights.roles.get(each.role) for each in actor.assignments)
        return [each for each in found if each is not None]

    def _compiled(self, actor: Actor) -> Profile:
        name = hashlib.sha256(f"{self.version}\n{actor!r}".encode()).hexdigest()
        return compiled(
            name, self.version, self.labels, self._rows_of(actor, "read"), self._rows_of(actor, "mask")
        )  # fmt: skip

    def _rows_of(self, actor: Actor, action: str) -> tuple[tuple[Permit, ...], tuple[Forbid, ...]]:
        found = self._rows.get((actor, action))
        if found is None:
            permits = clamped(self._engine.permits(actor, action), self.rights, self.labels)
            found = permits, self._engine.forbids(actor, action)
            _keep(self._rows, (actor, action), found, _PROFILES_KEPT)
        return found

    def _rules_of(self, actor: Actor, operation: Operation) -> OperationRules:
        permits = self._engine.op_permits(actor, operation) if may_grant(self.rights, operation) else ()
        return OperationRules(
            permits, self._engine.op_forbids(actor, operation), self._engine.obligations(actor, operation)
        )


def _keep(kept: dict[Key, Value], key: Key, value: Value, most: int) -> None:
    if len(kept) >= most:
        kept.pop(next(iter(kept)))
    kept[key] = value


def _alike(actor: Actor) -> Actor:
    """Strip what makes no difference to a decision: who gave a role, and in what order."""
    held = {Assignment(each.role, tuple(sorted(each.regions)), "") for each in actor.assignments}
    assignments = tuple(sorted(held, key=lambda each: (each.role, each.regions)))
    return Actor(assignments, tuple(sorted(set(actor.clearance))), actor.unattended)


def _version(rights: Rights, labels: Labels, polar: Mapping[str, str]) -> str:
    vocabulary = [ATTRIBUTES[name] for name in sorted(ATTRIBUTES)]
    fields_of = sorted((f"{kind}.{name}", place) for (kind, name), place in labels.of.items())
    whole = _canonical([dict(polar), rights, labels.all, fields_of, labels.entrance, vocabulary, UNKNOWN])
    return hashlib.sha256(whole.encode()).hexdigest()


def _canonical(value: object) -> str:
    return json.dumps(_plain(value), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value
