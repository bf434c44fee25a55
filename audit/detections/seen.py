"""Seen: what detections look at of one record, and what they find."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from audit.event import Event
from audit.placed import Placed
from audit.record import named_as

RAISED: Final = "detection.raised"
_READS: Final = frozenset({"employee.read", "field.revealed"})
_MOST_EVIDENCE: Final = 200


@dataclass(frozen=True, slots=True)
class Seen:
    """One record. Shape: `operator` is the person, or the end user of a service; `whose` an employee's number, or `@` and
    what names them otherwise; `changing` for an operation that is about to be done.
    """

    place: int
    at: datetime
    code: str
    operator: str
    team: str | None = None
    whose: str | None = None
    ticket: str | None = None
    reading: bool = False
    changing: bool = False
    done: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found. Shape: `evidence` are places in the tree, in order; `subject` whom the kind counts by; `operators` who did it."""

    kind: str
    subject: str
    operators: tuple[str, ...]
    employee: str | None
    evidence: tuple[int, ...]
    since: datetime
    until: datetime
    said: str

    def event(self) -> Event:
        """The record that tells of it."""
        return Event(
            code=RAISED,
            stage="outcome",
            outcome="success",
            operator="okno",
            employee=self.employee,
            object=", ".join(self.operators),
            detail={
                "kind": self.kind,
                "operators": list(self.operators),
                "said": self.said,
                "records": len(self.evidence),
                "evidence": list(self.evidence[:_MOST_EVIDENCE]),
                "since": self.since.isoformat(),
                "until": self.until.isoformat(),
            },
        )


def seen(record: Placed) -> Seen:
    """A record as detections look at it."""
    return of_body(record.place, orjson.loads(record.body))


def of_body(place: int, body: Mapping[str, Any]) -> Seen:
    """A record's body as detections look at it."""
    employee, thing, code = body.get("employee"), body.get("object"), str(body["code"])
    whose = str(employee) if employee is not None else None
    reading = code in _READS and body.get("outcome") == "success"
    if whose is None and reading and thing is not None:
        whose = named_as(str(thing))
    return Seen(
        place=place,
        at=datetime.fromisoformat(str(body["at"])),
        code=code,
        operator=str(body.get("end_user") or body["operator"]),
        team=body.get("team"),
        whose=whose,
        ticket=body.get("ticket"),
        reading=reading,
        changing=body.get("stage") == "intent" and body.get("operation") is not None,
        done=body.get("stage") == "outcome" and body.get("outcome") == "success",
    )
