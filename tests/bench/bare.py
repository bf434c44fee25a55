"""The limit: an endpoint written by hand for these very requests. The same questions with the same needs to the same desk,
dictionaries, orjson; no GraphQL, no loaders, no road."""

import asyncio
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from graphql import parse

from authz.labels import labels_of_schema
from gateway.whole_graph import whole_graph
from resolvers import ids
from resolvers.planning import Plan, plan_document
from resolvers.replies import accounted
from resolvers.windows import cursor_of, place_of
from sources.ports.call import CallContext
from sources.ports.catalogue import question_of
from sources.ports.directory import PeopleFilter, Person
from sources.ports.equipment import Device
from sources.ports.errors import Partial, SourceError
from sources.ports.hr import Employment
from sources.ports.question import Desk, Need, Page
from tests.bench import shapes
from tests.bench.stand import Stand
from tests.bench.workloads import Workload

_WRITTEN: Final = orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS


@dataclass(frozen=True, slots=True)
class Asked:
    """Puts questions for one request. A failure leaves nothing in its place and stands among the errors."""

    desk: Desk
    call: CallContext
    plan: Plan
    errors: list[dict[str, str]] = field(default_factory=list)

    async def __call__(
        self, port: str, question: str, keys: Sequence[Any], args: tuple[tuple[str, object], ...] = ()
    ) -> Sequence[Any]:
        """Answers to all keys."""
        if not keys:
            return ()
        need = Need(self.plan.fields_of(port, question_of(port, question).record), args)
        answers = await self.desk.ask(port, question, keys, need, self.call)
        return [self._said(each) if isinstance(each, SourceError | Partial) else each for each in answers]

    def _said(self, answer: SourceError | Partial[Any]) -> Any:
        failures = answer.failures if isinstance(answer, Partial) else (answer,)
        self.errors.extend({"message": str(each), "code": each.code, "source": each.source} for each in failures)
        return answer.value if isinstance(answer, Partial) else None


class Bare:
    """Hand-written code for the card, the page and the tiny request."""

    name = "bare, no GraphQL"

    def __init__(self, stand: Stand) -> None:
        self._desk = stand.gateway.desk
        self._viewer = stand.viewer
        self._schema = whole_graph()[0]
        self._plans: dict[str, Plan] = {}

    async def answer(self, workload: Workload) -> bytes:
        """The whole answer as JSON."""
        call = CallContext(
            self._viewer.partition, time.monotonic() + 60, uuid.uuid4().hex, self._viewer.login, fresh=True
        )
        asked = Asked(self._desk, call, self._plan(workload.query))
        given = workload.variables
        if "login" in given:
            data = await _employee(asked, given["login"], whole=workload.name == "card")
        else:
            data = await _employees(asked, given["first"], given["after"])
        extensions = {"traceId": call.trace_id, "sources": accounted(call.ledger)}
        return orjson.dumps({"errors": asked.errors, "data": data, "extensions": extensions}, option=_WRITTEN)

    def _plan(self, query: str) -> Plan:
        """What a programmer would have worked out once, by hand."""
        if query not in self._plans:
            document = parse(query)
            self._plans[query] = plan_document(
                self._schema,
                document,
                document.definitions[0],  # type: ignore[arg-type]
                labels_of_schema(self._schema),
                self._viewer.profile,
            )
        return self._plans[query]


async def _employee(asked: Asked, login: str, *, whole: bool) -> dict[str, Any]:
    (person,) = await asked("directory", "people_by_login", [login])
    if not whole:
        return {"employee": {"id": ids.encode("Employee", person.source, person.employee_id), "login": person.login}}
    return {"employee": (await _cards(asked, [person]))[0]}


async def _employees(asked: Asked, first: int, after: str | None) -> dict[str, Any]:
    place = place_of(after) if after else None
    page = Page(first, place)
    found = await asked.desk.list("directory", "people", page, asked.call, wanted=PeopleFilter(), order="LOGIN")
    cards = await _cards(asked, found.records)
    info = {"hasNextPage": found.has_next, "endCursor": cursor_of(found.cursors[-1]) if found.cursors else None}
    return {"employees": {"edges": [{"node": each} for each in cards], "pageInfo": info}}


async def _cards(asked: Asked, people: Sequence[Person]) -> list[dict[str, Any]]:
    """All blocks of all of them: every question is put once, for everybody."""
    refs = [person.ref for person in people]
    (employments, managers), personal, accounts, groups, certificates, devices, *others = await asyncio.gather(
        _employments(asked, refs),
        asked("hr", "personal_of", refs),
        asked("accounts", "accounts_of", refs),
        asked("groups", "memberships_of", refs, (("nested", False),)),
        asked("certificates", "certificates_of", refs),
        _devices(asked, refs),
        asked("software", "licences_of", refs),
        asked("second_factors", "second_factors_of", refs),
        asked("badges", "badges_of", refs),
        asked("mail", "mailbox_of", refs),
        asked("vpn", "vpn_sessions_of", refs),
        asked("sessions", "sessions_of", refs),
        asked("tickets", "tickets_of", refs),
    )
    parts = zip(people, employments, personal, accounts, groups, certificates, devices, *others, strict=True)
    return [
        {
            **shapes.directory(person),
            "employment": shapes.employment(employment, managers) if employment else None,
            "personal": shapes.personal(file) if file else None,
            "account": shapes.account(owned[0]) if owned else None,
            "groups": None if member_of is None else shapes.groups(member_of),
            "certificates": None if issued is None else shapes.certificates(issued),
            "devices": held,
            "licences": None if seats is None else shapes.licences(seats),
            "secondFactors": None if factors is None else shapes.second_factors(factors),
            "badges": None if passes is None else shapes.badges(passes),
            "mailbox": shapes.mailbox(box) if box else None,
            "vpnSessions": None if tunnels is None else shapes.vpn_sessions(tunnels),
            "sessions": None if signed_in is None else shapes.sessions(signed_in),
            "tickets": None if wanted is None else shapes.tickets(wanted),
        }
        for (
            person, employment, file, owned, member_of, issued, held, seats, factors, passes, box, tunnels, signed_in, wanted
        ) in parts
    ]  # fmt: skip


async def _employments(asked: Asked, refs: Sequence[Any]) -> tuple[Sequence[Employment | None], dict[str, Person]]:
    employments = await asked("hr", "employment_of", refs)
    keys = list(dict.fromkeys(each.manager_id for each in employments if each and each.manager_id))
    return employments, dict(zip(keys, await asked("directory", "people_by_id", keys), strict=True))


async def _devices(asked: Asked, refs: Sequence[Any]) -> list[dict[str, Any] | None]:
    found: list[tuple[Device, ...] | None] = [
        each and each[:10] for each in await asked("equipment", "devices_of", refs)
    ]
    devices = [device.ref for each in found for device in each or ()]
    states, programs = await asyncio.gather(
        asked("device_management", "management_of", devices), asked("software", "installed_on", devices)
    )
    told = iter(zip(states, programs, strict=True))
    return [None if each is None else shapes.devices([(device, *next(told)) for device in each]) for each in found]
