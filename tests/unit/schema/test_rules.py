"""Rules: a declaration that could take away more than was withheld does not become a schema."""

from typing import Any

import pytest
import strawberry

from schema.assemble import build
from schema.connection import Connection
from schema.declare import PERSONAL, PUBLIC, Lookup, boundary, computed, definition_of, label, noun, value
from schema.employee import Employee
from schema.labels import Mask
from schema.rules import RuleBrokenError, broken, keep_rules
from schema.scalars import SCALARS

NODE = Lookup("equipment", "device_by_tag", "tag")


@noun(domain="other")
class Other:
    """Another thing."""

    name: str = value("Its name.")


@noun(domain="thing", sensitivity=PERSONAL)
class Deeper:
    """A thing inside of a thing."""

    name: str = value("Its name.")


def leads_to(kind: Any) -> Any:
    """A stub of a field that shows such a thing."""

    def stub(self):  # noqa: ANN001, ANN202  the annotation is made below
        """What a planted field shows."""

    stub.__annotations__ = {"return": kind}
    return stub


def said_of(planted: Any, kind: Any = None, *, lookup: Lookup | None = None, owner: str | None = None) -> list[str]:
    """What the rules say of a type with an ordinary field and a planted one."""
    annotations = {"name": str, **({"planted": kind} if kind is not None else {})}
    members = {"__doc__": "A thing.", "__annotations__": annotations, "name": value("Its name."), "planted": planted}
    thing = noun(domain="thing", lookup=lookup, owner=owner)(type("Thing", (), members))
    found: Any = thing
    query = type("Query", (), {"__annotations__": {}, "thing": computed()(leads_to(found | None))})
    made = strawberry.type(description="Where every read begins.")(query)
    for each in definition_of(made).fields:
        label(each, "structure", PUBLIC)
    schema = strawberry.federation.Schema(query=made, federation_version="2.9", scalar_overrides=SCALARS)
    return broken(schema._schema)


def test_the_contract_keeps_every_rule() -> None:
    assert broken(build()._schema) == []


@pytest.mark.parametrize(
    ("planted", "kind"),
    [
        (value("A value."), str),
        (value("A value.", PUBLIC, domain="structure"), str),
        (value("A value.", PERSONAL), str | None),
        (value("Values.", PERSONAL), list[str] | None),
        (value("Another's value.", domain="other"), str | None),
        (value("A masked value.", PERSONAL, mask=Mask.PHONE), str | None),
        (value("A thing of another domain.", domain="other"), Other | None),
        (boundary("directory", "people_by_id")(leads_to(Employee | None)), None),
        (boundary("directory", "people_by_id")(leads_to(Connection[Employee] | None)), None),
    ],
)
def test_what_may_be_null_or_is_seen_by_all_who_see_the_object_is_right(planted: Any, kind: Any) -> None:
    assert said_of(planted, kind) == []


@pytest.mark.parametrize(
    ("planted", "kind", "words"),
    [
        (value("Stricter.", PERSONAL), str, "thing/personal is not the entrance of its type, thing/internal"),
        (value("A strict list.", PERSONAL), list[str], "may be withheld alone"),
        (value("Another's.", domain="other"), str, "other/internal is not the entrance"),
        (value("Hidden.", hidden=True), str, "may be withheld alone"),
        (value("What it holds is stricter."), Deeper, "the entrance of Deeper is thing/personal"),
        (value("What it holds is another's."), list[Other], "the entrance of Other is other/internal"),
        (boundary("directory", "people_by_id")(leads_to(Employee)), None, "leads to an employee"),
        (boundary("directory", "people_by_id")(leads_to(list[Employee] | None)), None, "leads to an employee"),
        (value("A masked list.", PERSONAL, mask=Mask.PHONE), list[str] | None, "the mask PHONE is made for one String"),
        (value("A masked number.", PERSONAL, mask=Mask.YEAR), str | None, "the mask YEAR is made for one PartialDate"),
    ],
)
def test_what_could_take_its_object_away_is_refused_by_name(planted: Any, kind: Any, words: str) -> None:
    said = said_of(planted, kind)
    assert said
    assert all(each.startswith("Thing.planted: ") for each in said)
    assert any(words in each for each in said)


@pytest.mark.parametrize(
    ("planted", "kind", "owner", "said"),
    [
        (value("A value."), str, None, "is a node, and no boundary is said to lead to the employee it is about"),
        (value("A value."), str, "planted", "its owner `planted` is no boundary"),
        (value("A value."), str, "nothing", "its owner `nothing` is no boundary"),
        (boundary("other", "others_of")(leads_to(Other | None)), None, "planted", "its owner `planted` is no employee"),
    ],
)
def test_a_node_about_nobody_is_refused(planted: Any, kind: Any, owner: str | None, said: str) -> None:
    assert said_of(planted, kind, lookup=NODE, owner=owner) == [f"Thing: {said}"]


def test_a_node_with_its_owner_is_right() -> None:
    owner = boundary("directory", "people_by_id")(leads_to(Employee | None))
    assert said_of(owner, lookup=NODE, owner="planted") == []


def test_a_field_without_label_is_named_before_anything_else() -> None:
    assert said_of(strawberry.field(resolver=leads_to(str), description="Bare.")) == ["Thing.planted: has no label"]


def test_a_schema_that_breaks_a_rule_is_not_built() -> None:
    schema = build()._schema
    schema.type_map["Employee"].fields["vip"].type = schema.type_map["Employee"].fields["login"].type
    with pytest.raises(RuleBrokenError, match=r"Employee\.vip: is non-null and may be withheld alone"):
        keep_rules(schema)
