"""Wish: what somebody asks an operation for, what comes of it, and whom it is about."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

import orjson

from authz.policy import OperationDecision
from operations.kit.json_values import Json
from operations.kit.looking import Look
from operations.kit.obligations import Obligation, Purpose
from operations.kit.plan import Plan
from operations.kit.problems import Problem, problem
from operations.kit.tables import OperationRun
from resolvers import ids
from resolvers.asking import Viewer
from resolvers.problems import RequestProblem
from sources.ports.call import CallContext
from sources.ports.directory import Person
from sources.ports.write import Secret


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for. Shape: `employee` is an id of the graph; `said` the operation's own input; with `apply` it is done."""

    employee: str
    said: Mapping[str, Any]
    purpose: Purpose
    key: str
    apply: bool
    plan_hash: str | None = None
    parent: str | None = None
    origin: str = "OPERATOR"


class Behind(Protocol):
    """Who asks, and under which call: a request of somebody's, or a process that goes on with what they have asked for."""

    @property
    def viewer(self) -> Viewer:
        """Who asks."""
        ...

    @property
    def call(self) -> CallContext:
        """The call that systems are asked under."""
        ...


@dataclass(frozen=True, slots=True)
class Awaited:
    """Somebody's agreement that a run would wait for. Shape: `asked_of` as `OperationApproval`; until `deadline`, were it asked for now."""

    kind: str
    asked_of: str | None
    deadline: datetime


@dataclass(slots=True)
class Payload:
    """What comes of a wish. Shape: `problems` says why nothing was done; `secrets` by step, here and never again; `awaited` are
    those whose agreement the plan needs.
    """

    employee: Person | None = None
    plan: Plan | None = None
    obligations: tuple[Obligation, ...] = ()
    awaited: tuple[Awaited, ...] = ()
    run: OperationRun | None = None
    problems: list[Problem] = field(default_factory=list)
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    replayed: bool = False

    def unseen(self) -> None:
        """Show nothing of what was looked at: that it was shown cannot be recorded."""
        self.plan, self.obligations, self.awaited = None, (), ()


def fresh(call: CallContext) -> CallContext:
    """The same request, past every cache: what is acted on is what is so now."""
    return replace(call, fresh=True, permit=None)


async def employee_of(id_: str, look: Look) -> Person:
    """The employee that an id names. Raises: OperationProblem; SourceError."""
    path = ("input", "employee")
    try:
        node = ids.decode(id_)
    except RequestProblem as wrong:
        raise problem("BadInput", f"employee: {wrong.message}", path=path) from None
    if node.type_name != "Employee":
        raise problem("BadInput", f"employee: the id is that of a {node.type_name}", path=path)
    return await employee_by(node.key, look)


async def employee_by(employee_id: str, look: Look) -> Person:
    """The employee of a number, as the directory has them now. Raises: OperationProblem; SourceError."""
    found = await look.ask("directory", "people_by_id", employee_id)
    if not isinstance(found, Person):
        raise problem("NotFound", "there is no such employee", path=("input", "employee"))
    return found


def fingerprint(name: str, wish: Wish) -> str:
    """What stands for all that was asked for under a key; the plan's hash and the mode are not of it."""
    # a ticket that was not named stands for nothing: the case may be another when the wish is repeated
    ticket = None if wish.purpose.case else wish.purpose.ticket
    whole = [name, wish.employee, {key: wish.said[key] for key in wish.said}, wish.purpose.reason, ticket]
    return hashlib.sha256(orjson.dumps(whole, option=orjson.OPT_SORT_KEYS, default=str)).hexdigest()


def shown(plan: Plan, decision: OperationDecision) -> dict[str, Any]:
    """A plan as it is kept with its run."""
    return {
        "changes": [[each.coordinate, each.before, each.after] for each in plan.changes],
        "sideEffects": list(plan.side_effects),
        "revertsAt": plan.reverts_at,
        "obligations": bound_to(decision),
    }


def bound_to(decision: OperationDecision) -> list[Json]:
    """The obligations that a plan's hash stands for too."""
    # a caller is verified after the plan was shown, and is then not asked for any more: the plan is the same
    return [each for each in sorted(decision.obligations) if each != "caller_verified"]
