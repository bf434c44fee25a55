"""The road of a read: document, plan, checks, execution by levels, record, answer.

What cannot be recorded is not shown: then the same request is answered less everything personal, and only that.
"""

import asyncio
import hashlib
import logging
import time
import uuid
from collections.abc import AsyncGenerator, Callable, Collection
from dataclasses import replace
from datetime import datetime
from inspect import isawaitable
from typing import Any, Final, Protocol

from graphql import ExecutionResult, GraphQLSchema, experimental_execute_incrementally

from audit.event import Event
from audit.trail import Trail, TrailUnavailable
from authz.labels import Coordinate
from resolvers.asking import Asking, Sweeps, Viewer
from resolvers.circumstances import circumstances
from resolvers.deferring import Later
from resolvers.documents import Documents, Refused
from resolvers.executing import QuickExecutor
from resolvers.following import Topic, topic_of
from resolvers.observing import Observer
from resolvers.pieces import Pieces, accounts, fields_told, log_unforeseen
from resolvers.problems import RequestProblem, bad_input, formatted
from resolvers.reads import Allowance
from resolvers.replies import Reply, refusal, refused, unrecordable_reply
from resolvers.request import Prepared, Request
from resolvers.search.index import IdentifierIndex
from resolvers.sight import Guards
from resolvers.trusted import Registry, digest_named, registered_only, unknown_document
from resolvers.url_texts import says_text
from resolvers.viewpoints import Viewpoints
from resolvers.watching import Watching
from sources.ports.activity import Activity
from sources.ports.call import CallContext, utc_now
from sources.ports.question import Desk

log = logging.getLogger("okno.road")

_IMPATIENCE: Final = 1.0
"""Seconds that a record may take where the last one could not be made."""


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


class Budget(Protocol):
    """What viewers may still ask for. Units: points."""

    async def admit(self, viewer: Viewer, estimate: int) -> None:
        """Look before anything is asked. Raises: RequestProblem COST_EXCEEDED."""
        ...

    def settle(self, viewer: Viewer, spent: int) -> dict[str, Any]:
        """Note what it has cost. Returns: what the viewer is told of their budget."""
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
        registry: Registry | None = None,
        budget: Budget | None = None,
        observer: Observer | None = None,
    ) -> None:
        self._watching = Watching(schema, observer)
        self._activity = activity
        self._registry = registry
        self._budget = budget
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

    async def prepared(self, request: Request, viewer: Viewer) -> Prepared | Reply:
        """The request with its document read; or the answer to one that cannot be. Asks no source."""
        began, trace_id = time.monotonic(), request.trace_id or uuid.uuid4().hex
        try:
            request = await self._with_text(request, viewer)
            with self._watching.stage("read"):
                document = self._documents.read(request.query, viewer.profile, trusted=request.trusted is not None)
                operation = self._documents.operation(document, request.operation_name)
        except Refused as why:
            return self._watching.told(request, viewer, refused(why, trace_id), began)
        except RequestProblem as problem:
            return self._watching.told(request, viewer, refusal([problem], trace_id), began)
        return Prepared(request, document, operation, trace_id, began)

    async def _with_text(self, request: Request, viewer: Viewer) -> Request:
        """The request with the text of its document, which is registered or may be free. Raises: RequestProblem UNKNOWN_DOCUMENT."""
        if request.document_id is None and viewer.free_text:
            return request
        named = request.document_id
        digest = hashlib.sha256(request.query.encode()).hexdigest() if named is None else digest_named(named)
        found = None if self._registry is None or digest is None else await self._registry.trusted(digest)
        if found is not None and found.roles:
            held = {each.role for each in viewer.actor.assignments}
            found = None if held.isdisjoint(found.roles) else found
        if found is not None:
            return replace(request, query=found.text, trusted=found)
        if named is None:
            raise registered_only()
        if not request.query or not viewer.free_text:
            raise unknown_document(to_apollo=request.by_hash and viewer.free_text)
        if digest != hashlib.sha256(request.query.encode()).hexdigest():
            raise bad_input("the document's hash is not that of its text")
        return request

    def topic(self, prepared: Prepared) -> Topic | Reply:
        """What a subscription follows; or the answer to one that cannot be followed."""
        try:
            if prepared.kind != "subscription":
                raise bad_input("only subscriptions are followed; queries and mutations are asked for by POST")
            return topic_of(self._schema, prepared.document.ast, prepared.operation, prepared.request.variables)
        except RequestProblem as problem:
            return refusal([problem], prepared.trace_id)

    def says_text(self, prepared: Prepared) -> bool:
        """Whether a request holds texts that have no place in an address."""
        document = prepared.document.ast if prepared.request.trusted is None else None
        return says_text(self._schema, prepared.operation, document, prepared.request.variables)

    async def answer(self, request: Request, viewer: Viewer, *, followed: bool = False) -> Reply:
        """The answer to one request; to a subscription, where it is `followed`, as of now.

        Never raises for anything a caller or a source does.
        """
        prepared = await self.prepared(request, viewer)
        reply = prepared if isinstance(prepared, Reply) else await self.answered(prepared, viewer, followed=followed)
        assert reply is not None
        return reply

    async def answered(
        self, prepared: Prepared, viewer: Viewer, *, followed: bool = False, unless: bytes | None = None
    ) -> Reply | None:
        """The answer to a prepared request, in one piece. Returns: None where it says what was said before, `unless`."""
        reply = await self._in_one(prepared, viewer, followed=followed, unless=unless)
        return None if reply is None else self._told(prepared, viewer, reply)

    def _told(self, prepared: Prepared, viewer: Viewer, reply: Reply) -> Reply:
        return self._watching.told(prepared.request, viewer, reply, prepared.began, prepared.document)

    async def _in_one(
        self, prepared: Prepared, viewer: Viewer, *, followed: bool, unless: bytes | None
    ) -> Reply | None:
        asking = await self._begun(prepared, viewer, followed=followed)
        if isinstance(asking, Reply):
            return asking
        done = await self._executed(prepared, asking)
        reply = self._reply(done, asking, self._cost(prepared, viewer, done.data))
        if unless is not None and reply.said == unless:
            return None  # nobody is told, so nothing is recorded
        return reply if await self._recorded(prepared, asking) else await self._unrecorded(prepared, asking)

    async def parts(self, prepared: Prepared, viewer: Viewer) -> AsyncGenerator[Reply, None]:
        """The same with what is deferred in later pieces, each of it recorded before; in one piece where nothing is."""
        asking = await self._begun(prepared, viewer)
        if isinstance(asking, Reply):
            yield self._told(prepared, viewer, asking)
            return
        later = asking.later = Later()
        done = await self._executed(prepared, asking)
        if not await self._recorded(prepared, asking, put_by=asking.plan.put_by):
            yield self._told(prepared, viewer, await self._unrecorded(prepared, asking))
            return
        if done.data is None or not later.waiting:
            yield self._told(prepared, viewer, self._reply(done, asking, self._cost(prepared, viewer, done.data)))
            return
        first = self._reply(done, asking, {"estimated": self._estimate(prepared)})
        first.body["hasNext"] = True
        try:
            yield first
            pieces, said = Pieces(asking, done.data, first), []
            async for parts, more in later.parts(done.data):
                recorded = await self._recorded(prepared, asking)
                said = pieces.said(parts, recorded=recorded)
                if not (more and recorded):
                    break
                if said:
                    yield pieces.more(said)
        finally:
            first.body["extensions"]["cost"] = cost = self._cost(prepared, viewer, done.data)
            self._told(prepared, viewer, first)
        yield pieces.last(said, cost)

    async def _unrecorded(self, prepared: Prepared, asking: Asking) -> Reply:
        """The answer less what cannot be recorded.

        Not struck from the answer that is there: made anew by eyes that see nothing personal, so that whatever follows from
        it, as places in a list or a count, is not there either.
        """
        again = asking.unrecorded(time.monotonic() + self._deadline)
        done = await self._executed(prepared, again)
        if self._reads(prepared, again):
            return unrecordable_reply(prepared.trace_id)
        return self._reply(done, again, {"estimated": self._estimate(prepared)})

    def _reads(self, prepared: Prepared, asking: Asking, put_by: Collection[Coordinate] = ()) -> list[Event]:
        return asking.reads.events(asking.viewer, prepared.document.digest, asking.ticket, prepared.trace_id, put_by)

    async def _begun(self, prepared: Prepared, viewer: Viewer, *, followed: bool = False) -> Asking | Reply:
        """The request under way, once it is known that it may be asked; or the answer to one that may not."""
        request, trace_id = prepared.request, prepared.trace_id
        try:
            with self._watching.stage("plan"):
                plan = self._documents.plan(
                    prepared.document,
                    request.operation_name,
                    viewer.profile,
                    every_fact=viewer.beside is not None,
                    followed=followed,
                )
            plan.check(request.variables)
            await self._admitted(prepared, viewer)
        except RequestProblem as problem:
            return refusal([problem], trace_id)
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
        return Asking(
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
            ticket=ticket,
            unspoken=self._viewpoints.hidden(viewer.profile) if request.trusted is not None else frozenset(),
        )

    async def _admitted(self, prepared: Prepared, viewer: Viewer) -> None:
        """See that a request costs no more than it may. Raises: RequestProblem COST_EXCEEDED."""
        estimate = self._estimate(prepared)
        trusted = prepared.request.trusted
        if trusted is not None and estimate > trusted.ceiling:
            said = f"this document may cost {trusted.ceiling} points and would cost up to {estimate}: ask for fewer"
            raise RequestProblem("COST_EXCEEDED", said, estimate=estimate, most=trusted.ceiling)
        if self._budget is not None:
            await self._budget.admit(viewer, estimate)

    def _estimate(self, prepared: Prepared) -> int:
        return self._documents.price(prepared.document, prepared.operation).estimate(prepared.request.variables)

    def _cost(self, prepared: Prepared, viewer: Viewer, data: Any) -> dict[str, Any]:
        """What the viewer is told of the cost of an answer, which is noted."""
        spent = self._documents.price(prepared.document, prepared.operation).spent(data)
        told = {"estimated": self._estimate(prepared), "actual": spent}
        return told if self._budget is None else {**told, **self._budget.settle(viewer, spent)}

    async def _executed(self, prepared: Prepared, asking: Asking) -> ExecutionResult:
        with self._watching.stage("execute"):
            return await self._run(prepared, asking)

    async def _run(self, prepared: Prepared, asking: Asking) -> ExecutionResult:
        # graphql-core's own incremental execution is not used: its pieces are of another form, and know nothing of records
        result: Any = experimental_execute_incrementally(
            self._schema,
            prepared.document.ast,
            context_value=asking,
            variable_values=dict(prepared.request.variables),
            operation_name=prepared.request.operation_name,
            hide_suggestions=True,
            executor_class=QuickExecutor,
        )
        done: ExecutionResult = await result if isawaitable(result) else result
        return done

    async def _recorded(self, prepared: Prepared, asking: Asking, put_by: Collection[Coordinate] = ()) -> bool:
        """Make records durable, before the first byte; not of what is `put_by`.

        Returns: whether they are, or there are none to make.
        """
        events = self._reads(prepared, asking, put_by)
        if not events or self._trail is None:
            return True
        try:
            # while the database hangs one request waits it out, the others try and are answered with what is public
            async with asyncio.timeout(_IMPATIENCE if self._unwritten else None):
                await self._trail.append(*events)
        except (TrailUnavailable, TimeoutError) as problem:
            self._unwritten = True
            log.warning(
                "reads cannot be recorded (%s): nothing personal is shown, trace %s", problem, prepared.trace_id
            )
            return False
        self._unwritten = False
        return True

    def _reply(self, result: ExecutionResult, asking: Asking, cost: dict[str, Any]) -> Reply:
        trace_id = asking.call.trace_id
        errors = [*(result.errors or ()), *asking.partial]
        errors += asking.sight.problems(fields_told(errors))
        log_unforeseen(errors, trace_id)
        executed = result.data is not None or any(error.path for error in errors)
        body: dict[str, Any] = {}
        if errors:
            body["errors"] = [formatted(error, trace_id) for error in errors]
        if executed:
            body["data"] = result.data
        body["extensions"] = accounts(asking, cost)
        return Reply(body, executed, trace_id)
