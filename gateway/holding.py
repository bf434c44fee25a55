"""Holding: a case is kept from being erased, or let go, by two people: one asks, another agrees."""

from datetime import datetime
from typing import Final, cast

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from audit.holds import Case, fresh_hold, lifting, placing
from audit.tables import AuditHold
from gateway.deeds import Deed
from gateway.standing import Refused, Standing, Who
from operations.kit.tables import AWAITING, REJECTED, SUCCEEDED, OperationApproval, OperationRun

PLACE: Final = "place_hold"
LIFT: Final = "lift_hold"
KIND: Final = "four_eyes"
_CASES: Final = ("employee", "ticket", "operation", "operator")


async def hold_of(standing: Standing, id_: str) -> AuditHold | None:
    """A hold, whether it holds or not."""
    async with standing.store.session() as session:
        return (await session.execute(select(AuditHold).where(col(AuditHold.id) == id_))).scalar_one_or_none()


async def placing_hold(standing: Standing, who: Who, kind: str, about: str) -> Deed:
    """Look at asking for a hold. Raises: Refused."""
    obligations = await standing.demand(who, PLACE)
    case, name = kind.lower(), about.strip()
    if case not in _CASES or not 0 < len(name) <= 200:
        raise Refused("BAD_INPUT", f"say what is kept: one of {', '.join(_CASES)}, and its number or name")
    return _asked(PLACE, who, fresh_hold(), f"keep {case} {name}", obligations, (case, name))


async def lifting_hold(standing: Standing, who: Who, id_: str) -> Deed:
    """Look at asking for a hold to be lifted. Raises: Refused."""
    obligations = await standing.demand(who, LIFT)
    row = await hold_of(standing, id_)
    if row is None:
        raise Refused("UNKNOWN_HOLD", "there is no such hold")
    if row.lifted_at is not None:
        raise Refused("STATE", "it was lifted already")
    return _asked(LIFT, who, row.id, f"let go {row.kind} {row.value}", obligations, (row.id,))


def _asked(name: str, who: Who, hold: str, summary: str, obligations: tuple[str, ...], basis: tuple[str, ...]) -> Deed:
    async def nothing(_session: AsyncSession) -> None:
        """Nothing is kept or let go before another person has agreed."""

    return Deed(
        code="approval.asked",
        about=hold,
        words=f"{name} asked for",
        summary=summary,
        change=nothing,
        obligations=obligations,
        must_agree=(f"another person who may run {name}, not {who.login}",),
        basis=basis,
        details={"kind": KIND},
        waits=True,
    )


async def agreeing(standing: Standing, who: Who, run: OperationRun | None, *, agrees: bool, reason: str) -> Deed:
    """Look at agreeing to a hold that somebody else has asked for, or to its end; or at not agreeing. Raises: Refused."""
    if run is None or run.name not in (PLACE, LIFT):
        raise Refused("UNKNOWN_RUN", "there is no such run that asks for a hold")
    now = standing.clock()
    if run.state != AWAITING or (run.expires_at is not None and run.expires_at <= now):
        raise Refused("STATE", "it does not wait for anybody any more")
    if who.is_same(run.caller):
        raise Refused("SAME_PERSON", "whoever asks for a hold does not agree to it, in whatever team")
    obligations = await standing.demand(who, run.name)
    hold = str(run.plan["about"])

    async def change(session: AsyncSession) -> None:
        await _decided(session, run, who, now, agrees=agrees, note=reason)
        if not agrees:
            return
        connection = await session.connection()
        if run.name == PLACE:
            kind, name = cast("Case", str(run.given["kind"]).lower()), str(run.given["about"]).strip()
            await placing(hold, kind, name, run.reason or "", run.caller, now)(connection)
        elif not await lifting(hold, run.caller, now)(connection):
            raise Refused("STATE", "it was lifted already")

    code = "approval.refused" if not agrees else "hold.placed" if run.name == PLACE else "hold.lifted"
    return Deed(
        code=code,
        about=hold,
        words=f"{run.name} {'agreed to' if agrees else 'not agreed to'}",
        summary=str(run.plan["summary"]),
        change=change,
        # the ticket is that of whoever asked
        obligations=tuple(each for each in obligations if each != "ticket"),
        basis=(run.id, run.plan_hash, agrees),
        ticket=run.ticket,
        details={"asked_by": run.caller, "run": run.id, "plan": run.plan_hash},
        approver=who.login,
        parent=run.id,
    )


async def _decided(
    session: AsyncSession, run: OperationRun, who: Who, now: datetime, *, agrees: bool, note: str
) -> None:
    waits = update(OperationApproval).where(
        col(OperationApproval.run) == run.id,
        col(OperationApproval.kind) == KIND,
        col(OperationApproval.decision).is_(None),
    )
    said = {"decision": "APPROVED" if agrees else "REJECTED", "decided_by": who.login, "decided_team": who.team}
    done = await session.execute(waits.values(**said, decided_at=now, note=note))
    open_ = update(OperationRun).where(col(OperationRun.id) == run.id, col(OperationRun.state) == AWAITING)
    moved = await session.execute(open_.values(state=SUCCEEDED if agrees else REJECTED, ended_at=now, changed_at=now))
    if getattr(done, "rowcount", 0) != 1 or getattr(moved, "rowcount", 0) != 1:
        raise Refused("STATE", "somebody has decided already")
