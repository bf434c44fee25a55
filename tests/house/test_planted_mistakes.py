"""A planted mistake in a declaration stops the program and names the field."""

from typing import Any

import pytest
import strawberry

from gateway.whole_graph import whole_graph
from resolvers import binding
from resolvers.computed.registry import computations
from resolvers.planning import DEFINITION
from schema.declare import boundary, computed, definition_of, label, noun
from schema.labels import Sensitivity


def planted(field: Any) -> Any:
    """A schema of one field, as native types."""
    thing = noun(domain="test")(type("Thing", (), {"__doc__": "A thing.", "__annotations__": {}, "planted": field}))
    query = type("Query", (), {"__annotations__": {"thing": thing}, "thing": computed()(_thing(thing))})
    made = strawberry.type(description="Where every read begins.")(query)
    for each in definition_of(made).fields:
        label(each, "test", Sensitivity.PUBLIC)
    return strawberry.federation.Schema(query=made, federation_version="2.9")._schema


def _thing(kind: type) -> Any:
    def thing(self):  # noqa: ANN001, ANN202  the annotation is made below
        """A thing."""

    thing.__annotations__ = {"return": kind}
    return thing


def stub(self) -> str | None:  # noqa: ANN001
    """What a planted field shows."""


@pytest.mark.parametrize(
    ("field", "said"),
    [
        (strawberry.field(resolver=stub, description="Undeclared."), "no label"),
        (boundary("no_such_port", "accounts_of")(stub), "no port 'no_such_port'"),
        (boundary("accounts", "no_such_question")(stub), "no question 'no_such_question'"),
        (computed(asks=("accounts.nothing_of",))(stub), "no question 'nothing_of'"),
        (computed()(stub), "nothing computes it"),
    ],
)
def test_a_field_with_nothing_behind_it_stops_the_program(field: Any, said: str) -> None:
    with pytest.raises(binding.Unbound, match="Thing.planted") as refusal:
        binding.bind(planted(field))
    assert said in str(refusal.value)


def test_a_field_without_description_stops_the_program() -> None:
    def silent(self) -> str | None: ...  # noqa: ANN001

    with pytest.raises(binding.Unbound, match=r"Thing.planted: has no description"):
        binding.bind(planted(boundary("accounts", "accounts_of")(silent)))


def test_a_field_without_label_stops_the_program() -> None:
    schema = planted(boundary("accounts", "accounts_of")(stub))
    schema.type_map["Thing"].fields["planted"].extensions[DEFINITION].directives = []
    with pytest.raises(binding.Unbound, match=r"Thing.planted"):
        binding.bind(schema)


def test_a_removed_computation_stops_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    schema, computed = whole_graph()
    for place in sorted(computations()):
        if place.startswith("_"):
            continue
        rest = {name: each for name, each in computations().items() if name != place}
        monkeypatch.setattr(binding, "computations", lambda rest=rest: rest)
        with pytest.raises(binding.Unbound, match=f"{place}: nothing computes it"):
            binding.bind(schema, computed.all())


def test_a_computation_without_its_field_stops_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    more = {**computations(), "Employee.noSuchField": stub}
    monkeypatch.setattr(binding, "computations", lambda: more)
    schema, computed = whole_graph()
    with pytest.raises(binding.Unbound, match=r"Employee.noSuchField: a computation without a field"):
        binding.bind(schema, computed.all())
