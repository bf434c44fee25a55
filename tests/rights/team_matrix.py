"""Team by label by kind of employee: the committed tables, and what they would be now.

`python -m tests.rights.team_matrix` writes them again. Read the difference before committing it: it is a change of rights.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from authz.labels import Label
from authz.policy import Policy
from authz.rights import Actor, TeamRights
from authz.vocabulary import ATTRIBUTES, LATER, UNKNOWN, Fact
from tests.rights.installation import policy

EXPECTED: Final = Path(__file__).parent / "expected"
ELSEWHERE: Final = "elsewhere"
"""A region in which no team works."""
_OUTCOMES: Final = ("yes", "part", "no")

Facts = Mapping[str, Fact]
Table = dict[tuple[str, str], str]
"""Outcome by what it is about (a label, an operation) and kind of employee. An operation that may not be run is not there."""


def kinds(team: TeamRights) -> dict[str, Facts]:
    """Kinds of employees as a team meets them; of an object nothing is known yet unless the kind says so."""
    here = team.regions[0] if team.regions else "br"
    ordinary: dict[str, Fact] = {
        "region": here,
        "vip": False,
        "department_class": "ordinary",
        "is_self": False,
        "is_my_manager": False,
        "operator_country": "BR",
        "case_open": False,
        "caller_verified": False,
        "recent_second_factor_reset": False,
        "recent_password_reset": False,
        **{name: LATER for name, each in ATTRIBUTES.items() if each.kind == "object"},
    }
    plain: Facts = {
        "group_privileged": False,
        "group_owner": False,
        "device_class": "LAPTOP",
        "certificate_purpose": "VPN",
    }
    grave: Facts = {**plain, "group_privileged": True, "certificate_purpose": "SIGNING"}
    nothing = {name: UNKNOWN for name, each in ATTRIBUTES.items() if each.kind == "subject"}
    return {
        "ordinary": ordinary,
        "elsewhere": {**ordinary, "region": ELSEWHERE},
        "protected": {**ordinary, "vip": True},
        "protected_elsewhere": {**ordinary, "vip": True, "region": ELSEWHERE},
        "self": {**ordinary, "is_self": True},
        "self_protected": {**ordinary, "is_self": True, "vip": True, "region": ELSEWHERE},
        "manager": {**ordinary, "is_my_manager": True},
        "unplaced": {**ordinary, "region": UNKNOWN, "department_class": UNKNOWN},
        "unknown": {**ordinary, **nothing},
        "plain_object": {**ordinary, **plain},
        "grave_object": {**ordinary, **grave},
    }


def who(of: Policy) -> dict[str, tuple[TeamRights, Actor]]:
    """Everybody whose rights differ: the members of each team, and its lead where a lead has more."""
    found: dict[str, tuple[TeamRights, Actor]] = {}
    for name, team in of.rights.teams.items():
        found[name] = team, of.actor(name, "")
        if team.lead and team.lead_roles:
            found[f"{name}+lead"] = team, of.actor(name, team.lead)
    return found


def table(of: Policy, team: TeamRights, actor: Actor) -> Table:
    """What one set of rights gives."""
    found: Table = {}
    for kind, facts in kinds(team).items():
        row = of.profile(actor).row_of(facts)
        for label, outcome in zip(of.labels.all, row, strict=True):
            found[name_of(label), kind] = _OUTCOMES[outcome]
    for operation in sorted(of.rights.operations):
        allowed = {kind: of.decide(actor, operation, facts).allowed for kind, facts in kinds(team).items()}
        if any(allowed.values()):
            found |= {(f"run {operation}", kind): "yes" if each else "no" for kind, each in allowed.items()}
    return found


def name_of(label: Label) -> str:
    """A label as the tables name it."""
    return f"{label.domain} {label.sensitivity}{' hidden' if label.hidden else ''}"


def written(found: Table) -> str:
    """A table as text: a line for each label and operation, a column for each kind of employee."""
    names = list(dict.fromkeys(kind for _, kind in found))
    rows = [["", *names]]
    rows += [[about, *(found[about, kind] for kind in names)] for about in sorted({about for about, _ in found})]
    widths = [max(len(row[place]) for row in rows) for place in range(len(names) + 1)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join(lines) + "\n"


def read(text: str) -> Table:
    """A table as it was written."""
    head, *lines = text.splitlines()
    names = head.split()
    found: Table = {}
    for line in lines:
        cells = line.split()
        about = " ".join(cells[: -len(names)])
        found |= {(about, kind): cell for kind, cell in zip(names, cells[-len(names) :], strict=True)}
    return found


def differences(of: Policy, name: str, before: Table, now: Table) -> Iterator[str]:
    """What differs, each with team, field or operation, and kind of employee."""
    fields: dict[str, list[str]] = {}
    for place, where in sorted(of.labels.of.items()):
        fields.setdefault(name_of(of.labels.all[where]), []).append(".".join(place))
    for about, kind in sorted({*before, *now}):
        was, is_ = before.get((about, kind), "not there"), now.get((about, kind), "not there")
        if was != is_:
            meant = f" ({', '.join(fields[about][:3])} …)" if about in fields else ""
            yield f"{name}: {about}{meant}, {kind}: expected {was}, is {is_}"


def main() -> None:
    """Write every table as it is now."""
    EXPECTED.mkdir(exist_ok=True)
    found = {name: written(table(policy(), *each)) for name, each in who(policy()).items()}
    for file in EXPECTED.glob("*.txt"):
        if file.stem not in found:
            file.unlink()
    for name, text in found.items():
        (EXPECTED / f"{name}.txt").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
