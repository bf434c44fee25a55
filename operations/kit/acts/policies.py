"""Acts on the policy: another version is put forward, compared, agreed to, put in force, taken back."""

from collections.abc import Mapping
from dataclasses import MISSING
from typing import Any, Final

import strawberry

from operations.kit.acts.act import Given
from operations.kit.acts.rights_field import rights_act
from operations.kit.json_values import Json
from schema.rights_acts import PolicyFileInput, PolicyPayload

_VERSION: Final[Mapping[str, tuple[Any, str, Any]]] = {
    "version": (strawberry.ID, "The version's hash, or its first characters.", MISSING)
}


def _files(given: Given) -> Mapping[str, Json]:
    if "files" not in given:
        return {}
    return {"files": [[each["path"], each.get("text")] for each in given["files"]]}


POLICY_ACTS: Final = (
    rights_act(
        "propose_policy",
        "Put another version of the policy forward; the purpose's reason says what the change is for.",
        "policy.proposed",
        "LOW",
        {
            "files": (
                list[PolicyFileInput] | None,
                "The files that differ from the version in force; without any, the installation's folder as it is.",
                None,
            )
        },
        PolicyPayload,
        _files,
    ),
    rights_act(
        "compare_policy",
        "Bind a version that was overtaken by another to the one in force; whoever agreed to it has to agree again.",
        "policy.compared",
        "LOW",
        _VERSION,
        PolicyPayload,
    ),
    rights_act(
        "approve_policy",
        "Agree, as another person, that a version is put in force.",
        "policy.approved",
        "MEDIUM",
        _VERSION,
        PolicyPayload,
    ),
    rights_act("reject_policy", "Put a version aside.", "policy.rejected", "LOW", _VERSION, PolicyPayload),
    rights_act(
        "publish_policy",
        "Put a version in force, in every process within two seconds.",
        "policy.published",
        "HIGH",
        _VERSION,
        PolicyPayload,
    ),
    rights_act(
        "rollback_policy",
        "Put an earlier version in force again.",
        "policy.rolled_back",
        "MEDIUM",
        _VERSION,
        PolicyPayload,
    ),
    rights_act(
        "shadow_policy",
        "Let a version run beside the one in force on real requests, or stop it. Nobody is shown anything of it.",
        "policy.shadowed",
        "LOW",
        {**_VERSION, "beside": (bool, "Whether it runs beside.", True)},
        PolicyPayload,
    ),
)
