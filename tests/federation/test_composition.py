"""Okno's schema is composed with others by both public libraries, with its labels, and contradictions are refused."""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import pytest
from graphql import DirectiveNode, FieldDefinitionNode, parse, print_ast
from graphql.language import ObjectTypeDefinitionNode

from tests.federation.node import HERE, Node
from tests.process.okno import ROOT

LIBRARIES: Final = ("apollo", "guild")
LABELS: Final = frozenset({"data", "source", "operation"})
LINK: Final = "https://okno.dev/spec/labels/v1.0"
ALONE: Final = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])\n'
RELAY: Final = """
type Query { spots(first: Int! = 25): SpotConnection! }
type SpotConnection { edges: [SpotEdge!]! pageInfo: PageInfo! }
type SpotEdge { cursor: String! node: Spot! }
type Spot @key(fields: "id") { id: ID! since: DateTime holder: Employee }
type PageInfo @shareable { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
scalar DateTime @specifiedBy(url: "https://www.rfc-editor.org/rfc/rfc3339")
type Employee @key(fields: "id", resolvable: false) { id: ID! }
"""
"""A neighbour in the habits of Relay, with a scalar and the type of pages that Okno has too."""


@dataclass(frozen=True, slots=True)
class Composed:
    """What a library says. Shape: `api` is what clients see, sorted, without directives."""

    errors: list[dict[str, Any]]
    hints: list[str]
    supergraph: str | None
    api: str | None


@pytest.fixture(scope="session", params=["committed", "served"])
def sdl(request: pytest.FixtureRequest) -> str:
    """Okno's schema: the file that clients hold it to, and what a running Okno says."""
    if request.param == "served":
        told: str = request.getfixturevalue("served")
        return told.strip()
    return (ROOT / "schema.graphql").read_text(encoding="utf-8").strip()


@cache
def compose(node: Node, library: str, sdl: str, **neighbours: str) -> Composed:
    """What a library says of Okno's schema among others; the same is composed once."""
    subgraphs = [
        {"name": name, "url": f"https://{name}.example/graphql", "sdl": text} for name, text in neighbours.items()
    ]
    okno = {"name": "okno", "url": "https://okno.example/graphql", "sdl": sdl}
    return Composed(**node.answer(HERE / "compose.mjs", {"library": library, "subgraphs": [okno, *subgraphs]}))


def neighbour(name: str) -> str:
    return (HERE / f"{name}.graphql").read_text(encoding="utf-8")


def labels_of(sdl: str) -> dict[str, list[str]]:
    """The labels of every field, by its whole name."""
    found: dict[str, list[str]] = {}
    for kind in parse(sdl).definitions:
        if isinstance(kind, ObjectTypeDefinitionNode):
            for field in kind.fields or ():
                if labels := sorted(print_ast(each) for each in _labels(field)):
                    found[f"{kind.name.value}.{field.name.value}"] = labels
    return found


def _labels(field: FieldDefinitionNode) -> list[DirectiveNode]:
    return [each for each in field.directives or () if each.name.value in LABELS]


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("names", [("parking",), ("lockers",), ("parking", "lockers")], ids="+".join)
def test_it_is_composed_with_those_who_know_an_employee_by_either_key(
    node: Node, sdl: str, library: str, names: tuple[str, ...]
) -> None:
    composed = compose(node, library, sdl, **{name: neighbour(name) for name in names})
    assert composed.errors == []
    assert composed.hints == []
    assert composed.api is not None
    employee = composed.api.split("type Employee ")[1].split("\n}")[0]
    added = {"parking": ["parkingPlace: ParkingPlace"], "lockers": ["locker: Locker", "lockerLabel: String"]}
    for each in ("login: String!", *(field for name in names for field in added[name])):
        assert f"  {each}\n" in f"{employee}\n", each


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_label_stands_in_the_supergraph(node: Node, sdl: str, library: str) -> None:
    composed = compose(node, library, sdl, parking=neighbour("parking"))
    assert composed.supergraph is not None
    told = labels_of(sdl)
    assert {each.split("(")[0] for labels in told.values() for each in labels} == {"@data", "@source", "@operation"}
    assert labels_of(composed.supergraph) == told
    assert LINK in composed.supergraph


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_label_that_is_not_composed_is_missed(node: Node, served: str, library: str) -> None:
    """The test above can fail: it does, when Okno's schema does not say that labels are composed."""
    silent = served.replace('@composeDirective(name: "@data")', "")
    assert silent != served
    composed = compose(node, library, silent, parking=neighbour("parking"))
    assert composed.supergraph is not None
    assert labels_of(composed.supergraph) != labels_of(silent)


def test_clients_see_the_same_whoever_composes(node: Node, sdl: str) -> None:
    both = {"parking": neighbour("parking"), "lockers": neighbour("lockers")}
    apollo, guild = (compose(node, library, sdl, **both).api for library in LIBRARIES)
    assert apollo is not None
    assert apollo == guild
    assert "_entities" not in apollo
    assert "_service" not in apollo


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_neighbour_in_the_habits_of_relay_shares_pages_and_moments(node: Node, sdl: str, library: str) -> None:
    composed = compose(node, library, sdl, spots=ALONE + RELAY)
    assert composed.errors == []
    assert [each for each in composed.hints if not each.startswith("INFO ")] == []
    assert composed.api is not None
    assert composed.api.count("type PageInfo ") == 1


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize(
    ("contradiction", "code", "words"),
    [
        (
            'type Employee @key(fields: "login") { login: Int! parkingPlace: Int }',
            "FIELD_TYPE_MISMATCH",
            "Employee.login",
        ),
        ('type Employee @key(fields: "id") { id: ID! email: String }', "INVALID_FIELD_SHARING", "Employee.email"),
        ('type Employee @key(fields: "badge") { badge: ID! parkingPlace: Int }', "SATISFIABILITY_ERROR", "badge"),
        ("type Query { node(id: ID!): Place } type Place { id: ID! }", "FIELD_TYPE_MISMATCH", "Query.node"),
    ],
    ids=["another type", "a field of ours", "a key unknown to us", "another node"],
)
def test_who_contradicts_it_is_refused(
    node: Node, sdl: str, library: str, contradiction: str, code: str, words: str
) -> None:
    composed = compose(node, library, sdl, parking=ALONE + contradiction)
    assert composed.supergraph is None
    assert code in {each["code"] for each in composed.errors}
    assert words in " ".join(each["message"] for each in composed.errors)
