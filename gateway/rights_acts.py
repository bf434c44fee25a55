"""Rights acts: the one road on which rights are changed, from the graph and from the console. Each act is a run."""

import hashlib
import uuid
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import orjson
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from audit.event import Event
from audit.trail import TrailUnavailable
from authz.policy import PolicyError
from gateway.deeds import Deed
from gateway.holding import KIND
from gateway.recording import decided
from gateway.rights_deeds import RightsDeeds
from gateway.rights_reading import RightsReading
from gateway.standing import Refused, Who
from operations.kit.acts.rights import Asker, GrantView, RightsOutcome, RightsPlan, RightsWish, SignInView
from operations.kit.freezing import Freezing
from operations.kit.journal import Journal
from operations.kit.obligations import STEP_UP_WITHIN, Obligation
from operations.kit.problems import OperationProblem, Problem, bad_field, problem
from operations.kit.tables import AWAITING, SUCCEEDED, OperationApproval, OperationRun
from sources.kit.yaml_file import ConfigError

Tickets = Callable[[str, Asker], Awaitable[OperationProblem | None]]
"""What is wrong with a ticket; None where it is open."""
APPROVAL_FOR: Final = timedelta(hours=24)
_KEY: Final = 200
_LEAST_REASON: Final = 5
_KINDS: Final[Mapping[str, str]] = {
    "NOT_ALLOWED": "NotAllowed",
    "SAME_PERSON": "NotAllowed",
    "NOT_IN_A_TEAM": "NotAllowed",
    "TWO_PERSONS": "ApprovalRequired",
    "STALE": "StalePlan",
    "STATE": "AlreadyDecided",
    "UNKNOWN_GRANT": "NotFound",
    "UNKNOWN_VERSION": "NotFound",
    "UNKNOWN_EMPLOYEE": "NotFound",
    "UNKNOWN_SESSION": "NotFound",
    "UNKNOWN_TOKEN": "NotFound",
    "UNKNOWN_HOLD": "NotFound",
    "UNKNOWN_RUN": "NotFound",
    "BAD_INPUT": "BadInput",
    "UNKNOWN_ROLE": "BadInput",
    "UNKNOWN_REGION": "BadInput",
    "UNKNOWN_CLEARANCE": "BadInput",
    "TOO_LONG": "BadInput",
    "REASON_NEEDED": "ReasonRequired",
    "TICKET_NEEDED": "TicketRequired",
    "NO_DIRECTORY": "SourceUnreachable",
}
"""Types of problems by codes of refusals; any other one is something that cannot be done as things stand."""
_OBJECTS: Final = {"policy": "PolicyVersion.state", "grant": "RightsGrant.state", "glass": "RightsGrant.state"}


@dataclass(frozen=True, slots=True)
class _Ready:
    asker: Asker
    wish: RightsWish
    deed: Deed
    plan: RightsPlan
    policy: str
    roles: tuple[str, ...]


class RightsRoad:
    """Takes wishes about rights to runs. Never raises for anything that a caller does."""

    def __init__(
        self,
        deeds: RightsDeeds,
        reading: RightsReading,
        journal: Journal,
        freezing: Freezing,
        *,
        tickets: Tickets | None = None,
        then: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.reading = reading
        self._deeds = deeds
        self._standing = deeds.standing
        self._store = deeds.standing.store
        self._clock = deeds.standing.clock
        self._journal = journal
        self._freezing = freezing
        self._tickets = tickets
        self._then = then

    async def act(self, asker: Asker, wish: RightsWish) -> RightsOutcome:
        """Plan a wish, or do it."""
        outcome = RightsOutcome()
        try:
            try:
                await self._act(asker, wish, outcome)
            except (Refused, OperationProblem, PolicyError, ConfigError) as refused:
                told = problem_of(refused)
                outcome.problems.append(told)
                outcome.cause = refused
                if not getattr(refused, "recorded", False):
                    await self._record(_denied(asker, wish, told))
        except TrailUnavailable as failure:
            said = "it cannot be recorded now, so nothing is done"
            outcome.problems[:] = [Problem("AuditUnavailable", "AUDIT_UNAVAILABLE", said)]
            outcome.cause = failure
        return outcome

    async def grants(self) -> list[GrantView]:
        """All roles for a time, the newest first."""
        return await self.reading.grants()

    async def versions(self) -> list[object]:
        """All versions of the policy, the newest first."""
        return await self.reading.versions()

    async def sign_ins(self, login: str | None, current: str | None) -> list[SignInView]:
        """Sign-ins that are good, of one person or of everybody."""
        return await self.reading.sign_ins(login, current)

    async def holds(self) -> list[object]:
        """Cases of which nothing is erased."""
        return await self.reading.holds()

    async def _act(self, asker: Asker, wish: RightsWish, outcome: RightsOutcome) -> None:
        if not 0 < len(wish.key.strip()) <= _KEY:
            raise OperationProblem(bad_field("idempotency_key", f"takes 1 to {_KEY} characters"))
        if wish.apply and await self._replayed(asker, wish, outcome):
            return
        ready = await self._ready(asker, wish)
        outcome.plan = ready.plan
        if not wish.apply:
            planned = self._event(ready, "operation.planned", None, {"plan": ready.plan.hash})
            await self._record(replace(planned, object=None))
            return
        if wish.plan_hash is not None and wish.plan_hash != ready.plan.hash:
            text = "what the plan was made from has changed; look at the new one"
            raise problem("StalePlan", text, path=("input", "planHash"))
        if ready.deed.hindrance is not None:
            raise ready.deed.hindrance
        await self._fulfilled(ready)
        await self._done(ready, outcome)

    async def _ready(self, asker: Asker, wish: RightsWish) -> _Ready:
        """Everything that has to be known before anything is done. Raises: Refused; OperationProblem; PolicyError."""
        frozen = await self._freezing.over(wish.name, asker.login, asker.team, asker.session, ())
        if frozen is not None:
            raise OperationProblem(frozen)
        who = Who(asker.login, asker.team or "", asker.groups)
        deed = await self._deeds.of(who, asker, wish)
        policy = "" if asker.console else (await self._standing.in_force()).policy.version
        roles = (
            ()
            if asker.console
            else tuple(sorted({each.role for each in (await self._standing.actor(who)).assignments}))
        )
        obligations = (
            () if asker.console else tuple([await self._looked_at(each, asker, wish) for each in deed.obligations])
        )
        bound = [wish.name, deed.about if deed.basis == () else None, list(deed.basis), sorted(deed.obligations)]
        digest = hashlib.sha256(orjson.dumps([bound, _json(wish.given)], option=orjson.OPT_SORT_KEYS)).hexdigest()
        plan = RightsPlan(digest, deed.summary, deed.widening, deed.lines, deed.must_agree, obligations)
        return _Ready(asker, wish, deed, plan, policy, roles)

    async def _looked_at(self, kind: str, asker: Asker, wish: RightsWish) -> Obligation:
        """One obligation, and whether it is fulfilled."""
        if kind == "reason":
            given = len((wish.purpose.reason or "").strip()) >= _LEAST_REASON
            text = f"say why, in {_LEAST_REASON} letters at least"
            lacking = problem("ReasonRequired", text, path=("input", "purpose", "reason"))
            return Obligation(kind, given, "a reason in words", None if given else lacking)
        if kind == "ticket":
            path = ("input", "purpose", "ticket")
            number = (wish.purpose.ticket or "").strip()
            wrong = problem("TicketRequired", "name the ticket that this is for", path=path, code="TICKET_NEEDED")
            found = wrong if not number else None if self._tickets is None else await self._tickets(number, asker)
            return Obligation(kind, found is None, "an open ticket", found)
        if kind == "step_up":
            at = asker.authenticated_at
            recent = at is not None and self._clock() - at <= STEP_UP_WITHIN
            how = f"a sign-in of the last {STEP_UP_WITHIN.seconds // 60} minutes"
            return Obligation(kind, recent, how, None if recent else problem("StepUpRequired", f"this needs {how}"))
        if kind == "four_eyes":
            # the act's own rule says when a second person has to agree, and stands in the way where nobody has
            return Obligation(kind, fulfilled=True, how="another person agrees wherever anything is gained")
        text = f"the policy asks for {kind}, which an act on rights cannot fulfil"
        return Obligation(kind, fulfilled=False, how=text, missing=problem("NotPossible", text))

    async def _fulfilled(self, ready: _Ready) -> None:
        """See that everything that is asked for is there. Raises: OperationProblem."""
        for each in ready.plan.obligations:
            if each.missing is not None:
                raise each.missing

    async def _done(self, ready: _Ready, outcome: RightsOutcome) -> None:
        """Make the change, its run and its record: all of it or nothing."""
        deed, wish = ready.deed, ready.wish
        run = self._run_of(ready)

        async def change(session: AsyncSession) -> None:
            await session.execute(insert(OperationRun), [run.model_dump()])
            if deed.waits:
                await session.execute(insert(OperationApproval), [self._approval(run).model_dump()])
            await deed.change(session)

        events = [self._event(ready, deed.code, run.id, {"state": run.state, "plan": run.plan_hash})]
        if deed.parent is not None and deed.code != "approval.refused":
            events.insert(0, self._event(ready, "approval.given", deed.parent, {"plan": run.plan_hash}))
        try:
            await self._store.recorded(change, *events)
        except IntegrityError:
            # the same key at the same moment, twice: one of them was done
            if not await self._replayed(ready.asker, wish, outcome):
                raise
            return
        self._deeds.told(Who(ready.asker.login, ready.asker.team or "", ready.asker.groups), deed)
        if self._then is not None:
            with suppress(Exception):  # it is done; every process looks by itself soon, this one too
                await self._then()
        outcome.run = run
        outcome.made = await self.reading.made(wish.name, deed.about)
        if deed.waits:
            text = "it waits until another person has agreed"
            outcome.problems.append(Problem("ApprovalRequired", "APPROVAL_REQUIRED", text))

    async def _replayed(self, asker: Asker, wish: RightsWish, outcome: RightsOutcome) -> bool:
        """Whether the key stands for a run already. Raises: OperationProblem where that was another wish."""
        run = await self._journal.by_key(asker.login, wish.key)
        if run is None:
            return False
        if run.fingerprint != _fingerprint(wish):
            text = "this key was used for something else; take a new one"
            raise problem("KeyConflict", text, path=("input", "idempotencyKey"))
        outcome.run, outcome.replayed = run, True
        outcome.made = await self.reading.made(run.name, str(run.plan["about"]))
        return True

    def _run_of(self, ready: _Ready) -> OperationRun:
        asker, wish, deed = ready.asker, ready.wish, ready.deed
        now = self._clock()
        object_ = _OBJECTS.get(deed.code.partition(".")[0], "Rights.state")
        return OperationRun(
            id=uuid.uuid4().hex,
            name=wish.name,
            state=AWAITING if deed.waits else SUCCEEDED,
            caller=asker.login,
            team=asker.team,
            viewer={
                "groups": sorted(asker.groups),
                "session": asker.session,
                "country": asker.country,
                "roles": list(ready.roles),
                "service": False,
                "console": asker.console,
            },
            employee_id="",
            employee_login=deed.concerns,
            given=_json(wish.given),
            key=wish.key,
            fingerprint=_fingerprint(wish),
            plan={
                "changes": [[object_, None, deed.summary]],
                "sideEffects": [],
                "revertsAt": None,
                "obligations": list(deed.obligations),
                "event": deed.code,
                "about": deed.about,
                "summary": deed.summary,
            },
            plan_hash=ready.plan.hash,
            reason=(wish.purpose.reason or deed.reason or "")[:2000] or None,
            ticket=wish.purpose.ticket or deed.ticket,
            policy=ready.policy,
            origin="OPERATOR",
            parent=deed.parent,
            created_at=now,
            changed_at=now,
            ended_at=None if deed.waits else now,
            expires_at=now + APPROVAL_FOR if deed.waits else None,
            trace=asker.trace,
        )

    def _approval(self, run: OperationRun) -> OperationApproval:
        deadline = run.created_at + APPROVAL_FOR
        return OperationApproval(run=run.id, kind=KIND, plan_hash=run.plan_hash, deadline=deadline)

    def _event(self, ready: _Ready, code: str, run: str | None, detail: Mapping[str, object]) -> Event:
        asker, wish, deed = ready.asker, ready.wish, ready.deed
        who = Who(asker.login, asker.team or "", asker.groups)
        said = {"name": wish.name, **deed.details, **detail, **({"console": True} if asker.console else {})}
        reason = (wish.purpose.reason or deed.reason or "")[:2000] or None
        made = decided(code, who, deed.about, reason=reason, ticket=wish.purpose.ticket or deed.ticket, **said)
        return replace(
            made,
            team=asker.team,
            roles=ready.roles,
            session=asker.session,
            country=asker.country,
            approver=deed.approver,
            policy=ready.policy or None,
            operation=run,
            trace=asker.trace,
        )

    async def _record(self, event: Event) -> None:
        async def nothing(_session: AsyncSession) -> None:
            """A plan and a denial change nothing."""

        await self._store.recorded(nothing, event)


def problem_of(refused: Exception) -> Problem:
    """A refusal as the graph tells it."""
    if isinstance(refused, OperationProblem):
        return refused.problem
    if isinstance(refused, Refused):
        return Problem(_KINDS.get(refused.code, "NotPossible"), refused.code, str(refused))
    return Problem("BadInput", "POLICY_INVALID", str(refused))


def _denied(asker: Asker, wish: RightsWish, told: Problem) -> Event:
    return Event(
        code="operation.denied",
        stage="denied",
        outcome="denied",
        operator=asker.login,
        team=asker.team,
        session=asker.session,
        reason=wish.purpose.reason,
        ticket=wish.purpose.ticket,
        trace=asker.trace,
        detail={"name": wish.name, "problem": told.code, "apply": wish.apply},
    )


def _fingerprint(wish: RightsWish) -> str:
    whole = [wish.name, _json(wish.given), wish.purpose.reason, wish.purpose.ticket]
    return hashlib.sha256(orjson.dumps(whole, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _json(given: Mapping[str, object]) -> dict[str, object]:
    found: dict[str, object] = orjson.loads(orjson.dumps(dict(given)))
    return found
