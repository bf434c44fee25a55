"""What a document needs of each record, and what is wrong with its arguments before anything is asked."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from graphql import GraphQLSchema

from authz.profile import Verdict
from resolvers.documents import Documents
from resolvers.ids import encode
from resolvers.planning import Plan
from resolvers.problems import RequestProblem
from resolvers.sight import Guards
from resolvers.viewpoints import Viewpoints
from resolvers.windows import cursor_of
from sources.ports.accounts import Account
from sources.ports.catalogue import question_of
from sources.ports.certificates import Certificate
from sources.ports.directory import Person
from sources.ports.equipment import Device
from sources.ports.hr import Employment, PersonalDetails
from sources.ports.software import InstalledSoftware
from tests.unit.resolvers.open_rights import OpenDocuments, open_profile

PEOPLE, DEVICES = ("directory", Person), ("equipment", Device)
REF = {"employee_id", "login", "email", "directory_id"}
ME = '(by: {login: "x"})'


def plan(schema: GraphQLSchema, text: str, operation: str | None = None) -> Plan:
    documents = OpenDocuments(schema)
    return documents.plan(documents.read(text), operation)


def needs(schema: GraphQLSchema, text: str, port: str, record: type) -> set[str] | None:
    found = plan(schema, text).needs[port, record]
    return None if found is None else set(found)


def test_only_what_is_selected_is_needed(schema: GraphQLSchema) -> None:
    assert needs(schema, f"{{ employee{ME} {{ login title: name {{ display }} }} }}", *PEOPLE) == {"login", "name"}


def test_an_id_needs_the_key_it_is_made_of(schema: GraphQLSchema) -> None:
    assert needs(schema, f"{{ employee{ME} {{ id }} }}", *PEOPLE) == {"employee_id"}


def test_an_alias_is_the_field_it_stands_for(schema: GraphQLSchema) -> None:
    assert needs(schema, f"{{ a: employee{ME} {{ login: email }} }}", *PEOPLE) == {"email"}


def test_needs_are_the_union_over_fields_fragments_and_levels(schema: GraphQLSchema) -> None:
    text = f"""
    {{ employee{ME} {{ ...A ... {{ vip }} ... on Employee {{ phones {{ number }} }}
         employment {{ manager {{ timeZone ...B }} }} }} }}
    fragment A on Employee {{ email ...B }}
    fragment B on Employee {{ languages }}
    """
    assert needs(schema, text, *PEOPLE) == REF | {"vip", "phones", "languages", "time_zone", "email"}


def test_inline_fragments_on_an_interface_reach_each_type(schema: GraphQLSchema) -> None:
    text = """query($id: ID!) { node(id: $id) { id ... on Employee { email } ... on Device { model ...D } ...N } }
    fragment D on Device { software(first: 1) { edges { node { version } } } }
    fragment N on Node { id ... on Employee { vip } }"""
    found = plan(schema, text).needs
    assert found[PEOPLE] == {"email", "vip"}
    assert found[DEVICES] == {"model", "tag", "serial_number", "hostname"}
    assert found["software", InstalledSoftware] == {"version"}


def test_nodes_of_a_search_reach_each_type(schema: GraphQLSchema) -> None:
    text = '{ search(text: "x") { edges { node { ... on Employee { email } ... on Device { model } } } } }'
    found = plan(schema, text).needs
    assert found[PEOPLE] is None or "email" in found[PEOPLE]
    assert found[DEVICES] is None or "model" in found[DEVICES]


def test_values_of_pages_and_edges_are_needed_of_the_record_alone(schema: GraphQLSchema) -> None:
    text = f"{{ employee{ME} {{ devices(first: 1) {{ totalCount pageInfo {{ endCursor }} edges {{ cursor node {{ model }} }} }} }} }}"
    assert needs(schema, text, *DEVICES) == {"model"}
    assert needs(schema, text, *PEOPLE) == REF


def test_what_is_filtered_needs_the_whole_record(schema: GraphQLSchema) -> None:
    text = f"{{ employee{ME} {{ certificates(status: VALID, first: 1) {{ edges {{ node {{ serial }} }} }} }} }}"
    assert needs(schema, text, "certificates", Certificate) is None


def test_what_is_computed_needs_all_it_asks_for(schema: GraphQLSchema) -> None:
    found = plan(schema, f"{{ employee{ME} {{ disagreements {{ __typename }} }} }}").needs
    for asked in ("hr.employment_of", "accounts.accounts_of", "certificates.certificates_of", "equipment.devices_of"):
        port, question = asked.split(".")
        assert found[port, question_of(port, question).record] is None, asked
    assert PEOPLE in found
    assert found[PEOPLE] is None, "the person is looked at as a whole"


def test_of_several_operations_only_the_chosen_one_counts(schema: GraphQLSchema) -> None:
    text = f"query A {{ employee{ME} {{ login }} }} query B {{ employee{ME} {{ email account {{ enabled }} }} }}"
    assert plan(schema, text, "A").needs == {PEOPLE: {"login"}}
    assert plan(schema, text, "B").needs[("accounts", Account)] == {"enabled"}


def test_of_what_is_masked_only_what_a_mask_leaves_something_of_is_needed(schema: GraphQLSchema) -> None:
    guards = Guards.of(schema)
    masked = guards.labels.of["PersonalDetails", "homeAddress"]
    verdicts = tuple(Verdict.MASK if place == masked else Verdict.ALLOW for place in range(len(guards.labels.all)))
    profile = replace(open_profile(guards.labels), verdicts=verdicts)
    text = f"{{ employee{ME} {{ personal {{ homeAddress birthDate legalName }} }} }}"
    documents = Documents(schema, guards, Viewpoints(schema, guards.labels))
    found = documents.plan(documents.read(text, profile), None, profile)
    assert found.needs["hr", PersonalDetails] == {"birth_date", "legal_name"}


def test_all_is_told_by_an_empty_set(schema: GraphQLSchema) -> None:
    found = plan(schema, f"{{ employee{ME} {{ login disagreements {{ __typename }} employment {{ position }} }} }}")
    assert found.fields_of("hr", Employment) == frozenset()
    assert plan(schema, f"{{ employee{ME} {{ login }} }}").fields_of(*PEOPLE) == {"login"}


def test_fragments_that_double_themselves_are_planned_in_no_time(schema: GraphQLSchema) -> None:
    chain = "".join(f"fragment F{n} on Employee {{ ...F{n + 1} ...F{n + 1} }} " for n in range(8))
    last = 'fragment F8 on Employee { devices(after: "nonsense") { totalCount } }'
    text = f'{{ employee(by: {{login: "x"}}) {{ ...F0 }} }} {chain} {last}'
    began = time.monotonic()
    with pytest.raises(RequestProblem):
        plan(schema, text).check({})
    assert time.monotonic() - began < 1


GOOD, CURSOR = encode("Employee", "directory", "1"), cursor_of(("a", 1))
WRONG = "bm9uc2Vuc2U"


def problem(schema: GraphQLSchema, text: str, variables: Mapping[str, Any] | None = None) -> str:
    with pytest.raises(RequestProblem) as caught:
        plan(schema, text).check(variables or {})
    assert caught.value.code == "BAD_INPUT"
    return caught.value.message


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (f'{{ node(id: "{WRONG}") {{ id }} }}', "node"),
        (f'{{ x: node(id: "{WRONG}") {{ id }} }}', "x"),
        (f'{{ nodes(ids: ["{GOOD}", "{WRONG}"]) {{ id }} }}', "nodes"),
        (f'{{ employee(by: {{id: "{WRONG}"}}) {{ login }} }}', "employee"),
        (f'{{ tickets(filter: {{requester: "{WRONG}"}}) {{ totalCount }} }}', "tickets"),
        ("{ employees(first: 201) { totalCount } }", "employees"),
        ("{ employees(first: -1) { totalCount } }", "employees"),
        (f'{{ employees(after: "{WRONG}") {{ totalCount }} }}', "employees"),
        (f"{{ employee{ME} {{ d: devices(first: 1000) {{ totalCount }} }} }}", "employee.d"),
        (
            f"{{ employee{ME} {{ ...F }} }} fragment F on Employee {{ devices(first: 201) {{ totalCount }} }}",
            "employee.devices",
        ),
        ('{ search(text: "' + "x" * 201 + '") { edges { cursor } } }', "search"),
    ],
)
def test_a_wrong_argument_is_found_before_execution_and_placed(schema: GraphQLSchema, text: str, path: str) -> None:
    assert problem(schema, text).startswith(f"{path}: ")


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("query($id: ID!) { node(id: $id) { id } }", {"id": WRONG}),
        ("query($id: ID!) { node(id: $id) { id } }", {"id": 7}),
        ("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": [GOOD, WRONG]}),
        ("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": [GOOD] * 201}),
        ("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": WRONG}),
        ("query($id: ID!) { nodes(ids: [$id]) { id } }", {"id": WRONG}),
        ("query($by: EmployeeKey!) { employee(by: $by) { id } }", {"by": {"id": WRONG}}),
        ("query($id: ID!) { employee(by: {id: $id}) { id } }", {"id": WRONG}),
        ("query($n: Int!) { employees(first: $n) { totalCount } }", {"n": 201}),
        ("query($c: String) { employees(after: $c) { totalCount } }", {"c": WRONG}),
        ("query($c: String) { employees(after: $c) { totalCount } }", {"c": 7}),
        ("query($n: Int! = 201) { employees(first: $n) { totalCount } }", {}),
        (f'query($id: ID! = "{WRONG}") {{ node(id: $id) {{ id }} }}', {}),
        (f'{{ nodes(ids: "{WRONG}") {{ id }} }}', {}),
    ],
)
def test_a_wrong_variable_or_default_is_found_before_execution(
    schema: GraphQLSchema, text: str, variables: Mapping[str, Any]
) -> None:
    assert problem(schema, text, variables)


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        (f'{{ node(id: "{GOOD}") {{ id }} nodes(ids: ["{GOOD}"]) {{ id }} }}', {}),
        (
            "query($id: ID!, $n: Int!) { node(id: $id) { id } employees(first: $n) { totalCount } }",
            {"id": GOOD, "n": 200},
        ),
        ("query($c: String) { employees(after: $c) { totalCount } }", {"c": CURSOR}),
        ("query($c: String) { employees(after: $c) { totalCount } }", {"c": None}),
        ("query($c: String) { employees(after: $c) { totalCount } }", {}),
        ("query($n: Int! = 201) { employees(first: $n) { totalCount } }", {"n": 5}),
        ("{ employees(filter: null, after: null) { totalCount } }", {}),
    ],
)
def test_right_arguments_pass(schema: GraphQLSchema, text: str, variables: Mapping[str, Any]) -> None:
    plan(schema, text).check(variables)
