"""Bulk: one operation for many employees; each is a run of its own, with every right, obligation and record of one."""

import asyncio
import hashlib
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import ColumnElement, and_
from sqlmodel import col

from operations.kit.acting import Acting
from operations.kit.after import After, same, team_of
from operations.kit.bulk_store import BulkKeyTaken, BulkStore, TooMany
from operations.kit.bulk_tables import (
    CANCELLED,
    ENDED,
    PAUSED,
    REFUSED,
    RUNNING,
    WAITING,
    OperationBulk,
    OperationBulkItem,
)
from operations.kit.given import checked, kept
from operations.kit.obligations import Purpose
from operations.kit.problems import OperationProblem, bad_field, problem
from operations.kit.tables import AWAITING, COMPENSATED, FAILED, FROZEN
from operations.kit.telling import decided
from operations.kit.wish import Payload, Wish
from resolvers import ids
from resolvers.asking import Asking
from resolvers.problems import RequestProblem

_HOUR: Final = timedelta(hours=1)
_FAILED: Final = (FAILED, COMPENSATED)
"""States of runs that are repeated; one of which nobody knows is never among them."""
_KEY: Final = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """One employee that a bulk is for. Shape: `employee` is an id of the graph."""

    employee: str
    ticket: str | None = None
    plan_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for. Shape: `said` is the operation's own input."""

    name: str
    said: Mapping[str, Any]
    wanted: Sequence[Wanted]
    purpose: Purpose
    key: str


class Bulks:
    """Begins bulks, and lets them rest, go on, be repeated and end. Shape: `woken` is called when there is one to drive."""

    def __init__(
        self,
        store: BulkStore,
        acting: Acting,
        after: After,
        *,
        most: int = 200,
        at_once: int = 4,
        woken: Callable[[], None] = lambda: None,
    ) -> None:
        self.store = store
        self.acting = acting
        self._after = after
        self._most = most
        self._at_once = at_once
        self._woken = woken

    def cap(self, asking: Asking) -> int:
        """On how many employees the viewer may run an operation at once, and within an hour."""
        return min(asking.viewer.policy.bulk_cap(asking.viewer.actor), self._most)

    async def preview(self, asking: Asking, order: Order) -> list[Payload]:
        """The plan of each, in the order asked for; nothing is changed. Raises: OperationProblem."""
        self._look(asking, order)
        gate = asyncio.Semaphore(self._at_once)

        async def one(each: Wanted) -> Payload:
            wish = Wish(each.employee, order.said, _purpose(order.purpose, each.ticket), order.key, apply=False)
            async with gate:
                return await self.acting.act(asking, order.name, wish)

        return list(await asyncio.gather(*map(one, order.wanted)))

    async def begin(self, asking: Asking, order: Order) -> OperationBulk:
        """Write a bulk down, to be driven. The same key again is answered by the same bulk. Raises: OperationProblem."""
        if not 0 < len(order.key.strip()) <= _KEY:
            raise OperationProblem(bad_field("idempotency_key", f"takes 1 to {_KEY} characters"))
        known = await self.store.by_key(asking.viewer.login, order.key)
        if known is not None:
            return _same_wish(known, order)
        given, numbers = self._look(asking, order)
        now, cap = self.store.clock(), self.cap(asking)
        bulk = OperationBulk(
            id=uuid.uuid4().hex,
            name=order.name,
            state=RUNNING,
            caller=asking.viewer.login,
            team=team_of(asking.viewer),
            viewer=self._written(asking),
            given=given,
            key=order.key,
            fingerprint=_fingerprint(order),
            reason=order.purpose.reason,
            policy=asking.viewer.policy.version,
            size=len(numbers),
            created_at=now,
            changed_at=now,
            trace=asking.call.trace_id,
        )
        items = [
            OperationBulkItem(
                bulk=bulk.id,
                number=number,
                employee_id=employee,
                ticket=each.ticket or order.purpose.ticket,
                plan_hash=each.plan_hash,
                state=WAITING,
            )
            for number, (employee, each) in enumerate(zip(numbers, order.wanted, strict=True))
        ]
        detail = {"bulk": bulk.id, "name": bulk.name, "size": bulk.size, "cap": cap}
        event = decided(asking, "bulk.begun", None, detail, bulk.reason)
        try:
            await self.store.begin(bulk, items, cap, now - _HOUR, event)
        except BulkKeyTaken as taken:
            return _same_wish(taken.bulk, order)
        except TooMany as many:
            raise problem(
                "LimitReached",
                f"{cap} an hour at most in bulks of {order.name}; {many.before} were put into some already",
            ) from None
        self._woken()
        return bulk

    async def pause(self, asking: Asking, id_: str, note: str | None) -> OperationBulk:
        """Begin with no more of it; what has begun goes on. Raises: OperationProblem."""
        bulk = await self._mine(asking, id_)
        event = decided(asking, "bulk.paused", None, {"bulk": bulk.id}, note)
        if not await self.store.change(bulk.id, (RUNNING,), {"state": PAUSED, "problem": None}, event):
            raise problem("AlreadyDecided", "it is not under way")
        return await self._now(bulk)

    async def resume(self, asking: Asking, id_: str, note: str | None) -> OperationBulk:
        """Go on with what waits, with the rights and the sign-in of now. Raises: OperationProblem."""
        bulk = await self._mine(asking, id_)
        frozen = await self._numbers(bulk.id, lambda state: state == FROZEN)
        event = decided(asking, "bulk.resumed", None, {"bulk": bulk.id}, note)
        # a run that a freeze has stopped is gone on with under the key that it was begun under
        again = [(_among(frozen), {"state": WAITING})] if frozen else []
        values = {"state": RUNNING, "problem": None, "viewer": self._written(asking)}
        if not await self.store.change(bulk.id, (PAUSED,), values, event, again):
            raise problem("AlreadyDecided", "it does not rest")
        self._woken()
        return await self._now(bulk)

    async def repeat(self, asking: Asking, id_: str, note: str | None) -> OperationBulk:
        """Do again what has failed, and nothing of which nobody knows what became. Raises: OperationProblem."""
        bulk = await self._mine(asking, id_)
        failed = await self._numbers(bulk.id, lambda state: state in (REFUSED, *_FAILED))
        if not failed:
            raise problem("NotPossible", "nothing of it has failed")
        if len(failed) > self.cap(asking):
            raise problem("LimitReached", f"{self.cap(asking)} at once at most; {len(failed)} have failed")
        event = decided(asking, "bulk.repeated", None, {"bulk": bulk.id, "size": len(failed)}, note)
        once_more = {"state": WAITING, "run": None, "problem": None, "attempt": col(OperationBulkItem.attempt) + 1}
        values = {"state": RUNNING, "problem": None, "ended_at": None, "viewer": self._written(asking)}
        if not await self.store.change(bulk.id, (ENDED, PAUSED), values, event, [(_among(failed), once_more)]):
            raise problem("AlreadyDecided", "it is under way, or was called off")
        self._woken()
        return await self._now(bulk)

    async def cancel(self, asking: Asking, id_: str, note: str | None) -> OperationBulk:
        """Call off what has not begun, and what waits for somebody's agreement. Raises: OperationProblem."""
        bulk = await self._mine(asking, id_)
        if not await self._numbers(bulk.id, lambda state: state in (WAITING, AWAITING, FROZEN)):
            raise problem("AlreadyDecided", "nothing of it waits")
        event = decided(asking, "bulk.cancelled", None, {"bulk": bulk.id}, note)
        values = {"state": CANCELLED, "problem": None, "ended_at": self.store.clock()}
        waiting = [(col(OperationBulkItem.state) == WAITING, {"state": CANCELLED})]
        if not await self.store.change(bulk.id, (RUNNING, PAUSED, ENDED), values, event, waiting):
            raise problem("AlreadyDecided", "it was called off already")
        for each in await self.store.items(bulk.id):
            if each.run is not None and each.run.state in (AWAITING, FROZEN):
                await self._after.cancel(asking, each.run.id, note)
        return await self._now(bulk)

    def _look(self, asking: Asking, order: Order) -> tuple[dict[str, Any], list[str]]:
        """See that the viewer may do it to so many, and that what is given makes sense. Raises: OperationProblem."""
        operation, viewer = self.acting.operations[order.name], asking.viewer
        cap = self.cap(asking)
        if cap < 1 or not viewer.policy.operation(viewer.actor, order.name).permits:
            raise problem("NotAllowed", f"your rights do not let you run {order.name} on many at once")
        if not order.wanted:
            raise OperationProblem(bad_field("items", "names nobody"))
        if len(order.wanted) > cap:
            raise problem("LimitReached", f"{cap} at once at most", path=("input", "items"))
        given = kept(checked(operation.given, order.said))
        numbers = [_number(each, place) for place, each in enumerate(order.wanted)]
        if len(set(numbers)) < len(numbers):
            raise OperationProblem(bad_field("items", "names somebody twice"))
        return given, numbers

    def _written(self, asking: Asking) -> dict[str, Any]:
        """What is kept of the viewer: besides who they are, when they have signed in, which some operations ask for."""
        at = asking.viewer.authenticated_at
        return {
            **self.acting.deciding.written(asking.viewer),
            "authenticated_at": None if at is None else at.isoformat(),
        }

    async def _mine(self, asking: Asking, id_: str) -> OperationBulk:
        bulk = await self.store.one(id_)
        if bulk is None or not same(bulk.caller, asking.viewer.login):
            raise problem("NotFound", "you have no such bulk", path=("input", "bulk"))
        return bulk

    async def _numbers(self, bulk: str, wanted: Callable[[str], bool]) -> list[int]:
        return [each.item.number for each in await self.store.items(bulk) if wanted(each.state)]

    async def _now(self, bulk: OperationBulk) -> OperationBulk:
        return await self.store.one(bulk.id) or bulk


def _among(numbers: Sequence[int]) -> ColumnElement[bool]:
    return and_(col(OperationBulkItem.number).in_(numbers))


def _purpose(purpose: Purpose, ticket: str | None) -> Purpose:
    return replace(purpose, ticket=ticket or purpose.ticket)


def _number(wanted: Wanted, place: int) -> str:
    path = ("input", "items", str(place), "employee")
    try:
        node = ids.decode(wanted.employee)
    except RequestProblem as wrong:
        raise problem("BadInput", f"employee: {wrong.message}", path=path) from None
    if node.type_name != "Employee":
        raise problem("BadInput", f"employee: the id is that of a {node.type_name}", path=path)
    return node.key


def _fingerprint(order: Order) -> str:
    """What stands for all that was asked for under a key; hashes of plans are not of it."""
    wanted = [[each.employee, each.ticket] for each in order.wanted]
    whole = [order.name, dict(order.said), wanted, order.purpose.reason, order.purpose.ticket]
    return hashlib.sha256(orjson.dumps(whole, option=orjson.OPT_SORT_KEYS, default=str)).hexdigest()


def _same_wish(known: OperationBulk, order: Order) -> OperationBulk:
    if known.fingerprint != _fingerprint(order):
        raise problem(
            "KeyConflict", "this key was used for something else; take a new one", path=("input", "idempotencyKey")
        )
    return known


def signed_in_at(bulk: OperationBulk) -> datetime | None:
    """When whoever asked for a bulk had signed in, as of when they asked last."""
    said = bulk.viewer.get("authenticated_at")
    return None if said is None else datetime.fromisoformat(said)
