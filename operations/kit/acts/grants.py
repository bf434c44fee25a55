"""Acts on roles for a time: given, agreed to, ended; taken in an emergency and looked at afterwards."""

from collections.abc import Mapping
from dataclasses import MISSING
from datetime import datetime
from typing import Any, Final

import strawberry

from operations.kit.acts.act import Given
from operations.kit.acts.rights_field import rights_act
from operations.kit.json_values import Json, plain
from schema.rights_acts import GrantPayload

_GRANT: Final[Mapping[str, tuple[Any, str, Any]]] = {
    "grant": (strawberry.ID, "The grant's id, or its first characters.", MISSING)
}
_ROLE: Final[Mapping[str, tuple[Any, str, Any]]] = {
    "role": (str, "A role of the installation.", MISSING),
    "until": (datetime, "Until when.", MISSING),
}


def _plain(given: Given) -> Mapping[str, Json]:
    return {name: plain(value) for name, value in given.items()}


GRANT_ACTS: Final = (
    rights_act(
        "grant_rights",
        "Give another person a role until a moment, 30 days at most. Grave ones wait for a third person.",
        "grant.given",
        "HIGH",
        {
            "login": (str, "Who gets it.", MISSING),
            **_ROLE,
            "regions": (list[str] | None, "For which regions; has to be given, or `everywhere`.", None),
            "everywhere": (bool, "For every region.", False),
            "clearance": (list[str] | None, "With which clearance.", None),
        },
        GrantPayload,
        _plain,
    ),
    rights_act(
        "approve_grant",
        "Agree to a grant that waits: neither who gave it nor who gets it.",
        "grant.approved",
        "HIGH",
        _GRANT,
        GrantPayload,
    ),
    rights_act("end_grant", "End a grant before its time.", "grant.ended", "LOW", _GRANT, GrantPayload),
    rights_act(
        "break_glass",
        "Take a role at once, in an emergency: four hours at most. It alerts, and another person has to look at it.",
        "glass.broken",
        "HIGH",
        {**_ROLE, "regions": (list[str] | None, "For which regions; those of your team without it.", None)},
        GrantPayload,
        _plain,
    ),
    rights_act(
        "review_break_glass",
        "Look at a role that was taken in an emergency; the purpose's reason says what you found.",
        "glass.reviewed",
        "LOW",
        _GRANT,
        GrantPayload,
    ),
)
