"""Loaders: made from ports, one per question, living as long as one request."""

import asyncio
from collections.abc import Sequence
from typing import Any, cast

from aiodataloader import DataLoader

from resolvers.ids import NodeId
from resolvers.planning import Plan
from schema.declare import Lookup
from sources.ports.call import CallContext
from sources.ports.catalogue import question_of
from sources.ports.directory import Person
from sources.ports.question import Desk, Need

Args = tuple[tuple[str, object], ...]


class Loaders:
    """The loaders of one request. All keys asked for in one turn of the loop become one question."""

    def __init__(self, desk: Desk, call: CallContext, plan: Plan) -> None:
        self._desk = desk
        self._call = call
        self._plan = plan
        self._loaders: dict[tuple[str, str, Args], DataLoader[Any, Any]] = {}

    def load(self, port: str, question: str, key: Any, args: Args = ()) -> Any:
        """A future of the answer to one key. Raises, when awaited: SourceError."""
        return self.of(port, question, args).load(key)

    def load_node(self, lookup: Lookup, opened: NodeId) -> Any:
        """A future of the node an id names, asked of the source it came from."""
        sources = self._desk.sources_of(lookup.port)
        if opened.source not in sources:
            nothing = asyncio.get_running_loop().create_future()
            nothing.set_result(None)
            return nothing
        place = (lookup.port, lookup.question, (("source", opened.source),) if len(sources) > 1 else ())
        return self.of(*place).load(opened.key)

    def of(self, port: str, question: str, args: Args = ()) -> "DataLoader[Any, Any]":
        """The loader of one question. Shape: `keys[i] -> records[i]`, unknown -> None (or () where many)."""
        place = (port, question, args)
        loader = self._loaders.get(place)
        if loader is None:
            loader = self._loaders[place] = self._make(port, question, args)
        return loader

    def _make(self, port: str, question: str, args: Args) -> "DataLoader[Any, Any]":
        record = question_of(port, question).record
        source = cast("str | None", dict(args).get("source"))
        need = Need(self._plan.fields_of(port, record), tuple(arg for arg in args if arg[0] != "source"))
        person = record is Person

        async def batch(keys: list[Any]) -> list[Any]:
            answers = await self._desk.ask(port, question, keys, need, self._call, source=source)
            if person:
                self._introduce(answers, question)
            return list(answers)

        return DataLoader(batch_load_fn=batch, cache=True)

    def _introduce(self, answers: Sequence[Any], question: str) -> None:
        """A person found by one key is known by the others: not asked for again in this request."""
        for answer in answers:
            if isinstance(answer, Person):
                if question != "people_by_id":
                    self.of("directory", "people_by_id").prime(answer.employee_id, answer)
                if question != "people_by_login":
                    self.of("directory", "people_by_login").prime(answer.login.casefold(), answer)
