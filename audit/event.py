"""Event: one thing that was done, read, refused or decided, as it stands in the trail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Json: TypeAlias = "str | int | float | bool | None | list[Json] | dict[str, Json]"
Stage = Literal["intent", "outcome", "read", "denied", "decision"]
Outcome = Literal["success", "failure", "denied", "unknown"]


@dataclass(frozen=True, slots=True)
class Protected:
    """A personal value. In the record stands only a salted commitment; value and salt lie beside it and can be erased."""

    value: Json = field(repr=False)


@dataclass(frozen=True, slots=True)
class Change:
    """A value that was, and is to be, another. Shape: None where there is none."""

    field: str
    before: "Protected | Json" = None
    after: "Protected | Json" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing worth a record.

    Shape: `code` is of the catalogue, noun.past; `operator` a login, `okno` for what the system does itself; `fields` the
    field paths that were read; `policy` the version in force, `rule` the row that decided; `detail` small further facts, of
    which Protected ones are kept as commitments.
    """

    code: str
    stage: Stage
    outcome: Outcome
    operator: str
    team: str | None = None
    roles: tuple[str, ...] = ()
    session: str | None = None
    approver: str | None = None
    end_user: str | None = None
    employee: str | None = None
    source: str | None = None
    object: str | None = None
    address: str | None = None
    country: str | None = None
    document: str | None = None
    fields: tuple[str, ...] = ()
    reason: str | None = None
    ticket: str | None = None
    policy: str | None = None
    rule: str | None = None
    changes: tuple[Change, ...] = ()
    operation: str | None = None
    step: str | None = None
    trace: str | None = None
    schema: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
