"""Mark: where a system shows by itself that a change was made, and when, whoever made it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from sources.ports.catalogue import question_of
from sources.ports.keys import DeviceRef

DEVICES = "devices_of"
"""The question of the port `equipment` that leads from an employee to what is asked about their devices."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment that a system writes down with a change.

    Shape: `question` of `port` is asked about an employee, or `through` their devices about each of these; `moment` is the
    answered record's attribute that tells when, `key` the one that names the thing. What happens `everyday` is done by
    employees themselves or by their systems in the course of things.
    """

    port: str
    question: str
    moment: str
    key: str
    everyday: bool = False
    through: str | None = None

    def amiss(self) -> Sequence[str]:
        """What is wrong with it, in words that follow the operation's name."""
        try:
            asked = question_of(self.port, self.question)
        except KeyError as problem:
            return [f"has a mark that cannot be asked for: {problem.args[0]}"]
        known = {each.name for each in fields(asked.record)}
        wrong = [
            f"has a mark by {each!r}, which {asked.record.__name__} has not"
            for each in (self.moment, self.key)
            if each not in known
        ]
        if self.through not in (None, DEVICES):
            wrong.append(f"has a mark through {self.through!r}; there is {DEVICES!r}")
        if (self.through == DEVICES) is not (asked.key is DeviceRef):
            wrong.append("has a mark that is asked by another key than it leads to")
        return wrong
