"""Scopes: what a service's token has to be good for, told by the document it sends."""

from graphql import GraphQLError, OperationType, parse
from graphql.language import FieldNode, OperationDefinitionNode

from gateway.identity.tokens import READ, SDL, WRITE


def lacking(document: str, scopes: frozenset[str]) -> str | None:
    """The first scope that a document needs and a token lacks, None when it has all."""
    spoken_of = {WRITE: "mutation", SDL: "_service"}
    if READ in scopes and all(scope in scopes or word not in document for scope, word in spoken_of.items()):
        return None  # the usual case, told without reading the document
    return next((each for each in (WRITE, READ, SDL) if each in _needed(document) - scopes), None)


def _needed(document: str) -> frozenset[str]:
    try:
        definitions = parse(document, no_location=True, max_tokens=20_000).definitions
    except (GraphQLError, RecursionError):
        return frozenset({READ})  # it will not be executed; what is wrong with it is told to those who may ask
    operations = [each for each in definitions if isinstance(each, OperationDefinitionNode)]
    return frozenset(_of(each) for each in operations) or frozenset({READ})


def _of(operation: OperationDefinitionNode) -> str:
    if operation.operation == OperationType.MUTATION:
        return WRITE
    wanted = operation.selection_set.selections
    only_schema = all(isinstance(each, FieldNode) and each.name.value == "_service" for each in wanted)
    return SDL if operation.operation == OperationType.QUERY and only_schema else READ
