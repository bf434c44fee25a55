"""The road of a read: document, plan, checks, execution by levels, record, answer.

What cannot be recorded is not shown: then the same request is answered less everything personal, and only that.
"""

import asyncio
import logging
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from inspect import isawaitable
from typing import Any, Final, Protocol

from graphql import ExecutionResult, GraphQLError, GraphQLSchema, execute

from audit.event import Event
from audit.trail import Trail, TrailUnavailable
from resolvers.asking import Asking, Sweeps, Viewer
from resolvers.circumstances import circumstances
from resolvers.documents import Document, Documents, Refused
from resolvers.executing import QuickExecutor
from resolvers.following import Topic, topic_of
from resolvers.observing import Cost, Observed, Observer, Unobserved
from resolvers.problems import RequestProblem, formatted, is_unforeseen
from resolvers.reads import Allowance
from resolvers.search.index import IdentifierIndex
from resolvers.sight import Guards
from resolvers.using import Used
from resolvers.viewpoints import Viewpoints
from sources.ports.activity import Activity
from sources.ports.call import CallContext, SourceLedger, utc_now
from sources.ports.question import Desk

log = logging.getLogger("okno.road")

_IMPATIENCE: Final = 1.0
"""Seconds that a record may take where the last one could not be made."""


@dataclass(frozen=True, slots=True)
class Request:
    """One GraphQL request, already shaped.

    Shape: `fresh` asks past every cache; `ticket` is the case that the viewer has in hand; `trace_id` is what all that tells of
    this request names it by, made where there is none; `client` as the program that asks calls itself.
    """

    query: str
    variables: Mapping[str, Any]
    operation_name: str | None = None
    fresh: bool = False
    ticket: str | None = None
    trace_id: str | None = None
    client: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer.

    Shape: `body` as GraphQL over HTTP wants it; `executed` is false where nothing was; `document` what was executed; `cost` where
    it was reckoned.
    """

    body: dict[str, Any]
    executed: bool
    trace_id: str
    document: Document | None = field(default=None, repr=False)
    cost: Cost | None = None


class Cases(Protocol):
    """What viewers have in hand."""

    async def ticket_of(self, viewer: Viewer) -> str | None:
        """The ticket that a viewer has in hand."""
        ...


class Exposure(Protocol):
    """How much viewers have looked at lately."""

    async def of(self, viewer: Viewer, trace: str) -> Allowance | None:
        """What a viewer may still look at; None: anything."""
        ...


class Road:
    """Takes requests to answers. One per schema; holds no state of any request. Units: `deadline` in seconds."""

    def __init__(
        self,
        schema: GraphQLSchema,
        guards: Guards,
        desk: Desk,
        index: IdentifierIndex,
        sweeps: Sweeps,
        *,
        deadline: float,
        clock: Callable[[], datetime] = utc_now,
        trail: Trail | None = None,
        cases: Cases | None = None,
        exposure: Exposure | None = None,
        activity: Activity[Asking] | None = None,
        observer: Observer | None = None,
    ) -> None:
        self._observer: Observer = observer or Unobserved()
        self._used = Used(schema) if observer is not None else None
        self._activity = activity
        self._trail = trail
        self._cases = cases
        self._exposure = exposure
        self._schema = schema
        self.guards = guards
        self._viewpoints = Viewpoints(schema, guards.labels)
        self._desk = desk
        self._index = index
        self._sweeps = sweeps
        self._deadline = deadline
        self._clock = clock
        self._documents = Documents(schema, guards, self._viewpoints)
        self._unwritten = False

    def topic(self, request: Request, viewer: Viewer) -> Topic | Reply:
        """What a subscription follows; or the answer to one that cannot be followed."""
        try:
            document = self._documents.read(request.query, viewer.profile)
            operation = self._documents.operation(document, request.operation_name, followed=True)
            return topic_of(self._schema, document.ast, operation, request.variables)
        except Refused as refused:
            return _refused(refused, request.trace_id or uuid.uuid4().hex)
        except RequestProblem as problem:
            return _refusal([problem], request.trace_id or uuid.uuid4().hex)

    async def answer(self, request: Request, viewer: Viewer, *, followed: bool = False) -> Reply:
        """The answer to one request; to a subscription, where it is `followed`, as of now.

        Never raises for anything a caller or a source does.
        """
        began = time.monotonic()
        reply = await self._answer(request, viewer, followed=followed)
        if self._used is not None:
            try:
                self._observer.answered(_observed(request, viewer, reply, self._used, time.monotonic() - began))
            except Exception:  # who watches must not be in the way of what was done
                log.exception("an answer cannot be told of, trace %s", reply.trace_id)
        return reply

    async def _answer(self, request: Request, viewer: Viewer, *, followed: bool) -> Reply:
        trace_id = request.trace_id or uuid.uuid4().hex
        try:
            with self._observer.stage("plan"):
                document = self._documents.read(request.query, viewer.profile)
                beside = viewer.beside is not None
                plan = self._documents.plan(
                    document, request.operation_name, viewer.profile, every_fact=beside, followed=followed
                )
                plan.check(request.variables)
        except Refused as refused:
            return _refused(refused, trace_id)
        except RequestProblem as problem:
            return _refusal([problem], trace_id)
        call = CallContext(
            partition=viewer.partition,
            deadline=time.monotonic() + self._deadline,
            trace_id=trace_id,
            on_behalf_of=viewer.on_behalf_of or viewer.login,
            fresh=request.fresh or plan.changes,
        )
        ticket = request.ticket
        if ticket is None and self._cases is not None:
            ticket = await self._cases.ticket_of(viewer)
        asking = Asking(
            viewer,
            self._desk,
            call,
            plan,
            self._index,
            self._sweeps,
            self._clock(),
            self.guards,
            self._viewpoints,
            await circumstances(viewer, self._desk, call, ticket, conditional=plan.conditional),
            self._trail,
            None if self._exposure is None else await self._exposure.of(viewer, trace_id),
            self._activity,
        )
        done = await self._executed(document, request, asking)
        if not await self._recorded(asking.reads.events(viewer, document.digest, ticket, trace_id), trace_id):
            # not struck from the answer that is there: made anew by eyes that see nothing personal, so that whatever
            # follows from it, as places in a list or a count, is not there either
            asking = asking.unrecorded(time.monotonic() + self._deadline)
            done = await self._executed(document, request, asking)
            if asking.reads.events(viewer, document.digest, ticket, trace_id):
                said = "what would be shown cannot be recorded now, so it is not shown"
                return _refusal([RequestProblem("AUDIT_UNAVAILABLE", said)], trace_id)
        return self._reply(done, asking, document)

    async def _executed(self, document: Document, request: Request, asking: Asking) -> ExecutionResult:
        with self._observer.stage("execute"):
            result = execute(
                self._schema,
                document.ast,
                context_value=asking,
                variable_values=dict(request.variables),
                operation_name=request.operation_name,
                hide_suggestions=True,
                executor_class=QuickExecutor,
            )
            return await result if isawaitable(result) else result

    async def _recorded(self, events: Sequence[Event], trace_id: str) -> bool:
        """Make records durable, before the first byte. Returns: whether they are, or there are none to make."""
        if not events or self._trail is None:
            return True
        try:
            # while the database hangs one request waits it out, the others try and are answered with what is public
            async with asyncio.timeout(_IMPATIENCE if self._unwritten else None):
                await self._trail.append(*events)
        except (TrailUnavailable, TimeoutError) as problem:
            self._unwritten = True
            log.warning("reads cannot be recorded (%s): nothing personal is shown, trace %s", problem, trace_id)
            return False
        self._unwritten = False
        return True

    def _reply(self, result: ExecutionResult, asking: Asking, document: Document) -> Reply:
        trace_id = asking.call.trace_id
        errors = [*(result.errors or ()), *asking.partial]
        told = {str(error.extensions["field"]) for error in errors if error.extensions and "field" in error.extensions}
        errors += asking.sight.problems(told)
        for error in errors:
            if is_unforeseen(error):
                log.error("unforeseen error, trace %s", trace_id, exc_info=error.original_error)
        executed = result.data is not None or any(error.path for error in errors)
        body: dict[str, Any] = {}
        if errors:
            body["errors"] = [formatted(error, trace_id) for error in errors]
        if executed:
            body["data"] = result.data
        body["extensions"] = {"traceId": trace_id, "sources": accounted(asking.call.ledger)}
        body["extensions"]["access"] = asking.sight.access()
        return Reply(body, executed, trace_id, document)


def _observed(request: Request, viewer: Viewer, reply: Reply, used: Used, seconds: float) -> Observed:
    """What is told of an answer."""
    operation, places = None, frozenset[str]()
    if reply.document is not None:
        operation, places = used.of(reply.document, request.operation_name)
    codes = dict.fromkeys(str(each["extensions"]["code"]) for each in reply.body.get("errors", ()))
    access = reply.body["extensions"].get("access", {})
    return Observed(
        reply.trace_id,
        "SERVICE" if viewer.service else "PERSON",
        viewer.active_team.id if viewer.active_team else None,
        request.client or (viewer.login if viewer.service else None),  # a program's login is no person's
        reply.document.digest if reply.document is not None else None,
        operation.operation.value if operation is not None else None,
        operation.name.value if operation is not None and operation.name is not None else None,
        reply.executed,
        tuple(codes),
        places,
        {each["field"]: each["code"] for how in ("masked", "withheld") for each in access.get(how, ())},
        seconds,
        reply.cost,
    )


def _refused(refused: Refused, trace_id: str) -> Reply:
    return _refusal([RequestProblem(refused.code, each.message) for each in refused.errors], trace_id, refused)


def _refusal(problems: list[RequestProblem], trace_id: str, refused: Refused | None = None) -> Reply:
    errors = [formatted(problem, trace_id) for problem in problems]
    for answer, original in zip(errors, refused.errors if refused else [], strict=False):
        if original.locations:
            answer["locations"] = [{"line": each.line, "column": each.column} for each in original.locations]
    return Reply({"errors": errors, "extensions": {"traceId": trace_id}}, False, trace_id)


def accounted(ledger: SourceLedger) -> dict[str, dict[str, Any]]:
    """What each source did for the request, as `extensions.sources` shows it. Units: `ms` in milliseconds."""
    return {
        name: {
            "state": entry.state,
            "calls": entry.calls,
            "ms": round(entry.ms, 1),
            "asOf": _written(entry.as_of) if entry.as_of else None,
            **({"codes": sorted(entry.codes)} if entry.codes else {}),
        }
        for name, entry in ledger.entries.items()
    }


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def internal_error(trace_id: str) -> dict[str, Any]:
    """The body that is sent when the road itself broke."""
    return {"errors": [formatted(GraphQLError("", original_error=RuntimeError()), trace_id)]}
