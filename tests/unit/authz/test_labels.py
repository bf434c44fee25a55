"""Labels: each field has one, in one order for ever, and each type an entrance."""

import pytest
from graphql import GraphQLObjectType

from authz.labels import Label, labels_of_schema
from authz.rows import SENSITIVITIES
from schema.assemble import build
from schema.labels import Sensitivity
from schema.rules import DEFINITION


def test_the_words_of_the_policy_are_those_of_the_contract() -> None:
    assert tuple(each.name.lower() for each in Sensitivity) == SENSITIVITIES


def test_every_field_of_the_contract_has_one_label() -> None:
    schema = build()._schema
    fields = {
        (name, field)
        for name, kind in schema.type_map.items()
        if isinstance(kind, GraphQLObjectType) and not name.startswith("_")
        for field in kind.fields
        if not field.startswith("_")
    }
    labels = labels_of_schema(schema)
    assert set(labels.of) == fields
    assert set(labels.of.values()) == set(range(len(labels.all)))
    assert set(labels.entrance) == {name for name, _ in fields}


def test_labels_come_in_one_order_whatever_schema_they_are_collected_from() -> None:
    one, other = labels_of_schema(build()._schema), labels_of_schema(build()._schema)
    assert one == other
    assert list(one.of) == sorted(one.of)
    by_harm = [(each.domain, SENSITIVITIES.index(each.sensitivity), each.hidden) for each in one.all]
    assert by_harm == sorted(set(by_harm))


def test_hundreds_of_fields_come_down_to_some_dozens_of_labels() -> None:
    labels = labels_of_schema(build()._schema)
    assert len(labels.of) > 4 * len(labels.all)


@pytest.mark.parametrize(
    ("kind", "entrance"),
    [
        ("Employee", Label("directory", "public")),
        ("Phone", Label("directory", "internal")),
        ("Device", Label("device", "internal")),
        ("Ticket", Label("ticket", "internal")),
        ("PersonalDetails", Label("hr", "personal")),
        ("Passage", Label("badge", "personal")),
        ("SearchEdge", Label("search", "public")),
        ("EmployeeConnection", Label("structure", "public")),
        ("Query", Label("structure", "public")),
    ],
)
def test_the_entrance_is_the_least_label_of_a_types_own_domain(kind: str, entrance: Label) -> None:
    labels = labels_of_schema(build()._schema)
    assert labels.all[labels.entrance[kind]] == entrance


def test_a_hidden_field_has_a_label_of_its_own_and_is_no_entrance() -> None:
    labels = labels_of_schema(build()._schema)
    assert labels.all[labels.of["Employee", "vip"]] == Label("directory", "restricted", hidden=True)
    assert not any(labels.all[place].hidden for place in labels.entrance.values())


def test_every_field_without_a_label_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    schema = build()._schema
    for place in (("Device", "mac"), ("Account", "login")):
        monkeypatch.setattr(schema.type_map[place[0]].fields[place[1]].extensions[DEFINITION], "directives", [])
    with pytest.raises(LookupError, match=r"^'?no label: (?=.*Device\.mac)(?=.*Account\.login)[^,]+, [^,]+$"):
        labels_of_schema(schema)
