"""Views: a schema as it may be known to those who may not know all of it. The given one stays as it is."""

from typing import Any, TypeVar

from graphql import GraphQLArgument, GraphQLDefaultInput, GraphQLField, GraphQLInputField, GraphQLSchema, Undefined
from graphql.utilities import get_default_value_ast
from graphql.utilities.map_schema_config import SchemaElementKind, map_schema_config

from authz.labels import Coordinate
from resolvers.remaining import Remaining

Given = TypeVar("Given", GraphQLArgument, GraphQLInputField)


def view_of(schema: GraphQLSchema, without: frozenset[Coordinate]) -> GraphQLSchema:
    """A schema of its own, less some fields and whatever hangs on these alone. Raises: TypeError if nothing is left."""
    remaining = Remaining(schema, without)
    if schema.query_type is None or schema.query_type.name not in remaining.members:
        raise TypeError("nothing is left to ask for")
    config = map_schema_config(schema.to_kwargs(), lambda context: _mappers(schema, remaining, context))
    return GraphQLSchema(**config)


def _mappers(schema: GraphQLSchema, remaining: Remaining, context: Any) -> Any:
    """What becomes of each element. Shape: as `map_schema_config` wants it, whose types the library keeps to itself."""

    def left(config: Any, key: str) -> dict[str, Any]:
        kept = remaining.members.get(config["name"], frozenset())
        return {name: each for name, each in config[key]().items() if name in kept}

    def fields(config: Any) -> dict[str, GraphQLField]:
        whole: Any = schema.type_map[config["name"]]
        made = left(config, "fields")
        for name, field in made.items():
            given = remaining.arguments(whole.fields[name])
            field.args = {each: _with_default(field.args[each], argument) for each, argument in given.items()}
        return made

    def inputs(config: Any) -> dict[str, GraphQLInputField]:
        whole: Any = schema.type_map[config["name"]]
        return {name: _with_default(each, whole.fields[name]) for name, each in left(config, "fields").items()}

    def interfaces(config: Any) -> list[Any]:
        whole: Any = schema.type_map[config["name"]]
        return [context.get_named_type(each.name) for each in remaining.implements(whole)]

    def open_type(config: Any) -> Any:
        return {**config, "fields": lambda: fields(config), "interfaces": lambda: interfaces(config)}

    def union(config: Any) -> Any:
        kept = remaining.members.get(config["name"], frozenset())
        return {**config, "types": lambda: [each for each in config["types"]() if each.name in kept]}

    def whole_schema(config: Any) -> Any:
        roots = {
            each: config[each] if config[each] and config[each].name in remaining.members else None
            for each in ("query", "mutation", "subscription")
        }
        return {**config, **roots, "types": [each for each in config["types"] if each.name in remaining.reached]}

    return {
        SchemaElementKind.OBJECT: open_type,
        SchemaElementKind.INTERFACE: open_type,
        SchemaElementKind.UNION: union,
        SchemaElementKind.INPUT_OBJECT: lambda config: {**config, "fields": lambda: inputs(config)},
        SchemaElementKind.ENUM: lambda config: {**config, "values": lambda: left(config, "values")},
        SchemaElementKind.SCHEMA: whole_schema,
    }


def _with_default(made: Given, whole: Given) -> Given:
    """What is given, with its default as a literal: a Python value would need the enum's own way to write it."""
    literal = get_default_value_ast(whole)
    if literal is not None:
        made.default, made.default_value = GraphQLDefaultInput(literal=literal), Undefined
    return made
