"""Trusted documents: those that were registered and agreed to, and who may run them."""

from dataclasses import dataclass
from typing import Final, Protocol

from resolvers.problems import RequestProblem

SHA256: Final = "sha256:"
"""What an id begins with that says how it was made. Source: GraphQL over HTTP, appendix on persisted documents."""


@dataclass(frozen=True, slots=True)
class Trusted:
    """A registered document that may be run.

    Shape: `digest` is the SHA-256 of its text; `roles` are those of which one is needed to run it, empty: none; `ceiling` is the
    most that it may cost. Units: points.
    """

    digest: str
    text: str
    roles: frozenset[str]
    ceiling: int


class Registry(Protocol):
    """Where documents are registered."""

    async def trusted(self, digest: str) -> Trusted | None:
        """The document with this digest, if it may be run."""
        ...


def digest_named(said: str) -> str | None:
    """The SHA-256 that a document's id tells. Returns: None for what is no such id."""
    digest = said.removeprefix(SHA256).lower()
    return digest if len(digest) == 64 and all(each in "0123456789abcdef" for each in digest) else None


def unknown_document(*, to_apollo: bool = False) -> RequestProblem:
    """That there is no such document; an Apollo client reads the words, and sends the text if it may."""
    return RequestProblem(
        "UNKNOWN_DOCUMENT", "PersistedQueryNotFound" if to_apollo else "no such document is registered"
    )


def registered_only() -> RequestProblem:
    """That free text is not for this viewer."""
    return RequestProblem(
        "UNKNOWN_DOCUMENT", "your role runs registered documents only, and this one is not registered"
    )
