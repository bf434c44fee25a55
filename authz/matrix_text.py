"""The matrix's text: tables, notes under them, and how a condition is told in few words."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from authz.policy import Policy
from authz.rights import Actor, Assignment
from authz.rows import Condition, OpPermit, Permit
from authz.words import words_of

OWN: Final = Condition("is_self", (True,))


@dataclass(frozen=True, slots=True)
class Holding:
    """A permit, and the clearance without which it is not given. Shape: None where none is needed."""

    permit: Permit | OpPermit
    clearance: str | None = None


@dataclass(slots=True)
class Notes:
    """Conditions that stand under a table. Shape: text to number, from 1."""

    numbers: dict[str, int] = field(default_factory=dict)

    def number(self, text: str) -> str:
        """Give the mark of a condition; the same one has the same."""
        return f"[{self.numbers.setdefault(text, len(self.numbers) + 1)}]"

    def lines(self) -> Iterator[str]:
        """Tell them, and an empty line if there are any."""
        for text, number in self.numbers.items():
            yield f"[{number}] {text}.  "
        if self.numbers:
            yield ""


def everybody(policy: Policy, *clearance: str, unattended: bool = False) -> Actor:
    """Somebody who has every role at once, in every region by name, so that the scope of each grant can be told."""
    held = (Assignment(name, tuple(policy.rights.regions), "") for name in sorted(policy.rights.roles))
    return Actor(tuple(held), clearance, unattended)


def clearances(policy: Policy) -> list[str]:
    """All that somebody may be cleared for."""
    return sorted({"vip", *(word for team in policy.rights.teams.values() for word in team.clearance)})


def exempt(policy: Policy, closed: Callable[[Actor], bool]) -> str:
    """Name the clearances and roles by which something does not hold that holds for whoever has none.

    Shape: what holds for services on their own behalf alone is told so.
    """
    if not closed(Actor(())) and not closed(everybody(policy)):
        return "people, and services that name an end user"
    found = [f"clearance {word}" for word in clearances(policy) if not closed(Actor((), (word,)))]
    if not closed(everybody(policy)):
        found += [
            f"role {name}"
            for name in sorted(policy.rights.roles)
            if not closed(Actor((Assignment(name, tuple(policy.rights.regions), ""),)))
        ]
    return ", ".join(found) or "nobody"


def when(policy: Policy, holding: Holding, notes: Notes) -> str:
    """Tell when a permit holds, in few words. Shape: the empty text for always."""
    short = {Condition("region", tuple(policy.rights.regions)): "in region", OWN: "own"}
    said = [short[each] for each in holding.permit.when if each in short]
    rest = tuple(each for each in holding.permit.when if each not in short)
    texts = [words_of(rest)] if rest else []
    texts += [f"with the clearance {holding.clearance}"] if holding.clearance else []
    said += [notes.number(", and ".join(texts))] if texts else []
    return " ".join(said)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table of Markdown and an empty line. Shape: one word where there are no rows."""
    if not rows:
        yield "Nothing.\n"
        return
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '/') for cell in row)} |"
    yield ""
