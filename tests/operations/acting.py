"""Acting on the floor: a stand with more people in it, ways to act as one of them, and a second process on its database."""

import asyncio
import itertools
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import orjson

from gateway.operating import Operating
from gateway.store import Store
from gateway.whole_graph import whole_graph
from operations.kit.acts.act import Room
from operations.kit.catalogue import shipped
from operations.kit.fields import camel, pascal
from resolvers import ids
from resolvers.asking import Viewer
from resolvers.binding import bind
from resolvers.request import Request
from resolvers.road import Road
from sources.ports.call import utc_now
from tests.operations.stand import _PAYLOAD, DOER, PACE, Stand

OTHER: Final = "other.doing"
THIRD: Final = "third.doing"
HALF: Final = "half.seeing"
PAYLOAD: Final = _PAYLOAD.replace(
    "changes { field before after } auditEvents", "changes { field before after withheld } auditEvents"
)
_RUN: Final = """
  id name state holder by origin parent reason revertsAt problem { code message } undo { possible whyNot undoneBy }
  steps { name source state attempts made problem } approvals { kind askedOf planHash decision decidedBy }
"""
_OVER: Final = ("RUNNING", "COMPENSATING")
_keys = itertools.count(1)
Answer = dict[str, Any]


@dataclass(slots=True)
class Process:
    """A gateway process: what answers, and what acts. Shape: `codes` are those that were sent, by employee."""

    road: Road
    operating: Operating
    room: Room
    codes: dict[str, str]


@asynccontextmanager
async def another_process(
    stand: Stand, clock: Callable[[], datetime] = utc_now, database: Path | None = None
) -> AsyncIterator[Process]:
    """A second process on the same database and the same systems; it can send codes.

    Shape: with a `database` of its own it is somebody else, of whose doing ours knows nothing.
    """
    gateway = stand.sandbox.gateway
    store = Store(f"sqlite:///{database or stand.database}")
    await asyncio.to_thread(store.migrate)
    schema, computed = whole_graph()
    guards = bind(schema, computed.all())
    audit = gateway.installation.file.audit
    operating = await Operating.open(store, gateway.desk, gateway.viewers, shipped(), computed.room, clock, PACE, audit)
    await operating.around.notifying.close()  # nothing is told of runs but where a test is about it
    road = Road(
        schema,
        guards,
        gateway.desk,
        gateway.index,
        gateway.sweeper,
        deadline=gateway.installation.file.deadline,
        trail=operating.trail,
        activity=computed.activity,
    )
    process = Process(road, operating, computed.room, {})

    async def keep(employee: str, code: str) -> None:
        process.codes[employee] = code

    computed.room.codes = keep
    try:
        yield process
    finally:
        await operating.close()
        await store.close()


def viewer_of(stand: Stand, login: str = DOER, team: str | None = None, **changes: Any) -> Viewer:
    """Somebody who has signed in just now. Shape: `changes` replace what is known of the viewer."""
    viewer = stand.sandbox.gateway.viewers.viewer(login, team)
    assert viewer is not None, login
    return replace(viewer, **{"authenticated_at": utc_now(), "session": f"session of {login}", **changes})


async def asked(
    stand: Stand, query: str, variables: Mapping[str, Any], viewer: Viewer, process: Process | None = None
) -> Answer:
    """What a request is answered, errors and all."""
    road = stand.sandbox.gateway.road if process is None else process.road
    body: Answer = orjson.loads(orjson.dumps((await road.answer(Request(query, dict(variables)), viewer)).body))
    return body


async def mutate(
    stand: Stand,
    name: str,
    given: Mapping[str, Any],
    payload: str = PAYLOAD,
    *,
    viewer: Viewer | None = None,
    process: Process | None = None,
) -> Answer:
    """What the mutation of that name answers."""
    query = f"mutation($input: {pascal(name)}Input!) {{ {camel(name)}(input: $input) {{ {payload} }} }}"
    body = await asked(stand, query, {"input": dict(given)}, viewer or viewer_of(stand), process)
    assert "errors" not in body, body["errors"]
    answer: Answer = body["data"][camel(name)]
    return answer


def wish(stand: Stand, employee: str, said: Mapping[str, Any], **more: Any) -> Answer:
    """The input of an operation that is applied. Shape: as `Stand.act`."""
    return {
        "employee": ids.encode("Employee", "directory", employee),
        "purpose": {"reason": "because of the test", "ticket": stand.tickets.get(employee)},
        "idempotencyKey": new_key(),
        "mode": "APPLY",
        **said,
        **more,
    }


def new_key() -> str:
    """A key that nothing stands for yet."""
    return f"floor {next(_keys)}"


async def ended(stand: Stand, answer: Answer) -> Answer:
    """The run of an answer once it has come to its end."""
    run: Answer = answer["operation"]
    for _ in range(300):
        if run["state"] not in _OVER:
            break
        await asyncio.sleep(0.05)
        run = await run_of(stand, run["id"])
    return run


async def run_of(stand: Stand, id_: str, login: str = DOER) -> Answer:
    """A run as it stands."""
    body = await asked(
        stand, f"query($id: ID!) {{ operation(id: $id) {{ {_RUN} }} }}", {"id": id_}, viewer_of(stand, login)
    )
    assert "errors" not in body, body["errors"]
    run: Answer = body["data"]["operation"]
    return run


def codes(answer: Mapping[str, Any]) -> list[str]:
    """Codes of an answer's problems."""
    return [each["code"] for each in answer["problems"]]


def of_kind(answer: Mapping[str, Any]) -> list[str]:
    """Types of an answer's problems."""
    return [each["__typename"] for each in answer["problems"]]


async def change_rows(stand: Stand, statement: str, *values: object) -> int:
    """Change the database past everything, for what only time would bring about. Returns: how many rows were."""

    def change() -> int:
        with closing(sqlite3.connect(stand.database, timeout=10)) as database, database:
            return database.execute(statement, values).rowcount

    # not in the loop: who holds the place to write may need it to let go
    return await asyncio.to_thread(change)


@contextmanager
def nothing_done(stand: Stand, denied: str | None = None, times: int = 1) -> Iterator[None]:
    """Within it no system is changed or asked to; the trail gets so many denials of that problem."""
    before, writes, old = stand.states(), stand.writes(), stand.records(code="operation.denied")
    yield
    assert stand.writes() == writes
    assert stand.states() == before
    new = [each for each in stand.records(code="operation.denied") if each not in old]
    found = [each["detail"]["problem"] for each in new]
    assert found == ([] if denied is None else [denied] * times)
    assert all((each["stage"], each["outcome"]) == ("denied", "denied") for each in new)


_TAKEN_OVER: Final = "select employee_id from operation_run where name like '%password' or name like '%second_factor'"


def touched(stand: Stand) -> set[str]:
    """Employees whose password or second factor was an operation's matter lately: more is asked for about them."""
    with sqlite3.connect(stand.database) as database:
        return {row[0] for row in database.execute(_TAKEN_OVER)}


async def plain_account(stand: Stand, skip: int = 0) -> tuple[Any, str]:
    """An ordinary employee with an ordinary account of the domain, untouched. Returns: the person and the account's id."""
    lately = touched(stand)
    people = await stand.people()
    answers = await stand.asked("accounts", "accounts_of", *[each.ref for each in people])
    fits = [
        (person, ids.encode("Account", each.source, each.object_id))
        for person, several in zip(people, answers, strict=True)
        for each in several
        if each.source == "domain" and each.enabled and not each.locked and each.kind == "PERSONAL"
        if person.employee_id not in lately
    ]
    return fits[skip]


async def outsider(stand: Stand, skip: int = 0) -> tuple[Any, Any]:
    """An ordinary group of the domain, and somebody who is not in it and has an open ticket."""
    people = await stand.people()
    answers = await stand.asked("groups", "memberships_of", *[each.ref for each in people])
    groups = {each.group.object_id: each.group for several in answers for each in several}
    group = next(each for each in groups.values() if not each.privileged and each.source == "domain")
    held = [{each.group.object_id for each in several} for several in answers]
    fits = [each for each, had in zip(people, held, strict=True) if had and group.object_id not in had]
    person = fits[skip]
    await stand.with_ticket(person.employee_id)
    return group, person


async def is_member(stand: Stand, group: Any, person: Any) -> bool:
    """Whether somebody is in a group now, by the system itself."""
    (members,) = await stand.asked("groups", "members_of", group.object_id)
    return person.login in {each.login for each in members}


def to_group(stand: Stand, group: Any, person: Any, **more: Any) -> Answer:
    """A wish to put somebody into a group."""
    return wish(stand, person.employee_id, {"group": ids.encode("Group", group.source, group.object_id)}, **more)
