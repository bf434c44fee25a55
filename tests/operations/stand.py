"""A stand for operations: a sandbox in which somebody may do everything, and what is needed to look behind it."""

import itertools
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import orjson
from sqlalchemy import create_engine, text

from operations.kit.fields import camel, pascal
from operations.kit.sending import Pace
from resolvers import ids
from resolvers.request import Request
from sources.device_management.twin import DeviceManagementTwin
from sources.kit.twin.faults import Fault
from sources.ports.call import CallContext, utc_now
from sources.ports.question import EVERYTHING
from sources.salt.twin import SaltTwin
from tests.sandbox import Sandbox, company_of, running

DOER: Final = "all.doing"
_TEAM: Final = """
title: {en: All-doing}
regions: all
members: [all.doing, other.doing]
clearance: [vip]
read:
  "*": {ceiling: restricted, scope: anyone}
run:
  - {operation: "*", scope: anyone}
"""
_PAYLOAD: Final = """
  plan { hash already revertsAt changes { field before after withheld } obligations { kind fulfilled } }
  operation { id state name holder problem { code message } undo { possible whyNot undoneBy }
    steps { name source state attempts made problem proof { readBackAt shown } }
    approvals { kind askedOf planHash decision decidedBy } changes { field before after } auditEvents }
  secrets { step value } replayed problems { __typename code message path }
"""
PACE: Final = Pace(margin=0.2, poll=0.05, poll_most=0.2, settle=0.2, longest=1.5)
IN_FLIGHT: Final = 0.3
_JOB: Final = 0.4
"""Seconds that an installation takes here."""
_OBEYING: Final = 0.2
"""Seconds that a managed device takes to obey here."""
_keys = itertools.count(1)


@dataclass(slots=True)
class Stand:
    """A sandbox, its database, and short ways to act in it. Shape: `database` is its file, where it is one."""

    sandbox: Sandbox
    database: Path
    tickets: dict[str, str] = field(default_factory=dict)
    working: list[Any] = field(default_factory=list)

    @property
    def desk(self) -> Any:
        """All sources."""
        return self.sandbox.gateway.desk

    @property
    def url(self) -> str:
        """The address of the database, for those who wait for it."""
        said: str = self.sandbox.gateway.installation.file.database
        return said.replace("postgresql://", "postgresql+psycopg://", 1)

    def call(self) -> CallContext:
        """A call of its own, past every cache."""
        return CallContext(f"stand-{next(_keys)}", time.monotonic() + 20, "stand", "stand", fresh=True)

    async def asked(self, port: str, question: str, *keys: Any) -> list[Any]:
        """Answers of a port."""
        return list(await self.desk.ask(port, question, list(keys), EVERYTHING, self.call()))

    async def people(self) -> list[Any]:
        """Everybody who works here, as they were first found."""
        if not self.working:
            people = self.sandbox.world.company.people
            found = await self.asked("directory", "people_by_id", *[each.employee_id for each in people])
            self.working += [each for each in found if each is not None and each.active]
        return [*self.working]

    async def act(
        self, name: str, employee: str, said: Mapping[str, Any], *, login: str = DOER, **more: Any
    ) -> dict[str, Any]:
        """A mutation's payload. Shape: `more` are its other inputs; reason and the employee's ticket are given unless told otherwise."""
        given = {
            "employee": ids.encode("Employee", "directory", employee),
            "purpose": {"reason": "because of the test", "ticket": self.tickets.get(employee)},
            "idempotencyKey": f"key-{next(_keys)}",
            **said,
            **more,
        }
        return await self.mutate(camel(name), f"{pascal(name)}Input", given, _PAYLOAD, login=login)

    async def mutate(
        self, field_name: str, kind: str, given: Mapping[str, Any], payload: str = _PAYLOAD, *, login: str = DOER
    ) -> dict[str, Any]:
        """What a mutation answers."""
        gateway = self.sandbox.gateway
        viewer = gateway.viewers.viewer(login)
        assert viewer is not None, login
        viewer = replace(viewer, authenticated_at=utc_now(), session=f"session of {login}")
        query = f"mutation($input: {kind}!) {{ {field_name}(input: $input) {{ {payload} }} }}"
        reply = await gateway.road.answer(Request(query, {"input": given}), viewer)
        body = orjson.loads(orjson.dumps(reply.body))
        assert "errors" not in body, body["errors"]
        answer: dict[str, Any] = body["data"][field_name]
        return answer

    async def verified(self, employee: str, login: str = DOER) -> None:
        """Whoever calls has proven to be this employee."""
        given = {
            "employee": ids.encode("Employee", "directory", employee),
            "method": "CALL_BACK",
            "note": "called back at the number of the directory",
        }
        answer = await self.mutate(
            "verifyCaller", "VerifyCallerInput", given, "verifiedUntil problems { code }", login=login
        )
        assert answer["verifiedUntil"], answer

    async def with_ticket(self, employee: str) -> str:
        """An open ticket of the employee's."""
        if employee not in self.tickets:
            said = {"queue": "Helpdesk-BR", "subject": "Something is wrong", "text": "It does not work."}
            answer = await self.act("create_ticket", employee, said, mode="APPLY")
            assert answer["operation"]["state"] == "SUCCEEDED", answer
            self.tickets[employee] = answer["operation"]["steps"][0]["made"]
        return self.tickets[employee]

    def state(self, source: str) -> bytes:
        """A digest of all that could be changed in one twin."""
        return self.sandbox.world.twins[source].state()

    def count(self, code: str) -> int:
        """How many records of a code the trail has."""
        ((found,),) = self.looked_up("select count(*) from audit_record where code = :code", code=code)
        return int(found)

    def looked_up(self, question: str, **values: object) -> list[Any]:
        """Rows of the database, whichever it is."""
        with create_engine(self.url).connect() as connection:
            return [*connection.execute(text(question), values)]

    def states(self) -> dict[str, bytes]:
        """Digests of all that could be changed, by twin."""
        return {name: twin.state() for name, twin in self.sandbox.world.twins.items()}

    def writes(self) -> int:
        """Non-reads that have reached any twin."""
        return sum(twin.writes for twin in self.sandbox.world.twins.values())

    async def broken(self, source: str, kind: str | None) -> None:
        """Break a twin, or mend it; its breaker is closed either way."""
        twin = self.sandbox.world.twins[source]
        await twin.break_with(None if kind is None else Fault(kind))  # type: ignore[arg-type]  # a kind by its name
        line = self.desk.lines[source]
        line.breaker.succeeded()

    def records(self, operation: str | None = None, code: str | None = None) -> list[dict[str, Any]]:
        """Records of the trail in order, of one run or one code."""
        rows = self.looked_up("select body from audit_record order by writer, seq")
        bodies = [orjson.loads(row[0]) for row in rows]
        return [
            each
            for each in bodies
            if (operation is None or each.get("operation") == ids.decode(operation).key)
            and (code is None or each["code"] == code)
        ]


def hasten(sandbox: Sandbox) -> None:
    """Let the systems do at once what takes them long, and let nothing be on its way for long."""
    for line in sandbox.gateway.desk.lines.values():
        line.manifest = line.manifest.model_copy(update={"in_flight": IN_FLIGHT})
    for twin in sandbox.world.twins.values():
        if isinstance(twin, SaltTwin):
            twin.job_seconds = _JOB
        elif isinstance(twin, DeviceManagementTwin):
            twin.delay = _OBEYING


@asynccontextmanager
async def standing(folder: Path, people: int = 200, **changes: object) -> AsyncIterator[Stand]:
    """A stand from its beginning to its end. Shape: `changes` replace keys of `okno.yaml`."""
    teams = {"all_doing": _TEAM}
    async with running(company_of(people), folder, clock=utc_now, pace=PACE, extra_teams=teams, **changes) as sandbox:
        hasten(sandbox)
        yield Stand(sandbox, folder / "okno.db")
