"""The company's rights once more, in Cedar: written from the rights themselves, not from Polar nor from rows."""

import json
from collections.abc import Mapping
from typing import Final

import cedarpy

from authz.labels import Label
from authz.profile import ALLOWED, DENIED, MASKED
from authz.rights import Actor, Assignment, Grant, Operation, Rights, Run
from authz.rows import SENSITIVITIES, When
from authz.vocabulary import LATER, UNKNOWN, Fact

_FIXED: Final = """
permit(principal, action == Action::"read", resource) when { resource.domain == "structure" && resource.level == 0 };
permit(principal, action == Action::"read", resource) when { resource.domain == "viewer" && resource.level == 0 };
forbid(principal, action in [Action::"read", Action::"mask"], resource) when {
    resource.level >= 1 && !principal.clearance.contains("vip") && (VIP) && (NOT_SELF) };
forbid(principal, action in [Action::"read", Action::"mask"], resource) when {
    resource.level >= 3 && principal.unattended };
forbid(principal, action == Action::"run", resource) when { resource.domain != "own" && (SELF) };
forbid(principal, action == Action::"run", resource) when { resource.domain != "own" && (MANAGER) };
forbid(principal, action == Action::"run", resource) when {
    !principal.clearance.contains("vip") && (VIP) && (NOT_SELF) };
permit(principal, action == Action::"owes_reason", resource);
permit(principal, action == Action::"owes_ticket", resource) when { resource.risk >= 1 };
permit(principal, action == Action::"owes_step_up", resource) when { resource.risk >= 2 };
permit(principal, action == Action::"owes_caller_verified", resource) when { resource.risk >= 2 && (UNVERIFIED) };
permit(principal, action == Action::"owes_four_eyes", resource) when {
    resource.name == "reset_password" && (RECENT_FACTOR) };
permit(principal, action == Action::"owes_four_eyes", resource) when {
    ["reset_second_factor", "remove_second_factor", "disable_second_factor"].contains(resource.name) &&
    (RECENT_PASSWORD) };
permit(principal, action == Action::"owes_owner_approval", resource) when {
    resource.name == "add_to_group" && (PRIVILEGED) };
"""
OWED: Final = ("caller_verified", "four_eyes", "owner_approval", "reason", "step_up", "ticket")
_RISKS: Final = ("low", "medium", "high")


def _closes(attr: str, value: str) -> str:
    later = f'context.later.contains("{attr}")'
    return f"!{later} && (!(context has {attr}) || context.{attr} == {value})"


def _fixed() -> str:
    text = _FIXED
    for name, attr, value in (
        ("NOT_SELF", "is_self", "false"),
        ("SELF", "is_self", "true"),
        ("MANAGER", "is_my_manager", "true"),
        ("UNVERIFIED", "caller_verified", "false"),
        ("RECENT_FACTOR", "recent_second_factor_reset", "true"),
        ("RECENT_PASSWORD", "recent_password_reset", "true"),
        ("PRIVILEGED", "group_privileged", "true"),
        ("VIP", "vip", "true"),
    ):
        text = text.replace(f"({name})", f"({_closes(attr, value)})")
    return text


def _opens(when: When) -> str:
    tests = [
        f'(context.later.contains("{each.attr}") || '
        f"(context has {each.attr} && {json.dumps(list(each.any))}.contains(context.{each.attr})))"
        for each in when
    ]
    return " && ".join(tests) or "true"


def _scope(scope: str, held: Assignment) -> str:
    if scope == "self":
        return '(context.later.contains("is_self") || (context has is_self && context.is_self))'
    if scope == "anyone" or not held.regions:
        return "true"
    words = json.dumps(list(held.regions))
    return f'(context.later.contains("region") || (context has region && {words}.contains(context.region)))'


def _grant(grant: Grant, held: Assignment) -> str:
    domain = "true" if grant.domain == "*" else f'resource.domain == "{grant.domain}"'
    ceiling = SENSITIVITIES.index(grant.ceiling)
    return (
        f'permit(principal, action == Action::"{grant.action}", resource) when {{ {domain} && '
        f"resource.level <= {ceiling} && {_scope(grant.scope, held)} && {_opens(grant.when)} }};"
    )


def _run(run: Run, held: Assignment) -> str:
    name = "true" if run.operation == "*" else f'resource.name == "{run.operation}"'
    return (
        f'permit(principal, action == Action::"run", resource) when {{ {name} && '
        f"{_scope(run.scope, held)} && {_opens(run.when)} }};"
    )


def policies(rights: Rights, actor: Actor) -> str:
    """All that holds for an actor, as Cedar's text."""
    found = [_fixed()]
    for held in actor.assignments:
        role = rights.roles[held.role]
        found += [_grant(each, held) for each in role.grants]
        found += [_run(each, held) for each in role.runs]
    for ceiling in rights.ceilings:
        for domain, most in ceiling.reads.items():
            level = SENSITIVITIES.index(most)
            found.append(
                'forbid(principal, action in [Action::"read", Action::"mask"], resource) when '
                f'{{ resource.domain == "{domain}" && resource.level > {level} }};'
            )
            if ceiling.operations is not None:
                found.append(
                    'forbid(principal, action == Action::"run", resource) when '
                    f'{{ resource.domain == "{domain}" && '
                    f"!{json.dumps(list(ceiling.operations))}.contains(resource.name) }};"
                )
        for operation in ceiling.approved_by:
            found.append(
                'permit(principal, action == Action::"owes_owner_approval", resource) when '
                f'{{ resource.name == "{operation}" }};'
            )
    return "\n".join(found)


class Cedar:
    """A second engine for one actor."""

    def __init__(self, rights: Rights, actor: Actor) -> None:
        self._policies = cedarpy.PolicySet.from_str(policies(rights, actor))
        self._principal = {
            "uid": {"__entity": {"type": "Actor", "id": "asking"}},
            "attrs": {"clearance": list(actor.clearance), "unattended": actor.unattended},
            "parents": [],
        }

    def field(self, facts: Mapping[str, Fact], label: Label) -> int:
        """Decide one label."""
        resource = {"domain": label.domain, "level": SENSITIVITIES.index(label.sensitivity)}
        if self._allowed("read", resource, facts):
            return ALLOWED
        return MASKED if self._allowed("mask", resource, facts) else DENIED

    def operation(self, facts: Mapping[str, Fact], operation: Operation) -> tuple[bool, tuple[str, ...]]:
        """Decide one operation: whether it runs, and after what."""
        resource = {"name": operation.name, "domain": operation.domain, "risk": _RISKS.index(operation.risk)}
        owed = tuple(each for each in OWED if self._allowed(f"owes_{each}", resource, facts))
        return self._allowed("run", resource, facts), owed

    def _allowed(self, action: str, resource: Mapping[str, object], facts: Mapping[str, Fact]) -> bool:
        request = {
            "principal": 'Actor::"asking"',
            "action": f'Action::"{action}"',
            "resource": 'Thing::"asked"',
            "context": {
                **{name: fact for name, fact in facts.items() if fact not in (UNKNOWN, LATER)},
                "later": [name for name, fact in facts.items() if fact == LATER],
            },
        }
        asked = {"uid": {"__entity": {"type": "Thing", "id": "asked"}}, "attrs": dict(resource), "parents": []}
        result = cedarpy.is_authorized(request, self._policies, [self._principal, asked])
        assert result.diagnostics.errors == [], result.diagnostics.errors
        return result.allowed
