"""Documents: parsed and validated once, planned once, kept while they are used."""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_operation_ast,
    parse,
    validate,
)

from authz.labels import Coordinate
from authz.profile import Profile
from resolvers.costing import Price, price_of
from resolvers.limits import MOST_TOKENS, check_extent, check_text
from resolvers.planning import Plan, plan_document
from resolvers.problems import RequestProblem
from resolvers.sight import Guards
from resolvers.viewpoints import Viewpoints

_MOST_PLANS: Final = 100
"""Plans kept of one document: one for each set of rights and operation."""


@dataclass(slots=True)
class Document:
    """A parsed document.

    Shape: `digest` is the SHA-256 of its text; `errors` by what its reader may not know of, empty where it is valid; `plans` by operation and
    rights, `prices` by operation; `deferred` where anything in it may come later.
    """

    ast: DocumentNode
    digest: str
    errors: dict[frozenset[Coordinate], list[GraphQLError]] = field(default_factory=dict)
    plans: dict[tuple[str | None, str, bool, bool], Plan] = field(default_factory=dict)
    prices: dict[str | None, Price] = field(default_factory=dict)
    deferred: bool = False


class Refused(Exception):
    """A document that is not executed. Shape: `errors` in graphql-core's words, each with the same code."""

    def __init__(self, code: str, errors: list[GraphQLError]) -> None:
        super().__init__(code)
        self.code = code
        self.errors = errors


class Documents:
    """The documents seen lately, the least recently used goes first. Holds texts of queries, never variables."""

    def __init__(self, schema: GraphQLSchema, guards: Guards, viewpoints: Viewpoints, most: int = 1_000) -> None:
        self._schema = schema
        self._guards = guards
        self._viewpoints = viewpoints
        self._most = most
        self._known: OrderedDict[str, Document] = OrderedDict()

    def read(self, text: str, profile: Profile, *, trusted: bool = False) -> Document:
        """A document by its text, valid for whoever has these rights: a hidden field is an unknown one, but to a `trusted`
        document, which whoever registered it may know of. Raises: Refused.
        """
        document = self._known.get(text)
        if document is None:
            document = Document(self._parsed(text), hashlib.sha256(text.encode()).hexdigest())
            document.deferred = "@defer" in text
        hidden = frozenset() if trusted else self._viewpoints.hidden(profile)
        errors = document.errors.get(hidden)
        if errors is None:
            schema = self._viewpoints.without(hidden)
            errors = document.errors[hidden] = validate(schema, document.ast, max_errors=20, hide_suggestions=True)
        if errors:
            raise Refused("VALIDATION_FAILED", errors)
        self._known[text] = document
        self._known.move_to_end(text)
        while len(self._known) > self._most:
            self._known.popitem(last=False)
        return document

    def _parsed(self, text: str) -> DocumentNode:
        try:
            check_text(text)
        except GraphQLError as problem:
            raise Refused("LIMIT_EXCEEDED", [problem]) from None
        try:
            ast = parse(text, max_tokens=MOST_TOKENS)
        except GraphQLError as problem:
            # the parser's own limits: tokens, and how deep anything is nested
            code = "LIMIT_EXCEEDED" if problem.message.endswith("Parsing aborted.") else "PARSE_FAILED"
            raise Refused(code, [problem]) from None
        try:
            check_extent(ast)
        except GraphQLError as problem:
            raise Refused("LIMIT_EXCEEDED", [problem]) from None
        return ast

    def plan(
        self,
        document: Document,
        operation_name: str | None,
        profile: Profile,
        *,
        every_fact: bool = False,
        followed: bool = False,
    ) -> Plan:
        """The plan of one operation: of a subscription where it is `followed`, else of a query or a mutation.

        Raises: RequestProblem when the document has no such operation, or it is not spoken this way.
        """
        place = (operation_name, profile.id, every_fact, followed)
        plan = document.plans.get(place)
        if plan is None:
            operation = self.operation(document, operation_name)
            if followed != (operation.operation is OperationType.SUBSCRIPTION):
                ways = (
                    "subscriptions are followed, by WebSocket or as text/event-stream",
                    "only subscriptions are followed",
                )
                raise RequestProblem("BAD_INPUT", ways[followed])
            if len(document.plans) >= _MOST_PLANS:
                document.plans.clear()
            plan = plan_document(
                self._schema, document.ast, operation, self._guards.labels, profile, every_fact=every_fact
            )
            document.plans[place] = plan
        return plan

    def price(self, document: Document, operation: OperationDefinitionNode) -> Price:
        """The price of one operation of a document."""
        price = document.prices.get(_name(operation))
        if price is None:
            price = document.prices[_name(operation)] = price_of(self._schema, document.ast, operation)
        return price

    def operation(self, document: Document, operation_name: str | None) -> OperationDefinitionNode:
        """The operation that is meant. Raises: RequestProblem when there is none, or it makes several changes."""
        operation = get_operation_ast(document.ast, operation_name)
        if operation is None:
            raise RequestProblem("BAD_INPUT", "the document has no such operation, or several and none was named")
        if operation.operation is OperationType.MUTATION and changes_in(operation, document.ast) > 1:
            raise RequestProblem(
                "MULTIPLE_MUTATIONS", "one change a request: each is authorized and recorded by itself"
            )
        return operation


def _name(operation: OperationDefinitionNode) -> str | None:
    return operation.name.value if operation.name else None


def changes_in(operation: OperationDefinitionNode, document: DocumentNode) -> int:
    """How many fields stand at the root of an operation, fragments spread out."""
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}

    def count(chosen: SelectionSetNode) -> int:
        found = 0
        for node in chosen.selections:
            if isinstance(node, FieldNode):
                found += node.name.value != "__typename"
            elif isinstance(node, InlineFragmentNode):
                found += count(node.selection_set)
            elif isinstance(node, FragmentSpreadNode):
                found += count(fragments[node.name.value].selection_set)
        return found

    return count(operation.selection_set)
