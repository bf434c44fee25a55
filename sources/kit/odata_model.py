"""The data model of an OData service, as its `$metadata` tells it, and what to ask of it. Source: OData CSDL XML 4.01."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from sources.kit.reading import BadData

_MOST_TYPES: Final = 5_000


@dataclass(frozen=True, slots=True)
class Projection:
    """Which properties of an entity are wanted, and which neighbours with them."""

    select: tuple[str, ...]
    expand: Mapping[str, "Projection"] = field(default_factory=dict)

    def options(self) -> dict[str, str]:
        """The query options that ask for it."""
        found = {"$select": ",".join(self.select)} if self.select else {}
        if self.expand:
            found["$expand"] = ",".join(_expanded(name, inner) for name, inner in self.expand.items())
        return found


def _expanded(name: str, inner: Projection) -> str:
    options = ";".join(f"{option}={value}" for option, value in inner.options().items())
    return f"{name}({options})" if options else name


@dataclass(frozen=True, slots=True)
class EntityShape:
    """The columns of one entity type, and its neighbours: navigation property to the type it leads to."""

    properties: frozenset[str]
    neighbours: Mapping[str, str]


class ODataModel:
    """Entity sets and their shapes."""

    def __init__(self, types: Mapping[str, EntityShape], sets: Mapping[str, str]) -> None:
        self._types = types
        self._sets = sets

    def shape_of(self, entity_set: str) -> EntityShape:
        """The shape of a set's entities. Raises: BadData when the service has no such set."""
        name = self._sets.get(entity_set)
        if name is None or name not in self._types:
            raise BadData(f"$metadata has no entity set {entity_set!r}")
        return self._types[name]

    def neighbour(self, shape: EntityShape, name: str) -> EntityShape | None:
        """The shape behind a navigation property; None where there is no such property."""
        return self._types.get(shape.neighbours.get(name, ""))

    def within(self, projection: Projection, shape: EntityShape) -> Projection:
        """What of the projection this service has: other people's services have fewer columns."""
        select = tuple(name for name in projection.select if name in shape.properties)
        expand = {}
        for name, inner in projection.expand.items():
            beyond = self.neighbour(shape, name)
            if beyond is not None:
                expand[name] = self.within(inner, beyond)
        return Projection(select, expand)


def read_model(document: bytes) -> ODataModel:
    """The model told by a `$metadata` document. Raises: BadData when it is none.

    Document types are refused before anything of them is read: no entity of theirs is ever expanded.
    """
    reader = _MetadataReader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = reader.refuse_doctype
    parser.StartElementHandler = reader.open
    parser.EndElementHandler = reader.close
    try:
        parser.Parse(document, True)
    except expat.ExpatError as problem:
        raise BadData(f"$metadata is not XML: {problem}") from None
    if not reader.sets:
        raise BadData("$metadata names no entity set")
    return ODataModel(
        {
            name: EntityShape(frozenset(properties), neighbours)
            for name, (properties, neighbours) in reader.types.items()
        },
        reader.sets,
    )


class _MetadataReader:
    def __init__(self) -> None:
        self.types: dict[str, tuple[set[str], dict[str, str]]] = {}
        self.sets: dict[str, str] = {}
        self._namespace = ""
        self._type: tuple[set[str], dict[str, str]] | None = None

    def refuse_doctype(self, *_declaration: object) -> None:
        raise BadData("$metadata declares a document type")

    def open(self, tag: str, attributes: Mapping[str, str]) -> None:
        name = attributes.get("Name", "")
        match tag.rpartition(" ")[2]:
            case "Schema":
                self._namespace = attributes.get("Namespace", "")
            case "EntityType":
                self._type = self.types.setdefault(f"{self._namespace}.{name}", (set(), {}))
                if len(self.types) > _MOST_TYPES:
                    raise BadData("$metadata names too many types")
            case "Property" if self._type is not None:
                self._type[0].add(name)
            case "NavigationProperty" if self._type is not None:
                target = attributes.get("Type", "")
                self._type[1][name] = target.removeprefix("Collection(").removesuffix(")")
            case "EntitySet":
                self.sets[name] = attributes.get("EntityType", "")

    def close(self, tag: str) -> None:
        if tag.rpartition(" ")[2] == "EntityType":
            self._type = None
