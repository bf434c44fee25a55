"""The matrix: everything a policy grants, role by role and label by label, in words. It is what security signs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from authz.deducing import deducing_lines
from authz.labels import Label
from authz.matrix_rules import ceiling_lines, closed_lines, operation_lines, team_lines
from authz.matrix_text import Holding, Notes, clearances, everybody, table, when
from authz.policy import Policy
from authz.rows import EVERY, MASK, READ, SENSITIVITIES, Permit

_HEAD: Final = """\
# Who may see what

Generated out of the policy; a change of this page is a change of rights. A role opens a field up to a sensitivity:

- **yes**: of every employee. **no**: of nobody.
- **in region**: of employees in the regions of the team through which the role is held. **own**: of oneself.
- **masked**: only what the field's mask leaves is shown, and nothing where it has no mask.
- **[1]**: and only if what stands under the table holds.

A service that names no end user is shown nothing from `personal` upwards, whatever its team's roles say: the tables
below are of people, and of services that act for one.

Whoever reaches every region without the clearance for those under special protection can conclude from what is missing
who they are, since of nobody else is so little shown. Teams that can are named below; one that should not needs regions.

What is not known opens nothing, and closes whatever asks for it. A role that a table does not name is shown nothing of
its domain.
"""


def matrix(policy: Policy) -> str:
    """The whole matrix, as Markdown. Shape: sorted; the same for the same policy, whatever order its files have."""
    permits = {action: _permits(policy, action) for action in (READ, MASK)}
    lines = [
        _HEAD,
        *closed_lines(policy),
        *ceiling_lines(policy),
        *team_lines(policy),
        *deducing_lines(policy),
        "## What roles show\n",
        *(
            line
            for domain in sorted({label.domain for label in policy.labels.all})
            for line in _domain(policy, domain, permits)
        ),
        *operation_lines(policy),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _permits(policy: Policy, action: str) -> list[Holding]:
    found = {row: Holding(row) for row in policy.permits(everybody(policy), action)}
    for word in clearances(policy):
        for row in policy.permits(everybody(policy, word), action):
            found.setdefault(row, Holding(row, word))
    return list(found.values())


def _domain(policy: Policy, domain: str, permits: Mapping[str, Sequence[Holding]]) -> Iterator[str]:
    """One domain: the roles that show something of it, and which fields it has."""
    labels = [label for label in policy.labels.all if label.domain == domain]
    notes = Notes()
    rows = []
    for role in sorted({each.permit.role for several in permits.values() for each in several}):
        cells = [_cell(policy, role, label, permits, notes) for label in labels]
        if any(cell != "no" for cell in cells):
            rows.append([role, *cells])
    yield f"### {domain}\n"
    yield from table(["Role", *(_heading(label) for label in labels)], rows)
    yield from notes.lines()
    for label in labels:
        names = [".".join(place) for place, where in policy.labels.of.items() if policy.labels.all[where] == label]
        yield f"- {_heading(label)}: {', '.join(f'`{name}`' for name in sorted(names)) or 'no field'}"
    yield ""


def _cell(policy: Policy, role: str, label: Label, permits: Mapping[str, Sequence[Holding]], notes: Notes) -> str:
    """What a role shows of a label: all, part, or nothing, and of whom."""
    said: dict[str, str] = {}
    for action, prefix in ((READ, ""), (MASK, "masked ")):
        whens = {
            when(policy, each, notes)
            for each in permits[action]
            if isinstance(each.permit, Permit) and each.permit.role == role and _opens(each.permit, label)
        }
        if "" in whens:
            return "; ".join([*said.values(), prefix.strip() or "yes"])
        for text in sorted(whens):
            # What may be read may be read in part too, which need not be said.
            said.setdefault(text, prefix + text)
    return "; ".join(said.values()) or "no"


def _opens(permit: Permit, label: Label) -> bool:
    reaches = SENSITIVITIES.index(permit.ceiling) >= SENSITIVITIES.index(label.sensitivity)
    return reaches and permit.domain in (label.domain, EVERY)


def _heading(label: Label) -> str:
    return f"{label.sensitivity}, hidden" if label.hidden else label.sensitivity
