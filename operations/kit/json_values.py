"""Values of ports as JSON and back, so that what is to be done can be kept in the journal and done by any process."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, TypeAlias

from pydantic import ConfigDict, TypeAdapter

from sources.ports.write import Secret

Json: TypeAlias = "str | int | float | bool | None | list[Json] | dict[str, Json]"


def plain(value: Any) -> Any:
    """A port's value as JSON. Raises: TypeError for a secret, which is never kept."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Secret):
        raise TypeError("a secret is never written down")
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(each) for each in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value) if each.init}
    raise TypeError(f"no JSON for {type(value).__name__}")


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind, config=None if is_dataclass(kind) else ConfigDict(strict=False))


def typed(kind: Any, value: Json) -> Any:
    """The port's value that JSON stands for. Raises: ValueError where it does not fit."""
    return _adapter(kind).validate_python(value)
