"""Acts on runs: agree, cancel, take over, find out, take back."""

from dataclasses import MISSING
from typing import Final

import strawberry

from operations.kit.acts.act import Act, Given, Room, named
from operations.kit.after import DID_NOT, HAPPENED, LOOK, After
from operations.kit.views import PayloadView, run_named
from resolvers.asking import Asking
from schema.desk import Resolution
from schema.operation import OperationMode, OperationPayload


def _after(room: Room) -> After:
    assert room.after is not None
    return room.after


async def _approve(room: Room, asking: Asking, given: Given) -> PayloadView:
    decided = await _after(room).decide(
        asking,
        run_named(str(given["operation"])),
        str(given["plan_hash"]),
        agrees=bool(given["agrees"]),
        note=given.get("note"),
    )
    return await room.payload(decided, asking)


async def _cancel(room: Room, asking: Asking, given: Given) -> PayloadView:
    return await room.payload(
        await _after(room).cancel(asking, run_named(str(given["operation"])), given.get("note")), asking
    )


async def _take(room: Room, asking: Asking, given: Given) -> PayloadView:
    return await room.payload(
        await _after(room).take(asking, run_named(str(given["operation"])), given.get("note")), asking
    )


async def _resolve(room: Room, asking: Asking, given: Given) -> PayloadView:
    how = named(given["how"])
    return await room.payload(
        await _after(room).resolve(asking, run_named(str(given["operation"])), how, given.get("note")), asking
    )


async def _undo(room: Room, asking: Asking, given: Given) -> PayloadView:
    undone = await _after(room).undo(
        asking,
        run_named(str(given["operation"])),
        str(given["idempotency_key"]),
        given.get("reason"),
        apply=named(given.get("mode")) == "APPLY",
    )
    return await room.payload(undone, asking)


_RUN: Final = (strawberry.ID, "The run.", MISSING)
_NOTE: Final = (str | None, "What there is to say about it.", None)

RUN_ACTS: Final = (
    Act(
        "approve_operation",
        "Agree to what a run would do, or not.",
        "approval.given",
        "MEDIUM",
        {
            "operation": _RUN,
            "plan_hash": (strawberry.ID, "The plan that is agreed to.", MISSING),
            "agrees": (bool, "Whether you agree.", MISSING),
            "note": _NOTE,
        },
        OperationPayload,
        _approve,
    ),
    Act(
        "cancel_operation",
        "Take back what you asked for, before it has begun.",
        "operation.denied",
        "LOW",
        {"operation": _RUN, "note": _NOTE},
        OperationPayload,
        _cancel,
    ),
    Act(
        "take_operation",
        "Answer for a run that waits, or of which nobody knows what became, in place of whoever did.",
        "operation.handed_over",
        "LOW",
        {"operation": _RUN, "note": _NOTE},
        OperationPayload,
        _take,
    ),
    Act(
        "resolve_operation",
        "Find out what became of a run of which nobody knows.",
        "operation.resolved",
        "MEDIUM",
        {
            "operation": _RUN,
            "how": (
                Resolution,
                f"{LOOK}: by a look at the system; {HAPPENED}, {DID_NOT}: by what you have seen there.",
                MISSING,
            ),
            "note": _NOTE,
        },
        OperationPayload,
        _resolve,
    ),
    Act(
        "undo_operation",
        "Take a run back, if what it has left is still so.",
        "operation.undone",
        "MEDIUM",
        {
            "operation": _RUN,
            "idempotency_key": (strawberry.ID, "Any text of your own that stands for this one wish.", MISSING),
            "reason": (str | None, "Why.", None),
            "mode": (OperationMode, "Only look whether it can be, or do it.", OperationMode.PREVIEW),
        },
        OperationPayload,
        _undo,
    ),
)
