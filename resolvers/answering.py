"""Answering: what stands behind a field: a value that came with the record, or one that is asked for or computed."""

from collections.abc import Callable
from inspect import isawaitable
from typing import Any, Final

from graphql import (
    GraphQLObjectType,
    GraphQLOutputType,
    Undefined,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)

_LISTS: Final = frozenset({list, tuple})


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
