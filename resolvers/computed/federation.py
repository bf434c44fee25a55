"""Federation: nodes by the keys that another subgraph knows. Source: Apollo Federation 2 subgraph specification."""

import asyncio
from collections.abc import Mapping
from typing import Any

from graphql import GraphQLSchema

from resolvers import ids
from resolvers.asking import Asking
from resolvers.planning import lookup_of
from resolvers.problems import bad_input


def bind_federation(schema: GraphQLSchema) -> None:
    """Give `_entities` its resolver; `_service` keeps the one that prints the schema."""
    query = schema.query_type
    if query is not None and "_entities" in query.fields:
        query.fields["_entities"].resolve = _entities


async def _entities(_root: Any, info: Any, representations: list[Any]) -> list[Any]:
    """Nodes in the order asked for, null where there is none; through the same loaders as every other path."""
    return [asyncio.ensure_future(_entity(each, info.context, info.schema)) for each in representations]


async def _entity(representation: Any, asking: Asking, schema: GraphQLSchema) -> Any:
    if not isinstance(representation, Mapping):
        raise bad_input("representations: expected objects with __typename and a key")
    type_name, key = representation.get("__typename"), representation.get("id")
    lookup = lookup_of(schema.type_map.get(str(type_name)))
    if lookup is None:
        raise bad_input(f"representations: {type_name} is no entity")
    if isinstance(key, str):
        opened = ids.decode(key)
        return await asking.loaders.load_node(lookup, opened) if opened.type_name == type_name else None
    login = representation.get("login")
    if type_name == "Employee" and isinstance(login, str):
        return await asking.loaders.load("directory", "people_by_login", login.casefold())
    raise bad_input(f"representations: no key of {type_name} is given")
