"""Choice: the operations that can be done to many, as one input of which one field is given."""

from collections.abc import Mapping
from dataclasses import MISSING
from typing import Any

import strawberry

from operations.kit.fields import camel, input_type, kind_in_graph, pascal
from operations.kit.given import entries
from operations.kit.operation import Operation


def may_be_many(operation: Operation[Any]) -> bool:
    """Whether it can be done to many: not where a secret is shown, which is for whoever is there."""
    return not operation.reveals


def choice_of(operations: Mapping[str, Operation[Any]]) -> type:
    """The input type: one field for each operation, with the operation's own input."""
    body: dict[str, Any] = {"__annotations__": {}}
    for name, each in operations.items():
        if may_be_many(each):
            body["__annotations__"][name] = _own_input(each) | None
            body[name] = strawberry.field(name=camel(name), description=each.about(), default=strawberry.UNSET)
    made: type = strawberry.input(
        type("BulkOperationInput", (), body), one_of=True, description="Which operation is done to many: one of these."
    )
    return made


def _own_input(operation: Operation[Any]) -> Any:
    """What an operation is given besides the employee; `true` where that is nothing."""
    said = entries(operation.given)
    if not said:
        return bool
    fields = {each.name: (kind_in_graph(each), each.said.about, None if each.optional else MISSING) for each in said}
    return input_type(f"{pascal(operation.name)}ToMany", f"What `{camel(operation.name)}` is given.", fields)
