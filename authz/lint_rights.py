"""Lint of rights: every word of roles and teams is known, every name harmless, no grant beyond an owner's ceiling."""

from typing import Final

from authz.ceilings import limit_of, refusing
from authz.known import Known, is_name
from authz.refusal import PolicyError
from authz.rights import Ceiling, Grant, Rights, Role, Run, TeamRights
from authz.rows import EVERY, SENSITIVITIES, When
from authz.vocabulary import ATTRIBUTES

_RIGHTS: Final = "rights.yaml"


def lint_rights(rights: Rights, known: Known) -> None:
    """Check what the installation says. Raises: PolicyError."""
    for region in rights.regions:
        _name(_RIGHTS, "region", region)
    for word in rights.department_classes.values():
        _name(_RIGHTS, "department class", word)
    for each in rights.operations.values():
        _operation(each.name, each.domain, each.risk, known)
    for ceiling in rights.ceilings:
        _ceiling(ceiling, known)
    for name, role in rights.roles.items():
        _role(name, role, rights, known)
    for name in rights.everyone:
        _known(_RIGHTS, known, "role", name)
    for key, team in rights.teams.items():
        _team(key, team, known)


def _operation(name: str, domain: str, risk: str, known: Known) -> None:
    file = "operations.yaml"
    _name(file, "operation", name)
    _name(file, "domain", domain)
    _known(file, known, "risk", risk)


def _ceiling(ceiling: Ceiling, known: Known) -> None:
    file = f"sources/{ceiling.source}"
    for domain, sensitivity in ceiling.reads.items():
        _known(file, known, "domain", domain)
        if domain == EVERY:
            raise PolicyError(file, None, "a domain by name in a ceiling, since a source owns some and not all")
        _known(file, known, "sensitivity", sensitivity)
    for operation in (*(ceiling.operations or ()), *ceiling.approved_by):
        _known(file, known, "operation", operation)


def _role(name: str, role: Role, rights: Rights, known: Known) -> None:
    # A team's own role stands in the team's file.
    file = f"teams/{name}.yaml" if name in rights.teams else f"roles/{name}.yaml"
    _name(file, "role", name)
    if role.name != name:
        raise PolicyError(file, None, f'role "{name}" to bear its own name instead of "{role.name}"')
    for grant in role.grants:
        _grant(file, grant, rights, known)
    for run in role.runs:
        _run(file, run, rights, known)


def _grant(file: str, grant: Grant, rights: Rights, known: Known) -> None:
    _known(file, known, "action", grant.action)
    _known(file, known, "domain", grant.domain)
    _known(file, known, "sensitivity", grant.ceiling)
    _known(file, known, "scope", grant.scope)
    _when(file, grant.when, grant.domain, known)
    limit = limit_of(rights, grant.domain)
    if limit and SENSITIVITIES.index(grant.ceiling) > SENSITIVITIES.index(limit.reads[grant.domain]):
        allowed = limit.reads[grant.domain]
        raise PolicyError(
            file,
            None,
            f'{grant.domain} up to "{allowed}" at most instead of "{grant.ceiling}": '
            f"{limit.owner}, who owns {limit.source}, lets no more be granted",
        )


def _run(file: str, run: Run, rights: Rights, known: Known) -> None:
    _known(file, known, "operation", run.operation)
    _known(file, known, "scope", run.scope)
    if run.operation == EVERY:
        _when(file, run.when, EVERY, known)
        return
    operation = rights.operations[run.operation]
    _when(file, run.when, operation.domain, known)
    refuses = refusing(rights, operation)
    if refuses:
        allowed = ", ".join(refuses.operations or ()) or "none"
        raise PolicyError(
            file,
            None,
            f'no operation "{run.operation}": {refuses.owner}, who owns {refuses.source}, lets be granted: {allowed}',
        )


def _when(file: str, when: When, domain: str, known: Known) -> None:
    for each in when:
        _known(file, known, "attribute", each.attr)
        attribute = ATTRIBUTES[each.attr]
        if attribute.domain is not None and domain not in (attribute.domain, EVERY):
            raise PolicyError(
                file, None, f'"{each.attr}" with domain "{attribute.domain}" or "{EVERY}", not with "{domain}"'
            )
        if not each.any:
            raise PolicyError(file, None, f'at least one value of "{each.attr}"')
        for value in each.any:
            if wrong := known.wrong_value(each.attr, value):
                raise PolicyError(file, None, wrong)


def _team(key: str, team: TeamRights, known: Known) -> None:
    file = f"teams/{key}.yaml"
    _name(file, "team", team.id)
    if team.id != key:
        raise PolicyError(file, None, f'team "{key}" to bear its own name instead of "{team.id}"')
    for role in (*team.roles, *team.lead_roles):
        _known(file, known, "role", role)
    for region in team.regions:
        _known(file, known, "region", region)
    for word in team.clearance:
        _name(file, "clearance", word)


def _name(file: str, what: str, word: object) -> None:
    if not is_name(word):
        raise PolicyError(
            file, None, f"the name of a {what} in small Latin letters, digits and underscores instead of {word!r}"
        )


def _known(file: str, known: Known, kind: str, word: object) -> None:
    if wrong := known.wrong(kind, word):
        raise PolicyError(file, None, wrong)
