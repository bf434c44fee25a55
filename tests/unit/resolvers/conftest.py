"""The schema, bound once."""

import pytest
from graphql import GraphQLSchema

from gateway.whole_graph import whole_graph
from resolvers.binding import bind


@pytest.fixture(scope="session")
def schema() -> GraphQLSchema:
    made, computed = whole_graph()
    bind(made, computed.all())
    return made
