"""Rights as files: what is written is what is meant, and a mistake is told with file, line and the nearest word."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from authz.labels import Label, Labels
from authz.policy import Policy
from authz.rights import Ceiling, Grant, Operation, Rights, Run
from authz.rows import Condition
from gateway.rights_files import bundle_of, ceilings_of, operations_known, polar_of, rights_of
from gateway.settings import load_installation, load_sources_only
from sources.kit.manifest import Limits, systems
from sources.kit.source import Instance
from sources.kit.yaml_file import ConfigError

LABELS = Labels(
    (
        Label("badge", "internal"),
        Label("badge", "personal"),
        Label("certificate", "internal"),
        Label("directory", "public"),
        Label("directory", "internal"),
        Label("hr", "restricted"),
    ),
    {},
    {},
)
OPERATIONS = {
    "block_badge": Operation("block_badge", "badge", "medium"),
    "open_door": Operation("open_door", "badge", "low"),
    "unlock_account": Operation("unlock_account", "account", "low"),
}
CEILINGS = (Ceiling("doors", "facilities", {"badge": "internal"}, operations=("block_badge",)),)

GENERAL = """\
regions: [br, cis]
everyone: [basic]
department_classes:
  board: [Board]
"""
BASIC = """\
title: {en: Everybody}
read:
  directory: {ceiling: public, scope: anyone}
"""
GUARD = """\
title: {en: Guards, ru: Охрана}
read:
  badge: internal
  directory:
    - public
    - {ceiling: internal, scope: anyone, when: {department_class: [ordinary]}}
mask:
  hr: restricted
run:
  - block_badge
  - {operation: unlock_account, scope: anyone, when: {caller_verified: [true]}}
"""
TEAM = """\
title: {en: Gate}
regions: [br]
members: [ann]
groups: [gate-keepers]
lead: ann
services: [camera]
roles: [guard]
lead_roles: [basic]
clearance: [vip]
"""
BUNDLE = {"rights.yaml": GENERAL, "roles/basic.yaml": BASIC, "roles/guard.yaml": GUARD, "teams/gate.yaml": TEAM}
FOLDER = Path("/installation")


def made(bundle: Mapping[str, str] = BUNDLE) -> Rights:
    return rights_of(bundle, LABELS, ceilings=CEILINGS, operations=OPERATIONS, folder=FOLDER)


def refused(file: str, text: str, **others: str) -> tuple[int | None, str, str]:
    """Line, key and expectation of the mistake in a file of the bundle."""
    with pytest.raises(ConfigError) as caught:
        made({**BUNDLE, **others, file: dedent(text)})
    assert caught.value.file == FOLDER / file
    return caught.value.line, caught.value.key, caught.value.expected


def test_what_files_say_is_what_rights_are() -> None:
    rights = made()
    assert rights.regions == ("br", "cis")
    assert rights.everyone == ("basic",)
    assert rights.department_classes == {"Board": "board"}
    assert (rights.ceilings, rights.operations) == (CEILINGS, OPERATIONS)
    guard = rights.roles["guard"]
    assert guard.titles == {"en": "Guards", "ru": "Охрана"}
    assert guard.grants == (
        Grant("read", "badge", "internal"),
        Grant("read", "directory", "public"),
        Grant("read", "directory", "internal", "anyone", (Condition("department_class", ("ordinary",)),)),
        Grant("mask", "hr", "restricted"),
    )
    assert guard.runs == (
        Run("block_badge"),
        Run("unlock_account", "anyone", (Condition("caller_verified", (True,)),)),
    )
    team = rights.teams["gate"]
    assert (team.roles, team.lead_roles, team.regions, team.clearance) == (("guard",), ("basic",), ("br",), ("vip",))
    assert (team.members, team.groups, team.services, team.lead) == (("ann",), ("gate-keepers",), ("camera",), "ann")
    Policy.of(rights, LABELS)


@pytest.mark.parametrize(
    ("said", "regions"), [("region: br", ("br",)), ("region: all", ()), ("regions: all", ()), ("regions: [cis, br]", ("cis", "br"))]
)  # fmt: skip
def test_a_team_works_for_one_region_or_several_or_all(said: str, regions: tuple[str, ...]) -> None:
    rights = made({**BUNDLE, "teams/gate.yaml": TEAM.replace("regions: [br]", said)})
    assert rights.teams["gate"].regions == regions


@pytest.mark.parametrize("said", ["regions: []", "regions: [all]", "regions: [br, all]", "regions: br", "regions:"])
def test_no_list_of_regions_means_every_one_by_mistake(said: str) -> None:
    line, key, _ = refused("teams/gate.yaml", TEAM.replace("regions: [br]", said))
    assert (line, key) == (2, "regions")


def test_a_team_says_one_of_region_and_regions() -> None:
    assert "either region or regions" in refused("teams/gate.yaml", TEAM + "region: br\n")[2]
    assert refused("teams/gate.yaml", TEAM.replace("regions: [br]\n", ""))[1:] == ("regions", "required, is missing")


def test_a_new_team_is_one_file() -> None:
    text = "title: {en: Roofers}\nregions: all\nread: {badge: internal}\nrun: [block_badge]\n"
    rights = made({**BUNDLE, "teams/roof.yaml": text})
    assert rights.teams["roof"].roles == ("roof",)
    assert rights.roles["roof"].grants == (Grant("read", "badge", "internal"),)
    assert rights.roles["roof"].runs == (Run("block_badge"),)
    assert "gate" not in rights.roles, "a team without rights of its own has no role of its own"


def test_a_team_and_a_role_are_not_of_one_name() -> None:
    text = "title: {en: Guards}\nregions: all\nread: {directory: public}\n"
    assert "stands in roles/ already" in refused("teams/guard.yaml", text)[2]


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "nearest"),
    [
        ("  badge: internal", "  bagde: internal", 3, "read.bagde", 'a domain instead of "bagde", nearest "badge"'),
        ("  badge: internal", "  badge: internl", 3, "read.badge", 'instead of "internl", nearest "internal"'),
        ("    - public", "    - publik", 5, "read.directory.0", 'instead of "publik", nearest "public"'),
        ("scope: anyone, when: {dep", "scope: anyon, when: {dep", 6, "read.directory.1.scope", 'nearest "anyone"'),
        (
            "department_class: [ord", "departmentclass: [ord", 6, "read.directory.1.when.departmentclass",
            'an attribute instead of "departmentclass", nearest "department_class"',
        ),
        ("[ordinary]", "[ordinry]", 6, "read.directory.1.when.department_class.0", 'nearest "ordinary"'),
        ("  hr: restricted", "  rh: restricted", 8, "mask.rh", 'a domain instead of "rh", nearest "hr"'),
        ("  - block_badge", "  - blok_badge", 10, "run.0", 'nearest "block_badge"'),
        ("caller_verified: [true]", "caller_verified: [maybe]", 11, "run.1.when.caller_verified.0", 'instead of "maybe"'),
        ("caller_verified: [true]", "caller_verified: [1]", 11, "run.1.when.caller_verified.0", "valid boolean"),
        ("title:", "titel:", 1, "titel", "did you mean 'title'?"),
        ("{ceiling: internal, scope", "{ceilling: internal, scope", 6, "read.directory.1.ceilling", "did you mean 'ceiling'?"),
        ("when: {department_class: [ordinary]}", "when: {department_class: []}", 6, "read.directory.1.when.department_class", "at least 1"),
        ("  badge: internal", "  badge: []", 3, "read.badge", "at least 1"),
        ("  badge: internal", "  badge:", 3, "read.badge", "valid dictionary"),
    ],
)  # fmt: skip
def test_a_wrong_word_in_a_role_is_told_where_it_stands(old: str, new: str, line: int, key: str, nearest: str) -> None:
    assert old in GUARD
    found = refused("roles/guard.yaml", GUARD.replace(old, new))
    assert found[:2] == (line, key)
    assert nearest in found[2]


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "nearest"),
    [
        ("roles: [guard]", "roles: [gaurd]", 7, "roles.0", 'a role instead of "gaurd", nearest "guard"'),
        ("lead_roles: [basic]", "lead_roles: [basik]", 8, "lead_roles.0", 'nearest "basic"'),
        ("regions: [br]", "regions: [br, ciss]", 2, "regions.1", 'a region instead of "ciss", nearest "cis"'),
        ("regions: [br]", "region: bra", 2, "region", 'nearest "br"'),
        ("clearance: [vip]", "clearance: ['vip\"; allow']", 9, "clearance.0", "small Latin letters"),
        ("lead: ann", "leed: ann", 5, "leed", "did you mean 'lead'?"),
    ],
)
def test_a_wrong_word_in_a_team_is_told_where_it_stands(old: str, new: str, line: int, key: str, nearest: str) -> None:
    found = refused("teams/gate.yaml", TEAM.replace(old, new, 1))
    assert found[:2] == (line, key)
    assert nearest in found[2]


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "expected"),
    [
        ("everyone: [basic]", "everyone: [basik]", 2, "everyone.0", 'nearest "basic"'),
        ("regions: [br, cis]", "regions: [br, 'cis\"']", 1, "regions.1", "small Latin letters"),
        ("regions: [br, cis]", "regions: [br, all]", 1, "regions.1", 'not "all"'),
        ("  board: [Board]", "  'bo ard': [Board]", 4, "department_classes.bo ard", "small Latin letters"),
        ("  board: [Board]", "  board: [Board]\n  other: [Board]", 5, "department_classes.other.0", "it is in board too"),
    ],
)  # fmt: skip
def test_a_wrong_word_of_the_company_is_told_where_it_stands(
    old: str, new: str, line: int, key: str, expected: str
) -> None:
    found = refused("rights.yaml", GENERAL.replace(old, new))
    assert found[:2] == (line, key)
    assert expected in found[2]


def test_an_attribute_of_an_object_stands_with_its_own_domain_alone() -> None:
    line, key, expected = refused(
        "roles/basic.yaml",
        """\
        title: {en: x}
        read:
          certificate: {ceiling: internal, when: {certificate_purpose: [VPN]}}
          badge: {ceiling: internal, when: {certificate_purpose: [VPN]}}
        """,
    )
    assert (line, key) == (4, "read.badge.when.certificate_purpose")
    assert expected == "expected certificate_purpose with the domain certificate alone, not with badge"


def test_a_grant_beyond_the_owners_ceiling_is_refused_and_names_the_owner() -> None:
    line, key, expected = refused("roles/guard.yaml", GUARD.replace("badge: internal", "badge: personal"))
    assert (line, key) == (3, "read.badge")
    assert expected == (
        "expected badge up to internal at most instead of personal: facilities, who owns doors, lets no more be granted"
    )


def test_an_operation_that_the_owner_keeps_is_refused_and_names_the_owner() -> None:
    line, key, expected = refused("roles/guard.yaml", GUARD.replace("- block_badge", "- open_door"))
    assert (line, key) == (10, "run.0")
    assert "facilities, who owns doors, lets be granted: block_badge" in expected


@pytest.mark.parametrize(
    "name", ["roles/Guard.yaml", 'roles/a"; allow(_, _, _).yaml', "teams/deep/gate.yaml", "roles/1st.yaml", "teams/é.yaml"]
)  # fmt: skip
def test_a_hostile_name_of_a_file_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="small Latin letters"):
        made({**BUNDLE, name: TEAM if name.startswith("teams") else BASIC})


def test_without_a_word_on_regions_no_region_is_known() -> None:
    bundle = {name: text for name, text in BUNDLE.items() if name != "rights.yaml"}
    with pytest.raises(ConfigError, match="none is known"):
        made(bundle)


def test_a_bundle_is_all_that_a_policy_is_made_of_and_nothing_else(tmp_path: Path) -> None:
    for name, text in {**BUNDLE, "policy/more.polar": "# nothing", "okno.yaml": "x", "notes.txt": "x"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    bundle = bundle_of(tmp_path)
    assert bundle == {**BUNDLE, "policy/more.polar": "# nothing"}
    assert polar_of(bundle) == {"policy/more.polar": "# nothing"}
    (tmp_path / "roles/guard.yaml").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="readable UTF-8"):
        bundle_of(tmp_path)


def test_rights_do_not_hang_on_the_order_of_files() -> None:
    backwards = dict(reversed(BUNDLE.items()))
    assert Policy.of(made(backwards), LABELS).version == Policy.of(made(), LABELS).version
    assert list(made(backwards).teams) == list(made().teams)


def test_every_operation_that_is_known_has_a_domain_and_a_risk() -> None:
    found = operations_known()
    assert found["reset_password"] == Operation("reset_password", "account", "medium")
    assert {each.risk for each in found.values()} == {"low", "medium", "high"}
    assert all(name == each.name for name, each in found.items())


def test_ceilings_come_from_the_manifests_of_the_sources() -> None:
    manifest = systems()["badges_sql"]
    assert manifest.ceiling is not None
    instances = [
        Instance("gates", "badges_sql", manifest, {}),
        Instance("free", "mail_rest", systems()["mail_rest"].model_copy(update={"ceiling": None}), {}),
    ]
    [ceiling] = ceilings_of(instances)
    assert ceiling == Ceiling("gates", manifest.owner.team, manifest.ceiling.reads, manifest.ceiling.operations)


def test_an_installation_lowers_a_ceiling_and_never_raises_it() -> None:
    limits = Limits(
        reads={"badge": "personal"}, operations=("block_badge", "open_door"), approved_by={"open_door": "gate"}
    )
    lower = limits.lowered(Limits(reads={"badge": "internal", "hr": "public"}, operations=("open_door",)))
    assert lower.reads == {"badge": "internal", "hr": "public"}
    assert lower.operations == ("open_door",)
    assert lower.approved_by == {"open_door": "gate"}
    assert limits.lowered(Limits()) == limits
    for further in (Limits(reads={"badge": "restricted"}), Limits(operations=("block_badge", "wipe_device"))):
        with pytest.raises(ValueError, match="expected"):
            limits.lowered(further)


OKNO = """\
name: Test
sources:
  gates:
    system: badges_sql
    url: sqlite:///x.db
    user: reader
    password: env:GATES
    ceiling: {reads: {badge: internal}, operations: [block_badge], approved_by: {block_badge: gate}}
"""


def test_the_entry_of_a_source_lowers_its_ceiling_with_and_without_secrets(tmp_path: Path) -> None:
    (tmp_path / "okno.yaml").write_text(OKNO, encoding="utf-8")
    expected = (Ceiling("gates", "physical-access", {"badge": "internal"}, ("block_badge",), {"block_badge": "gate"}),)
    assert ceilings_of(load_installation(tmp_path, {"GATES": "x"}).instances) == expected
    [bare] = load_sources_only(tmp_path)
    assert (ceilings_of([bare]), dict(bare.settings)) == (expected, {})


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("badge: internal", "badge: restricted", "badge up to personal at most"),
        ("badge: internal", "badge: secret", "reads.badge: Input should be 'public'"),
        ("reads:", "read:", "read: Extra inputs"),
    ],
)
def test_an_entry_that_would_raise_the_ceiling_is_refused_where_it_stands(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    (tmp_path / "okno.yaml").write_text(OKNO.replace(old, new), encoding="utf-8")
    for load in (lambda: load_installation(tmp_path, {"GATES": "x"}), lambda: load_sources_only(tmp_path)):
        with pytest.raises(ConfigError) as caught:
            load()
        assert (caught.value.line, caught.value.key) == (8, "sources.gates.ceiling")
        assert expected in caught.value.expected
