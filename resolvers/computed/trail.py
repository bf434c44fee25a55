"""Trail: the records as those see them who may, and what every employee may know of who has looked at them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from audit.event import Event
from audit.finding import Found, Place, Wanted, find
from audit.moment import written
from audit.record import COMMITTED, SHOWN, named_as
from audit.trail import Trail, TrailUnavailable
from resolvers import ids
from resolvers.asking import Asking
from resolvers.computed.registry import computes
from resolvers.problems import RequestProblem, bad_input
from resolvers.windows import Edge, Listed, PageInfo, check_first, place_of
from sources.ports.directory import Person

READ_TRAIL: Final = "read_trail"
"""Who may run this operation may read the trail."""
_ABOUT_NOBODY: Final = {"is_self": False, "is_my_manager": False, "vip": False}
_WORDS: Final = [
    "operator",
    "team",
    "session",
    "approver",
    "end_user",
    "source",
    "object",
    "country",
    "document",
    "reason",
    "ticket",
    "policy",
    "rule",
    "step",
    "trace",
]
_ACTS: Final = ("read", "outcome")
"""Stages at which something has happened to somebody's data: shown, or done."""


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A value that was, or was to be, another."""

    field: str
    before: str | None
    after: str | None
    withheld: bool


@dataclass(frozen=True, slots=True)
class DetailView:
    """A further fact."""

    name: str
    value: str


class RecordView:
    """One record, less what is personal unless that was asked for."""

    def __init__(self, found: Found, about: str) -> None:
        self.record, self.about = found, about
        self.writer, self.seq, self.place, self.hash = found.writer, found.seq, found.place, found.hash
        self.at = datetime.fromisoformat(found.at)
        body = found.body
        self.code: str = body["code"]
        self.stage: str = body["stage"].upper()
        self.outcome: str = body["outcome"].upper()
        self.employee_id: str | None = body.get("employee")
        self.fields: list[str] = body.get("fields", [])
        self.operation = None if body.get("operation") is None else ids.encode("Operation", "okno", body["operation"])
        for word in _WORDS:
            setattr(self, word, body.get(word))

    @property
    def changes(self) -> list[ChangeView]:
        """What was changed."""
        return [
            ChangeView(
                str(each["field"]),
                self._side(f"changes.{place}.before", each.get("before")),
                self._side(f"changes.{place}.after", each.get("after")),
                any(
                    is_committed(each.get(side)) and f"changes.{place}.{side}" not in self.record.values
                    for side in ("before", "after")
                ),
            )
            for place, each in enumerate(self.record.body.get("changes", []))
        ]

    @property
    def detail(self) -> list[DetailView]:
        """Further facts."""
        found: Mapping[str, Any] = self.record.body.get("detail", {})
        return [DetailView(name, self._side(f"detail.{name}", value) or "") for name, value in found.items()]

    def _side(self, path: str, value: Any) -> str | None:
        if is_committed(value):
            value = self.record.values.get(path)
        return None if value is None else value if isinstance(value, str) else orjson.dumps(value).decode()


@dataclass(frozen=True, slots=True)
class LookView:
    """Somebody has looked at something of the viewer's, or changed it."""

    at: datetime
    by: str
    team: str | None
    end_user: str | None
    code: str
    about: str
    outcome: str
    domains: list[str]
    reason: str | None
    ticket: str | None
    operation: str | None


def is_committed(value: Any) -> bool:
    """Whether a record has only a commitment in place of a value."""
    return isinstance(value, dict) and set(value) == {COMMITTED}


@computes("Query.audit")
async def audit(  # the arguments of the field
    _root: Any,
    asking: Asking,
    _info: Any,
    *,
    first: int,
    order: Any,
    values: bool,
    after: str | None = None,
    filter: Mapping[str, Any] | None = None,  # noqa: A002  # the contract's word
) -> Listed:
    """Records of the trail. That they were read is recorded before they are shown, and so is who may not."""
    trail, said = _trail(asking), dict(filter or {})
    check_first(first)
    viewer = asking.viewer
    allowed = not viewer.service and viewer.policy.decide(viewer.actor, READ_TRAIL, _ABOUT_NOBODY).allowed
    wanted = _wanted(said, newest=_named(order) == "NEWEST", after=after)
    await _record(asking, trail, "trail.read", {"filter": _plain(said), "values": values}, allowed=allowed)
    if not allowed:
        raise RequestProblem("FORBIDDEN_FIELD", "audit: your rights do not let you read the trail")
    found = await find(trail.reading, wanted, first + 1, values=values)
    return _listed([(each, RecordView(each, about(trail, each.body["code"]))) for each in found], first, after)


@computes("Query.whoLookedAtMe")
async def who_looked_at_me(
    _root: Any, asking: Asking, _info: Any, *, first: int, after: str | None = None, since: datetime | None = None
) -> Listed:
    """What others have done with the viewer's own data: everybody may know it, and needs no right for it."""
    trail, viewer = _trail(asking), asking.viewer
    check_first(first)
    person = None if viewer.service else await asking.quiet.load("directory", "people_by_login", viewer.login)
    if not isinstance(person, Person):
        return _listed([], first, after)
    wanted = Wanted(
        employees=(person.employee_id, named_as(person.login), *([named_as(person.email)] if person.email else ())),
        but_by=viewer.login,
        stages=_ACTS,
        since=None if since is None else written(since),
        beyond=_beyond(after),
    )
    await _record(asking, trail, "trail.read", {"own": True}, allowed=True, employee=person.employee_id)
    found = await find(trail.reading, wanted, first + 1)
    return _listed([(each, _look(each, asking, trail)) for each in found], first, after)


@computes("AuditRecord.employee")
async def employee(view: RecordView, asking: Asking, _info: Any) -> Person | None:
    """Whom a record is about, as they are now."""
    if view.employee_id is None:
        return None
    found: Person | None = await asking.loaders.load("directory", "people_by_id", view.employee_id)
    return found


def about(trail: Trail, code: str) -> str:
    """What a code says, in words; a code of an operation that is gone says itself."""
    known = None if trail.codes is None else trail.codes.get(code)
    return code if known is None else known.sentence


def _look(found: Found, asking: Asking, trail: Trail) -> LookView:
    body = found.body
    return LookView(
        datetime.fromisoformat(found.at),
        body["operator"],
        body.get("team"),
        body.get("end_user"),
        body["code"],
        about(trail, body["code"]),
        body["outcome"].upper(),
        sorted(set(_domains(body, asking))),
        body.get("reason"),
        body.get("ticket"),
        None if body.get("operation") is None else ids.encode("Operation", "okno", body["operation"]),
    )


def _domains(body: Mapping[str, Any], asking: Asking) -> Iterator[str]:
    """Whose data were shown; fields that are gone since have none."""
    labels = asking.guards.labels
    if body["code"] == SHOWN:
        for each in body.get("fields", []):
            kind, _, name = each.partition(".")
            if (kind, name) in labels.of:
                yield labels.all[labels.of[kind, name]].domain


def _wanted(said: Mapping[str, Any], *, newest: bool, after: str | None) -> Wanted:
    employee_id, run = said.get("employee"), said.get("operation")
    return Wanted(
        employees=() if employee_id is None else (ids.decode(str(employee_id)).key,),
        operators=() if said.get("operator") is None else (str(said["operator"]),),
        codes=tuple(said.get("codes") or ()),
        stages=tuple(_named(each).lower() for each in said.get("stages") or ()),
        outcomes=tuple(_named(each).lower() for each in said.get("outcomes") or ()),
        operation=None if run is None else ids.decode(str(run)).key,
        ticket=said.get("ticket"),
        since=None if said.get("since") is None else written(said["since"]),
        until=None if said.get("until") is None else written(said["until"]),
        newest=newest,
        beyond=_beyond(after),
    )


def _beyond(after: str | None) -> Place | None:
    if after is None:
        return None
    try:
        at, writer, seq = place_of(after)
        return str(at), str(writer), int(str(seq))
    except ValueError:
        raise bad_input("after: not a cursor of this list") from None


async def _record(
    asking: Asking,
    trail: Trail,
    code: str,
    detail: Mapping[str, Any],
    *,
    allowed: bool,
    employee: str | None = None,
) -> None:
    viewer = asking.viewer
    event = Event(
        code=code,
        stage="read" if allowed else "denied",
        outcome="success" if allowed else "denied",
        operator=viewer.login,
        team=viewer.active_team.id if viewer.active_team else None,
        session=viewer.session,
        end_user=viewer.on_behalf_of,
        country=viewer.country,
        object=employee,
        policy=viewer.policy.version,
        trace=asking.call.trace_id,
        detail=detail,
    )
    try:
        await trail.append(event)
    except TrailUnavailable:
        raise RequestProblem(
            "AUDIT_UNAVAILABLE", "that the trail is read cannot be recorded now, so it is not shown"
        ) from None


def _trail(asking: Asking) -> Trail:
    if asking.trail is None:
        raise RequestProblem("AUDIT_UNAVAILABLE", "no trail is kept here")
    return asking.trail


def _listed(rows: list[tuple[Found, Any]], first: int, after: str | None) -> Listed:
    edges = [Edge(found.where, view, view) for found, view in rows[:first]]
    info = PageInfo(len(rows) > first, after is not None, edges[0] if edges else None, edges[-1] if edges else None)
    return Listed(edges, info, None)


def _plain(said: Mapping[str, Any]) -> dict[str, Any]:
    """A filter as a record keeps it."""

    def text(value: Any) -> Any:
        if isinstance(value, list):
            return [text(each) for each in value]
        return written(value) if isinstance(value, datetime) else _named(value)

    return {name: text(value) for name, value in said.items() if value is not None}


def _named(choice: Any) -> str:
    return str(getattr(choice, "value", choice))
