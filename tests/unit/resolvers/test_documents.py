"""Documents: read once, refused in time."""

import pytest
from graphql import GraphQLSchema

from resolvers import documents as module
from resolvers.documents import Refused
from resolvers.limits import MOST_CHARACTERS, MOST_TOKENS
from resolvers.problems import RequestProblem
from tests.unit.resolvers.open_rights import OpenDocuments

QUERY = "query A { viewer { login } } query B { viewer { service } }"


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that were really parsed."""
    seen: list[str] = []
    really = module.parse

    def parse(text: str, **options: int) -> object:
        seen.append(text)
        return really(text, **options)

    monkeypatch.setattr(module, "parse", parse)
    return seen


def refusal(schema: GraphQLSchema, text: str) -> Refused:
    with pytest.raises(Refused) as caught:
        OpenDocuments(schema).read(text)
    return caught.value


def test_a_text_seen_before_is_parsed_and_planned_once(schema: GraphQLSchema, parsed: list[str]) -> None:
    documents = OpenDocuments(schema)
    first, second = documents.read(QUERY), documents.read(QUERY)
    assert first is second
    assert parsed == [QUERY]
    assert documents.plan(first, "A") is documents.plan(second, "A")
    assert documents.plan(first, "A") is not documents.plan(first, "B")


def test_the_least_recently_used_goes_first(schema: GraphQLSchema, parsed: list[str]) -> None:
    documents = OpenDocuments(schema, most=2)
    one, two, three = (f"{{ v{n}: viewer {{ login }} }}" for n in range(3))
    for text in (one, two, one, three, one, two):
        documents.read(text)
    assert parsed == [one, two, three, two]


def test_a_refused_text_is_not_kept(schema: GraphQLSchema, parsed: list[str]) -> None:
    documents = OpenDocuments(schema)
    for _ in range(2):
        with pytest.raises(Refused):
            documents.read("{ nothing }")
    assert len(parsed) == 2


def test_a_text_too_long_is_refused_unread(schema: GraphQLSchema, parsed: list[str]) -> None:
    fits = "{ viewer { login } }".ljust(MOST_CHARACTERS)
    OpenDocuments(schema).read(fits)
    parsed.clear()
    assert refusal(schema, fits + " ").code == "LIMIT_EXCEEDED"
    assert parsed == []


@pytest.mark.parametrize(
    "text",
    ["{ viewer {" + " login" * MOST_TOKENS + " } }", "{a" * 3000 + "}" * 3000, "{ viewer(x: " + "[" * 4000],
    ids=lambda text: repr(text)[:20],
)
def test_more_than_the_parser_reads_is_refused(schema: GraphQLSchema, text: str) -> None:
    assert refusal(schema, text).code == "LIMIT_EXCEEDED"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "}",
        "{ viewer { login }",
        "query",
        "\0",
        '{ viewer(x: "\\ud800") { login } }',
    ],
    ids=lambda text: repr(text)[:20],
)
def test_what_is_no_document_is_not_parsed(schema: GraphQLSchema, text: str) -> None:
    refused = refusal(schema, text)
    assert refused.code == "PARSE_FAILED"
    assert len(refused.errors) == 1


@pytest.mark.parametrize(
    "text",
    [
        "{ nothing }",
        "{ viewer }",
        "{ viewer { login { x } } }",
        "{ viewer { ...F } }",
        "{ viewer { ...F } } fragment F on Viewer { ...F }",
        "query($a: Nothing) { viewer { login } }",
        "type Query { a: Int }",
        "{ employee(by: {}) { login } }",
        '{ employee(by: {login: "a", email: "b"}) { login } }',
        "{ employees(first: null) { totalCount } }",
    ],
)
def test_what_the_schema_does_not_know_is_refused(schema: GraphQLSchema, text: str) -> None:
    assert refusal(schema, text).code == "VALIDATION_FAILED"


def test_refusals_make_no_suggestions(schema: GraphQLSchema) -> None:
    [error] = refusal(schema, "{ viewer { logn } }").errors
    assert "login" not in error.message
    assert "Did you mean" not in error.message


def test_refusals_are_bounded_in_number(schema: GraphQLSchema) -> None:
    refused = refusal(schema, "{ " + " ".join(f"n{n}" for n in range(500)) + " }")
    assert len(refused.errors) <= 21


@pytest.mark.parametrize("text", ["mutation { unlockAccount }", "subscription { changes }"])
def test_only_queries_are_served(schema: GraphQLSchema, text: str) -> None:
    documents = OpenDocuments(schema)
    with pytest.raises((Refused, RequestProblem)) as caught:
        documents.plan(documents.read(text), None)
    assert getattr(caught.value, "code", None) in ("VALIDATION_FAILED", "BAD_INPUT")


@pytest.mark.parametrize("name", [None, "C", "", "a"])
def test_an_operation_that_is_not_there_or_not_named_is_bad_input(schema: GraphQLSchema, name: str | None) -> None:
    documents = OpenDocuments(schema)
    with pytest.raises(RequestProblem, match="no such operation, or several and none was named") as caught:
        documents.plan(documents.read(QUERY), name)
    assert caught.value.code == "BAD_INPUT"


def test_fragments_alone_are_no_operation(schema: GraphQLSchema) -> None:
    documents = OpenDocuments(schema)
    with pytest.raises((Refused, RequestProblem)):
        documents.plan(documents.read("fragment F on Viewer { login }"), None)
