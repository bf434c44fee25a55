"""Declarations fit what stands behind them; a mistake stops the program instead of answering null."""

import dataclasses
from typing import Any, Final

import pytest
import strawberry
from graphql import GraphQLObjectType, get_named_type

from resolvers import binding
from resolvers.computed.registry import computations
from resolvers.planning import DEFINITION, lookup_of
from schema.assemble import build
from schema.declare import Boundary, Computed, Value, boundary, computed, declaration_of, definition_of, label, noun, value
from schema.labels import Sensitivity
from sources.ports.catalogue import question_of

_FIXED: Final = {"_service", "_entities"}


def attributes(record: type) -> set[str]:
    """What can be read of a record: fields, and properties made of them."""
    names = {each.name for each in dataclasses.fields(record)}
    return names | {name for base in record.__mro__ for name, member in vars(base).items() if isinstance(member, property)}


def records_behind() -> dict[str, set[type]]:
    """The records that stand for each type: by lookups, by boundaries, and by the fields of other records."""
    schema = build()._schema
    kinds = {name: kind for name, kind in schema.type_map.items() if isinstance(kind, GraphQLObjectType)}
    found: dict[str, set[type]] = {name: set() for name in kinds}
    for name, kind in kinds.items():
        lookup = lookup_of(kind)
        if lookup is not None:
            found[name].add(question_of(lookup.port, lookup.question).record)
        for field in kind.fields.values():
            declared = declaration_of(field.extensions[DEFINITION]) if DEFINITION in field.extensions else None
            if isinstance(declared, Boundary):
                answered = _answered(declared)
                target = get_named_type(field.type)
                if answered is not None and isinstance(target, GraphQLObjectType):
                    found[_shown(target).name].add(answered)
    return found


def _answered(declared: Boundary) -> type | None:
    """The record a boundary shows."""
    if declared.leads is not None:
        return question_of(declared.leads.port, declared.leads.question).record
    record = question_of(declared.port, declared.question).record
    if declared.shows is None:
        return record
    shown = record.__annotations__[declared.shows]
    return shown if isinstance(shown, type) else None


def _shown(kind: GraphQLObjectType) -> GraphQLObjectType:
    """The type of a page's nodes; any other type is itself."""
    if not kind.name.endswith("Connection"):
        return kind
    node: GraphQLObjectType = get_named_type(get_named_type(kind.fields["edges"].type).fields["node"].type)
    return node


def test_every_value_is_an_attribute_of_the_record_behind_its_type() -> None:
    kinds = build()._schema.type_map
    wrong = []
    for name, records in records_behind().items():
        for each, field in kinds[name].fields.items():
            if each in _FIXED or DEFINITION not in field.extensions or (each == "id" and lookup_of(kinds[name])):
                continue
            declared, python_name = declaration_of(field.extensions[DEFINITION]), field.extensions[DEFINITION].python_name
            wanted: set[str] = set()
            if isinstance(declared, Value):
                wanted = {python_name}
            elif isinstance(declared, Boundary):
                wanted = {declared.key.split(".")[0]}
            elif isinstance(declared, Computed):
                wanted = set(declared.reads or ())
            wrong += [f"{name}.{each}: {record.__name__} has no {missing}" for record in records for missing in wanted - attributes(record)]
    assert wrong == []


def test_every_boundary_leads_on_by_an_attribute_of_what_it_answered() -> None:
    wrong = []
    for name, kind in build()._schema.type_map.items():
        for each, field in getattr(kind, "fields", {}).items():
            declared = declaration_of(field.extensions[DEFINITION]) if DEFINITION in field.extensions else None
            if not isinstance(declared, Boundary):
                continue
            record = question_of(declared.port, declared.question).record
            wanted = {word for word in (declared.shows, declared.leads and declared.leads.key) if word}
            wanted |= {name for name in declared.filters if not hasattr(record, f"{name}_at")}
            wrong += [f"{name}.{each}: {record.__name__} has no {missing}" for missing in wanted - attributes(record)]
    assert wrong == []


def planted(field: Any) -> Any:
    """A schema of one field, as native types."""
    thing = noun(domain="test")(type("Thing", (), {"__doc__": "A thing.", "__annotations__": {}, "planted": field}))
    query = type("Query", (), {"__annotations__": {"thing": thing}, "thing": computed()(_thing(thing))})
    made = strawberry.type(description="Where every read begins.")(query)
    for each in definition_of(made).fields:
        label(each, "test", Sensitivity.PUBLIC)
    return strawberry.federation.Schema(query=made, federation_version="2.9")._schema


def _thing(kind: type) -> Any:
    def thing(self):  # noqa: ANN001, ANN202  the annotation is made below
        """A thing."""

    thing.__annotations__ = {"return": kind}
    return thing


def stub(self) -> str | None:  # noqa: ANN001
    """What a planted field shows."""


@pytest.mark.parametrize(
    ("field", "said"),
    [
        (strawberry.field(resolver=stub, description="Undeclared."), "not declared"),
        (boundary("no_such_port", "accounts_of")(stub), "no port 'no_such_port'"),
        (boundary("accounts", "no_such_question")(stub), "no question 'no_such_question'"),
        (computed(asks=("accounts.nothing_of",))(stub), "no question 'nothing_of'"),
        (computed()(stub), "nothing computes it"),
    ],
)
def test_a_field_with_nothing_behind_it_stops_the_program(field: Any, said: str) -> None:
    with pytest.raises(binding.Unbound, match="Thing.planted") as refusal:
        binding.bind(planted(field))
    assert said in str(refusal.value)


def test_a_field_without_description_stops_the_program() -> None:
    def silent(self) -> str | None: ...  # noqa: ANN001

    with pytest.raises(binding.Unbound, match=r"Thing.planted: has no description"):
        binding.bind(planted(boundary("accounts", "accounts_of")(silent)))


def test_a_field_without_label_stops_the_program() -> None:
    schema = planted(boundary("accounts", "accounts_of")(stub))
    schema.type_map["Thing"].fields["planted"].extensions[DEFINITION].directives = []
    with pytest.raises(binding.Unbound, match=r"Thing.planted"):
        binding.bind(schema)


@pytest.mark.parametrize("place", sorted(computations()))
def test_a_computation_without_its_field_or_a_field_without_its_computation_stops_the_program(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rest = {name: each for name, each in computations().items() if name != place}
    monkeypatch.setattr(binding, "computations", lambda: rest)
    with pytest.raises(binding.Unbound, match=f"{place}: nothing computes it"):
        binding.bind(build()._schema)
    monkeypatch.setattr(binding, "computations", lambda: {**computations(), "Employee.noSuchField": stub})
    with pytest.raises(binding.Unbound, match=r"Employee.noSuchField: a computation without a field"):
        binding.bind(build()._schema)


def test_the_whole_schema_binds_and_no_field_answers_by_default() -> None:
    schema = build()._schema
    binding.bind(schema)
    unbound = [
        f"{name}.{each}"
        for name, kind in schema.type_map.items()
        if isinstance(kind, GraphQLObjectType) and not name.startswith("_")
        for each, field in kind.fields.items()
        if each not in _FIXED and field.resolve is None
    ]
    assert unbound == []
