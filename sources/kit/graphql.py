"""GraphQL over HTTP: only queries leave without a permit, and an error costs no more than the keys it names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sources.kit.graphql_document import Aliased, ask_each, only_reads
from sources.kit.http import HttpTransport
from sources.kit.key_text import can_be_key
from sources.kit.reading import BadData, optional_rows
from sources.ports.call import CallContext
from sources.ports.errors import SourceError, WriteRefused

_ANSWERS: Final = (200, 400)
"""400 carries `errors` of a document that the server would not run."""


@dataclass(frozen=True, slots=True)
class GraphqlAnswer:
    """What came back. Shape: `problems` by the first step of their path, an alias or a field of the root."""

    data: Mapping[str, Any]
    problems: Mapping[str, str]


class GraphqlTransport:
    """GraphQL at one path of one address; the POST must stand under `reads:` of the manifest besides."""

    def __init__(self, http: HttpTransport, path: str) -> None:
        self._http = http
        self._path = path
        self.source = http.source

    async def close(self) -> None:
        """Close all connections."""
        await self._http.close()

    async def query(
        self,
        document: str,
        variables: Mapping[str, object],
        call: CallContext,
        *,
        operation_name: str | None = None,
        write: str | None = None,
    ) -> GraphqlAnswer:
        """Run a query, or with `write` and a permit the mutation it names.

        Raises: WriteRefused before anything is sent; SourceError when the whole request failed; BadData.
        """
        if write is None and not only_reads(document, operation_name):
            raise WriteRefused(f"{self.source}: the document is not a query and names no write of the manifest")
        body: dict[str, object] = {"query": document, "variables": dict(variables)}
        if operation_name is not None:
            body["operationName"] = operation_name
        answer = await self._http.request("POST", self._path, call, json=body, write=write, accept=_ANSWERS)
        return self._decoded(answer.body, answer.status)

    async def each(
        self, field: str, argument: str, kind: str, keys: Sequence[object], selection: str, call: CallContext
    ) -> list[Any]:
        """One field for many keys in one request. Shape: `keys[i] -> object | None | SourceError`.

        `kind` is the argument's type, such as `String!`. Texts that can be nobody's key are not sent. Raises: SourceError when the whole request failed; BadData.
        """
        fit = [place for place, key in enumerate(keys) if not isinstance(key, str) or can_be_key(key)]
        found: list[Any] = [None] * len(keys)
        if not fit:
            return found
        asked = ask_each(field, argument, kind, [keys[place] for place in fit], selection)
        answer = await self.query(asked.document, asked.variables, call)
        for number, place in enumerate(fit):
            found[place] = self._one(answer, Aliased.alias(number))
        return found

    def _one(self, answer: GraphqlAnswer, alias: str) -> Any:
        if alias in answer.problems:
            return SourceError("SOURCE_REJECTED", self.source, answer.problems[alias])
        if alias not in answer.data:
            raise BadData(f"data: {alias} is missing")
        found = answer.data[alias]
        if found is not None and not isinstance(found, Mapping):
            return SourceError(
                "BAD_SOURCE_DATA", self.source, f"{alias}: expected an object, got {type(found).__name__}"
            )
        return found

    def _decoded(self, body: Any, status: int) -> GraphqlAnswer:
        problems: dict[str, str] = {}
        for error in optional_rows(body, "errors"):
            message = str(error.get("message", ""))[:300] if isinstance(error, Mapping) else "unreadable error"
            path = error.get("path") if isinstance(error, Mapping) else None
            if not isinstance(path, list) or not path or not isinstance(path[0], str):
                raise SourceError("SOURCE_REJECTED", self.source, f"HTTP {status}: {message}")
            problems[path[0]] = message
        data = body.get("data")
        if data is None and problems:
            raise SourceError("SOURCE_REJECTED", self.source, f"HTTP {status}: {next(iter(problems.values()))}")
        if not isinstance(data, Mapping):
            raise BadData(f"data: expected an object, got {type(data).__name__}")
        return GraphqlAnswer(data, problems)
