"""The tickets of a year: who asked for what, in which words, and how far it has come."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sandbox.company.cast import Cast, ago
from sandbox.company.model import Ticket, TicketComment, TicketStatus
from sandbox.company.person import LocalText, Person
from sandbox.company.queues import DONE, GREETING, LOOKING, PLACE, QUEUES, REFUSED, SUBJECTS, WAITING, helpdesk_of

FIRST_TICKET = 10001
_PER_PERSON = 1.5
_WEIGHTS = {"HR": 8, "Identity": 14, "PKI": 8, "Equipment": 12, "Software": 14, "Mail": 8, "Network": 10, "Badges": 8,
            "Executive": 2, "Onboarding": 4, "SecOps": 4}  # fmt: skip
_SHOWCASE: tuple[tuple[str, int, TicketStatus, float], ...] = (
    ("Helpdesk-BR", 2, "open", 0.3),
    ("PKI", 0, "new", 0.2),
    ("Mail", 0, "stalled", 6.0),
    ("Software", 0, "resolved", 90.0),
)  # queue, place of the subject in it, status, days ago


@dataclass(frozen=True, slots=True)
class _Draft:
    created: datetime
    place: int  # keeps drafts of the same second in order
    person: Person
    queue: str
    subject: LocalText
    status: TicketStatus
    owner: Person | None


def build_tickets(cast: Cast) -> tuple[Ticket, ...]:
    """All tickets by number, which is by age. Every demo person has asked for something, every queue has work."""
    rng = cast.stream("tickets")
    desk = _Desk(cast, rng)
    for queue, subject, status, days in _SHOWCASE:
        desk.ask(cast.showcase, queue, SUBJECTS[queue][subject], status, cast.now - timedelta(days=days))
    for person in cast.people:
        if cast.is_demo(person) and person is not cast.showcase:
            queue = "HR" if person.department != "HR-SUP" else "Equipment"
            desk.ask(person, queue, rng.choice(SUBJECTS[queue]), rng.choice(("new", "open")), ago(cast.now, rng, 4))
    askers = [person for person in cast.people if person.status != "FUTURE"]
    for queue in QUEUES:
        for status in ("new", "open"):
            person = rng.choice(cast.working)
            desk.ask(person, queue, rng.choice(SUBJECTS[queue]), status, ago(cast.now, rng, 3), shown=True)
    while len(desk.drafts) < int(_PER_PERSON * len(cast.people)):
        desk.usual(rng.choice(askers))
    ordered = sorted(desk.drafts, key=lambda draft: (draft.created, draft.place))
    return tuple(_ticket(number, draft, cast.now, rng) for number, draft in enumerate(ordered, start=FIRST_TICKET))


class _Desk:
    def __init__(self, cast: Cast, rng: Random) -> None:
        self.cast, self.rng = cast, rng
        self.drafts: list[_Draft] = []
        self._owners = {
            queue: [person for person in cast.people if person.department == unit and person.status == "ACTIVE"]
            for queue, unit in QUEUES.items()
        }

    def usual(self, person: Person) -> None:
        """A ticket as they come: mostly settled when old; a third of all go to the help desk."""
        rng, now = self.rng, self.cast.now
        if rng.random() < 0.35:
            queue = helpdesk_of(person.region, person.preferred_language)
        else:
            queue = "Executive" if person.vip else rng.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
        days, latest = 365 * rng.random() ** 2, now
        if person.termination_date is not None and person.status == "TERMINATED":
            latest -= timedelta(days=(now.date() - person.termination_date).days + 1)
        days = min(days, max(0.0, (latest.date() - person.hire_date).days - 2.0))
        waiting: tuple[TicketStatus, ...] = ("new", "open", "stalled")
        if days < 10 and latest == now and rng.random() < 0.6:
            status: TicketStatus = rng.choices(waiting, (4, 5, 2))[0]
        else:
            status = (
                "stalled" if days < 60 and rng.random() < 0.05 else rng.choices(("resolved", "rejected"), (92, 8))[0]
            )
        subject = rng.choice(SUBJECTS[queue])
        self.ask(person, queue, subject, status, latest - timedelta(seconds=int((days + 0.1) * 86400)))

    def ask(
        self, person: Person, queue: str, subject: LocalText, status: TicketStatus, at: datetime, *, shown: bool = False
    ) -> None:
        owner = None if status == "new" else self._owner(queue, shown)
        self.drafts.append(_Draft(at, len(self.drafts), person, queue, subject, status, owner))

    def _owner(self, queue: str, shown: bool) -> Person | None:
        """Somebody of the department; the demo people (the lead aside) where the ticket is there to be shown."""
        owners = self._owners[queue]
        first = [person for person in owners if self.cast.is_demo(person) and person.login != "lead"] if shown else []
        return self.rng.choice(first or owners) if owners else None


def _ticket(number: int, draft: _Draft, now: datetime, rng: Random) -> Ticket:
    person, created = draft.person, draft.created
    own = person.preferred_language

    def said(text: LocalText) -> str:
        return str(getattr(text, own))

    subject = said(draft.subject)
    place = said(PLACE).format(city=person.city, desk=person.desk)
    comments = [TicketComment(person.email, created, f"{said(GREETING)} {subject}. {place}")]
    ended = None
    if draft.owner is not None:
        until = min(now, created + timedelta(days=8))
        first = created + (until - created) * (0.1 + 0.3 * rng.random())
        last = first + (until - first) * rng.random()
        comments.append(TicketComment(draft.owner.email, _whole(first), said(LOOKING)))
        closing = {"stalled": WAITING, "resolved": DONE, "rejected": REFUSED}.get(draft.status)
        if closing is not None:
            comments.append(TicketComment(draft.owner.email, _whole(last), said(closing)))
    if draft.status in ("resolved", "rejected"):
        ended = comments[-1].at if len(comments) > 1 else min(now, created + timedelta(hours=5))
    return Ticket(
        id=number,
        queue=draft.queue,
        subject=subject,
        status=draft.status,
        priority=80 if person.vip else rng.choice((20, 30, 50)),
        requester_email=person.email,
        owner_login=draft.owner.login if draft.owner else None,
        created_at=created,
        updated_at=ended or comments[-1].at,
        resolved_at=ended,
        comments=tuple(comments),
    )


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
