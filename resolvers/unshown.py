"""Unshown: objects of which nothing that was selected may be shown, so that no source is asked for them.

Such an object is answered as one that is there, each of its fields withheld: whether there is one was not asked. Who wants
to know selects something that they may read, `__typename` at the least.
"""

from collections.abc import Callable
from typing import Any, Final

from graphql import GraphQLObjectType

from authz.profile import ALLOWED, MASKED
from resolvers.sight import Subject

Collect = Callable[[GraphQLObjectType, Any], Any]
"""The fields selected below a field, of an object type. Shape: as graphql-core's executor collects them."""


class Unasked:
    """Stands where an object would that was not asked for; nothing of it is ever read."""

    __slots__ = ()


UNASKED: Final = Unasked()


def stand_in(kind: GraphQLObjectType, subject: Subject) -> Subject | None:
    """Whose rights count below a boundary, as far as can be said before anything is asked; None where nothing can.

    Shape: what is of the employee in hand is theirs; for another employee, and for objects with attributes of their own,
    what may be read of anybody at all stands in.
    """
    sight = subject.sight
    node = sight.guards.kinds.get(kind.name)
    if node is None:
        return subject
    own = node.owner is not None and not node.objects and subject.person is not None
    found = subject if own else sight.anybody
    return found if found.row[node.entrance] == ALLOWED and (own or sight.always(node.entrance)) else None


def shows(kind: GraphQLObjectType, details: Any, row: bytes, collect: Collect) -> bool:
    """Whether anything that is selected of an object may be shown, or left of it by a mask.

    Shape: an object within it that may itself be read counts as shown, for its being there is an answer.
    """
    grouped, *_ = collect(kind, details)
    for inner in grouped.values():
        field = kind.fields.get(inner[0].node.name.value)
        kept: Any = field.resolve if field is not None else None
        if kept is None or row[kept.label] == ALLOWED:
            return True  # also `__typename`, which tells that there is one
        if row[kept.label] != MASKED:
            continue
        if kept.mask is not None:
            return True
        if kept.opens and (kept.many or kept.inner is None or shows(kept.inner, inner, row, collect)):
            return True
    return False
