"""Engine: asks the policy's text. The only place that knows in which language it is written."""

# mypy: disable-error-code="no-untyped-call"
# Oso's queries are not typed; what they give is checked row by row.

import re
from collections.abc import Iterator, Mapping
from typing import Final, Protocol, cast

from oso import ForbiddenError, Oso
from polar import Variable
from polar.exceptions import OsoError
from polar.ffi import PolarSource

from authz.labels import Label
from authz.refusal import PolicyError
from authz.reliance import Reliance
from authz.rights import Actor, Operation, Rights, Role
from authz.rows import EVERY, SENSITIVITIES, Condition, Forbid, Obligation, OpForbid, OpPermit, Permit, When
from authz.vocabulary import ATTRIBUTES, UNKNOWN, Fact

_PLACE: Final = re.compile(r" at line (\d+), column \d+ of file ([^\n:]+)")

# Stands for the regions of whoever holds a role. No region can be called so: names have small letters alone.
_REGIONS: Final = "<regions of the assignment>"

BUILT_IN: Final = "okno.polar"
"""The file of the fixed part of the policy."""
_GIVING: Final = {"permit": "granted", "op_permit": "granted_run"}
"""What the fixed text asks of one role alone, by the rule that tells what an actor's roles give."""
_TOLD_KEPT: Final = 20_000


class NotARow(Exception):
    """The policy's text gave something that is no row."""


class Engine(Protocol):
    """Whatever can tell the rows of an actor, and decide a single case by itself."""

    def permits(self, actor: Actor, action: str) -> tuple[Permit, ...]:
        """Tell what the actor's roles open."""

    def forbids(self, actor: Actor, action: str) -> tuple[Forbid, ...]:
        """Tell what is closed to the actor whatever the roles say."""

    def op_permits(self, actor: Actor, operation: Operation) -> tuple[OpPermit, ...]:
        """Tell by which roles the actor may run an operation."""

    def op_forbids(self, actor: Actor, operation: Operation) -> tuple[OpForbid, ...]:
        """Tell when the actor may not run it whatever the roles say."""

    def obligations(self, actor: Actor, operation: Operation) -> tuple[Obligation, ...]:
        """Tell what the actor must fulfil before it runs."""

    def allow(self, actor: Actor, action: str, facts: Mapping[str, Fact], label: Label) -> bool:
        """Decide one case by the reference decision `allow_field`."""


class OsoEngine:
    """The policy's text, run by Oso.

    Another version of the text is another engine; a live one is never reloaded. One that was thrown away holds memory
    that only the collector finds (`gc.collect()` after a swap).
    """

    __slots__ = ("_oso", "_reliance", "_rights", "_roles", "_runs", "_told")

    def __init__(self, texts: Mapping[str, str], rights: Rights) -> None:
        self._rights = rights
        self._roles: dict[tuple[str, bool], tuple[Permit, ...]] = {}
        self._runs: dict[tuple[str, bool], tuple[OpPermit, ...]] = {}
        self._told: dict[tuple[object, ...], tuple[Mapping[str, object], ...]] = {}
        self._reliance = Reliance.of(texts, BUILT_IN, _GIVING)
        self._oso = Oso()
        # All in one call: texts loaded one by one would be validated against a half of themselves.
        try:
            self._oso._load_sources([PolarSource(text, name) for name, text in texts.items()])
        except OsoError as refused:
            raise _refusal(refused) from None

    def permits(self, actor: Actor, action: str) -> tuple[Permit, ...]:
        """Tell what is open to the actor, before any ceiling.

        What roles give is asked once for each role, what other rules give once for all whom these cannot tell apart.
        """
        of_roles = [
            Permit(action, row.domain, row.ceiling, _somewhere(row.when, each.regions), row.role)
            for each in actor.assignments
            for row in self._granted(each.role, not each.regions)
            if row.action == action
        ]
        asked = [Variable(name) for name in ("domain", "ceiling", "when", "role")]
        others = [_permit(action, row) for row in self._besides("permit", actor, action, action, *asked)]
        return tuple(dict.fromkeys([*of_roles, *others]))

    def _granted(self, name: str, everywhere: bool) -> tuple[Permit, ...]:
        role = self._rights.roles.get(name)
        if role is None:
            return ()
        found = self._roles.get((name, everywhere))
        if found is None:
            asked = [Variable(each) for each in ("action", "domain", "ceiling", "when", "role")]
            held = {**_role(role), "role": name, "everywhere": everywhere, "regions": [_REGIONS]}
            found = tuple(_permit(row["action"], row) for row in self._rows("granted", held, *asked))
            self._roles[name, everywhere] = found
        return found

    def _run_by(self, name: str, everywhere: bool) -> tuple[OpPermit, ...]:
        role = self._rights.roles.get(name)
        if role is None:
            return ()
        found = self._runs.get((name, everywhere))
        if found is None:
            asked = [Variable(each) for each in ("operation", "when", "role")]
            held = {**_role(role), "role": name, "everywhere": everywhere, "regions": [_REGIONS]}
            found = tuple(
                OpPermit(_word(row["operation"]), _when(row["when"]), _word(row["role"]))
                for row in self._rows("granted_run", held, *asked)
            )
            self._runs[name, everywhere] = found
        return found

    def forbids(self, actor: Actor, action: str) -> tuple[Forbid, ...]:
        """Tell what is closed to the actor whatever the roles say."""
        asked = [Variable(each) for each in ("domain", "floor", "when", "reason")]
        return tuple(
            Forbid(action, _every(row["domain"]), _sensitivity(row["floor"]), _when(row["when"]), _word(row["reason"]))
            for row in self._besides("forbid", actor, action, action, *asked)
        )

    def op_permits(self, actor: Actor, operation: Operation) -> tuple[OpPermit, ...]:
        """Tell by which roles the actor may run an operation."""
        of_roles = [
            OpPermit(operation.name, _somewhere(row.when, each.regions), row.role)
            for each in actor.assignments
            for row in self._run_by(each.role, not each.regions)
            if row.operation in (EVERY, operation.name)
        ]
        rows = self._about("op_permit", actor, operation, "role")
        others = [OpPermit(operation.name, _when(row["when"]), _word(row["role"])) for row in rows]
        return tuple(dict.fromkeys([*of_roles, *others]))

    def op_forbids(self, actor: Actor, operation: Operation) -> tuple[OpForbid, ...]:
        """Tell when the actor may not run it whatever the roles say."""
        rows = self._about("op_forbid", actor, operation, "reason")
        return tuple(OpForbid(operation.name, _when(row["when"]), _word(row["reason"])) for row in rows)

    def obligations(self, actor: Actor, operation: Operation) -> tuple[Obligation, ...]:
        """Tell what the actor must fulfil before it runs."""
        rows = self._about("obligation", actor, operation, "kind")
        return tuple(Obligation(operation.name, _when(row["when"]), _word(row["kind"])) for row in rows)

    def allow(self, actor: Actor, action: str, facts: Mapping[str, Fact], label: Label) -> bool:
        """Decide one case by the reference decision. Shape: a fact that is missing is UNKNOWN."""
        return bool(
            self._oso.query_rule_once("allow_field", self._actor(actor), action, _subject(facts), _field(label))
        )

    def authorized(self, actor: Actor, action: str, facts: Mapping[str, Fact], label: Label) -> bool:
        """Decide one case by Oso's own door for fields, which finds `allow_field` by its name."""
        try:
            # Oso calls a field by a name; ours is a label, and any value will do.
            self._oso.authorize_field(self._actor(actor), action, _subject(facts), cast("str", _field(label)))
        except ForbiddenError:
            return False
        return True

    def _about(self, rule: str, actor: Actor, operation: Operation, last: str) -> tuple[Mapping[str, object], ...]:
        told = self._operation(operation)
        return self._besides(rule, actor, tuple(told.values()), told, Variable("when"), Variable(last))

    def _besides(self, rule: str, actor: Actor, about: object, *arguments: object) -> tuple[Mapping[str, object], ...]:
        """Ask a rule for what it says besides what roles give; the like is asked once.

        Shape: `about` tells the arguments apart. Of an actor no more is told than the texts can look at, so that all who
        are cleared alike are mostly asked about as one.
        """
        if rule not in self._reliance.rules:
            return ()
        outline: Mapping[str, object]
        if rule in self._reliance.on_grants:
            held: object = actor.assignments
            outline = self._actor(actor)
        else:
            roles = self._roles_of(actor) if rule in self._reliance.on_roles else ()
            held, outline = roles, _outline(actor, roles)
        key = (rule, about, held, actor.clearance, actor.unattended)
        found = self._told.get(key)
        if found is None:
            if len(self._told) >= _TOLD_KEPT:
                self._told.clear()
            found = self._told[key] = tuple(self._rows(rule, outline, *arguments))
        return found

    def _rows(self, rule: str, *arguments: object) -> Iterator[Mapping[str, object]]:
        for found in self._oso.query_rule(rule, *arguments):
            yield found["bindings"]

    def _actor(self, actor: Actor) -> dict[str, object]:
        """Tell all of an actor."""
        return {
            "assignments": [
                {
                    "role": each.role,
                    "everywhere": not each.regions,
                    "regions": list(each.regions),
                    **_role(self._rights.roles[each.role]),
                }
                for each in actor.assignments
                # A role that the policy no longer knows gives nothing.
                if each.role in self._rights.roles
            ],
            "clearance": list(actor.clearance),
            "unattended": actor.unattended,
            "ceilings": [
                {"domain": domain, "ceiling": ceiling}
                for each in self._rights.ceilings
                for domain, ceiling in each.reads.items()
            ],
        }

    def _roles_of(self, actor: Actor) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each.role for each in actor.assignments if each.role in self._rights.roles))

    def _operation(self, operation: Operation) -> dict[str, object]:
        return {
            "name": operation.name,
            "domain": operation.domain,
            "risk": operation.risk,
            "owner_approves": any(operation.name in each.approved_by for each in self._rights.ceilings),
        }


def _outline(actor: Actor, roles: tuple[str, ...]) -> dict[str, object]:
    """Tell of an actor what rules beyond roles may ask: which roles, which clearance. It is a tenth of the whole."""
    return {
        "assignments": [{"role": each, "grants": [], "runs": []} for each in roles],
        "clearance": list(actor.clearance),
        "unattended": actor.unattended,
    }


def _subject(facts: Mapping[str, Fact]) -> dict[str, Fact]:
    # A key that is missing would make a condition of a forbid fail, and so let pass what is not known.
    return {name: facts.get(name, UNKNOWN) for name in ATTRIBUTES}


def _field(label: Label) -> dict[str, str]:
    return {"domain": label.domain, "sensitivity": label.sensitivity}


def _permit(action: object, row: Mapping[str, object]) -> Permit:
    return Permit(
        _word(action), _word(row["domain"]), _sensitivity(row["ceiling"]), _when(row["when"]), _word(row["role"])
    )


def _somewhere(when: When, regions: tuple[str, ...]) -> When:
    """Put the regions of an assignment where their stand-in is."""
    if any(each.any == (_REGIONS,) for each in when):
        return tuple(Condition(each.attr, regions) if each.any == (_REGIONS,) else each for each in when)
    return when


def _role(role: Role) -> dict[str, object]:
    return {
        "grants": [
            {
                "action": each.action,
                "domain": each.domain,
                "ceiling": each.ceiling,
                "scope": each.scope,
                "when": _plain(each.when),
            }
            for each in role.grants
        ],
        "runs": [
            {"operation": each.operation, "scope": each.scope, "when": _plain(each.when)} for each in role.runs
        ],
    }  # fmt: skip


def _plain(when: When) -> list[dict[str, object]]:
    return [{"attr": each.attr, "any": list(each.any)} for each in when]


def _when(value: object) -> When:
    if not isinstance(value, list):
        raise NotARow(f"conditions are a list, not {value!r}")
    return tuple(_condition(each) for each in value)


def _condition(value: object) -> Condition:
    if not isinstance(value, dict) or value.keys() != {"attr", "any"}:
        raise NotARow(f"a condition has `attr` and `any` alone: {value!r}")
    attr, words = value["attr"], value["any"]
    if attr not in ATTRIBUTES:
        raise NotARow(f"no such attribute: {attr!r}")
    if not isinstance(words, list) or not all(isinstance(each, bool | str) for each in words):
        raise NotARow(f"an attribute is one of truths or words: {words!r}")
    return Condition(attr, tuple(words))


def _word(value: object) -> str:
    if not isinstance(value, str):
        raise NotARow(f"a word was expected: {value!r}")
    return value


def _every(value: object) -> str:
    # A rule that says nothing of the domain closes them all.
    return EVERY if isinstance(value, Variable) else _word(value)


def _sensitivity(value: object) -> str:
    if value not in SENSITIVITIES:
        raise NotARow(f"no such sensitivity: {value!r}")
    return _word(value)


def _refusal(refused: OsoError) -> PolicyError:
    """Tell a refusal of the engine's as one of ours: its first line, and where."""
    said = str(refused)
    place = _PLACE.search(said)
    text = _PLACE.sub("", said).splitlines()[0].rstrip(": ")
    if place is None:
        return PolicyError("policy", None, f"a policy that can be read: {text}")
    return PolicyError(place[2], int(place[1]), f"what can be read: {text}")
