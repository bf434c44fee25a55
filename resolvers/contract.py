"""The contract with every client: the schema, bound and printed."""

from functools import cache

from resolvers.binding import bind
from schema.assemble import build


@cache
def printed() -> str:
    """The schema as committed. It is bound first, so that what is printed is what can be served."""
    schema = build()
    bind(schema._schema)
    return schema.as_str() + "\n"
