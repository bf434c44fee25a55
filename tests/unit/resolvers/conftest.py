"""The schema, bound once."""

import pytest
from graphql import GraphQLSchema

from resolvers.binding import bind
from schema.assemble import build


@pytest.fixture(scope="session")
def schema() -> GraphQLSchema:
    made = build()._schema
    bind(made)
    return made
