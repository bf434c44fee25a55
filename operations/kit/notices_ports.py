"""Ports of notices: what carries letters and posts out of here, and how it says that it could not."""

from dataclasses import dataclass
from typing import Any, Protocol


class Undelivered(Exception):
    """It was not taken. Shape: with `for_good` it will not be next time either; the text holds no address."""

    def __init__(self, text: str, *, for_good: bool = False) -> None:
        super().__init__(text)
        self.for_good = for_good


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter to one person. Shape: `id` is the same however often it is sent."""

    id: str
    to: str
    subject: str
    text: str
    language: str


class Mail(Protocol):
    """What sends letters."""

    async def send(self, letter: Letter) -> None:
        """Send one. Raises: Undelivered."""
        ...


class Webhook(Protocol):
    """What posts to another system."""

    async def post(self, id_: str, body: dict[str, Any]) -> None:
        """Post one message, signed; `id_` is the same however often. Raises: Undelivered."""
        ...


@dataclass(frozen=True, slots=True)
class Ways:
    """The ways out of an installation; None where it has none."""

    mail: Mail | None = None
    webhook: Webhook | None = None
