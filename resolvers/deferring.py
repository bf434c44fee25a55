"""Deferring: parts of an answer that come later. Source: `@defer`, as Apollo's `deferSpec=20220824` has it.

While an operation is executed, fields of a deferred fragment are put by with the object that they are asked of; once the
first answer is out they are executed like any others, by the same loaders and the same eyes.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence, Set
from copy import copy
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError, GraphQLObjectType, located_error
from graphql.execution.collect_fields import DeferUsage, GroupedFieldSet
from graphql.pyutils import Path

if TYPE_CHECKING:
    from resolvers.executing import QuickExecutor
    from resolvers.sight import Subject


@dataclass(frozen=True, slots=True, eq=False)
class PutBy:
    """The fields of one deferred fragment at one object."""

    executor: "QuickExecutor"
    usage: DeferUsage
    parent_type: GraphQLObjectType
    source: Any
    path: Path | None
    fields: GroupedFieldSet
    subject: "Subject | None"

    @property
    def place(self) -> list[str | int]:
        """Where it belongs in the answer."""
        return [] if self.path is None else self.path.as_list()


@dataclass(frozen=True, slots=True)
class Part:
    """What came of it. Shape: `data` null where a value is missing that may not be."""

    put_by: PutBy
    data: dict[str, Any] | None
    errors: Sequence[GraphQLError]


@dataclass(slots=True)
class Later:
    """All that was put by in one request, in the order in which it was met."""

    waiting: list[PutBy] = field(default_factory=list)
    split: dict[int, tuple[GroupedFieldSet, GroupedFieldSet, Sequence[tuple[DeferUsage, GroupedFieldSet]]]] = field(
        default_factory=dict
    )

    def divided(
        self, fields: GroupedFieldSet, usages: Sequence[DeferUsage]
    ) -> tuple[GroupedFieldSet, Sequence[tuple[DeferUsage, GroupedFieldSet]]]:
        """What is executed now of an object's fields, and what of each fragment later. The same for all objects of a list."""
        known = self.split.get(id(fields))
        if known is None:
            now = _chosen(fields, lambda usage: usage is None or all(usage is not each for each in usages))
            later = [(each, _chosen(fields, lambda usage, each=each: usage is each)) for each in usages]
            known = self.split[id(fields)] = fields, now, [pair for pair in later if pair[1]]
        return known[1:]

    async def parts(self, first: Any) -> AsyncIterator[tuple[list[Part], bool]]:
        """All parts, those of a fragment together, as they are ready, and none before the part that it lies in; and whether
        more will come.

        Shape: `first` is the answer that went before, into which parts are laid as they are said.
        """
        under_way: dict[asyncio.Task[list[Part]], int] = {}
        try:
            while self.waiting or under_way:
                for fragment, group in self._begun(set(under_way.values())):
                    under_way[asyncio.create_task(_done(group))] = fragment
                done, _ = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                ready = next(iter(done))  # one at a time: what lies in it may begin then
                del under_way[ready]
                parts = [part for part in ready.result() if _is_there(first, part.put_by.place)]
                yield parts, bool(self.waiting or under_way)
        finally:
            for each in under_way:
                each.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    def _begun(self, under_way: Set[int]) -> list[tuple[int, list[PutBy]]]:
        """What can begin, by fragment: what lies in no fragment that is under way or waits itself."""
        open_ = under_way | {id(each.usage.directive_node) for each in self.waiting}
        now = [each for each in self.waiting if not _lies_in(each.usage) & open_]
        if not now and not under_way:
            now = list(self.waiting)  # a fragment within itself
        self.waiting = [each for each in self.waiting if each not in now]
        groups: dict[int, list[PutBy]] = {}
        for each in now:
            groups.setdefault(id(each.usage.directive_node), []).append(each)
        return [*groups.items()]


def _lies_in(usage: DeferUsage) -> set[int]:
    """The fragments that a fragment lies in."""
    above, found = usage.parent_defer_usage, set[int]()
    while above is not None:
        found.add(id(above.directive_node))
        above = above.parent_defer_usage
    return found


def _chosen(fields: GroupedFieldSet, wanted: Any) -> GroupedFieldSet:
    chosen = {key: [each for each in details if wanted(each.defer_usage)] for key, details in fields.items()}
    return {key: details for key, details in chosen.items() if details}


async def _done(group: Sequence[PutBy]) -> list[Part]:
    return list(await asyncio.gather(*(_executed(each) for each in group)))


async def _executed(put_by: PutBy) -> Part:
    executor = copy(put_by.executor)
    executor.collected_errors = type(executor.collected_errors)()
    try:
        done = executor.execute_fields(put_by.parent_type, put_by.source, put_by.path, put_by.fields, put_by.subject)
        data = await done if isawaitable(done) else done
    except Exception as problem:  # noqa: BLE001  # a null that must not be rises to the part as a whole
        data = None
        executor.collected_errors.add(located_error(problem, [], put_by.place), put_by.path)
    return Part(put_by, data, executor.collected_errors.errors)


def _is_there(answer: Any, place: Sequence[str | int]) -> bool:
    """Whether the object that a part belongs to was answered; what was deferred in a part is taken to be."""
    for step in place:
        if isinstance(answer, Mapping):
            if step not in answer:
                return True
            answer = answer[step]
        elif isinstance(answer, list) and isinstance(step, int) and step < len(answer):
            answer = answer[step]
        else:
            return False
    return answer is not None
