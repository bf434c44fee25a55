"""The whole graph: what can be read and what can be done, in one schema."""

from functools import cache

from graphql import GraphQLSchema
from strawberry.federation import Schema

from gateway.rights_files import operations_known
from operations.kit.catalogue import keep_known, shipped
from operations.kit.graph import Computations, mutations
from resolvers.binding import bind
from schema.assemble import build


def declared() -> Schema:
    """The schema as it is declared, with a mutation for every operation. Raises: RuleBrokenError; Undeclared."""
    found, known = shipped(), operations_known()
    keep_known(found, known)
    return build(mutations(found, {name: known[name].risk for name in found}))


@cache
def printed() -> str:
    """The schema as it is committed. It is bound first, so that what is printed is what can be served."""
    schema = declared()
    bind(schema._schema, Computations(shipped()).all())
    return schema.as_str() + "\n"


def whole_graph() -> tuple[GraphQLSchema, Computations]:
    """The schema to be bound, and what is computed of what can be done."""
    schema: GraphQLSchema = declared()._schema  # the graphql-core schema that Strawberry made
    return schema, Computations(shipped())
