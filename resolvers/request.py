"""Request: what is asked, as it comes and once its document has been read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import OperationDefinitionNode

from resolvers.documents import Document
from resolvers.trusted import Trusted


@dataclass(frozen=True, slots=True)
class Request:
    """One GraphQL request, already shaped.

    Shape: `fresh` asks past every cache; `ticket` is the case that the viewer has in hand; `document_id` names a registered
    document, whose text stands in `query` once it is found; `by_hash` is it named as Apollo's clients do; `trace_id` is what all that
    tells of this request names it by, made where there is none; `client` as the program that asks calls itself.
    """

    query: str
    variables: Mapping[str, Any]
    operation_name: str | None = None
    fresh: bool = False
    ticket: str | None = None
    document_id: str | None = None
    by_hash: bool = False
    trace_id: str | None = None
    client: str | None = None
    trusted: Trusted | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request whose document has been read, and may be sent by this viewer. Nothing has been asked yet.

    Units: `began` in seconds of the monotonic clock.
    """

    request: Request
    document: Document
    operation: OperationDefinitionNode
    trace_id: str
    began: float

    @property
    def kind(self) -> str:
        """One of query, mutation and subscription."""
        return str(self.operation.operation.value)

    @property
    def deferred(self) -> bool:
        """Whether any of its answer may come later."""
        return self.document.deferred and self.kind == "query"
