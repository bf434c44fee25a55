"""Replies: what is answered, and the answers to what is not executed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from graphql import GraphQLError

from resolvers.documents import Refused
from resolvers.problems import RequestProblem, formatted
from sources.ports.call import SourceLedger


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer. Shape: `body` as GraphQL over HTTP wants it; `executed` is false where nothing was."""

    body: dict[str, Any]
    executed: bool
    trace_id: str

    @property
    def said(self) -> bytes:
        """What it says, less what is of each answer alone."""
        errors = [[each.get("message"), each.get("path")] for each in self.body.get("errors", ())]
        return orjson.dumps([self.body.get("data"), errors])


def unrecordable_reply(trace_id: str) -> Reply:
    """The answer of which nothing can be recorded."""
    said = "what would be shown cannot be recorded now, so it is not shown"
    return refusal([RequestProblem("AUDIT_UNAVAILABLE", said)], trace_id)


def refused(why: Refused, trace_id: str) -> Reply:
    """The answer to a document that is not executed."""
    reply = refusal([RequestProblem(why.code, each.message) for each in why.errors], trace_id)
    for answer, original in zip(reply.body["errors"], why.errors, strict=True):
        if original.locations:
            answer["locations"] = [{"line": each.line, "column": each.column} for each in original.locations]
    return reply


def refusal(problems: list[RequestProblem], trace_id: str) -> Reply:
    """The answer to a request that is not executed."""
    errors = [formatted(problem, trace_id) for problem in problems]
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
