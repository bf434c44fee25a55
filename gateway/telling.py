"""Telling: what is followed, told anew whenever it has changed, to whoever may know of it then; however it is sent."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Literal

from gateway.identity.scopes import lacking
from gateway.standing_in import StandingIn
from operations.kit.following import Following, Watch
from resolvers.following import Topic
from resolvers.problems import RequestProblem, formatted
from resolvers.replies import Reply
from resolvers.request import Request
from resolvers.road import Road


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that is said. Shape: `body` of an answer; the errors alone where it could not be; nothing at the end."""

    kind: Literal["next", "error", "complete"]
    body: Any = None


@dataclass(slots=True)
class Teller:
    """Tells one connection's person what they follow. Shape: `watches` are woken when their rights have changed."""

    road: Road
    following: Following
    who: StandingIn
    watches: set[Watch] = field(default_factory=set)

    async def told(self, request: Request) -> AsyncIterator[Told]:
        """One subscription, to its end. Raises: Ended when its person may not follow anything any more."""
        viewer = await self.who.now(used=True)
        prepared = await self.road.prepared(request, viewer)
        text = request.query if isinstance(prepared, Reply) else prepared.request.query
        scope = lacking(text, self.who.caller.scopes) if self.who.caller.kind == "SERVICE" else None
        if scope is not None:
            yield Told("error", lacking_scope(scope))
            return
        topic = prepared if isinstance(prepared, Reply) else self.road.topic(prepared)
        if isinstance(topic, Reply):
            yield Told("error", topic.body["errors"])
            return
        async with self.following.watch((topic.kind, topic.key)) as watch:
            self.watches.add(watch)
            try:
                async for each in self._told(request, topic, watch):
                    yield each
            finally:
                self.watches.discard(watch)

    async def _told(self, request: Request, topic: Topic, watch: Watch) -> AsyncIterator[Told]:
        """How it stands, whenever it has changed; decided anew each time by the rights of that moment."""
        before: bytes | None = None
        while True:
            over = watch.mark.over  # as of before the answer: what changes meanwhile is told by another one
            viewer = await self.who.now()
            prepared = await self.road.prepared(request, viewer)  # what may be sent is looked at anew as well
            reply: Reply | None
            if isinstance(prepared, Reply):
                reply = prepared
            else:
                reply = await self.road.answered(prepared, viewer, followed=True, unless=before)
            if isinstance(reply, Reply):
                if not reply.executed:
                    yield Told("error", reply.body["errors"])
                    return
                before = reply.said
                yield Told("next", reply.body)
                data = reply.body.get("data")
                if not data or data.get(topic.answer) is None:
                    over = True
            if over:
                yield Told("complete")
                return
            await watch.moved()


async def beating(teller: Teller, beat: float) -> None:
    """Look again and again whether whoever is connected still may be, and still has the same rights. Raises: Ended."""
    before = teller.who.rights
    while True:
        await asyncio.sleep(beat)
        await teller.who.now()
        if teller.who.rights != before:
            before = teller.who.rights
            for watch in teller.watches:
                watch.wake()


def lacking_scope(scope: str) -> list[dict[str, Any]]:
    """The errors for a service whose token is not good for this."""
    return [formatted(RequestProblem("UNAUTHENTICATED", f"a token with the scope {scope} is needed"), "")]
