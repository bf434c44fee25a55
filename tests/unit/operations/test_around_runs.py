"""What stands around runs, on both databases, as two processes see it."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from sqlalchemy import insert

from audit.event import Event
from audit.trail import Trail
from gateway.store import Store
from operations.kit.budget import Budget
from operations.kit.cases import Cases
from operations.kit.cases_tables import CHANGED, COMMENT, ENDED, MAIL, TICKET
from operations.kit.exposure import Exposure
from operations.kit.notices_outbox import Outbox
from operations.kit.tables import FAILED, RUNNING, SUCCEEDED, OperationRun
from resolvers.asking import Viewer
from sources.ports.call import utc_now


@dataclass
class Operator:
    """As much of a viewer as is looked at here."""

    login: str
    session: str | None = None
    service: bool = False
    authenticated_at: datetime | None = None


@pytest.fixture
async def other(database: str) -> AsyncIterator[tuple[Store, Trail]]:
    """A second process on the same database."""
    store = Store(database)
    trail = Trail(store.writing)
    await trail.start()
    yield store, trail
    await trail.close()
    await store.close()


def viewer(**more: Any) -> Viewer:
    """Somebody nobody has met."""
    return cast("Viewer", Operator(f"op-{uuid.uuid4().hex[:8]}", **more))


def event(code: str, who: Viewer, **more: Any) -> Event:
    """Something that an operator did."""
    return Event(code=code, stage="read", outcome="success", operator=who.login, **more)


async def run(store: Store, **changes: Any) -> str:
    """A run that has ended. Returns: its id."""
    now = utc_now()
    made = OperationRun(
        **{
            "id": uuid.uuid4().hex, "name": "reset_password", "state": SUCCEEDED, "caller": "op", "viewer": {},
            "employee_id": "0000001", "employee_login": "ann", "given": {}, "key": uuid.uuid4().hex, "fingerprint": "",
            "plan": {}, "plan_hash": "", "policy": "", "origin": "OPERATOR", "created_at": now, "changed_at": now,
            "ended_at": now, "ticket": "17", **changes,
        }
    )  # fmt: skip
    async with store.writing.begin() as connection:
        await connection.execute(insert(OperationRun), [made.model_dump()])
    return made.id


async def test_a_run_that_has_ended_is_followed_up_by_one_process(
    store: Store, trail: Trail, other: tuple[Store, Trail]
) -> None:
    here, there = Outbox(trail, store.engine), Outbox(other[1], other[0].engine)
    id_ = await run(store)
    for outbox in (here, there):
        assert id_ in {each.id for each in await outbox.ended([])}
    message = here.message(COMMENT, TICKET, id_, "17", {})
    await here.follow(id_, ENDED, [message])
    await there.follow(id_, ENDED, [there.message(COMMENT, TICKET, id_, "17", {})])
    assert id_ not in {each.id for each in await there.ended([])}
    found = [each.id for each in await there.of_ticket("17", utc_now() - timedelta(hours=1)) if each.about == id_]
    assert found == [message.id]


async def test_runs_that_nobody_has_to_be_told_of_are_not_followed(store: Store, trail: Trail) -> None:
    told_of = await run(store, ticket=None)
    others = [
        await run(store, ticket=None, name="create_ticket"),
        await run(store, origin="CASE"),
        await run(store, origin="COMPENSATION"),
        await run(store, state=RUNNING, ended_at=None),
        await run(store, ended_at=utc_now() - timedelta(days=8)),
    ]
    failed = await run(store, state=FAILED)
    found = {each.id for each in await Outbox(trail, store.engine).ended(["reset_password"])}
    assert {told_of, failed} <= found
    assert found.isdisjoint(others)


async def test_a_message_is_in_hand_of_one_process_and_anybodys_again_when_it_does_not_come_back(
    store: Store, trail: Trail, other: tuple[Store, Trail]
) -> None:
    now = [utc_now()]
    here = Outbox(trail, store.engine, lambda: now[0])
    there = Outbox(other[1], other[0].engine, lambda: now[0])
    message = here.message(CHANGED, MAIL, uuid.uuid4().hex, "0000001", {})
    await here.add([message])
    seen = next(each for each in await there.due() if each.id == message.id)
    assert await here.claim(message)
    assert not await there.claim(seen)
    now[0] += timedelta(minutes=3)
    late = next(each for each in await there.due() if each.id == message.id)
    assert await there.claim(late)
    # the first one comes back: what it says does not count any more
    await here.give_up(message, "too late")
    await there.sent(late)
    now[0] += timedelta(hours=1)
    assert message.id not in {each.id for each in await here.due()}


async def test_what_is_tried_again_waits_until_its_moment(store: Store, trail: Trail) -> None:
    now = [utc_now()]
    outbox = Outbox(trail, store.engine, lambda: now[0])
    message = outbox.message(CHANGED, MAIL, uuid.uuid4().hex, "0000001", {})
    await outbox.add([message])
    assert await outbox.claim(message)
    await outbox.again(message, "not now", now[0] + timedelta(minutes=10))
    assert message.id not in {each.id for each in await outbox.due()}
    now[0] += timedelta(minutes=11)
    (again,) = [each for each in await outbox.due() if each.id == message.id]
    assert (again.attempts, again.problem) == (1, "not now")


async def test_one_ticket_at_most_is_in_hand_and_other_processes_know_it(
    store: Store, trail: Trail, other: tuple[Store, Trail]
) -> None:
    here, there, who = Cases(trail, store.engine), Cases(other[1], other[0].engine), viewer(session="one")
    await here.open(who.login, "one", "17", "0000001", event("case.opened", who))
    await here.open(who.login, "one", "18", "0000002", event("case.opened", who))
    assert await there.ticket_of(who) == "18"
    assert await here.ticket_of(cast("Viewer", Operator(who.login, "two"))) is None
    assert await here.close(who.login, "one", event("case.closed", who))
    assert await here.ticket_of(who) is None
    assert not await here.close(who.login, "one", event("case.closed", who))
    assert await Cases(other[1], other[0].engine).ticket_of(who) is None


async def test_what_one_process_has_shown_another_counts(
    store: Store, trail: Trail, other: tuple[Store, Trail]
) -> None:
    who, there = viewer(), Exposure(other[0].engine, Budget(3, 3))
    first = await there.of(who, "before")
    assert first is not None
    assert first.take("0000009")
    await trail.append(
        event("employee.read", who, employee="0000001"),
        event("employee.read", who, employee="0000001"),
        event("employee.read", who, object="ann@corp.example"),
        event("search.made", who, trace="a"),
        event("search.made", who, trace="a"),
        event("employee.read", viewer(), employee="0000003"),
    )
    there._seen[who.login].good_until = 0.0
    allowance = await there.of(who, "b")
    assert allowance is not None
    assert [allowance.take(each) for each in ("ann@corp.example", "0000001", "0000002")] == [True, True, False]
    assert [allowance.search(), allowance.search()] == [True, False]
    assert allowance.exceeded("employees").most == 3


async def test_a_limit_that_was_reached_elsewhere_is_renewed_by_a_sign_in_after_it(store: Store, trail: Trail) -> None:
    before, who = utc_now(), viewer()
    await trail.append(*(event("employee.read", who, employee=f"000000{number}") for number in range(3)))
    denied = {"stage": "denied", "outcome": "denied", "detail": {"what": "employees"}}
    await trail.append(Event(code="exposure.exceeded", operator=who.login, **denied))  # type: ignore[arg-type]
    taken = {}
    for name, at in (("never", None), ("before", before), ("after", utc_now() + timedelta(seconds=1))):
        again = cast("Viewer", Operator(who.login, authenticated_at=at))
        allowance = await Exposure(store.engine, Budget(3, 3)).of(again, "a")
        assert allowance is not None
        taken[name] = sum(allowance.take(f"000010{number}") for number in range(9))
    assert taken == {"never": 0, "before": 0, "after": 3}
