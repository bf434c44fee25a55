"""Problems: what stands in the way of an operation, typed; nothing has been changed when one is told."""

from dataclasses import dataclass

from audit.trail import TrailUnavailable
from schema.problem import PROBLEMS


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an operation does not go on. Shape: `kind` is the type's name in the graph; `path` the input field at fault."""

    kind: str
    code: str
    message: str
    path: tuple[str, ...] = ()


class OperationProblem(Exception):
    """An operation does not go on; nothing has been changed."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def problem(kind: str, message: str, *, code: str | None = None, path: tuple[str, ...] = ()) -> OperationProblem:
    """A problem of a kind. Raises: KeyError for a kind that is not of the closed list."""
    PROBLEMS[kind]  # a kind nobody knows is a defect
    return OperationProblem(Problem(kind, code or _code(kind), message, path))


def bad_field(name: str, words: str) -> Problem:
    """An input field that cannot be taken."""
    return Problem("BadInput", "BAD_INPUT", f"{_camel(name)} {words}", ("input", _camel(name)))


def unrecorded(failure: TrailUnavailable) -> Problem:
    """Why nothing is done without a record; or that nobody knows yet whether it is."""
    said = (
        "whether it is recorded is not known yet, so it may still be done; ask again with the same key"
        if failure.unsure
        else "it cannot be recorded now, so nothing is done"
    )
    return Problem("AuditUnavailable", "AUDIT_UNAVAILABLE", said)


def _code(kind: str) -> str:
    return "".join(f"_{letter}" if letter.isupper() else letter.upper() for letter in kind).lstrip("_")


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(each.capitalize() for each in rest)
