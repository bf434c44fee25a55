"""What a caller is told of an error, and what never."""

from typing import Any

import pytest
from graphql import GraphQLError, GraphQLSchema, build_schema, execute, parse
from hypothesis import given
from hypothesis import strategies as st

from resolvers.problems import CODES, RequestProblem, bad_input, formatted, is_unforeseen
from sources.ports.errors import SOURCE_CODES, SourceError, WriteRefused

SECRET = "https://hr.internal/?token=hunter2"
SDL: GraphQLSchema = build_schema(
    "type Query { a(n: Int! = 1, s: String): Int, must: Int!, kind: Kind } enum Kind { ONE }"
)


def answered(resolve: Any, text: str = "{ x: a }", **variables: Any) -> dict[str, Any]:
    """The one error of a query whose fields are resolved by this."""
    result = execute(SDL, parse(text), field_resolver=lambda *_a, **_k: resolve(), variable_values=variables)
    [error] = result.errors or []
    return formatted(error, "trace-1")


def raising(problem: BaseException) -> Any:
    def resolve() -> None:
        raise problem

    return resolve


def test_codes_of_sources_are_of_the_closed_list() -> None:
    assert set(SOURCE_CODES) < CODES


@pytest.mark.parametrize("code", SOURCE_CODES)
def test_a_failure_of_a_source_names_it_and_keeps_its_detail(code: Any) -> None:
    told = answered(raising(SourceError(code, "hr", SECRET, retry_after=1.5)))
    assert told["path"] == ["x"]
    assert told["extensions"] == {
        "code": code,
        "source": "hr",
        "retryable": code not in ("SOURCE_REJECTED", "BAD_SOURCE_DATA"),
        "retryAfterMs": 1500,
        "traceId": "trace-1",
    }
    assert "hr" in told["message"]
    assert SECRET not in str(told)


def test_a_mistake_of_the_caller_is_told_in_its_words() -> None:
    told = answered(raising(bad_input("by.number: expected a ticket's number")))
    assert told["message"] == "by.number: expected a ticket's number"
    assert told["extensions"] == {"code": "BAD_INPUT", "traceId": "trace-1"}
    assert told["locations"] == [{"line": 1, "column": 3}]


@pytest.mark.parametrize(
    "problem",
    [KeyError(SECRET), RuntimeError(SECRET), WriteRefused(SECRET), RecursionError(SECRET), GraphQLError(SECRET)],
)
def test_what_nobody_foresaw_tells_nothing(problem: Exception) -> None:
    told = answered(raising(problem))
    assert told["message"] == "an unforeseen error; quote the trace id"
    assert told["extensions"] == {"code": "INTERNAL", "retryable": False, "traceId": "trace-1"}
    assert SECRET not in str(told)


@pytest.mark.parametrize(
    ("text", "value"), [("{ a }", SECRET), ("{ a }", 2**40), ("{ must }", None), ("{ kind }", SECRET)]
)
def test_a_value_that_the_schema_does_not_take_tells_nothing(text: str, value: Any) -> None:
    told = answered(lambda: value, text)
    assert told["extensions"]["code"] == "INTERNAL"
    assert SECRET not in str(told)


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("query($n: Int!) { a(n: $n) }", {}),
        ("query($n: Int!) { a(n: $n) }", {"n": "seven"}),
        ("query($n: Int!) { a(n: $n) }", {"n": 2**40}),
        ("query($n: Int!) { a(n: $n) }", {"n": None}),
        ("query($s: String) { a(s: $s) }", {"s": ["x"]}),
    ],
)
def test_a_wrong_variable_is_bad_input(text: str, variables: dict[str, Any]) -> None:
    told = answered(lambda: 1, text, **variables)
    assert told["extensions"]["code"] == "BAD_INPUT"
    assert told["message"].startswith("Variable '$")


def test_only_defects_of_ours_are_unforeseen() -> None:
    def wrapped(problem: Exception) -> GraphQLError:
        return GraphQLError("x", original_error=problem)

    assert [is_unforeseen(wrapped(each)) for each in (KeyError("x"), WriteRefused("x"))] == [True, True]
    for foreseen in (SourceError("SOURCE_TIMEOUT", "hr"), bad_input("x"), GraphQLError("x")):
        assert not is_unforeseen(wrapped(foreseen))
    assert not is_unforeseen(GraphQLError("x"))


PROBLEMS = st.one_of(
    st.sampled_from(SOURCE_CODES).map(lambda code: SourceError(code, "hr", SECRET)),
    st.sampled_from(sorted(CODES)).map(lambda code: RequestProblem(code, "a mistake")),
    st.sampled_from([KeyError, ValueError, OSError, RuntimeError]).map(lambda kind: kind(SECRET)),
)


@given(PROBLEMS, st.integers(0, 3), st.booleans())
def test_however_wrapped_an_error_has_a_listed_code_and_no_secret(
    problem: Exception, layers: int, placed: bool
) -> None:
    error = problem if isinstance(problem, GraphQLError) else GraphQLError("inside", original_error=problem)
    for _ in range(layers):
        error = GraphQLError(SECRET, original_error=error, path=["a", 0] if placed else None)
    told = formatted(error, "trace-1")
    assert told["extensions"]["code"] in CODES
    assert told["extensions"]["traceId"] == "trace-1"
    assert SECRET not in str(told)
    if isinstance(problem, SourceError):
        assert told["extensions"]["code"] == problem.code
    elif not isinstance(problem, RequestProblem):
        assert told["extensions"]["code"] == "INTERNAL"
