"""Acts on holds: a case is kept from being erased, or let go. Each takes two people."""

from collections.abc import Mapping
from dataclasses import MISSING
from typing import Final

import strawberry

from operations.kit.acts.act import Given, named
from operations.kit.acts.rights_field import rights_act
from operations.kit.json_values import Json
from operations.kit.views import run_named
from schema.rights_acts import HoldKind, HoldPayload


def _case(given: Given) -> Mapping[str, Json]:
    return {**given, "kind": named(given["kind"])}


def _run(given: Given) -> Mapping[str, Json]:
    return {**given, "operation": run_named(str(given["operation"]))}


HOLD_ACTS: Final = (
    rights_act(
        "place_hold",
        "Ask that nothing of a case be erased; it holds once another person has agreed.",
        "hold.placed",
        "MEDIUM",
        {
            "kind": (HoldKind, "What is kept.", MISSING),
            "about": (str, "Whom or what it is about: number, ticket, run, or login.", MISSING),
        },
        HoldPayload,
        _case,
    ),
    rights_act(
        "lift_hold",
        "Ask that a case be kept no longer than others; it is let go once another person has agreed.",
        "hold.lifted",
        "HIGH",
        {"hold": (strawberry.ID, "The hold.", MISSING)},
        HoldPayload,
    ),
    rights_act(
        "approve_hold",
        "Agree, as another person, that a hold is placed or lifted, or not.",
        "approval.given",
        "MEDIUM",
        {
            "operation": (strawberry.ID, "The run that waits.", MISSING),
            "agrees": (bool, "Whether you agree.", MISSING),
        },
        HoldPayload,
        _run,
    ),
)
