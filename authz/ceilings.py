"""Ceilings: what the owners of sources let be granted at all. No team's file reaches beyond."""

from collections.abc import Iterable
from dataclasses import replace

from authz.labels import Labels
from authz.rights import Ceiling, Operation, Rights
from authz.rows import EVERY, SENSITIVITIES, Permit


def limit_of(rights: Rights, domain: str) -> Ceiling | None:
    """Find the strictest ceiling over a domain. Shape: None where no owner has set one."""
    over = [each for each in rights.ceilings if domain in each.reads]
    return min(over, key=lambda each: SENSITIVITIES.index(each.reads[domain]), default=None)


def refusing(rights: Rights, operation: Operation) -> Ceiling | None:
    """Find the owner who does not let an operation be granted. Shape: None where nobody minds."""
    for each in rights.ceilings:
        if each.operations is not None and operation.domain in each.reads and operation.name not in each.operations:
            return each
    return None


def may_grant(rights: Rights, operation: Operation) -> bool:
    """Say whether an operation may be granted at all."""
    return refusing(rights, operation) is None


def needs_owner(rights: Rights, operation: str) -> bool:
    """Say whether the owner of a source wants to approve each run of an operation."""
    return any(operation in each.approved_by for each in rights.ceilings)


def clamped(permits: Iterable[Permit], rights: Rights, labels: Labels) -> tuple[Permit, ...]:
    """Cut permits down to the ceilings.

    Shape: a permit for every domain is told domain by domain where some ceiling is below it.
    """
    domains = sorted({label.domain for label in labels.all})
    limits = {domain: limit.reads[domain] for domain in domains if (limit := limit_of(rights, domain)) is not None}
    kept: list[Permit] = []
    for permit in permits:
        if permit.domain == EVERY and any(_lower(limit, permit.ceiling) for limit in limits.values()):
            kept += [_cut(replace(permit, domain=domain), limits.get(domain)) for domain in domains]
        else:
            kept.append(_cut(permit, limits.get(permit.domain)))
    return tuple(kept)


def _cut(permit: Permit, limit: str | None) -> Permit:
    return replace(permit, ceiling=limit) if limit is not None and _lower(limit, permit.ceiling) else permit


def _lower(one: str, other: str) -> bool:
    return SENSITIVITIES.index(one) < SENSITIVITIES.index(other)
