"""Computations by the field they make, found in this folder."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, TypeVar

import resolvers.computed

Computation = Callable[..., Any]
F = TypeVar("F", bound=Computation)
_FOUND: Final[dict[str, Computation]] = {}


def computes(place: str) -> Callable[[F], F]:
    """Mark a function as the one that makes a field, `Type.field`.

    Shape: it is called as `(record, asking, info, **arguments)`; arguments by their names in the schema, an enum as its
    member, an input as a mapping.
    """

    def mark(function: F) -> F:
        if place in _FOUND and _FOUND[place] is not function:
            raise ValueError(f"{place} is computed twice")
        _FOUND[place] = function
        return function

    return mark


@cache
def computations() -> Mapping[str, Computation]:
    """All computations."""
    for module_info in pkgutil.walk_packages(resolvers.computed.__path__, "resolvers.computed."):
        importlib.import_module(module_info.name)
    return _FOUND
