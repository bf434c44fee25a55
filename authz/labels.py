"""Labels: what rights are decided by. Some hundred fields of the schema come down to some sixty labels."""

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import GraphQLSchema

from authz.rows import SENSITIVITIES
from schema.rules import FieldLabel, entrance_of, label_of, labelled, nouns, unlabelled

Coordinate = tuple[str, str]
"""A type's name and a field's."""


@dataclass(frozen=True, slots=True, order=True)
class Label:
    """A domain and a sensitivity. Shape: `sensitivity` as in `rows.SENSITIVITIES`; `hidden` ones are not even told of."""

    domain: str
    sensitivity: str
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Labels:
    """All labels of a schema, in order, and which field has which.

    Shape: `of[(type, field)]` is a place in `all`; `entrance[type]` the place of the least label by which the type's
    objects are of any use: whoever may not read that may not know of the object.
    """

    all: tuple[Label, ...]
    of: Mapping[Coordinate, int]
    entrance: Mapping[str, int]


def labels_of_schema(schema: GraphQLSchema) -> Labels:
    """All labels of a schema, in one order for ever. Raises: LookupError naming every field that has none."""
    bare = unlabelled(schema)
    if bare:
        raise LookupError(f"no label: {', '.join(bare)}")
    kinds = {kind.name: kind for kind in nouns(schema)}
    found = {
        (name, field_name): _made(label_of(field))
        for name, kind in kinds.items()
        for field_name, field in labelled(kind).items()
    }
    everything = tuple(sorted(set(found.values()), key=lambda each: (each.domain, _level(each), each.hidden)))
    places = {label: place for place, label in enumerate(everything)}
    return Labels(
        everything,
        {place: places[label] for place, label in sorted(found.items())},
        {name: places[_made(entrance_of(kind))] for name, kind in sorted(kinds.items())},
    )


def _made(said: FieldLabel) -> Label:
    return Label(said.domain, said.sensitivity.name.lower(), said.hidden)


def _level(label: Label) -> int:
    return SENSITIVITIES.index(label.sensitivity)
