"""Executing: graphql-core's execution, with a short way for what came with a record.

Most fields of an answer are attributes of a record that is here already. graphql-core gives each of them an info object,
a path, a resolver call and half a dozen checks; here a value is read and written at once. Whatever is out of the ordinary
(a value missing where one must be, or of the wrong kind) goes the long way, which words the error.

Rights are looked at here and nowhere else: the subject, whom an object is about, goes down with the execution, and every
field is one look into the subject's row before its resolver is called.
"""

from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any, Final

from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    SchemaMetaFieldDef,
    TypeMetaFieldDef,
    Undefined,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    located_error,
)
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
from graphql.execution.executor import Executor
from graphql.pyutils import AwaitableOrValue, Path, gather_with_cancel

from authz.profile import ALLOWED, DENIED, MASKED
from resolvers.reads import LIMITED, UNRECORDED
from resolvers.sight import Subject
from resolvers.unshown import UNASKED, shows, stand_in

_LISTS: Final = frozenset({list, tuple})
_HERE: Final = frozenset({dict, list, str, type(None)})
"""Kinds of completed values that need no look at whether they come later."""


class Kept:
    """The resolver of a value that comes with the record.

    Shape: one of `write` (a leaf's way into the answer) and `inner` (the object type it stands for) is set where there is
    a short way; with `many` it is a list of these, none of them null. `name` is the field's, with its type's; `label` its
    place among the labels; `mask` makes what is shown to those who may see no more; `opens` whether there are fields below, each with its own.
    """

    __slots__ = ("inner", "label", "many", "mask", "name", "nullable", "opens", "read", "write")

    def __init__(
        self,
        kind: GraphQLOutputType,
        read: Callable[[Any], Any],
        name: str,
        label: int,
        mask: Callable[[Any], Any] | None = None,
    ) -> None:
        bare: Any = get_nullable_type(kind)
        self.name = name
        self.label = label
        self.mask = mask
        self.opens = is_composite_type(get_named_type(kind))
        self.read = read
        self.nullable = not is_non_null_type(kind)
        self.many = is_list_type(bare)
        item: Any = bare
        if self.many:
            item = bare.of_type.of_type if is_non_null_type(bare.of_type) else None
        self.write: Callable[[Any], Any] | None = item.coerce_output_value if is_leaf_type(item) else None
        self.inner: GraphQLObjectType | None = item if isinstance(item, GraphQLObjectType) else None

    def __call__(self, record: Any, _info: Any) -> Any:
        """The value, by the long way."""
        return self.read(record)

    def of(self, record: Any) -> Any:
        """The value, null where it may be; Undefined where only the long way can tell what is wrong."""
        try:
            value = self.read(record)
        except Exception:  # noqa: BLE001  # the long way meets it again and says where
            return Undefined
        if value is None:
            return None if self.nullable else Undefined
        return Undefined if self.many and type(value) not in _LISTS else value

    def written(self, record: Any) -> Any:
        """The value of a leaf as it stands in the answer, or Undefined as above."""
        value = self.of(record)
        if value is None or value is Undefined:
            return value
        assert self.write is not None
        try:
            said = [self.write(each) for each in value] if self.many else self.write(value)
        except Exception:  # noqa: BLE001  # as above
            return Undefined
        return Undefined if said is None or (self.many and None in said) else said


class Asked:
    """The resolver of a value that is asked for or computed.

    Shape: `name`, `label`, `opens` as of one that is kept; `key` is, where one object is asked of a port, what it is asked
    by, and `one` is that object's type. A mutation's is asked once, however often its answer is written.
    """

    __slots__ = ("key", "label", "name", "one", "opens", "resolve")
    mask = None
    many = False
    inner = None

    def __init__(
        self,
        kind: GraphQLOutputType,
        resolve: Callable[..., Any],
        name: str,
        label: int,
        key: Callable[[Any], Any] | None = None,
    ) -> None:
        self.resolve = _once(resolve) if name.startswith("Mutation.") else resolve
        self.name = name
        self.label = label
        self.opens = is_composite_type(get_named_type(kind))
        bare = get_nullable_type(kind)
        self.one = bare if key is not None and isinstance(bare, GraphQLObjectType) else None
        self.key = key

    def __call__(self, record: Any, info: Any, **arguments: Any) -> Any:
        """The value, now or later."""
        return self.resolve(record, info, **arguments)


def _once(resolve: Callable[..., Any]) -> Callable[..., Any]:
    """A change is made once: where an answer is written again, with less in it, it tells of what was done before."""

    async def resolved(record: Any, info: Any, **arguments: Any) -> Any:
        done, place = info.context.done, info.path.key
        if place not in done:
            try:
                said = resolve(record, info, **arguments)
                done[place] = (await said if isawaitable(said) else said), None
            except Exception as problem:  # noqa: BLE001  # raised below, and again where it is written again
                done[place] = None, problem
        came, wrong = done[place]
        if wrong is not None:
            raise wrong
        return came

    return resolved


class QuickExecutor(Executor[Subject]):
    """Executes one operation. No incremental delivery: the schema has no directives for it."""

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

    def execute_collected_subfields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path,
        grouped_field_set: GroupedFieldSet,
        new_defer_usages: Any,  # noqa: ARG002  # graphql-core's signature
        position_context: Subject | None,
    ) -> AwaitableOrValue[dict[str, Any]]:
        """The fields of an object, about the same subject as the object they are in."""
        return self.execute_fields(parent_type, source_value, path, grouped_field_set, position_context)

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
