"""Acts on sign-ins and tokens: taken back, in every process within two seconds."""

from dataclasses import MISSING
from typing import Final

import strawberry

from operations.kit.acts.rights_field import rights_act
from schema.rights_acts import RevocationPayload

SESSION_ACTS: Final = (
    rights_act(
        "revoke_session",
        "End a sign-in of a person to this gateway, or all of theirs.",
        "session.revoked",
        "LOW",
        {
            "login": (str, "Whose.", MISSING),
            "session": (strawberry.ID | None, "Which; all of theirs without it.", None),
        },
        RevocationPayload,
    ),
    rights_act(
        "revoke_token",
        "Make a service's token worthless.",
        "token.revoked",
        "LOW",
        {"token": (strawberry.ID, "The token's id; never the token itself.", MISSING)},
        RevocationPayload,
    ),
)
