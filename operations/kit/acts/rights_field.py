"""Rights fields: what every mutation about rights takes and answers, whatever it does."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field
from typing import Any, Final

import strawberry

from operations.kit.acts.act import Act, Given, Room, named
from operations.kit.acts.rights import Asker, RightsPlan, RightsWish
from operations.kit.after import team_of
from operations.kit.json_values import Json
from operations.kit.obligations import Purpose
from operations.kit.views import ProblemView, RunView, problem_view
from resolvers.asking import Asking
from schema.operation import OperationMode, PurposeInput

COMMON: Final[Mapping[str, tuple[Any, str, Any]]] = {
    "purpose": (PurposeInput | None, "What it is for.", None),
    "idempotency_key": (
        strawberry.ID,
        "Any text of the caller's own that stands for this one wish: the same key again does nothing twice.",
        MISSING,
    ),
    "mode": (OperationMode, "Only plan it, or do it.", OperationMode.PREVIEW),
    "plan_hash": (strawberry.ID | None, "The hash of the plan that was shown: nothing else is done.", None),
}


@dataclass(frozen=True, slots=True)
class RightsView:
    """What comes of an act on rights. Shape: what was made stands under each name that an answer may call it by."""

    plan: RightsPlan | None
    operation: RunView | None
    made: object | None
    replayed: bool = False
    problems: list[ProblemView] = field(default_factory=list)

    @property
    def grant(self) -> object | None:
        """The grant."""
        return self.made

    @property
    def policy_version(self) -> object | None:
        """The version."""
        return self.made

    @property
    def hold(self) -> object | None:
        """The hold."""
        return self.made


def asker_of(asking: Asking) -> Asker:
    """Who asks, as far as rights need to know."""
    viewer = asking.viewer
    return Asker(
        viewer.login,
        team_of(viewer),
        viewer.groups,
        viewer.session,
        viewer.authenticated_at,
        viewer.country,
        asking.call.trace_id,
    )


def rights_act(
    name: str,
    about: str,
    event: str,
    risk: str,
    fields: Mapping[str, tuple[Any, str, Any]],
    answer: Any,
    taken: Callable[[Given], Mapping[str, Json]] = dict,
) -> Act:
    """An act on rights. Shape: `taken` makes JSON of the act's own input."""

    async def run(room: Room, asking: Asking, given: Given) -> RightsView:
        assert room.rights is not None, "the room is filled before anything is served"
        said = given.get("purpose") or {}
        wish = RightsWish(
            name,
            taken({each: given[each] for each in fields if given.get(each) is not None}),
            Purpose(said.get("reason"), said.get("ticket")),
            str(given["idempotency_key"]),
            named(given.get("mode")) == "APPLY",
            given.get("plan_hash"),
        )
        came = await room.rights.act(asker_of(asking), wish)
        shown = None if came.run is None else await room.shown(came.run, asking)
        return RightsView(came.plan, shown, came.made, came.replayed, [problem_view(each) for each in came.problems])

    return Act(name, about, event, risk, {**fields, **COMMON}, answer, run)
