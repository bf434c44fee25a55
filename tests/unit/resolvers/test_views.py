"""Views: whatever is taken away, what is left is a schema, and nothing in it tells of what was taken."""

import os
import random
import re
from collections.abc import Mapping
from typing import Final

import pytest
from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    introspection_from_schema,
    parse,
    print_schema,
    validate,
    validate_schema,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authz.labels import Coordinate, labels_of_schema
from resolvers.views import view_of
from schema.assemble import build

SCHEMA: Final = build()._schema
LABELS: Final = labels_of_schema(SCHEMA)
PLACES: Final = sorted(LABELS.of)
ROOT_PLACES: Final = [place for place in PLACES if place[0] == "Query"]
BEFORE: Final = print_schema(SCHEMA)


def without(*places: str) -> GraphQLSchema:
    """The contract less some fields, each as `Type.field`."""
    return view_of(SCHEMA, frozenset((type_name, field) for type_name, field in (each.split(".") for each in places)))


def of_domain(domain: str) -> frozenset[Coordinate]:
    """Every field of a domain."""
    return frozenset(place for place, label in LABELS.of.items() if LABELS.all[label].domain == domain)


def fields_of(view: GraphQLSchema, name: str) -> set[str]:
    """The fields of a type, the values of an enum."""
    kind = view.type_map[name]
    return set(getattr(kind, "fields", None) or getattr(kind, "values", {}))


def told(view: GraphQLSchema) -> Mapping[str, object]:
    """What introspection tells of each type, by name."""
    return {each["name"]: each for each in introspection_from_schema(view)["__schema"]["types"]}


def problems(view: GraphQLSchema, query: str) -> list[str]:
    """What validation says, as it is said to whoever may not be helped along."""
    return [each.message for each in validate(view, parse(query), hide_suggestions=True)]


def is_a_schema_of_its_own(view: GraphQLSchema) -> None:
    """No type is empty, dangling or of the schema that it was made from, and validation finds nothing wrong."""
    view._validation_errors = None
    assert validate_schema(view) == []
    for name, kind in view.type_map.items():
        assert (
            name.startswith("__")
            or name in {"String", "Int", "Float", "Boolean", "ID"}
            or kind is not SCHEMA.type_map[name]
        )
        if isinstance(kind, GraphQLInterfaceType):
            assert view.get_possible_types(kind), name
        if isinstance(kind, GraphQLUnionType):
            assert kind.types, name


def test_less_nothing_is_the_same() -> None:
    view = view_of(SCHEMA, frozenset())
    assert view is not SCHEMA
    assert print_schema(view) == BEFORE
    assert introspection_from_schema(view) == introspection_from_schema(SCHEMA)


def test_less_any_one_field_it_is_a_schema_and_the_given_one_is_as_before() -> None:
    chosen = PLACES if os.environ.get("OKNO_SOAK") else random.Random(20261123).sample(PLACES, 120)
    for place in chosen:
        view = view_of(SCHEMA, frozenset({place}))
        is_a_schema_of_its_own(view)
        kind = view.type_map.get(place[0])
        assert not isinstance(kind, GraphQLObjectType) or place[1] not in kind.fields, place
    assert print_schema(SCHEMA) == BEFORE
    assert validate_schema(SCHEMA) == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sets(st.sampled_from(PLACES), max_size=len(PLACES)), st.sampled_from(ROOT_PLACES))
def test_less_any_fields_it_is_a_schema(places: set[Coordinate], kept: Coordinate) -> None:
    taken = frozenset(places - {kept})
    try:
        view = view_of(SCHEMA, taken)
    except TypeError as problem:
        assert str(problem) == "nothing is left to ask for"  # noqa: PT017
        return
    is_a_schema_of_its_own(view)
    assert [place for place in taken if place[0] in view.type_map and place[1] in fields_of(view, place[0])] == []


def test_with_nothing_left_to_ask_for_there_is_no_view() -> None:
    with pytest.raises(TypeError, match="nothing is left"):
        view_of(SCHEMA, frozenset({*ROOT_PLACES, ("Query", "_service"), ("Query", "_entities")}))


@pytest.mark.parametrize(
    ("domain", "gone"),
    [
        ("badge", {"Badge", "BadgeConnection", "BadgeEdge", "BadgeKind", "BadgeStatus", "Passage"}),
        ("group", {"Group", "GroupConnection", "GroupEdge", "GroupKind"}),
        ("mail", {"Mailbox", "OutOfOffice"}),
        ("hr", {"Employment", "PersonalDetails", "Department", "Absence", "AbsenceKind", "PartialDate"}),
        ("timeline", {"TimelineEvent", "TimelineEventConnection", "TimelineEventEdge", "TimelineKind"}),
        ("ticket", {"Ticket", "TicketConnection", "TicketEdge", "TicketFilter", "TicketKey", "TicketStatus"}),
    ],
)
def test_with_a_domain_go_its_types_and_what_only_they_used(domain: str, gone: set[str]) -> None:
    view = view_of(SCHEMA, of_domain(domain))
    is_a_schema_of_its_own(view)
    assert gone <= set(SCHEMA.type_map)
    assert not gone & set(view.type_map)
    assert not gone & set(told(view))
    assert all(name not in view.type_map or field not in fields_of(view, name) for name, field in of_domain(domain))


def test_a_field_that_was_taken_is_as_unknown_as_one_that_never_was() -> None:
    view = without("Employee.vip")
    asked = '{ employee(by: {login: "a"}) { %s } }'
    assert problems(SCHEMA, asked % "vip") == []
    assert (
        problems(view, asked % "vip")
        == [each.replace("vix", "vip") for each in problems(SCHEMA, asked % "vix")]
        == ["Cannot query field 'vip' on type 'Employee'."]
    )


@pytest.mark.parametrize(
    ("taken", "query", "never"),
    [
        ("Employee.phones", '{ employee(by: {login: "a"}) { phones { number } } }', ("phones", "phonez")),
        ("Employee.phones", "{ node(id: 1) { ... on Phone { number } } }", ("Phone", "Phona")),
        ("Workplace.region", '{ employees(filter: {region: "br"}) { totalCount } }', ("region", "regiom")),
        ("Employee.name", "{ employees(orderBy: NAME) { totalCount } }", ("NAME", "NAMA")),
        ("Ticket.status", "{ employee(by: {id: 1}) { tickets(status: [NEW]) { totalCount } } }", ("status", "statut")),
        (
            "Query.ticket",
            "query q($k: TicketKey!) { viewer { login } __typename @skip(if: $k) }",
            ("TicketKey", "TicketKez"),
        ),
    ],
)
def test_what_hung_on_it_is_as_unknown(taken: str, query: str, never: tuple[str, str]) -> None:
    said, wrong = never
    unknown = query.replace(said, wrong)
    view = without(taken)
    found = [each for each in problems(view, query) if said in each]
    assert found
    assert found == [each.replace(wrong, said) for each in problems(view, unknown) if wrong in each]
    assert not [
        each for each in problems(SCHEMA, query) if re.search(rf"(Cannot query|Unknown|not defined).*{said}", each)
    ]


def test_introspection_tells_of_the_view_and_of_nothing_else() -> None:
    before, after = told(SCHEMA), told(without("Employee.vip", "Device.mac"))
    assert set(before) == set(after)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"Employee", "Device"}
    for name, field in (("Employee", "vip"), ("Device", "mac")):
        assert [each for each in before[name]["fields"] if each["name"] != field] == after[name]["fields"]
    assert "vip" not in str(after).lower()


def test_an_order_that_stands_for_none_given_goes_with_its_default() -> None:
    view = without("Employee.login")
    assert "orderBy" not in view.type_map["Query"].fields["employees"].args
    assert "EmployeeOrder" not in view.type_map
    assert fields_of(without("Employee.name"), "EmployeeOrder") == {"LOGIN"}


def test_who_may_not_read_a_field_is_not_told_of_finding_by_it() -> None:
    assert fields_of(SCHEMA, "IdentifierKind") - fields_of(without("Device.ip"), "IdentifierKind") == {"IP"}


def test_a_type_that_misses_a_field_of_its_interface_is_no_such_thing_any_more() -> None:
    view = without("Device.id")
    assert "Device" not in {each.name for each in view.get_possible_types(view.type_map["Node"])}
    assert "Node" not in without("Node.id", *(f"{name}.id" for name, field in PLACES if field == "id")).type_map


def test_a_type_of_which_only_its_id_is_left_is_gone() -> None:
    own = {f"{name}.{field}" for name, field in PLACES if name == "Device" and field != "id"}
    view = without(*own)
    assert not {"Device", "DeviceConnection", "DeviceEdge"} & set(view.type_map)
    assert "devices" not in fields_of(view, "Employee")
    assert "Device" not in {each.name for each in view.type_map["SearchResult"].types}


SMALL: Final = build_schema("""
    "Where reading begins."
    type Query {
      shelf(by: ShelfKey!, size: Size = SMALL): Shelf
      book: Book @deprecated(reason: "Use shelf.")
      things(kinds: [Size!] = [SMALL, LARGE]): [Thing]
    }
    input ShelfKey @oneOf { number: Int, place: Place }
    input Place { room: Room! }
    input Room { name: String }
    enum Size { SMALL LARGE }
    interface Named { name: String }
    interface Titled implements Named { name: String, title: String }
    "A book." type Book implements Titled & Named { name: String, title: String }
    type Shelf implements Named { name: String, books(first: Int = 3): [Book!]! }
    union Thing = Book | Shelf
""")


@pytest.mark.parametrize(
    ("places", "gone"),
    [
        ({("Book", "title")}, {"Titled"}),
        ({("Titled", "title")}, set()),
        ({("Named", "name")}, {"Named"}),
        ({("Size", "SMALL")}, {"Size"}),
        ({("Room", "name")}, {"Room", "Place"}),
        ({("Room", "name"), ("ShelfKey", "number")}, {"Room", "Place", "ShelfKey"}),
        ({("Book", "name"), ("Book", "title")}, {"Book", "Titled"}),
        ({("Query", "things")}, {"Thing"}),
        ({("Shelf", "name"), ("Shelf", "books")}, {"Shelf", "ShelfKey", "Place", "Room"}),
    ],
)
def test_nothing_hangs_in_the_air(places: set[Coordinate], gone: set[str]) -> None:
    view = view_of(SMALL, frozenset(places))
    view._validation_errors = None
    assert validate_schema(view) == []
    assert set(SMALL.type_map) - set(view.type_map) - {"Int", "Boolean"} == gone


def test_descriptions_defaults_and_deprecations_stay() -> None:
    text = print_schema(view_of(SMALL, frozenset({("Query", "things")})))
    for each in (
        '"""Where reading begins."""',
        "size: Size = SMALL",
        '@deprecated(reason: "Use shelf.")',
        '"""A book."""',
        "@oneOf",
        "first: Int = 3",
    ):
        assert each in text
