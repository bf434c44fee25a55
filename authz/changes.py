"""Changes: what one version of the rights gives or takes against another, and the table that approvers read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from authz.labels import Label
from authz.markdown import table_lines


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changes for somebody.

    Shape: `what` in words; `label` and `fields` where it is about data; `whom` says for which employees, objects and
    moments.
    """

    who: str
    what: str
    was: str
    now: str
    whom: str = "always"
    label: Label | None = None
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Diff:
    """All that changes. Shape: what is better in one respect and worse in another stands in both."""

    gains: tuple[Change, ...]
    losses: tuple[Change, ...]

    @property
    def widening(self) -> bool:
        """Whether anybody gains anything: then one person is not enough to publish it."""
        return bool(self.gains)


def table(diff: Diff) -> str:
    """Put a diff into plain words, in Markdown."""
    if diff.widening:
        first = "**Widening**: somebody gains something. It takes two people to publish this."
    elif diff.losses:
        first = "**Narrowing**: nobody gains anything. One person may publish this."
    else:
        first = "**No difference** in what anybody may see or do."
    lines = ["# Gains and losses", "", first]
    for head, changes in (("Gained", diff.gains), ("Lost", diff.losses)):
        if changes:
            lines += ["", f"## {head}", "", *table_lines(("Who", "What", "Was", "Will be", "When"), _rows(changes))]
    fields = {each.what: each.fields for each in (*diff.gains, *diff.losses) if each.fields}
    if fields:
        lines += ["", "## Fields meant", ""]
        lines += [f"- {what}: {', '.join(names)}" for what, names in sorted(fields.items())]
    return "\n".join([*lines, ""])


def _rows(changes: Iterable[Change]) -> list[tuple[str, str, str, str, str]]:
    """Tell together what is alike: first the things that one holder gains alike, then holders that gain the same."""
    things: dict[tuple[str, str, str, str], list[Change]] = {}
    for each in changes:
        things.setdefault((each.who, each.was, each.now, each.whom), []).append(each)
    whos: dict[tuple[str, str, str, str], list[str]] = {}
    for (who, was, now, whom), alike in things.items():
        whos.setdefault((_together(alike), was, now, whom), []).append(who)
    return [(", ".join(who), what, was, now, whom) for (what, was, now, whom), who in whos.items()]


def _together(changes: Iterable[Change]) -> str:
    domains: dict[str, list[str]] = {}
    others: dict[str, None] = {}
    for each in changes:
        if each.label is None:
            others[each.what] = None
        else:
            domains.setdefault(each.label.domain, []).append(each.what.removeprefix(f"{each.label.domain}, "))
    return "; ".join([*_by_domain(domains), *others])


def _by_domain(domains: Mapping[str, list[str]]) -> list[str]:
    return [f"{domain} ({', '.join(words)})" for domain, words in domains.items()]
