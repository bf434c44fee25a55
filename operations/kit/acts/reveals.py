"""Acts on masks: one masked value is shown in full, once."""

import dataclasses
from collections.abc import Sequence
from dataclasses import MISSING, dataclass
from typing import Final

import strawberry

from operations.kit.acts.act import Act, Given, Room
from operations.kit.obligations import Obligation
from operations.kit.revealing import PLACES, Shown, Wanted
from operations.kit.telling import told
from operations.kit.views import ProblemView
from resolvers.asking import Asking
from schema.operation import PurposeInput
from schema.reveal import RevealPayload


@dataclass(frozen=True, slots=True)
class RevealView:
    """What comes of asking for a masked value."""

    field: str | None = None
    value: str | None = None
    replayed: bool = False
    obligations: Sequence[Obligation] = ()
    problems: list[ProblemView] = dataclasses.field(default_factory=list)


async def _reveal(room: Room, asking: Asking, given: Given) -> RevealView:
    shown = Shown()

    async def act() -> RevealView:
        assert room.revealing is not None
        employee = str(given["employee"])
        wanted = Wanted(
            employee,
            str(given["field"]),
            int(given["place"]),
            await room.purpose(asking, given.get("purpose"), employee),
            str(given["idempotency_key"]),
        )
        await room.revealing.reveal(asking, wanted, shown)
        return RevealView(shown.field, shown.value, shown.replayed, shown.obligations)

    return await told(
        room.acting,
        asking,
        "reveal_value",
        act,
        lambda problems: RevealView(obligations=shown.obligations, problems=problems),
    )


REVEAL_ACTS: Final = (
    Act(
        "reveal_value",
        "Show in full, once, what is shown masked. That it was shown stays recorded; the value is kept nowhere.",
        "field.revealed",
        "MEDIUM",
        {
            "employee": (strawberry.ID, "Whose value it is.", MISSING),
            "field": (str, f"What is masked, as `extensions.access` names it: {', '.join(PLACES)}.", MISSING),
            "place": (int, "Of several telephones which one, from 0, as they are listed.", 0),
            "purpose": (PurposeInput | None, "What it is for.", None),
            "idempotency_key": (
                strawberry.ID,
                "Any text of your own that stands for this one wish: the same key again shows nothing.",
                MISSING,
            ),
        },
        RevealPayload,
        _reveal,
    ),
)
