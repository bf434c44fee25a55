"""Rules: what every declaration keeps, so that withholding a field never takes more away than the field.

Where a field may not be read it is null; a null that must not be takes the object around it away. So only what everybody
sees who may know of the object at all can be non-null. The schema is not built otherwise.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from graphql import (
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_list_type,
    is_non_null_type,
)

from schema.declare import (
    LOOKUP,
    Boundary,
    Lookup,
    declaration_of,
    domain_of,
    labels_of,
    mask_declared,
    owner_field_of,
)
from schema.labels import Mask, Sensitivity

DEFINITION: Final = "strawberry-definition"
STRUCTURE: Final = "structure"
"""The domain of what holds a page together: ids, edges, cursors."""
_MASKED: Final[Mapping[Mask, str]] = {
    Mask.PHONE: "String",
    Mask.EMAIL: "String",
    Mask.YEAR: "PartialDate",
    Mask.LAST_FOUR: "String",
}
"""What each mask is made for; what it leaves must be a value of the same type."""


class RuleBrokenError(Exception):
    """A declaration that the schema cannot be built with; the text names every one."""


class FieldLabel(NamedTuple):
    """A field's label, as declared."""

    domain: str
    sensitivity: Sensitivity
    hidden: bool

    @property
    def level(self) -> int:
        """How much harm it does, from 0 upwards."""
        return tuple(Sensitivity).index(self.sensitivity)


EVERYBODY: Final = frozenset(
    {FieldLabel(STRUCTURE, Sensitivity.PUBLIC, hidden=False), FieldLabel("viewer", Sensitivity.PUBLIC, hidden=False)}
)
"""Labels that whoever is signed in may read, in every policy."""


def label_of(field: GraphQLField) -> FieldLabel:
    """A field's label. Raises: LookupError for a field without one."""
    declared = field.extensions.get(DEFINITION)
    if declared is None:
        raise LookupError("no declaration")
    said: Mapping[str, Any] = labels_of(declared)
    return FieldLabel(said["domain"], said["sensitivity"], said["hidden"])


def entrance_of(kind: GraphQLObjectType) -> FieldLabel:
    """The least label by which objects of a type are of any use: the least of its own domain. Raises: LookupError."""
    labels = [label_of(field) for field in labelled(kind).values()]
    definition = kind.extensions.get(DEFINITION)
    domain = domain_of(definition.origin) if definition is not None else None
    own = [each for each in labels if each.domain == domain] or [each for each in labels if each.domain != STRUCTURE]
    return min(own or labels, key=lambda each: (each.level, each.hidden, each.domain))


def labelled(kind: GraphQLObjectType) -> Mapping[str, GraphQLField]:
    """The fields of a type that labels are asked of: all but those of Federation."""
    return {name: field for name, field in kind.fields.items() if not name.startswith("_")}


def unlabelled(schema: GraphQLSchema) -> list[str]:
    """Fields without a label, as `Type.field`; none in a schema that may be served."""
    bare: list[str] = []
    for kind in nouns(schema):
        for name, field in labelled(kind).items():
            try:
                label_of(field)
            except LookupError:
                bare.append(f"{kind.name}.{name}")
    return bare


def broken(schema: GraphQLSchema) -> list[str]:
    """Every rule that a schema breaks, in words; none in one that may be served."""
    bare = unlabelled(schema)
    if bare:
        return [f"{place}: has no label" for place in bare]
    said: list[str] = []
    for kind in nouns(schema):
        for name, field in labelled(kind).items():
            said += [f"{kind.name}.{name}: {each}" for each in _broken_by(schema, kind, name, field)]
        said += [f"{kind.name}: {each}" for each in _badly_owned(kind)]
    return said


def keep_rules(schema: GraphQLSchema) -> None:
    """Raises: RuleBrokenError naming every field at fault."""
    said = broken(schema)
    if said:
        raise RuleBrokenError("; ".join(said))


def nouns(schema: GraphQLSchema) -> Iterator[GraphQLObjectType]:
    """The object types of a schema: all but those of Federation and introspection."""
    for name, kind in schema.type_map.items():
        if isinstance(kind, GraphQLObjectType) and not name.startswith("_"):
            yield kind


def _broken_by(schema: GraphQLSchema, kind: GraphQLObjectType, name: str, field: GraphQLField) -> Iterator[str]:
    label, entrance = label_of(field), entrance_of(kind)
    strict = is_non_null_type(field.type)
    if strict and label != entrance and label not in EVERYBODY:
        yield f"is non-null and may be withheld alone: {_words(label)} is not the entrance of its type, {_words(entrance)}"
    mask = mask_declared(field.extensions[DEFINITION])
    if mask is not None and get_nullable_type(field.type) != schema.type_map.get(_MASKED[mask]):
        yield f"the mask {mask.name} is made for one {_MASKED[mask]}"
    if name == "node" and _is_edge(kind):
        return  # what may not be known of leaves its page with its edge
    if _null_inside(field.type):
        return
    for each in _objects(schema, field):
        if _is_employee(each):
            yield "leads to an employee of whom the viewer may not know, and has to be nullable"
        inside = entrance_of(each)
        if strict and label.domain != STRUCTURE and inside not in EVERYBODY and _stricter(inside, label):
            yield f"is non-null and what it holds may be withheld: the entrance of {each.name} is {_words(inside)}"


def _badly_owned(kind: GraphQLObjectType) -> Iterator[str]:
    definition = kind.extensions.get(DEFINITION)
    owner = owner_field_of(definition.origin) if definition is not None else None
    if owner is None:
        if _lookup_of(kind) is not None and not _is_employee(kind):
            yield "is a node, and no boundary is said to lead to the employee it is about"
        return
    for field in kind.fields.values():
        declared = field.extensions[DEFINITION]
        if declared.python_name == owner and isinstance(declaration_of(declared), Boundary):
            if not _is_employee(get_named_type(field.type)):
                yield f"its owner `{owner}` is no employee"
            return
    yield f"its owner `{owner}` is no boundary"


def _objects(schema: GraphQLSchema, field: GraphQLField) -> list[GraphQLObjectType]:
    """The types of what a field leads to; none for a leaf."""
    kind = get_named_type(field.type)
    if isinstance(kind, GraphQLObjectType):
        return [kind]
    return list(schema.get_possible_types(kind)) if is_abstract_type(kind) else []


def _null_inside(kind: GraphQLOutputType) -> bool:
    """Whether null may stand in the place of each thing that a field leads to."""
    inner = get_nullable_type(kind)
    return _null_inside(inner.of_type) if is_list_type(inner) else not is_non_null_type(kind)


def _is_edge(kind: GraphQLObjectType) -> bool:
    return {"cursor", "node"} <= set(kind.fields)


def _lookup_of(kind: GraphQLNamedType) -> Lookup | None:
    definition = kind.extensions.get(DEFINITION)
    found: Lookup | None = getattr(definition.origin, LOOKUP, None) if definition is not None else None
    return found


def _is_employee(kind: GraphQLNamedType) -> bool:
    """Whether objects of a type are subjects themselves."""
    lookup = _lookup_of(kind)
    return lookup is not None and lookup.port == "directory"


def _stricter(one: FieldLabel, other: FieldLabel) -> bool:
    """Whether there may be somebody who may read the other and not the one."""
    return one.domain != other.domain or one.level > other.level


def _words(label: FieldLabel) -> str:
    return f"{label.domain}/{label.sensitivity.name.lower()}"
