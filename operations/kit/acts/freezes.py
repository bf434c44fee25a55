"""Acts on freezes: security officers stop something, at once and everywhere, and let it go on."""

from dataclasses import MISSING, dataclass, field
from typing import Final

import strawberry

from operations.kit.acts.act import Act, Given, Room, demand, named
from operations.kit.freezing import KINDS
from operations.kit.problems import problem
from operations.kit.tables import Freeze
from operations.kit.telling import decided, told
from operations.kit.views import ProblemView
from resolvers.asking import Asking
from schema.desk import FreezeKind, FreezePayload


@dataclass(frozen=True, slots=True)
class FreezeView:
    """What comes of a freeze."""

    freeze: Freeze | None = None
    problems: list[ProblemView] = field(default_factory=list)


async def _freeze(room: Room, asking: Asking, given: Given) -> FreezeView:
    async def act() -> FreezeView:
        assert room.freezing is not None
        kind, name, reason = named(given["kind"]), str(given["name"]).strip(), str(given["reason"]).strip()
        demand(asking, "freeze")
        if kind not in KINDS or not name or len(reason) < 5:
            raise problem("ReasonRequired", "say what is frozen, and why", path=("input", "reason"))
        event = decided(asking, "freeze.placed", None, {"kind": kind, "name": name}, reason)
        return FreezeView(await room.freezing.freeze(kind, name, reason, asking.viewer.login, event))

    return await told(room.acting, asking, "freeze", act, lambda problems: FreezeView(problems=problems))


async def _lift(room: Room, asking: Asking, given: Given) -> FreezeView:
    async def act() -> FreezeView:
        assert room.freezing is not None
        demand(asking, "freeze")
        event = decided(asking, "freeze.lifted", None, {"freeze": str(given["freeze"])}, str(given["reason"]))
        if not await room.freezing.lift(str(given["freeze"]), asking.viewer.login, event):
            raise problem("AlreadyDecided", "it is not frozen any more")
        return FreezeView()

    return await told(room.acting, asking, "lift_freeze", act, lambda problems: FreezeView(problems=problems))


FREEZE_ACTS: Final = (
    Act(
        "freeze",
        "Stop a person, a session, a team, an operation, or every change in a system, at once and everywhere.",
        "freeze.placed",
        "MEDIUM",
        {
            "kind": (FreezeKind, "What is stopped.", MISSING),
            "name": (str, "Its name: login, session, team, operation or source.", MISSING),
            "reason": (str, "Why; everybody who is stopped is told.", MISSING),
        },
        FreezePayload,
        _freeze,
    ),
    Act(
        "lift_freeze",
        "Let go on what was stopped.",
        "freeze.lifted",
        "MEDIUM",
        {"freeze": (strawberry.ID, "The freeze.", MISSING), "reason": (str, "Why.", MISSING)},
        FreezePayload,
        _lift,
    ),
)
