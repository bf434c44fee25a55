"""Casework: what came of a run goes back into its ticket, by a run of its own, without secrets or personal data."""

import asyncio
import hashlib
import time
import uuid
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Final

from operations.kit.acting import Acting
from operations.kit.drafting import Draft
from operations.kit.given import checked, kept
from operations.kit.journal import KeyTaken
from operations.kit.looking import Look
from operations.kit.notices_ports import Undelivered
from operations.kit.operation import Operation
from operations.kit.plan import encoded
from operations.kit.problems import OperationProblem
from operations.kit.recording import recorded
from operations.kit.sending import Sender
from operations.kit.tables import (
    FAILED,
    FROZEN,
    REFUSED,
    RUNNING,
    SKIPPED,
    SUCCEEDED,
    UNKNOWN,
    WAITING,
    OperationRun,
    OperationStep,
)
from operations.kit.wish import employee_by
from resolvers import ids
from sources.ports.call import CallContext
from sources.ports.errors import SourceError
from sources.ports.question import Desk

COMMENTS: Final = "comment_ticket"
"""The operation by which it is told."""
ORIGIN: Final = "CASE"
OKNO: Final = "okno"
_NOT_SENT: Final = (REFUSED, SKIPPED, WAITING)
"""States of steps of which it is certain that nothing was written."""
_WAITS: Final[Mapping[str, str]] = {
    UNKNOWN: "nobody knows whether it was told; a person has to look",
    FROZEN: "it is frozen",
}
_PATIENCE: Final = 10.0


class Casework:
    """Writes comments. The same guarded order as any operation; the run that a comment is about stands for its key."""

    def __init__(self, acting: Acting, sender: Sender, desk: Desk) -> None:
        self._acting = acting
        self._journal = acting.journal
        self._sender = sender
        self._desk = desk

    async def write_back(self, id_: str, number: str) -> None:
        """Tell in a ticket what came of a run. Raises: Undelivered; TrailUnavailable."""
        run = await self._journal.run(id_)
        operation = self._acting.operations.get(COMMENTS)
        if run is None or operation is None:
            raise Undelivered("there is nothing to tell, or no way to", for_good=True)
        # one key for each attempt that surely wrote nothing: no process, and no kill, makes two comments of it
        for attempt in count():
            key = f"case {run.id} {attempt}"
            known = await self._journal.by_key(OKNO, key)
            child = await self._followed(known or await self._begun(run, number, key, operation))
            if known is None or child.state != FAILED or not await self._surely_nothing(child):
                await self._judged(child)
                return

    async def _surely_nothing(self, child: OperationRun) -> bool:
        return all(each.state in _NOT_SENT for each in await self._journal.steps(child.id))

    async def _judged(self, child: OperationRun) -> None:
        """See that a run has told. Raises: Undelivered."""
        if child.state == SUCCEEDED:
            return
        if child.state != FAILED:
            raise Undelivered(_WAITS.get(child.state, "it is under way"))
        if await self._surely_nothing(child):
            raise Undelivered("the service desk refuses it")
        raise Undelivered("the ticket does not show it", for_good=True)

    async def _begun(self, run: OperationRun, number: str, key: str, operation: Operation[object]) -> OperationRun:
        """The run that tells, begun. Raises: Undelivered; TrailUnavailable."""
        try:
            draft, said = await self._draft(run, number, operation)
        except OperationProblem as refused:
            kind = refused.problem.kind
            raise Undelivered(
                f"the ticket cannot be told: {refused.problem.code}", for_good=kind == "NotFound"
            ) from None
        except SourceError as failure:
            raise Undelivered(f"the ticket cannot be looked up: {failure.code}") from None
        sources = [each.call.source for each in draft.steps]
        if await self._acting.freezing.over(COMMENTS, OKNO, None, None, sources) is not None:
            raise Undelivered("it is frozen")
        child = self._child(run, key, kept(said))
        steps = [
            OperationStep(run=child.id, number=number_, name=each.name, state=WAITING, step=encoded(each))
            for number_, each in enumerate(draft.steps)
        ]
        begun = recorded(child, operation.event, "decision", "success", detail={"parent": run.id})
        try:
            hold = await self._journal.begin(child, steps, [], begun, lease=self._sender.lease(sources[0]))
        except KeyTaken as taken:
            return taken.run
        self._acting.runner.start(hold, child)
        return child

    async def _draft(self, run: OperationRun, number: str, operation: Operation[object]) -> tuple[Draft, object]:
        until = time.monotonic() + _PATIENCE
        look = Look(self._desk, CallContext("okno", until, run.trace or run.id, OKNO, fresh=True))
        employee = await employee_by(run.employee_id, look)
        found = await look.ask("tickets", "ticket_by_number", number)
        if found is None:
            raise Undelivered("there is no such ticket", for_good=True)
        steps = await self._journal.steps(run.id)
        title = type(self._acting.operations[run.name]).about() if run.name in self._acting.operations else run.name
        text = comment(run, title, steps)
        said = checked(operation.given, {"ticket": ids.encode("Ticket", found.source, found.number), "text": text})
        return await operation.draft(employee, said, look), said

    async def _followed(self, child: OperationRun) -> OperationRun:
        """The same run at its end, if that is soon."""
        if child.state == FROZEN:
            await self._acting.thawed(child)
        until = time.monotonic() + _PATIENCE
        while child.state in (RUNNING, FROZEN) and time.monotonic() < until:
            await asyncio.sleep(0.05)
            child = await self._journal.run(child.id) or child
            if child.state == FROZEN:
                break
        return child

    def _child(self, run: OperationRun, key: str, given: dict[str, object]) -> OperationRun:
        now = self._journal.clock()
        return OperationRun(
            id=uuid.uuid4().hex,
            name=COMMENTS,
            state=RUNNING,
            caller=OKNO,
            viewer={},
            employee_id=run.employee_id,
            employee_login=run.employee_login,
            given=given,
            key=key,
            fingerprint=hashlib.sha256(key.encode()).hexdigest(),
            plan={"changes": [], "sideEffects": [], "revertsAt": None, "obligations": []},
            plan_hash=run.plan_hash,
            ticket=run.ticket,
            policy=run.policy,
            origin=ORIGIN,
            parent=run.id,
            created_at=now,
            changed_at=now,
            trace=run.trace,
        )


def comment(run: OperationRun, title: str, steps: Sequence[OperationStep]) -> str:
    """What is told of a run. What it changed, and of whom, stands in Okno for those who may read it."""
    lines = [f"{run.name}: {run.state}", title, f"Operation: {run.id}"]
    if run.origin != "OPERATOR":
        lines.append(f"Origin: {run.origin}")
    if run.team is not None:
        lines.append(f"Team: {run.team}")
    if run.ended_at is not None:
        lines.append(f"Ended: {run.ended_at:%Y-%m-%d %H:%M:%S} UTC")
    if run.due_at is not None:
        lines.append(f"Taken back by itself: {run.due_at:%Y-%m-%d %H:%M} UTC")
    if run.problem is not None:
        lines.append(f"Problem: {run.problem.get('code')}")
    lines += [_told(each) for each in steps]
    return "\n".join(lines)


def _told(step: OperationStep) -> str:
    source = step.step["call"]["source"]
    proof = "" if step.read_back_at is None else f", read back {step.read_back_at:%Y-%m-%d %H:%M:%S} UTC"
    return f"- {step.name} in {source}: {step.state}{proof}"
