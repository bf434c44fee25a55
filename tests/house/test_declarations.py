"""Declarations fit the records behind them, so that a mistyped name cannot answer null."""

import dataclasses
from typing import Final

from graphql import GraphQLObjectType, get_named_type

from gateway.whole_graph import whole_graph
from resolvers import binding
from resolvers.planning import DEFINITION, lookup_of
from schema.assemble import nouns
from schema.choosing import CHOSEN_BY, ORDERED_BY
from schema.declare import Boundary, Computed, Value, declaration_of, definition_of, mask_declared, owner_field_of
from schema.labels import Mask
from schema.search import FOUND_BY
from sources.ports.catalogue import question_of

_FIXED: Final = {"_service", "_entities"}


def attributes(record: type) -> set[str]:
    """What can be read of a record: fields, and properties made of them."""
    names = {each.name for each in dataclasses.fields(record)}
    return names | {
        name for base in record.__mro__ for name, member in vars(base).items() if isinstance(member, property)
    }


def records_behind() -> dict[str, set[type]]:
    """The records that stand for each type: by lookups, by boundaries, and by the fields of other records."""
    schema = whole_graph()[0]
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
    kinds = whole_graph()[0].type_map
    wrong = []
    for name, records in records_behind().items():
        for each, field in kinds[name].fields.items():
            if each in _FIXED or DEFINITION not in field.extensions or (each == "id" and lookup_of(kinds[name])):
                continue
            declared, python_name = (
                declaration_of(field.extensions[DEFINITION]),
                field.extensions[DEFINITION].python_name,
            )
            wanted: set[str] = set()
            if isinstance(declared, Value):
                wanted = {python_name}
            elif isinstance(declared, Boundary):
                wanted = {declared.key.split(".")[0]}
            elif isinstance(declared, Computed):
                wanted = set(declared.reads or ())
            wrong += [
                f"{name}.{each}: {record.__name__} has no {missing}"
                for record in records
                for missing in wanted - attributes(record)
            ]
    assert wrong == []


def test_every_boundary_leads_on_by_an_attribute_of_what_it_answered() -> None:
    wrong = []
    for name, kind in whole_graph()[0].type_map.items():
        for each, field in getattr(kind, "fields", {}).items():
            declared = declaration_of(field.extensions[DEFINITION]) if DEFINITION in field.extensions else None
            if not isinstance(declared, Boundary):
                continue
            record = question_of(declared.port, declared.question).record
            wanted = {word for word in (declared.shows, declared.leads and declared.leads.key) if word}
            wanted |= {name for name in declared.filters if not hasattr(record, f"{name}_at")}
            wrong += [f"{name}.{each}: {record.__name__} has no {missing}" for missing in wanted - attributes(record)]
    assert wrong == []


def test_the_whole_schema_binds_and_no_field_answers_by_default() -> None:
    schema, computed = whole_graph()
    binding.bind(schema, computed.all())
    unbound = [
        f"{name}.{each}"
        for name, kind in schema.type_map.items()
        if isinstance(kind, GraphQLObjectType) and not name.startswith("_")
        for each, field in kind.fields.items()
        if each not in _FIXED and field.resolve is None
    ]
    assert unbound == []


def test_every_mask_stands_where_it_is_promised() -> None:
    masked = {
        f"{name}.{each}": mask_declared(field.extensions[DEFINITION])
        for name, kind in whole_graph()[0].type_map.items()
        for each, field in getattr(kind, "fields", {}).items()
        if isinstance(kind, GraphQLObjectType) and DEFINITION in field.extensions
    }
    assert {place: mask for place, mask in masked.items() if mask} == {
        "Phone.number": Mask.PHONE,
        "PersonalDetails.birthDate": Mask.YEAR,
        "PersonalDetails.personalEmail": Mask.EMAIL,
        "PersonalDetails.documentNumber": Mask.LAST_FOUR,
    }


def test_every_node_but_the_employee_says_whom_it_is_about() -> None:
    owners = {definition_of(each).name: owner_field_of(each) for each in nouns()}
    assert owners == {
        "Account": "owner",
        "Certificate": "owner",
        "Device": "owner",
        "Employee": None,
        "Group": "owner",
        "Ticket": "requester",
    }


def test_every_choice_looks_at_a_field_of_the_contract() -> None:
    kinds = whole_graph()[0].type_map
    fields = [*CHOSEN_BY.values(), *ORDERED_BY.values(), *(each for _, found in FOUND_BY.values() for each in found)]
    assert [place for place in fields if place[1] not in kinds[place[0]].fields] == []
    assert set(CHOSEN_BY) == set(kinds["EmployeeFilter"].fields)
    assert set(ORDERED_BY) == set(kinds["EmployeeOrder"].values)
    assert set(FOUND_BY) == set(kinds["IdentifierKind"].values)
