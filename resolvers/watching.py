"""Watching: every finished answer is told to whoever observes, in names and counts alone."""

import logging
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any

from graphql import GraphQLSchema

from resolvers.asking import Viewer
from resolvers.documents import Document
from resolvers.observing import Cost, Observed, Observer, Stage, Unobserved
from resolvers.replies import Reply
from resolvers.request import Request
from resolvers.using import Used

log = logging.getLogger("okno.road")


class Watching:
    """Tells an observer, where there is one."""

    def __init__(self, schema: GraphQLSchema, observer: Observer | None) -> None:
        self._observer: Observer = observer or Unobserved()
        self._used = Used(schema) if observer is not None else None

    def stage(self, name: Stage) -> AbstractContextManager[Any]:
        """A stretch of the road, for as long as it takes."""
        return self._observer.stage(name)

    def told(
        self, request: Request, viewer: Viewer, reply: Reply, began: float, document: Document | None = None
    ) -> Reply:
        """The answer, of which the observer has been told. Units: `began` in seconds of the monotonic clock."""
        if self._used is not None:
            try:
                self._observer.answered(_observed(request, viewer, reply, self._used, began, document))
            except Exception:  # who watches must not be in the way of what was done
                log.exception("an answer cannot be told of, trace %s", reply.trace_id)
        return reply


def _observed(
    request: Request, viewer: Viewer, reply: Reply, used: Used, began: float, document: Document | None
) -> Observed:
    """What is told of an answer."""
    operation, places = None, frozenset[str]()
    if document is not None:
        operation, places = used.of(document, request.operation_name)
    errors = reply.body.get("errors", ())
    access = reply.body.get("extensions", {}).get("access", {})
    return Observed(
        reply.trace_id,
        "SERVICE" if viewer.service else "PERSON",
        viewer.active_team.id if viewer.active_team else None,
        request.client or (viewer.login if viewer.service else None),  # a program's login is no person's
        document.digest if document is not None else None,
        operation.operation.value if operation is not None else None,
        operation.name.value if operation is not None and operation.name is not None else None,
        reply.executed,
        tuple(dict.fromkeys(str(each["extensions"]["code"]) for each in errors)),
        places,
        {each["field"]: each["code"] for how in ("masked", "withheld") for each in access.get(how, ())},
        time.monotonic() - began,
        _cost(reply.body.get("extensions", {}).get("cost"), errors),
    )


def _cost(told: Any, errors: Iterable[Any]) -> Cost | None:
    """What an answer has cost, or one that was refused would have."""
    if told is not None:
        return Cost(told["estimated"], told.get("actual"))
    estimates = (each["extensions"].get("estimate") for each in errors)
    return next((Cost(each) for each in estimates if each is not None), None)
