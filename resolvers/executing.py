"""Executing: graphql-core's execution, with a short way for what came with a record.

Most fields of an answer are attributes of a record that is here already. graphql-core gives each of them an info object,
a path, a resolver call and half a dozen checks; here a value is read and written at once. Whatever is out of the ordinary
(a value missing where one must be, or of the wrong kind) goes the long way, which words the error.

Rights are looked at here and nowhere else: the subject, whom an object is about, goes down with the execution, and every
field is one look into the subject's row before its resolver is called.
"""

from collections.abc import Awaitable, Sequence
from typing import Any, Final, cast

from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    SchemaMetaFieldDef,
    TypeMetaFieldDef,
    Undefined,
    is_non_null_type,
    located_error,
)
from graphql.execution.collect_fields import DeferUsage, FieldDetailsList, GroupedFieldSet
from graphql.execution.executor import Executor
from graphql.pyutils import AwaitableOrValue, Path, gather_with_cancel

from authz.profile import ALLOWED, DENIED, MASKED
from resolvers.answering import Asked, Kept
from resolvers.deferring import PutBy
from resolvers.reads import LIMITED, UNRECORDED
from resolvers.sight import Subject
from resolvers.unshown import UNASKED, shows, stand_in

_HERE: Final = frozenset({dict, list, str, type(None)})
"""Kinds of completed values that need no look at whether they come later."""


class QuickExecutor(Executor[Subject]):
    """Executes one operation."""

    def __init__(self, *settings: Any, **options: Any) -> None:
        super().__init__(*settings, **options)
        self._shows: dict[tuple[int, bytes], bool] = {}

    def build_resolve_info(
        self, field_def: GraphQLField, field_nodes: Any, parent_type: GraphQLObjectType, path: Path
    ) -> GraphQLResolveInfo[Any]:
        """What a resolver may know; introspection knows the schema as the viewer may."""
        info = super().build_resolve_info(field_def, field_nodes, parent_type, path)
        if field_def is SchemaMetaFieldDef or field_def is TypeMetaFieldDef:
            return info._replace(schema=self.context_value.shown())
        return info

    def execute_collected_root_fields(
        self,
        root_type: GraphQLObjectType,
        root_value: Any,
        grouped_field_set: GroupedFieldSet,
        serially: bool,  # graphql-core's signature
        new_defer_usages: Sequence[DeferUsage],
    ) -> AwaitableOrValue[dict[str, Any]]:
        """The fields at the root, less what may come later."""
        now = self._now(root_type, root_value, None, grouped_field_set, new_defer_usages, None)
        return self.execute_root_grouped_field_set(root_type, root_value, now, serially, None)

    def execute_collected_subfields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path,
        grouped_field_set: GroupedFieldSet,
        new_defer_usages: Sequence[DeferUsage],
        position_context: Subject | None,
    ) -> AwaitableOrValue[dict[str, Any]]:
        """The fields of an object, about the same subject as the object they are in, less what may come later."""
        now = self._now(parent_type, source_value, path, grouped_field_set, new_defer_usages, position_context)
        return self.execute_fields(parent_type, source_value, path, now, position_context)

    def _now(
        self,
        parent_type: GraphQLObjectType,
        source: Any,
        path: Path | None,
        fields: GroupedFieldSet,
        usages: Sequence[DeferUsage],
        subject: Subject | None,
    ) -> GroupedFieldSet:
        """The fields to be executed now; those of deferred fragments are put by, where parts are wanted."""
        later = self.context_value.later
        if not usages or later is None:
            return fields
        now, put_by = later.divided(fields, usages)
        later.waiting += [PutBy(self, usage, parent_type, source, path, each, subject) for usage, each in put_by]
        return cast(GroupedFieldSet, now)

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: GroupedFieldSet,
        position_context: Subject | None,
    ) -> AwaitableOrValue[dict[str, Any]]:
        """All fields of one object, in the document's order."""
        if parent_type.name.startswith("__"):  # introspection: what it tells was chosen before
            return super().execute_fields(parent_type, source_value, path, grouped_field_set, position_context)
        sight = self.context_value.sight
        kind = sight.guards.kinds.get(parent_type.name)
        if kind is None:
            return self._fields(parent_type, source_value, path, grouped_field_set, position_context or sight.root)
        subject = sight.begun(kind, source_value, position_context)
        if type(subject) is Subject:
            return self._entered(parent_type, source_value, path, grouped_field_set, subject)
        return self._found_out(parent_type, source_value, path, grouped_field_set, subject)

    async def _found_out(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: GroupedFieldSet,
        subject: Awaitable[Subject],
    ) -> dict[str, Any]:
        """The same, once it is known whom the object is about."""
        result = self._entered(parent_type, source_value, path, grouped_field_set, await subject)
        return result if isinstance(result, dict) else await result

    def _entered(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: GroupedFieldSet,
        subject: Subject,
    ) -> AwaitableOrValue[dict[str, Any]]:
        """The fields of a node, if the viewer may know of it at all. Raises: RequestProblem FORBIDDEN_FIELD."""
        sight = subject.sight
        if subject.row[sight.guards.kinds[parent_type.name].entrance] != ALLOWED:
            assert path is not None, "a node is never the root"
            raise sight.shut(parent_type.name, path, subject.row[sight.guards.kinds[parent_type.name].entrance])
        return self._fields(parent_type, source_value, path, grouped_field_set, subject)

    def _fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: GroupedFieldSet,
        subject: Subject,
    ) -> AwaitableOrValue[dict[str, Any]]:
        fields = parent_type.fields
        row = subject.row
        results: dict[str, Any] = {}
        later: list[str] = []
        try:
            for name, details in grouped_field_set.items():
                field = fields.get(details[0].node.name.value)
                kept: Any = field.resolve if field is not None else None
                if kept is not None and row[kept.label]:
                    said = self._withheld(field, source_value, Path(path, name, parent_type.name), subject)
                    if said is not Undefined:
                        results[name] = said
                        continue
                if type(kept) is Kept and kept.write is not None:
                    said = kept.written(source_value)
                    if said is not Undefined:
                        results[name] = said
                        continue
                here = Path(path, name, parent_type.name)
                if field is not None and type(kept) is Kept and kept.inner is not None:
                    result = self._nested(kept, field.type, source_value, details, here, subject)
                elif field is not None and type(kept) is Asked and kept.one is not None:
                    result = self._unasked(kept, field.type, source_value, details, here, subject)
                else:
                    result = Undefined
                if result is Undefined:
                    result = self.execute_field(parent_type, source_value, details, here, subject)
                if result is not Undefined:
                    results[name] = result
                    if type(result) not in _HERE and self.is_awaitable(result):
                        later.append(name)
        except Exception:
            self._let_go(results, later)
            raise
        return _gathered(results, later) if later else results

    def _withheld(self, field: Any, source: Any, path: Path, subject: Subject) -> Any:
        """What is shown of a field that may not be read: nothing, or what its mask leaves.

        Undefined where the fields below decide. Raises: RequestProblem where null cannot be.
        """
        kept = field.resolve
        outcome = subject.row[kept.label]
        if outcome == MASKED and kept.opens:
            return Undefined
        if outcome == MASKED and kept.mask is not None:
            said = kept.written(source)
            if said is not Undefined:
                if said is None:
                    return None
                subject.sight.withhold(kept.name, kept.label, MASKED, path)
                return kept.mask(said)
        why = outcome if outcome in (LIMITED, UNRECORDED) else DENIED
        subject.sight.withhold(kept.name, kept.label, why, path)
        if is_non_null_type(field.type):
            raise subject.sight.forbidden(kept.name, kept.label, why)
        return None

    def _unasked(
        self,
        asked: Asked,
        kind: GraphQLOutputType,
        source: Any,
        details: FieldDetailsList,
        path: Path,
        subject: Subject,
    ) -> Any:
        """An object of which nothing selected may be shown, not asked for; Undefined where it has to be."""
        inner = asked.one
        assert inner is not None
        assert asked.key is not None
        whose = stand_in(inner, subject)
        if whose is None or self._shown(inner, details, whose.row) or asked.key(source) is None:
            return Undefined
        try:
            grouped, *_ = self.collect_subfields(inner, details)
            return self._fields(inner, UNASKED, path, grouped, whose)
        except Exception as problem:  # noqa: BLE001  # a null that must not be rises from below
            self.handle_field_error(problem, kind, details, path)
            return None

    def _shown(self, inner: GraphQLObjectType, details: FieldDetailsList, row: bytes) -> bool:
        """Whether anything selected is shown; looked at once for all employees of a kind."""
        place = id(details), row  # collecting below keeps the list alive, and so its id
        known = self._shows.get(place)
        if known is None:
            known = self._shows[place] = shows(inner, details, row, self.collect_subfields)
        return known

    def _nested(
        self,
        kept: Kept,
        kind: GraphQLOutputType,
        source: Any,
        details: FieldDetailsList,
        path: Path,
        subject: Subject,
    ) -> Any:
        """An object or a list of objects that came with the record; Undefined where the long way is needed."""
        value = source if source is UNASKED else kept.of(source)
        if value is None or value is Undefined:
            return value
        inner = kept.inner
        assert inner is not None
        result: Any
        try:
            if kept.many:
                result = self._items(inner, value, details, path, subject)
            else:
                result = self.collect_and_execute_subfields(inner, details, path, value, subject)
        except Exception as problem:  # noqa: BLE001  # a null that must not be rises from below
            self.handle_field_error(problem, kind, details, path)
            return None
        return result if type(result) in _HERE else self._risen(result, kind, details, path)

    async def _risen(
        self, result: Awaitable[Any], kind: GraphQLOutputType, details: FieldDetailsList, path: Path
    ) -> Any:
        """What comes later; an error of it ends here if the field may be null."""
        try:
            return await result
        except Exception as problem:  # noqa: BLE001  # as above
            self.handle_field_error(problem, kind, details, path)
            return None

    def _items(
        self, inner: GraphQLObjectType, values: Any, details: FieldDetailsList, path: Path, subject: Subject
    ) -> AwaitableOrValue[list[Any]]:
        results: list[Any] = []
        later: list[int] = []
        try:
            for index, value in enumerate(values):
                here = Path(path, index, None)
                if value is None:
                    missing = TypeError(f"null in a list of {inner.name} that holds none")
                    raise located_error(missing, [each.node for each in details], here.as_list())
                result = self.collect_and_execute_subfields(inner, details, here, value, subject)
                results.append(result)
                if type(result) is not dict:
                    later.append(index)
        except Exception:
            self._let_go(results, later)
            raise
        return _gathered(results, later) if later else results

    def _let_go(self, results: Any, later: list[Any]) -> None:
        """What is under way beside an error goes on to its end, unheard."""
        if later:
            self.settle_in_background([results[place] for place in later])


async def _gathered(results: Any, later: list[Any]) -> Any:
    """The same results, with those that come later in their places."""
    if len(later) == 1:
        results[later[0]] = await results[later[0]]
    else:
        came = await gather_with_cancel(*(results[place] for place in later))
        for place, value in zip(later, came, strict=True):
            results[place] = value
    return results
