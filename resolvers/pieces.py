"""Pieces: what is said beside the data, of an answer in one piece and of one in parts."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from graphql import GraphQLError

from resolvers.asking import Asking
from resolvers.deferring import Part
from resolvers.problems import RequestProblem, formatted, is_unforeseen
from resolvers.replies import Reply, accounted

log = logging.getLogger("okno.road")


def fields_told(errors: Iterable[GraphQLError]) -> set[str]:
    """The fields, as `Type.field`, of which an error says already that they are withheld."""
    return {str(error.extensions["field"]) for error in errors if error.extensions and "field" in error.extensions}


def log_unforeseen(errors: Iterable[GraphQLError], trace_id: str) -> None:
    """Note defects of ours, of which the caller is told a trace id and nothing else."""
    for error in errors:
        if is_unforeseen(error):
            log.error("unforeseen error, trace %s", trace_id, exc_info=error.original_error)


def accounts(asking: Asking, cost: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in `extensions`: the trace, what each source did, what was withheld and why, what it cost."""
    return {
        "traceId": asking.call.trace_id,
        "sources": accounted(asking.call.ledger),
        "access": asking.sight.access(),
        "cost": cost,
    }


class Pieces:
    """The later pieces of one answer. Shape: `data` is what has been said so far; each part is laid into it."""

    def __init__(self, asking: Asking, data: dict[str, Any], first: Reply) -> None:
        self._asking = asking
        self._data = data
        self._partial = len(asking.partial)
        self._left: list[GraphQLError] = []
        self._told = {
            str(each["extensions"]["field"]) for each in first.body.get("errors", ()) if "field" in each["extensions"]
        }

    def said(self, parts: Sequence[Part], *, recorded: bool) -> list[dict[str, Any]]:
        """The parts of one fragment; none of their data where that could not be recorded."""
        trace_id = self._asking.call.trace_id
        if not recorded:
            problem = RequestProblem(
                "AUDIT_UNAVAILABLE", "what would be shown cannot be recorded now, so it is not shown"
            )
            lost = [formatted(problem, trace_id)]
            return [{**_headed(each), "data": None, "errors": lost} for each in parts]
        self._left += self._asking.partial[self._partial :]
        self._partial = len(self._asking.partial)
        self._told |= fields_told(error for each in parts for error in each.errors)
        withheld = self._asking.sight.problems(self._told)
        said = []
        for each in parts:
            # what is told beside values may be about a part that is still under way
            mine = [error for error in (*self._left, *withheld) if _is_about(error, each)]
            self._told |= fields_told(mine)
            self._left = [error for error in self._left if error not in mine]
            withheld = [error for error in withheld if error not in mine]
            errors = self._errors([*each.errors, *mine])
            said.append({**_headed(each), "data": each.data, **errors})
            if each.data is not None:
                _lay(each.data, _at(self._data, each.put_by.place))
        return said

    def more(self, said: list[dict[str, Any]]) -> Reply:
        """Parts behind which others come."""
        return self._reply({"incremental": said, "hasNext": True})

    def last(self, said: list[dict[str, Any]], cost: Mapping[str, Any]) -> Reply:
        """The last parts, with the account of it all: in the last of them, since not every client reads it beside them."""
        account = accounts(self._asking, cost)
        if not said:
            return self._reply({"hasNext": False, "extensions": account})
        end = {**said[-1], "extensions": account}
        left = self._errors([*self._left, *self._asking.sight.problems(self._told)])
        if left:
            end["errors"] = [*end.get("errors", ()), *left["errors"]]
        return self._reply({"incremental": [*said[:-1], end], "hasNext": False})

    def _errors(self, errors: Sequence[GraphQLError]) -> dict[str, Any]:
        """Errors as they stand in a part; nothing where there are none."""
        trace_id = self._asking.call.trace_id
        log_unforeseen(errors, trace_id)
        return {"errors": [formatted(error, trace_id) for error in errors]} if errors else {}

    def _reply(self, body: dict[str, Any]) -> Reply:
        return Reply(body, executed=True, trace_id=self._asking.call.trace_id)


def _headed(part: Part) -> dict[str, Any]:
    label = part.put_by.usage.label
    return {"path": part.put_by.place, **({} if label is None else {"label": label})}


def _is_about(error: GraphQLError, part: Part) -> bool:
    """Whether an error is about a field of this part, and not of another one of the same object."""
    place, path = part.put_by.place, list(error.path or ())
    return path[: len(place)] == place and len(path) > len(place) and path[len(place)] in part.put_by.fields


def _at(data: Any, place: Sequence[str | int]) -> Any:
    for step in place:
        data = data[step]
    return data


def _lay(new: Any, old: Any) -> None:
    """Lay what came later into what was there."""
    for key, value in new.items() if isinstance(new, dict) else enumerate(new):
        if isinstance(old, dict) and key not in old:
            old[key] = value
        elif isinstance(value, dict | list) and isinstance(old[key], dict | list):
            _lay(value, old[key])
