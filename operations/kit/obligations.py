"""Obligations: what the policy asks for before an operation runs, and how each is fulfilled."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from operations.kit.problems import OperationProblem, problem
from operations.kit.verifying import Verifying
from resolvers.asking import Viewer
from sources.ports.call import CallContext, utc_now
from sources.ports.directory import Person
from sources.ports.errors import Partial, SourceError
from sources.ports.question import EVERYTHING, Desk

APPROVALS: Final = ("four_eyes", "owner_approval")
"""Obligations that another person fulfils."""
STEP_UP_WITHIN: Final = timedelta(minutes=10)
_OPEN: Final = ("NEW", "OPEN", "WAITING")
_LEAST_REASON: Final = 5


@dataclass(frozen=True, slots=True)
class Purpose:
    """What for: given with every operation. Shape: with `case` the ticket was not named, it is the one in hand."""

    reason: str | None = None
    ticket: str | None = None
    case: bool = False


@dataclass(frozen=True, slots=True)
class Obligation:
    """One thing that is asked for. Shape: `how` says how it is fulfilled, or how it was; `missing` what to tell where not."""

    kind: str
    fulfilled: bool
    how: str
    missing: OperationProblem | None = None


@dataclass(frozen=True, slots=True)
class Hours:
    """When operations with a time window may run: days from Monday (0), hours of UTC."""

    days: tuple[int, ...] = (0, 1, 2, 3, 4)
    begin: int = 6
    end: int = 22

    def hold(self, now: datetime) -> bool:
        """Whether a moment lies inside."""
        return now.weekday() in self.days and self.begin <= now.hour < self.end


class Obligations:
    """Looks at each obligation with fresh eyes: at the preview, when applied, and when an approved run begins."""

    def __init__(
        self, desk: Desk, verifying: Verifying, clock: Callable[[], datetime] = utc_now, hours: Hours | None = None
    ) -> None:
        self._desk = desk
        self._verifying = verifying
        self._clock = clock
        self._hours = hours or Hours()

    async def looked_at(
        self, kinds: Sequence[str], employee: Person, purpose: Purpose, viewer: Viewer, call: CallContext
    ) -> tuple[Obligation, ...]:
        """Each obligation with whether it is fulfilled. Those of other people are not, here."""
        return tuple([await self._one(each, employee, purpose, viewer, call) for each in sorted(kinds)])

    async def _one(
        self, kind: str, employee: Person, purpose: Purpose, viewer: Viewer, call: CallContext
    ) -> Obligation:
        if kind == "reason":
            given = len((purpose.reason or "").strip()) >= _LEAST_REASON
            missing = (
                None
                if given
                else problem(
                    "ReasonRequired",
                    f"say why, in {_LEAST_REASON} letters at least",
                    path=("input", "purpose", "reason"),
                )
            )
            return Obligation(kind, given, "a reason in words", missing)
        if kind == "ticket":
            wrong = await self._ticket(purpose.ticket, employee, call)
            return Obligation(kind, wrong is None, "an open ticket of this employee", wrong)
        if kind == "caller_verified":
            until = await self._verifying.verified_until(employee.employee_id, viewer.login)
            how = "the caller has to prove who they are: call back, manager, or code"
            missing = None if until else problem("CallerNotVerified", how)
            return Obligation(kind, until is not None, f"verified until {until:%H:%M} UTC" if until else how, missing)
        if kind == "step_up":
            at = viewer.authenticated_at
            recent = at is not None and self._clock() - at <= STEP_UP_WITHIN
            how = f"a sign-in of the last {STEP_UP_WITHIN.seconds // 60} minutes"
            return Obligation(kind, recent, how, None if recent else problem("StepUpRequired", f"this needs {how}"))
        if kind == "time_window":
            now = self._hours.hold(self._clock())
            how = f"only from {self._hours.begin} to {self._hours.end} o'clock UTC on working days"
            return Obligation(kind, now, how, None if now else problem("NotTheTime", how))
        how = "another person who may do this agrees" if kind == "four_eyes" else "whoever owns it agrees"
        return Obligation(kind, fulfilled=False, how=how, missing=problem("ApprovalRequired", how))

    async def _ticket(self, number: str | None, employee: Person, call: CallContext) -> OperationProblem | None:
        """What is wrong with the ticket; None where it is open and this employee's."""
        path = ("input", "purpose", "ticket")
        if not (number or "").strip():
            return problem("TicketRequired", "name the ticket that this is for", path=path)
        asked = str(number).strip().lstrip("#")
        (answer,) = await self._desk.ask("tickets", "ticket_by_number", [asked], EVERYTHING, call)
        if isinstance(answer, SourceError | Partial):
            return problem(
                "SourceUnreachable", "the service desk cannot be asked whether the ticket is open", path=path
            )
        if answer is None or (answer.requester_email or "").casefold() != (employee.email or "-").casefold():
            # not theirs and not there are told alike: whose ticket it is may not be the viewer's to know
            return problem("TicketRequired", f"ticket {asked} is not one of this employee", path=path)
        if answer.status not in _OPEN:
            return problem("TicketRequired", f"ticket {asked} is closed", code="TICKET_CLOSED", path=path)
        return None
