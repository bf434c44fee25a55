"""Federation: nodes by the keys that another subgraph knows. Source: Apollo Federation 2 subgraph specification."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from graphql import GraphQLSchema

from resolvers import ids
from resolvers.answering import Asked
from resolvers.asking import Asking
from resolvers.planning import lookup_of
from resolvers.problems import RequestProblem, bad_input

SDL: Final = "sdl"
"""The scope that a token needs to be told the whole schema."""


def bind_federation(schema: GraphQLSchema, label: int) -> None:
    """Give `_entities` and `_service` their resolvers. Shape: `label` is that of what everybody may know."""
    query = schema.query_type
    assert query is not None
    told = query.fields["_service"]
    print_schema = told.resolve

    def service(root: Any, info: Any) -> Any:
        if SDL not in info.context.viewer.scopes:
            raise RequestProblem("FORBIDDEN_FIELD", f"_service: a token with the scope {SDL} is needed")
        assert print_schema is not None
        return print_schema(root, info)

    service_type: Any = schema.type_map["_Service"]
    sdl = service_type.fields["sdl"]
    sdl.resolve = Asked(sdl.type, sdl.resolve, "_Service.sdl", label)
    told.resolve = Asked(told.type, service, "Query._service", label)
    found = query.fields["_entities"]
    found.resolve = Asked(found.type, _entities, "Query._entities", label)


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
        found = await asking.loaders.load_node(lookup, opened) if opened.type_name == type_name else None
        return found if found is None or await asking.sight.knows(opened.type_name, found) else None
    login = representation.get("login")
    if type_name == "Employee" and isinstance(login, str):
        return await asking.loaders.load("directory", "people_by_login", login.casefold())
    raise bad_input(f"representations: no key of {type_name} is given")
