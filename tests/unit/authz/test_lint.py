"""What would load without a word and then say something else is refused, with its place and the word that was meant."""

import dataclasses
import re
from importlib import resources

import pytest
import yaml

from authz.labels import Label
from authz.policy import Policy, PolicyError, built_in
from authz.rights import Ceiling, Grant, Operation, Rights, Role, Run, TeamRights
from authz.rows import Condition
from authz.vocabulary import ATTRIBUTES
from tests.unit.authz.company import LABELS, RIGHTS, policy, with_role

OWN = "policy/own.polar"

TEXTS = {
    "a misspelt attribute in a forbid": (
        'forbid(_a, _b, "hr", "internal", [{attr: "vpi", any: [true]}], "r");', '"vip"',
    ),
    "a misspelt key in a condition": (
        'forbid(_a, _b, "hr", "internal", [{atr: "vip", any: [true]}], "r");', '"attr"',
    ),
    "a condition without its values": (
        'forbid(_a, _b, "hr", "internal", [{attr: "vip"}], "r");', "{attr: …, any: […]}",
    ),
    "a fact in place of a condition": (
        'forbid(_a, _b, "hr", "internal", [{vip: true}], "r");', "{attr: …, any: […]}",
    ),
    "no value at all": ('forbid(_a, _b, "hr", "internal", [{attr: "vip", any: []}], "r");', "at least one"),
    "a value that the attribute has not": (
        'permit(_a, "read", "certificate", "internal", [{attr: "certificate_purpose", any: ["VNP"]}], "r");', '"VPN"',
    ),
    "a word for a truth": ('forbid(_a, _b, "hr", "internal", [{attr: "vip", any: ["true"]}], "r");', 'instead of the text "true", nearest true without quotation marks'),
    "a number for a truth": ('forbid(_a, _b, "hr", "internal", [{attr: "vip", any: [1]}], "r");', "true, false"),
    "a region that nobody has": (
        'forbid(_a, _b, "hr", "internal", [{attr: "region", any: ["bra"]}], "r");', '"br"',
    ),
    "the word for what is not known": (
        'permit(_a, "read", "hr", "internal", [{attr: "region", any: ["unknown"]}], "r");', "that can be known",
    ),
    "values that only turn out at run time": (
        'forbid(a, _b, "hr", "internal", [{attr: "region", any: a.clearance}], "r");', "values one by one",
    ),
    "an attribute that only turns out at run time": (
        'forbid(a, _b, "hr", "internal", [{attr: a, any: [true]}], "r");', "an attribute by its name",
    ),
    "an argument too few": ('forbid(_a, _b, "hr", [{attr: "vip", any: [true]}], "r");', "6 arguments instead of 5"),
    "an argument too many": ('op_forbid(_a, _o, [], "r", "more");', "4 arguments instead of 5"),
    "a wrong arity in a body": (
        'obligation(_a, op, [], "ticket") if risk_at_least(op, "low", "high");', "2 arguments instead of 3",
    ),
    "a misspelt rule": ('forbids(_a, _b, "hr", "internal", [], "r");', '"forbid"'),
    "an unknown rule under not": (
        'forbid(a, _b, "hr", "internal", [], "r") if not forbiden(a, "read", a, a);', '"forbidden"',
    ),
    "a rule that is not to be added to": ("opens(_c, _s);", "permit"),
    "the meaning of a scope widened": ('scope_means("region", _a, given, given);', "permit"),
    "an unknown domain": ('forbid(_a, _b, "hrr", "internal", [], "r");', '"hr"'),
    "an unknown sensitivity": ('forbid(_a, _b, "hr", "internl", [], "r");', '"internal"'),
    "an unknown action": ('forbid(_a, "reed", "hr", "internal", [], "r");', '"read"'),
    "an unknown kind of obligation": ('obligation(_a, _o, [], "four_eye");', '"four_eyes"'),
    "an unknown operation": ('op_forbid(_a, op, [], "r") if op.name = "unlock_acount";', '"unlock_account"'),
    "an unknown operation in a list": (
        'op_forbid(_a, op, [], "r") if op.name in ["reset_password", "unlock_acount"];', '"unlock_account"',
    ),
    "an unknown operation on the left": ('op_forbid(_a, op, [], "r") if "unlock_acount" = op.name;', '"unlock_account"'),
    "an unknown risk": ('op_forbid(_a, op, [], "r") if op.risk != "hihg";', '"high"'),
    "an unknown clearance": ('forbid(a, _b, "hr", "internal", [], "r") if not "vpi" in a.clearance;', '"vip"'),
    "a misspelt attribute after a dot": ('op_forbid(_a, op, [], "r") if op.nmae = "reset_password";', '"name"'),
    "a literal that nothing tells the meaning of": (
        'op_forbid(_a, op, [], "r") if n = "reset_password" and n = op.name;', "beside what it is compared with",
    ),
    "an attribute of a certificate at another domain": (
        'permit(_a, "read", "hr", "internal", [{attr: "certificate_purpose", any: ["VPN"]}], "r");',
        'with domain "certificate"',
    ),
    "a method": ('forbid(a, _b, "hr", "internal", [], "r") if not a.clearance("vip");', "instead of the call"),
    "a cut": ('forbid(_a, _b, "hr", "internal", [], "r") if cut;', 'no "cut"'),
    "a new object": ('forbid(_a, _b, "hr", "internal", [], "r") if _x = new Integer(1);', 'no "new"'),
    "a pattern for an argument": ('forbid(_a: {clearance: []}, _b, "hr", "internal", [], "r");', 'no ":"'),
    "a block": ('actor User { permissions = ["read"]; }', "a rule `name(…) if …;`"),
    "no end": ('forbid(_a, _b, "hr", "internal", [], "r")', '";"'),
    "a bracket that stays open": ('forbid(_a, _b, "hr", "internal", [{attr: "vip", any: [true]}, "r");', "here"),
    "a text that stays open": ('forbid(_a, _b, "hr);', "Polar instead of"),
    "a misspelt fact in a query": ('?= permit_holds([], {vpi: true});', '"vip"'),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_a_text_is_refused(name: str) -> None:
    text, meant = TEXTS[name]
    with pytest.raises(PolicyError) as refused:
        policy({OWN: f"# a text of the installation\n\n{text}\n"})
    assert (refused.value.file, refused.value.line) == (OWN, 3)
    assert str(refused.value).startswith(f"{OWN}:3: expected ")
    assert meant in refused.value.expected


def test_what_only_the_engine_finds_has_its_place_too() -> None:
    with pytest.raises(PolicyError) as refused:
        policy({OWN: '\nforbid(actor, _b, "hr", "internal", [], "r");\n'})
    assert (refused.value.file, refused.value.line) == (OWN, 2)
    assert "Singleton variable actor" in refused.value.expected


def test_a_text_that_is_right_is_taken() -> None:
    text = """
# Nobody resets anything from there, and passages are closed to those without clearance.
op_forbid(_actor, op, [{attr: "operator_country", any: ["US", "CN"]}], "not from there") if
    op.name in ["reset_password", "reset_second_factor"] and not op.domain = "own";
forbid(actor, "read", "badge", "internal", [], "passages: clearance needed") if not "vip" in actor.clearance;
obligation(_actor, op, [{attr: "case_open", any: [false]}], "ticket") if risk_at_least(op, "low");
permit(_actor, "mask", "certificate", "restricted", [{attr: "certificate_purpose", any: ["OTHER"]}], "signed in");
"""
    taken = policy({OWN: text})
    desk = taken.actor("helpdesk_br", "somebody")
    around = {"region": "br", "vip": False, "is_self": False, "is_my_manager": False}
    assert taken.decide(desk, "reset_password", {**around, "operator_country": "BR"}).allowed
    assert not taken.decide(desk, "reset_password", {**around, "operator_country": "CN"}).allowed
    assert "ticket" in taken.decide(desk, "unlock_account", {**around, "case_open": False}).obligations


def _grant(**changed: object) -> Rights:
    return with_role(Role("extra", {}, (dataclasses.replace(Grant("read", "hr", "internal"), **changed),)))  # type: ignore[arg-type]


def _run(operation: str, *when: Condition) -> Rights:
    return with_role(Role("extra", {}, (), (Run(operation, when=when),)))


def _team(**changed: object) -> Rights:
    team = dataclasses.replace(TeamRights("extra", ("helpdesk",)), **changed)  # type: ignore[arg-type]
    return dataclasses.replace(RIGHTS, teams={**RIGHTS.teams, "extra": team})


CONFIGURATION = {
    "an unknown domain": (_grant(domain="hrr"), "roles/extra.yaml", '"hr"'),
    "an unknown sensitivity": (_grant(ceiling="intrnal"), "roles/extra.yaml", '"internal"'),
    "an unknown action": (_grant(action="raed"), "roles/extra.yaml", '"read"'),
    "an unknown scope": (_grant(scope="regoin"), "roles/extra.yaml", '"region"'),
    "an unknown attribute": (_grant(when=(Condition("vpi", (True,)),)), "roles/extra.yaml", '"vip"'),
    "an unknown value": (_grant(when=(Condition("region", ("bra",)),)), "roles/extra.yaml", '"br"'),
    "an unknown class": (_grant(when=(Condition("department_class", ("boar",)),)), "roles/extra.yaml", '"board"'),
    "a country in words": (_grant(when=(Condition("operator_country", ("Brazil",)),)), "roles/extra.yaml", "two capital"),
    "a number for a truth": (_grant(when=(Condition("vip", (1,)),)), "roles/extra.yaml", "true"),
    "no value": (_grant(when=(Condition("vip", ()),)), "roles/extra.yaml", "at least one"),
    "an object's attribute elsewhere": (
        _grant(when=(Condition("device_class", ("LAPTOP",)),)), "roles/extra.yaml", 'domain "device"',
    ),
    "more than an owner lets": (_grant(domain="badge", ceiling="personal"), "roles/extra.yaml", "facilities, who owns badges"),
    "an operation that its owner does not let": (_run("open_door"), "roles/extra.yaml", "facilities, who owns badges"),
    "an unknown operation": (_run("unlock_acount"), "roles/extra.yaml", '"unlock_account"'),
    "a group's attribute at an account": (
        _run("unlock_account", Condition("group_privileged", (True,))), "roles/extra.yaml", 'domain "group"',
    ),
    "an unknown role": (_team(roles=("helpdsk",)), "teams/extra.yaml", '"helpdesk"'),
    "an unknown role of a lead": (_team(lead_roles=("team_laed",)), "teams/extra.yaml", '"team_lead"'),
    "an unknown region": (_team(regions=("brr",)), "teams/extra.yaml", '"br"'),
    "an unknown role of everyone": (
        dataclasses.replace(RIGHTS, everyone=("self_servise",)), "rights.yaml", '"self_service"',
    ),
    "a risk nobody knows": (
        dataclasses.replace(RIGHTS, operations={"x": Operation("x", "hr", "hihg")}), "operations.yaml", '"high"',
    ),
    "a ceiling of everything": (
        dataclasses.replace(RIGHTS, ceilings=(Ceiling("badges", "facilities", {"*": "internal"}),)),
        "sources/badges", "by name",
    ),
    "a ceiling over nothing": (
        dataclasses.replace(RIGHTS, ceilings=(Ceiling("badges", "facilities", {"bagde": "internal"}),)),
        "sources/badges", '"badge"',
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(CONFIGURATION))
def test_configuration_is_refused(name: str) -> None:
    rights, file, meant = CONFIGURATION[name]
    with pytest.raises(PolicyError) as refused:
        Policy.of(rights, LABELS)
    assert refused.value.file == file
    assert meant in refused.value.expected


def test_a_refused_policy_leaves_the_running_one_as_it_is() -> None:
    running = policy()
    desk = running.actor("helpdesk_br", "somebody")
    facts = {"region": "br", "vip": False, "is_self": False}
    before, version = running.profile(desk).row_of(facts), running.version
    for text, _ in TEXTS.values():
        with pytest.raises(PolicyError):
            policy({OWN: text})
    assert running.version == version
    assert running.profile(desk).row_of(facts) == before
    # And not from memory either: rights that nobody has had yet are compiled by the same engine.
    fresh = running.profile(running.actor("guards", "somebody", (), ("vip",)))
    assert fresh.row_of({**facts, "operator_country": "BR"})[2] == 0


def test_every_attribute_can_be_spoken_of() -> None:
    words = {"region": "br", "department_class": "board", "operator_country": "BR"}
    rows = []
    for attribute in ATTRIBUTES.values():
        value = attribute.values[0] if attribute.values else words[attribute.name]
        text = str(value).lower() if isinstance(value, bool) else f'"{value}"'
        rows.append(f'forbid(_a, _b, "*", "restricted", [{{attr: "{attribute.name}", any: [{text}]}}], "r");')
    taken = policy({OWN: "\n".join(rows)})
    nobody = taken.actor("nobody", "somebody")
    assert {each.attr for row in taken.forbids(nobody, "read") for each in row.when} == set(ATTRIBUTES)


def test_a_domain_of_the_schema_is_enough() -> None:
    labels = dataclasses.replace(LABELS, all=(*LABELS.all, Label("parking", "internal")))
    grant = with_role(Role("extra", {}, (Grant("read", "parking", "internal"),)))
    assert Policy.of(grant, labels).version
    with pytest.raises(PolicyError, match="a domain"):
        Policy.of(grant, LABELS)


def test_every_operation_that_the_fixed_text_names_can_be_run() -> None:
    """The lint lets the fixed text speak of what an installation has not got; misspelt it would close nothing."""
    said = re.findall(r"op\.name (?:=|in) ([^;]*);", built_in())
    named = {name for each in said for name in re.findall(r'"([a-z_]+)"', each)}
    known = yaml.safe_load(resources.files("authz").joinpath("policy", "operations.yaml").read_text(encoding="utf-8"))
    assert {"reset_password", "add_to_group"} < named
    assert named <= set(known["operations"])
