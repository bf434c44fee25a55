"""The schema, put together: every noun reachable from Query, as a Federation 2.9 subgraph."""

import pkgutil
from importlib import import_module

import strawberry
from graphql import GraphQLDeferDirective
from strawberry.schema.config import StrawberryConfig

import schema
from schema.declare import LOOKUP, definition_of
from schema.problem import PROBLEM_TYPES
from schema.query import Query
from schema.rules import keep_rules
from schema.scalars import SCALARS
from schema.subscription import Subscription


def nouns() -> list[type]:
    """Every type that can be looked up by its id, found in this folder."""
    found: dict[str, type] = {}
    for module_info in pkgutil.iter_modules(schema.__path__):
        module = import_module(f"schema.{module_info.name}")
        for member in vars(module).values():
            if isinstance(member, type) and getattr(member, LOOKUP, None) is not None:
                found[definition_of(member).name] = member
    return [found[name] for name in sorted(found)]


def build(mutation: type | None = None) -> strawberry.federation.Schema:
    """A fresh schema; declarations only, nothing is bound yet. Shape: `mutation` is what can be done, where anything can.

    Raises: RuleBrokenError naming every field at fault.
    """
    made = strawberry.federation.Schema(
        query=Query,
        mutation=mutation,
        subscription=Subscription if mutation is not None else None,
        types=[*nouns(), *(PROBLEM_TYPES if mutation is not None else ())],
        federation_version="2.9",
        scalar_overrides=SCALARS,  # type: ignore[arg-type]  # NewTypes are accepted keys
        config=StrawberryConfig(auto_camel_case=True),
    )
    made._schema.directives = (*made._schema.directives, GraphQLDeferDirective)
    keep_rules(made._schema)
    return made
