"""Costs: what a field asks for, in points, so that a document is weighed before anything is asked. Source: the GraphQL cost
directives specification, as Federation 2.9 has it.

An object of an answer costs one point, a leaf nothing. On top of that a field costs what it puts in motion: a question to a
system, a search, a change.
"""

import inspect
from collections.abc import Callable
from typing import Any, Final

import strawberry
from strawberry.federation.schema_directives import Cost, ListSize

OBJECT: Final = 1
"""Points of one object in an answer."""
QUESTION: Final = 2
"""Points of a question to a system."""
CHANGE: Final = 10
"""Points of a mutation."""
ASSUMED: Final = 10
"""How long a list is taken to be of which nobody says how long it is."""


def cost_directives(stub: Callable[..., Any], weight: int) -> list[object]:
    """`@cost` and `@listSize` of a field declared by a stub: pages are as long as is asked for, lists as is assumed."""
    signature = inspect.signature(stub)
    found: list[object] = [Cost(weight=weight)] if weight else []
    is_list = str(signature.return_annotation).startswith("list[")
    if "first" in signature.parameters:
        found.append(
            ListSize(
                assumed_size=strawberry.UNSET,
                slicing_arguments=["first"],
                sized_fields=strawberry.UNSET if is_list else ["edges"],
                require_one_slicing_argument=False,
            )
        )
    elif is_list:
        found.append(
            ListSize(
                assumed_size=ASSUMED,
                slicing_arguments=strawberry.UNSET,
                sized_fields=strawberry.UNSET,
                require_one_slicing_argument=False,
            )
        )
    return found
