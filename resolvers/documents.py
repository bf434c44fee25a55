"""Documents: parsed and validated once, planned once, kept while they are used."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    get_operation_ast,
    parse,
    validate,
)

from resolvers.limits import check_extent
from resolvers.planning import Plan, plan_document
from resolvers.problems import RequestProblem

MOST_TOKENS: Final = 4_000
MOST_CHARACTERS: Final = 200_000


@dataclass(slots=True)
class Document:
    """A valid document, with a plan for each of its operations that has been asked for."""

    ast: DocumentNode
    plans: dict[str | None, Plan] = field(default_factory=dict)


class Refused(Exception):
    """A document that is not executed. Shape: `errors` in graphql-core's words, each with the same code."""

    def __init__(self, code: str, errors: list[GraphQLError]) -> None:
        super().__init__(code)
        self.code = code
        self.errors = errors


class Documents:
    """The documents seen lately, the least recently used goes first. Holds texts of queries, never variables."""

    def __init__(self, schema: GraphQLSchema, most: int = 1_000) -> None:
        self._schema = schema
        self._most = most
        self._known: OrderedDict[str, Document] = OrderedDict()

    def read(self, text: str) -> Document:
        """A document by its text. Raises: Refused."""
        known = self._known.get(text)
        if known is not None:
            self._known.move_to_end(text)
            return known
        document = Document(self._parsed(text))
        self._known[text] = document
        while len(self._known) > self._most:
            self._known.popitem(last=False)
        return document

    def _parsed(self, text: str) -> DocumentNode:
        if len(text) > MOST_CHARACTERS:
            raise Refused("LIMIT_EXCEEDED", [GraphQLError(f"a document has at most {MOST_CHARACTERS} characters")])
        try:
            ast = parse(text, max_tokens=MOST_TOKENS)
        except GraphQLError as problem:
            raise Refused("PARSE_FAILED", [problem]) from None
        try:
            check_extent(ast)
        except GraphQLError as problem:
            raise Refused("LIMIT_EXCEEDED", [problem]) from None
        errors = validate(self._schema, ast, max_errors=20, hide_suggestions=True)
        if errors:
            raise Refused("VALIDATION_FAILED", errors)
        return ast

    def plan(self, document: Document, operation_name: str | None) -> Plan:
        """The plan of one operation. Raises: RequestProblem when the document has no such operation or it is no query."""
        plan = document.plans.get(operation_name)
        if plan is None:
            operation = self._operation(document, operation_name)
            plan = document.plans[operation_name] = plan_document(self._schema, document.ast, operation)
        return plan

    def _operation(self, document: Document, operation_name: str | None) -> OperationDefinitionNode:
        operation = get_operation_ast(document.ast, operation_name)
        if operation is None:
            raise RequestProblem("BAD_INPUT", "the document has no such operation, or several and none was named")
        if operation.operation is not OperationType.QUERY:
            raise RequestProblem("BAD_INPUT", "only queries are served")
        return operation
