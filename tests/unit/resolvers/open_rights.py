"""Rights that withhold nothing, and documents read with them: for tests that are about something else."""

from types import SimpleNamespace
from typing import Any

from graphql import GraphQLSchema

from authz.labels import Labels, labels_of_schema
from authz.profile import ALLOWED, Profile, Verdict
from resolvers.documents import Document, Documents
from resolvers.planning import Plan
from resolvers.sight import Guards, Subject
from resolvers.viewpoints import Viewpoints


def open_profile(labels: Labels) -> Profile:
    """Everything is shown of everybody."""
    size = len(labels.all)
    row = bytes([ALLOWED]) * size
    return Profile("open", "open", labels, (Verdict.ALLOW,) * size, (), (frozenset(),) * size, lambda _facts: row)


class OpenDocuments:
    """Documents as one who sees everything has them read and planned."""

    def __init__(self, schema: GraphQLSchema, **more: Any) -> None:
        labels = labels_of_schema(schema)
        self._documents = Documents(schema, Guards.of(schema), Viewpoints(schema, labels), **more)
        self._profile = open_profile(labels)

    def read(self, text: str) -> Document:
        """A document by its text."""
        return self._documents.read(text, self._profile)

    def plan(self, document: Document, operation: str | None) -> Plan:
        """Its plan."""
        return self._documents.plan(document, operation, self._profile)


def open_context() -> Any:
    """A request's context with eyes for everything, for schemas of one label."""
    sight = SimpleNamespace(guards=SimpleNamespace(kinds={}))
    sight.root = Subject(sight, None, bytes([ALLOWED]))
    return SimpleNamespace(sight=sight, later=None)
