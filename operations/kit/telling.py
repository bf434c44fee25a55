"""Telling: what an act answers where it is refused, and what stands in the trail of it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from audit.event import Event
from audit.trail import TrailUnavailable
from operations.kit.acting import Acting
from operations.kit.after import team_of
from operations.kit.problems import OperationProblem, Problem, unrecorded
from operations.kit.views import ProblemView, problem_view
from resolvers.asking import Asking
from sources.ports.directory import Person
from sources.ports.errors import SourceError

T = TypeVar("T")


def decided(
    asking: Asking, code: str, employee: Person | None, detail: Mapping[str, Any], reason: str | None = None
) -> Event:
    """An event of somebody's decision."""
    viewer = asking.viewer
    return Event(
        code=code,
        stage="decision",
        outcome="success",
        operator=viewer.login,
        team=team_of(viewer),
        session=viewer.session,
        employee=employee.employee_id if employee else None,
        reason=reason,
        policy=viewer.policy.version,
        trace=asking.call.trace_id,
        detail=detail,
    )


async def told(
    acting: Acting | None,
    asking: Asking,
    name: str,
    act: Callable[[], Awaitable[T]],
    refused: Callable[[list[ProblemView]], T],
) -> T:
    """What an act answers; a refusal is recorded before it is told."""
    try:
        try:
            return await act()
        except OperationProblem as found:
            if acting is not None:
                await acting.journal.trail.append(_denied(asking, name, found.problem))
            return refused([problem_view(found.problem)])
        except SourceError as failure:
            return refused([problem_view(Problem("SourceUnreachable", failure.code, str(failure)))])
    except TrailUnavailable as failure:
        return refused([problem_view(unrecorded(failure))])


def _denied(asking: Asking, name: str, refused: Problem) -> Event:
    viewer = asking.viewer
    return Event(
        code="operation.denied",
        stage="denied",
        outcome="denied",
        operator=viewer.login,
        team=team_of(viewer),
        session=viewer.session,
        end_user=viewer.on_behalf_of,
        policy=viewer.policy.version,
        trace=asking.call.trace_id,
        detail={"name": name, "problem": refused.code, "apply": True},
    )
