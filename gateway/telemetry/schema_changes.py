"""Schema changes: what of a new schema breaks whoever relies on an old one, each with the place that it is about."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
)
from graphql.utilities import BreakingChangeType, DangerousChangeType
from graphql.utilities.find_schema_changes import find_breaking_changes, find_dangerous_changes

_PLACE: Final = re.compile(r"@?\w+(?:\.\w+)?(?:\(\w+:\))?")
_UNION: Final = re.compile(r"(\w+) was (?:added to|removed from) union type (\w+)\.")
_INTERFACE: Final = re.compile(
    r"(?:(\w+) added to interfaces implemented by (\w+)|(\w+) no longer implements interface (\w+))\."
)
_LEADING: Final = re.compile(r"(?:Field|Enum value|Argument|A required field|An optional field|A required argument|An optional argument|Directive|Standard scalar|Repeatable flag was removed from|\w+ was removed from(?= @)) ")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One change. Shape: `place` as `Type.field`, `Type.field(argument:)`, `Enum.VALUE` or `Type`; `uses` are the places of the old
    schema by which those are found whom it concerns, `Type.*` for any field of a type.
    """

    breaking: bool
    kind: str
    place: str
    said: str
    uses: tuple[str, ...]


def changes_between(old: str, new: str) -> list[Change]:
    """Breaking and dangerous changes, the breaking ones first. Raises: GraphQLError for what is no schema."""
    before, after = build_schema(old, assume_valid=True), build_schema(new, assume_valid=True)
    found = [
        *(_change(before, each.type, each.description, breaking=True) for each in find_breaking_changes(before, after)),
        *(
            _change(before, each.type, each.description, breaking=False)
            for each in find_dangerous_changes(before, after)
        ),
    ]
    return sorted(found, key=lambda each: (not each.breaking, each.place, each.said))


def _change(
    before: GraphQLSchema, kind: BreakingChangeType | DangerousChangeType, said: str, *, breaking: bool
) -> Change:
    place = place_of(said)
    return Change(breaking, kind.name, place, said, tuple(_uses(before, kind.name, place)))


def place_of(said: str) -> str:
    """The place that graphql-core's sentence is about."""
    union = _UNION.fullmatch(said)
    if union is not None:
        return union[2]
    interface = _INTERFACE.fullmatch(said)
    if interface is not None:
        return interface[2] or interface[3]
    found = _PLACE.match(said, leading.end() if (leading := _LEADING.match(said)) else 0)
    if found is None:
        raise ValueError(f"no place in {said!r}")
    return found[0]


def _uses(before: GraphQLSchema, kind: str, place: str) -> Iterator[str]:
    """By which places of the old schema the users of a changed one are known."""
    if place.startswith("@"):
        return
    name, _, rest = place.partition(".")
    named = before.type_map.get(name)
    if isinstance(named, GraphQLEnumType | GraphQLInputObjectType) or not rest:
        yield name
        if isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
            yield f"{name}.*"
    elif kind in ("REQUIRED_ARG_ADDED", "OPTIONAL_ARG_ADDED"):
        yield place.partition("(")[0]
    else:
        yield place


def deprecated_in(schema: GraphQLSchema) -> dict[str, str]:
    """Everything that is to go, with what is said of it. Shape: places as of a change."""
    found: dict[str, str] = {}
    for name, kind in schema.type_map.items():
        if isinstance(kind, GraphQLEnumType):
            found.update(
                {
                    f"{name}.{each}": value.deprecation_reason
                    for each, value in kind.values.items()
                    if value.deprecation_reason
                }
            )
        elif isinstance(kind, GraphQLInputObjectType):
            found.update(
                {
                    f"{name}.{each}": field.deprecation_reason
                    for each, field in kind.fields.items()
                    if field.deprecation_reason
                }
            )
        elif isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for each, field in kind.fields.items():
                if field.deprecation_reason:
                    found[f"{name}.{each}"] = field.deprecation_reason
                for argument, given in field.args.items():
                    if given.deprecation_reason:
                        found[f"{name}.{each}({argument}:)"] = given.deprecation_reason
    return dict(sorted(found.items()))


def unexplained(changes: list[Change], lines: str) -> list[Change]:
    """Breaking changes whose place stands in none of these lines."""
    return [
        each
        for each in changes
        if each.breaking and re.search(rf"(?<![\w.@]){re.escape(each.place)}(?![\w(.]\w|\w)", lines) is None
    ]
