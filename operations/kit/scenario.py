"""Scenario: an operation made of others, in one run: each part keeps its own rights, its own calls and its own proof."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal, TypeVar

from operations.kit.composing import Composed, composed
from operations.kit.looking import Look
from operations.kit.operation import Operation, Undeclared
from sources.ports.directory import Person

G = TypeVar("G")
Inputs = Callable[[Person, Look], Awaitable[Sequence[Mapping[str, object]]]]
"""What a part is given, once for each time that it is to be done; found by looking at the systems."""
OnFailure = Literal["compensate", "go_on"]
_CHOICES: Final = ("compensate", "go_on")


@dataclass(frozen=True, slots=True)
class Part:
    """One operation that a scenario contains. Shape: without a `needed` one nothing at all is done."""

    operation: str
    inputs: Inputs
    needed: bool = False


def part(operation: str, /, *, needed: bool = False, **said: object) -> Part:
    """A part that is done once, with this input."""

    async def given(_employee: Person, _look: Look) -> Sequence[Mapping[str, object]]:
        return [said]

    return Part(operation, given, needed)


def for_each(operation: str, inputs: Inputs) -> Part:
    """A part that is done once for each thing that is found."""
    return Part(operation, inputs)


class Scenario(Operation[G]):
    """An operation that is made of others; it is declared as they are.

    Shape: `made_of` names all that it may contain; `ports` are those it cannot do without, a part whose system is missing
    is left out and said so. `on_failure`: `compensate` takes back what was done when a step is refused; `go_on` does the
    rest all the same and ends FAILED, for what must be closed as far as it can be.
    """

    made_of: ClassVar[tuple[str, ...]]
    on_failure: ClassVar[OnFailure] = "compensate"
    contained: Mapping[str, Operation[Any]]
    """The operations by name; put in when all of them are known."""

    @abstractmethod
    def parts(self, given: G) -> tuple[Part, ...]:
        """What is to be done, in this order."""

    async def draft(self, employee: Person, given: G, look: Look) -> Composed:
        """The parts' own drafts as one. Raises: OperationProblem, SourceError."""
        wanted = [(self.contained[each.operation], each.inputs, each.needed) for each in self.parts(given)]
        return await composed(wanted, employee, look, goes_on=self.on_failure == "go_on")


def contain(scenario: Scenario[Any], operations: Mapping[str, Operation[Any]]) -> None:
    """Hand a scenario the operations that it is made of. Raises: Undeclared naming what is wrong with it."""
    parts = {name: operations.get(name) for name in getattr(scenario, "made_of", ())}
    wrong = [f"contains {name!r}, which is no operation" for name, each in parts.items() if each is None]
    known = [each for each in parts.values() if each is not None]
    if not parts:
        wrong.append("is made of nothing")
    if scenario.on_failure not in _CHOICES:
        wrong.append(f"says on_failure {scenario.on_failure!r}, not {' or '.join(_CHOICES)}")
    wrong += [f"contains {each.name}, which is a scenario itself" for each in known if isinstance(each, Scenario)]
    # a run shows its secrets to who is there; a scenario is for what has to be done whoever is
    wrong += [f"contains {each.name}, which shows a secret" for each in known if each.reveals]
    if known and scenario.limit > min(each.limit for each in known):
        wrong.append(f"may be run {scenario.limit} times an hour, one of its parts less often")
    if any(each.notifies for each in known) and not scenario.notifies:
        wrong.append("does not tell the employee, whom one of its parts would tell")
    if wrong:
        raise Undeclared(f"{scenario.name}: " + "; ".join(wrong))
    scenario.contained = {each.name: each for each in known}
