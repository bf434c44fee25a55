"""The matrix says everything that a policy grants, and says it the same every time."""

import re
from dataclasses import replace

from authz.labels import Label
from authz.matrix import matrix
from authz.policy import Policy
from authz.rights import Rights
from authz.rows import Condition, Forbid, Obligation, OpForbid, OpPermit, Permit
from authz.vocabulary import ATTRIBUTES, LATER, UNKNOWN
from authz.words import condition_in_words, facts_in_words, row_in_words, words_of
from tests.unit.authz.company import LABELS, RIGHTS, policy


def rows_of(text: str, heading: str) -> dict[str, list[str]]:
    """The table under a heading: cells by the first one."""
    part = text.split(f"\n{heading}\n")[1].split("\n#", maxsplit=1)[0]
    lines = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("|")]
    return {cells[0].strip(): [cell.strip() for cell in cells[1:]] for cells in lines if "---" not in cells[0]}


def test_a_role_shows_what_its_grants_open_and_of_whom() -> None:
    text = matrix(policy())
    assert rows_of(text, "### directory") == {
        "Role": ["public", "internal", "personal"],
        "analyst": ["yes", "yes", "masked"],
        "helpdesk": ["in region", "in region", "masked in region"],
        "hr_support": ["in region", "in region", "in region"],
        "officer": ["yes", "yes", "yes"],
        "self_service": ["yes", "own", "own"],
    }
    assert rows_of(text, "### hr") == {
        "Role": ["internal", "personal", "restricted"],
        "analyst": ["yes", "masked", "masked"],
        "hr_support": ["in region", "in region", "in region"],
        "officer": ["yes", "yes", "no"],
        "self_service": ["own", "own", "no"],
        "team_lead": ["masked in region [1]", "masked in region [1]", "no"],
    }
    assert "[1] department ordinary." in text


def test_conditions_stand_under_their_table_and_the_owners_ceiling_is_kept() -> None:
    text = matrix(policy())
    badge = rows_of(text, "### badge")
    assert badge["guard"] == ["[1]", "no"], "a guard's grant ends below personal"
    assert badge["officer"] == ["yes", "no"], "the owner lets no more be granted than confidential"
    assert "[1] viewer in BR or KZ.  " in text.split("### badge")[1].split("###")[0]
    assert rows_of(text, "### certificate")["Role"] == ["internal", "restricted, hidden"]
    assert rows_of(text, "### certificate")["helpdesk"] == ["in region [1]", "no"]


def test_every_label_field_role_team_and_operation_is_told_of() -> None:
    text = matrix(policy())
    headings = set(re.findall(r"^### (\w+)$", text, re.MULTILINE))
    assert headings == {label.domain for label in LABELS.all}
    for label in LABELS.all:
        heads = rows_of(text, f"### {label.domain}")["Role"]
        assert f"{label.sensitivity}{', hidden' if label.hidden else ''}" in heads
    for place in LABELS.of:
        assert f"`{'.'.join(place)}`" in text
    assert set(rows_of(text, "## Who holds which roles")) == {"Team", *RIGHTS.teams}
    assert {f"`{name}`" for name in RIGHTS.operations} <= set(rows_of(text, "## What may be run"))
    assert "Roles that nobody holds: none." in text


def test_an_operation_is_told_with_its_roles_and_what_it_waits_for() -> None:
    text = matrix(policy())
    operations = rows_of(text, "## What may be run")
    assert operations["`reset_password`"] == [
        "account",
        "medium",
        "helpdesk in region; officer",
        "a reason; a second person [4]; an open ticket",
    ]
    assert "[4] a second factor was reset in the last day.  " in text.split("## What may be run")[1]
    assert operations["`unlock_account`"][-1] == "a reason; the owner's approval"
    assert operations["`open_door`"][2] == "nobody", "the owner of badges lets it be granted to nobody"
    assert operations["`set_my_photo`"][2] == "officer; self_service own"


def test_what_is_closed_to_everybody_is_told_with_who_is_exempt() -> None:
    text = matrix(policy())
    rows = rows_of(text, "## What is closed whatever roles say")
    assert rows["every domain from personal upwards"] == [
        "reading or reading in part",
        "always",
        "a service on its own behalf: an end user must be named",
        "people, and services that name an end user",
    ]
    assert rows["every domain from internal upwards"] == [
        "reading or reading in part",
        "under special protection, and not the viewer themselves",
        "under special protection: clearance needed",
        "clearance vip",
    ]
    assert "`set_my_photo`" not in text.split("Whatever roles say, nobody runs:")[1].split("viewer themselves")[0]


def test_what_an_installation_adds_in_polar_is_told_too() -> None:
    extra = """\
permit(actor, "read", "hr", "restricted", [], "auditors") if "audit" in actor.clearance;
forbid(actor, "read", "ticket", "internal", [{attr: "case_open", any: [false]}], "no case") if
    not "audit" in actor.clearance;
obligation(_actor, op, [{attr: "operator_country", any: ["BR"]}], "four_eyes") if op.name = "open_door";
"""
    teams = {**RIGHTS.teams, "nobody": replace(RIGHTS.teams["nobody"], clearance=("audit",))}
    text = matrix(Policy.of(replace(RIGHTS, teams=teams), LABELS, {"more.polar": extra}))
    assert rows_of(text, "### hr")["auditors"] == ["[1]", "[1]", "[1]"]
    assert "[1] with the clearance audit.  " in text.split("### hr")[1].split("###")[0]
    closed = rows_of(text, "## What is closed whatever roles say")["ticket from internal upwards"]
    assert closed == ["reading", "no ticket of theirs is in hand", "no case", "clearance audit"]
    assert "a second person [" in rows_of(text, "## What may be run")["`open_door`"][-1]


def test_a_matrix_is_the_same_whatever_order_the_files_have() -> None:
    def backwards(rights: Rights) -> Rights:
        return replace(
            rights,
            roles=dict(reversed(rights.roles.items())),
            teams=dict(reversed(rights.teams.items())),
            operations=dict(reversed(rights.operations.items())),
            ceilings=tuple(reversed(rights.ceilings)),
        )

    assert matrix(Policy.of(backwards(RIGHTS), LABELS)) == matrix(policy())


def test_one_grant_more_changes_one_cell() -> None:
    hr = RIGHTS.roles["team_lead"]
    wider = replace(hr, grants=(*hr.grants, replace(hr.grants[0], domain="group", ceiling="internal", action="read")))
    before = matrix(policy()).splitlines()
    after = matrix(Policy.of(replace(RIGHTS, roles={**RIGHTS.roles, "team_lead": wider}), LABELS)).splitlines()
    assert [line for line in after if line not in before] == ["| team_lead | in region [1] |"]


def test_every_attribute_has_words_for_each_of_its_values_and_for_not_knowing() -> None:
    for name, attribute in ATTRIBUTES.items():
        values = attribute.values or ("br",)
        said = [condition_in_words(Condition(name, (value,))) for value in (*values, UNKNOWN, LATER)]
        assert len(set(said)) == len(said), name
        assert not any("_" in words for words in said), f"{name} is told by its own name"


def test_conditions_are_told_as_a_person_would() -> None:
    when = (Condition("region", ("br", "cis", "af")), Condition("vip", (False,)))
    assert words_of(when) == "region br, cis or af, and not under special protection"
    assert words_of(()) == "always"
    assert (
        condition_in_words(Condition("vip", (True, UNKNOWN)))
        == "under special protection or special protection not known"
    )
    assert condition_in_words(Condition("region", ())) == "never"
    assert facts_in_words({"vip": UNKNOWN, "region": "br", "is_self": False}) == (
        "region br; special protection not known; not the viewer themselves"
    )


def test_rows_are_told_as_sentences() -> None:
    when = (Condition("region", ("br",)),)
    said = [
        Permit("read", "hr", "personal", when, "hr_support"),
        Permit("mask", "*", "internal", (), "analyst"),
        Forbid("*", "*", "internal", when, "why"),
        OpPermit("*", (), "officer"),
        OpForbid("wipe_device", when, "why"),
        Obligation("wipe_device", (), "step_up"),
    ]
    assert [row_in_words(each) for each in said] == [
        "hr_support reads hr up to personal when region br",
        "analyst reads in part every domain up to internal",
        "nobody reads every domain from internal upwards when region br: why",
        "officer runs every operation",
        "nobody runs wipe device when region br: why",
        "wipe device needs a second sign-in",
    ]


def test_a_label_without_fields_says_so() -> None:
    labels = replace(LABELS, all=(*LABELS.all, Label("vpn", "internal")))
    assert "- internal: no field" in matrix(Policy.of(RIGHTS, labels)).split("### vpn")[1]
