"""Connections: long lists in pages. Source: the GraphQL Cursor Connections specification."""

from typing import Annotated, Generic, TypeVar

from schema.declare import PUBLIC, argument, noun, value

T = TypeVar("T")

First = Annotated[int, argument("How many to return at most; 200 is the most that is given.")]
After = Annotated[str | None, argument("The cursor behind which to go on.")]


@noun(domain="structure", sensitivity=PUBLIC, shareable=True)
class PageInfo:
    """Where a page stands in its list."""

    has_next_page: bool = value("Whether more follow.")
    has_previous_page: bool = value("Whether some came before; only said when the page was asked for with `after`.")
    start_cursor: str | None = value("The cursor of the first one on this page.")
    end_cursor: str | None = value("The cursor of the last one on this page.")


@noun(domain="structure", sensitivity=PUBLIC)
class Edge(Generic[T]):
    """One place in a list."""

    cursor: str = value("The place, opaque; stays good while others come and go.")
    node: T = value("What stands there.")


@noun(domain="structure", sensitivity=PUBLIC)
class Connection(Generic[T]):
    """A page of a list."""

    edges: list[Edge[T]] = value("The places of this page, in order.")
    page_info: PageInfo = value("Where this page stands in the list.")
    total_count: int | None = value("How many there are in all; null where the source cannot tell cheaply.")
