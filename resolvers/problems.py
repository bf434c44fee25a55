"""Problems of a request, coded: what a caller may be told, and nothing else."""

from typing import Any, Final

from graphql import GraphQLError

from sources.ports.errors import SourceError

CODES: Final = frozenset(
    {
        "BAD_INPUT",
        "PARSE_FAILED",
        "VALIDATION_FAILED",
        "UNAUTHENTICATED",
        "FORBIDDEN_FIELD",
        "MASKED",
        "SOURCE_TIMEOUT",
        "SOURCE_UNAVAILABLE",
        "CIRCUIT_OPEN",
        "SOURCE_REJECTED",
        "BAD_SOURCE_DATA",
        "DEADLINE_EXCEEDED",
        "COST_EXCEEDED",
        "LIMIT_EXCEEDED",
        "LIMIT_REACHED",
        "RATE_LIMITED",
        "UNKNOWN_DOCUMENT",
        "MULTIPLE_MUTATIONS",
        "AUDIT_UNAVAILABLE",
        "INTERNAL",
    }
)
"""The closed list of codes in `errors[].extensions.code`."""


class RequestProblem(GraphQLError):
    """A mistake of the caller, told in the caller's words. Shape: `code` is of the closed list."""

    def __init__(self, code: str, message: str, **more: Any) -> None:
        super().__init__(message, extensions={"code": code, **more})
        self.code = code


def bad_input(message: str) -> RequestProblem:
    """An argument that cannot be understood."""
    return RequestProblem("BAD_INPUT", message)


def formatted(error: GraphQLError, trace_id: str) -> dict[str, Any]:
    """An error as it is answered. Anything unforeseen becomes INTERNAL with the trace id and nothing else."""
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    extensions: dict[str, Any]
    if isinstance(cause, SourceError):
        message, extensions = str(cause), of_source(cause)
    elif isinstance(error, RequestProblem) or isinstance(cause, RequestProblem):
        problem = error if isinstance(error, RequestProblem) else cause
        assert isinstance(problem, RequestProblem)
        message, extensions = problem.message, dict(problem.extensions or {})
    elif _of_caller(error, cause):
        # graphql-core's own words about variables and the choice of operation: about the caller's input only
        message, extensions = error.message, {"code": "BAD_INPUT"}
    else:
        message, extensions = "an unforeseen error; quote the trace id", {"code": "INTERNAL", "retryable": False}
    answer: dict[str, Any] = {"message": message, "extensions": {**extensions, "traceId": trace_id}}
    if error.path is not None:
        answer["path"] = list(error.path)
    if error.locations:
        answer["locations"] = [{"line": each.line, "column": each.column} for each in error.locations]
    return answer


def _of_caller(error: GraphQLError, cause: object) -> bool:
    """Whether graphql-core itself complains of what the caller gave: variables, the choice of operation, an argument."""
    if cause is not None and not isinstance(cause, GraphQLError):
        return False
    return error.path is None or error.message.startswith("Argument ")


def of_source(error: SourceError) -> dict[str, Any]:
    """Extensions of a source's failure."""
    extensions: dict[str, Any] = {"code": error.code, "source": error.source, "retryable": error.retryable}
    if error.retry_after is not None:
        extensions["retryAfterMs"] = round(error.retry_after * 1000)
    return extensions


def is_unforeseen(error: GraphQLError) -> bool:
    """Whether an error is a defect of ours, to be logged with its trace."""
    cause = error.original_error
    if cause is None:
        return error.path is not None and not isinstance(error, RequestProblem) and not _of_caller(error, cause)
    return not isinstance(cause, SourceError | GraphQLError)
