"""Write: one change that a port lets be made, described so that the runner of operations can send and prove it."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

WRITE_MARK = "__write__"
RetryClass = Literal["idempotent", "readback", "blind"]
"""What may be done after a lost answer: repeat; look and repeat only if absent; never repeat."""


@dataclass(frozen=True, slots=True)
class Secret:
    """Something that is shown once and kept nowhere: a password of the moment, a private key. Never in any text of ours."""

    text: str = field(repr=False)

    def __str__(self) -> str:
        return "***"


@dataclass(frozen=True, slots=True)
class Written:
    """What a system said of a write that it took; it proves nothing.

    Shape: `key` of what was made, where the write makes something; `secret` what the system gave to be shown once.
    """

    key: str | None = None
    secret: Secret | None = None


TAKEN = Written()


@dataclass(frozen=True, slots=True)
class Write:
    """One write of one port.

    Shape: `parameters` in order, without `self` and `call`; `readback` is the question of the same port that shows the
    effect, asked by the parameter `key`, or by the key of what was made where that is None.
    """

    name: str
    readback: str
    key: str | None
    parameters: tuple[str, ...]


F = TypeVar("F", bound=Callable[..., Any])


def write(*, readback: str, key: str | None) -> Callable[[F], F]:
    """Mark a port's method as a write: `async def name(self, …, call) -> Written`. The permit comes with the call.

    The name is that of the manifest's `writes:`. What is refused raises SourceError SOURCE_REJECTED; any other
    SourceError leaves open whether it happened.
    """

    def mark(method: F) -> F:
        names = tuple(name for name in inspect.signature(method).parameters if name not in ("self", "call"))
        setattr(method, WRITE_MARK, Write(method.__name__, readback, key, names))
        return method

    return mark


def writes_of(port: type) -> dict[str, Write]:
    """All writes a port declares, by name."""
    found = (getattr(member, WRITE_MARK, None) for member in vars(port).values())
    return {each.name: each for each in found if each is not None}
