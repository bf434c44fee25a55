"""Fields: the mutations of the graph, made from operations; nobody writes one by hand."""

from collections.abc import Mapping
from dataclasses import MISSING
from datetime import datetime
from typing import Annotated, Any, Final, get_args, get_origin

import strawberry
from strawberry.federation.schema_directives import Cost

from operations.kit.given import Entry, entries
from operations.kit.operation import Operation
from schema.costs import CHANGE
from schema.declare import DOMAIN, MARK, PUBLIC, Computed, Marked, argument, definition_of, label
from schema.labels import OperationMark
from schema.operation import OperationMode, OperationPayload, PurposeInput

_ASKS: Final = Computed(asks=("directory.people_by_id",))


def camel(name: str) -> str:
    """A Python name as the graph writes it."""
    first, *rest = name.split("_")
    return first + "".join(each.capitalize() for each in rest)


def pascal(name: str) -> str:
    """A Python name as the graph writes types."""
    return "".join(each.capitalize() for each in name.split("_"))


def mutation_type(operations: Mapping[str, Operation[Any]], risks: Mapping[str, str], more: Mapping[str, Any]) -> type:
    """The type `Mutation`: one field for each operation, and `more` by their names. Shape: `risks` by operation."""
    fields: dict[str, Any] = {name: _field(each, risks[name]) for name, each in operations.items()}
    fields.update(more)
    made: type = strawberry.type(
        type("Mutation", (), {"__doc__": "What can be done. One a request.", "__annotations__": {}, **fields}),
        description="What can be done: each field is an operation, authorized, planned, recorded and proven. One a request.",
    )
    for field in definition_of(made).fields:
        label(field, "structure", PUBLIC)
    setattr(made, DOMAIN, "structure")
    return made


def _field(operation: Operation[Any], risk: str) -> Any:
    return act_field(
        operation.name, operation.about(), _input(operation), OperationPayload, risk.upper(), operation.event
    )


def act_field(name: str, about: str, given: type, answer: Any, risk: str, event: str) -> Any:
    """A mutation with one argument, `input`."""

    def stub(self: Any, input: Any) -> Any:  # noqa: A002  # the contract's word
        """Bound later."""

    stub.__annotations__ = {
        "input": Annotated[given, argument("What is asked for.")],
        "return": answer,
    }
    stub.__name__ = name
    return strawberry.federation.field(
        resolver=stub,
        name=camel(name),
        description=about,
        directives=[OperationMark(risk=risk, event=event), Cost(weight=CHANGE)],
        metadata={MARK: Marked(_ASKS, "structure", PUBLIC, cost=CHANGE)},
    )


def _input(operation: Operation[Any]) -> type:
    fields: dict[str, tuple[Any, str, Any]] = {
        "employee": (strawberry.ID, "Whom it is about.", MISSING),
        **{
            each.name: (kind_in_graph(each), each.said.about, None if each.optional else MISSING)
            for each in entries(operation.given)
        },
        "purpose": (PurposeInput | None, "What it is for.", None),
        "idempotency_key": (
            strawberry.ID,
            "Any text of the caller's own that stands for this one wish: the same key again does nothing twice.",
            MISSING,
        ),
        "mode": (OperationMode, "Only plan it, or do it.", OperationMode.PREVIEW),
        "plan_hash": (strawberry.ID | None, "The hash of the plan that was shown: nothing else is done.", None),
    }
    return input_type(f"{pascal(operation.name)}Input", f"What `{camel(operation.name)}` is given.", fields)


def input_type(name: str, about: str, fields: Mapping[str, tuple[Any, str, Any]]) -> type:
    """An input type. Shape: `fields` by name: type, what it is, default or MISSING."""
    body: dict[str, Any] = {"__annotations__": {}}
    # what has no default comes first: Python's rule, which the printed order does not show
    for field_name, (kind, said, default) in sorted(fields.items(), key=lambda each: each[1][2] is not MISSING):
        body["__annotations__"][field_name] = kind
        given = {} if default is MISSING else {"default": default}
        body[field_name] = strawberry.field(description=said, **given)
    made: type = strawberry.input(type(name, (), body), description=about)
    return made


def kind_in_graph(entry: Entry) -> Any:
    """An input field's type, as the graph declares it."""
    kind: Any = _base(entry)
    return kind | None if entry.optional else kind


def _base(entry: Entry) -> Any:
    if entry.said.node is not None:
        return strawberry.ID
    if get_origin(entry.kind) is tuple:
        return list[get_args(entry.kind)[0]]  # type: ignore[misc]  # a type made at run time
    return {str: str, int: int, bool: bool, datetime: datetime}[entry.kind]


def kind_of(entry: Entry) -> str:
    """An input field's type, for a form."""
    if entry.said.node is not None:
        return "ID"
    if get_origin(entry.kind) is tuple:
        return "[String!]"
    return {str: "String", int: "Int", bool: "Boolean", datetime: "DateTime"}[entry.kind]


def snake(given: Mapping[str, Any]) -> dict[str, Any]:
    """An input by Python's names."""
    return {_snake(name): value for name, value in given.items()}


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
