"""Shapes of runs: what their steps do, and what they may meet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from audit.event import Event
from operations.kit.drafting import REFERENCE, Call, Step, signed, step, write
from operations.kit.expecting import mentions, shows
from operations.kit.plan import encoded
from operations.kit.problems import Problem
from operations.kit.recording import recorded
from operations.kit.tables import RUNNING, WAITING, OperationRun, OperationStep
from tests.crash.source import DESK, SHUT, SOMEBODY

ROOT_LENGTH: Final = 30
EVENTS: Final = {"move_ticket": "ticket.moved"}


def root_of(id_: str) -> str:
    """What the id of a run has in common with those of all runs that come of it; a ticket has it for a number."""
    return id_[:ROOT_LENGTH]


def id_of(number: int) -> str:
    """The id of a run, as long as others are."""
    return f"{number:0{ROOT_LENGTH}d}00"


def turned(number: str, status: str, source: str = DESK) -> Call:
    """A call that may be repeated."""
    move = write("tickets", source, "update_ticket", number=number, queue=None, status=status)
    return move.showing(shows("status", status))


def said(number: str, name: str = "comment_ticket", source: str = DESK) -> Call:
    """A call whose effect can be looked for; as `reply_ticket` one that is never repeated."""
    say = write("tickets", source, name, number=number, text=signed("Look at this."))
    return say.showing(where=(mentions("text", REFERENCE),))


def opened() -> Call:
    """A call that is never repeated, and whose effect nobody can look for."""
    create = write(
        "tickets", DESK, "create_ticket", requester=SOMEBODY, queue="desk", subject="a ticket", text="It broke."
    )
    return create.showing(shows("subject", "a ticket"))


def _turn(number: str, inverse: bool = True) -> Step:
    return step("turn", "Ticket", turned(number, "RESOLVED"), turned(number, "OPEN") if inverse else None)


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of run. Shape: `lent` runs are taken back when their time is over; `most` faults are dealt to one."""

    name: str
    steps: Callable[[str], Sequence[Step]]
    lent: bool = False
    reveals: bool = False


SHAPES: Final = {
    each.name: each
    for each in (
        Shape("idempotent", lambda number: [_turn(number, inverse=False)]),
        Shape("readback", lambda number: [step("say", "TicketEvent", said(number))]),
        Shape("blind", lambda number: [step("reply", "TicketEvent", said(number, "reply_ticket"))]),
        Shape("made", lambda _number: [step("open", "Ticket", opened())]),
        Shape("denied", lambda number: [step("say", "TicketEvent", said(number, source=SHUT))]),
        Shape("secret", lambda number: [_turn(number, inverse=False)], reveals=True),
        Shape("scenario", lambda number: [_turn(number), step("say", "TicketEvent", said(number))]),
        Shape("halted", lambda number: [_turn(number), step("reply", "TicketEvent", said(number, "reply_ticket"))]),
        Shape("denied midway", lambda number: [_turn(number), step("say", "TicketEvent", said(number, source=SHUT))]),
        Shape("lent", lambda number: [_turn(number)], lent=True),
    )
}


def begun(shape: Shape, number: int, now: datetime) -> tuple[OperationRun, list[OperationStep], Event]:
    """A run about to be written down, as whoever asks for one does."""
    id_ = id_of(number)
    steps = [encoded(each) for each in shape.steps(root_of(id_))]
    run = OperationRun(
        id=id_,
        name="move_ticket",
        state=RUNNING,
        caller="doer",
        team=None,
        viewer={},
        employee_id=SOMEBODY.employee_id,
        employee_login=SOMEBODY.login,
        given={},
        key=f"key {id_}",
        fingerprint="0",
        plan={"steps": steps},
        plan_hash="0",
        reason="because of the test",
        policy="1",
        origin="OPERATOR",
        reveals=shape.reveals,
        created_at=now,
        changed_at=now,
        due_at=now + timedelta(seconds=1) if shape.lent else None,
    )
    rows = [
        OperationStep(run=id_, number=place, name=each["name"], state=WAITING, step=each)
        for place, each in enumerate(steps)
    ]
    return run, rows, recorded(run, "ticket.moved", "decision", "success", detail={"state": RUNNING})


class Doorkeeper:
    """Who is asked again before anything is sent: nobody may do anything at the shut desk."""

    async def hindrance(self, run: OperationRun, sources: Sequence[str]) -> Problem | None:
        """What stands in the way of a run now."""
        return Problem("NotAllowed", "NOT_ALLOWED", "rights have ended") if SHUT in sources else None
