"""Operation: something that can be done to an employee's things, declared in one short file."""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, is_dataclass
from typing import Any, ClassVar, Final, Generic, TypeVar

from operations.kit.drafting import Draft
from operations.kit.given import entries
from operations.kit.looking import Look
from operations.kit.mark import Mark
from sources.ports.catalogue import ports
from sources.ports.directory import Person

G = TypeVar("G")
COMMON: Final = frozenset({"employee", "purpose", "idempotency_key", "mode", "plan_hash"})
"""Input fields that every operation has."""
_EVENT: Final = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_]*")
_NAME: Final = re.compile(r"[a-z]+(_[a-z]+)+")


class Undeclared(Exception):
    """An operation says too little of itself; the program must not start. The text names it and what is missing."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """The input of an operation that needs none but the employee."""


class Operation(ABC, Generic[G]):
    """What can be done, and nothing of how it is authorized, recorded, sent or proven.

    The class docstring is the sentence shown to people. Shape: `name` is verb and noun; `event` noun and past, the code in
    the trail; `ports` those it reads and writes; `given` the dataclass of its input; `undone_by` names the operation whose
    rights are needed to take it back, None where it cannot be. With `reveals` it shows a secret once, with `notifies` the
    employee is told of it outside of the screen. `mark` is where a system shows by itself that such a change was made.
    Units: `limit` in runs an hour of one operator.
    """

    name: ClassVar[str]
    event: ClassVar[str]
    ports: ClassVar[tuple[str, ...]]
    given: ClassVar[type]
    undone_by: ClassVar[str | None] = None
    reveals: ClassVar[bool] = False
    notifies: ClassVar[bool] = False
    mark: ClassVar[Mark | None] = None
    limit: ClassVar[int] = 60

    @abstractmethod
    async def draft(self, employee: Person, given: G, look: Look) -> Draft:
        """What is to be done, from what the systems show now; reads only. Raises: OperationProblem, SourceError."""

    @classmethod
    def about(cls) -> str:
        """The sentence shown to people."""
        return (cls.__doc__ or "").strip().splitlines()[0]


def check(operation: type[Operation[Any]]) -> None:
    """See that an operation says all of itself. Raises: Undeclared."""
    missing = [each for each in ("name", "event", "ports", "given") if not hasattr(operation, each)]
    if missing:
        raise Undeclared(f"{operation.__module__}: lacks {', '.join(missing)}")
    wrong: list[str] = []
    if not (operation.__doc__ or "").strip():
        wrong.append("has no docstring to show to people")
    if not _NAME.fullmatch(operation.name):
        wrong.append(f"is named {operation.name!r}, not as verb_noun")
    if not _EVENT.fullmatch(operation.event):
        wrong.append(f"has the event {operation.event!r}, not noun.past")
    unknown = sorted(set(operation.ports) - set(ports()))
    if unknown or not operation.ports:
        wrong.append(f"names the port {unknown[0]!r}, which is none" if unknown else "names no port")
    if operation.mark is not None:
        wrong += operation.mark.amiss()
    if not is_dataclass(operation.given):
        wrong.append("has an input that is no dataclass")
    else:
        try:
            taken = sorted({each.name for each in entries(operation.given)} & COMMON)
            wrong += [f"has an input field {each!r}, which every operation has" for each in taken]
        except TypeError as problem:
            wrong.append(str(problem))
    if wrong:
        raise Undeclared(f"{operation.name}: " + "; ".join(wrong))
