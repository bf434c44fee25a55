"""A disagreement is told to those alone who may read every field that it follows from."""

import dataclasses
from collections.abc import Collection
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any, Final

import pytest
from graphql import GraphQLSchema

from resolvers.computed.disagreements import RULES, Disagreement, Rule, disagreements
from resolvers.computed.gathering import PARTS, Dossier
from resolvers.sight import Guards
from sandbox.company.model import Company
from sources.ports.accounts import Account
from sources.ports.badges import Badge
from sources.ports.certificates import Certificate
from sources.ports.device_management import Management
from sources.ports.directory import Person, PersonName
from sources.ports.equipment import Device
from sources.ports.errors import SourceError
from sources.ports.hr import Employment
from sources.ports.mail import Mailbox
from sources.ports.second_factors import SecondFactor
from sources.ports.sessions import IdentitySession
from sources.ports.vpn import VpnSession
from tests.sandbox import NOW, Sandbox
from tests.unit.resolvers.seeing import Answers, asking_of, person_of, sight_of

AT: Final = NOW - timedelta(days=9)
LATER: Final = NOW + timedelta(days=90)
LOST: Final = Device("equipment", "NB-1", "LAPTOP", "LOST", changed_at=AT)
OWN: Final = Device("equipment", "PH-1", "PHONE", "ASSIGNED")
LEAVER: Final = Dossier(
    person=person_of("7", name=PersonName("Ana Lima", family="Lima")),
    employment=Employment(
        "hr", "7", "TERMINATED", family_name="Silva", email="silva@okno.example", terminated_on=date(2026, 2, 3)
    ),
    accounts=(Account("domain", "a1", "p7", "CORP", "PERSONAL", True, email="other@okno.example", created_at=AT),),
    certificates=(
        Certificate("pki", "01:aa", "CN=ana", "CN=ca", "VPN", AT, LATER),
        Certificate("pki", "02:bb", "CN=ana", "CN=ca", "SIGNING", AT, LATER),
    ),
    devices=(LOST, OWN),
    badges=(Badge("badges", "B1", "PERMANENT"),),
    second_factors=(SecondFactor("mfa", "T1", "TOTP", True, False),),
    mailbox=Mailbox("mail", "p7@okno.example", True),
    vpn_sessions=(VpnSession("vpn", "s1", "p7", AT),),
    sessions=(IdentitySession("idp", "i1", "Payroll", AT),),
    tickets=(),
    licences=(),
    management=(
        (LOST, Management("mdm", "S1", True, "LINUX", locked=False, user_login="p7")),
        (OWN, Management("mdm", "S2", True, "IOS", user_login="stranger", last_seen_at=AT)),
    ),
    jobs=(),
    failed=frozenset(),
)
"""Somebody who has left, and of whom hardly two systems say the same."""
BARRED: Final = dataclasses.replace(
    LEAVER,
    person=dataclasses.replace(LEAVER.person, active=False),
    employment=Employment("hr", "7", "ACTIVE", family_name="Lima"),
    accounts=(Account("domain", "a1", "p7", "CORP", "PERSONAL", False),),
    management=(),
)
NEWCOMER: Final = dataclasses.replace(
    LEAVER, employment=Employment("hr", "7", "FUTURE", hired_on=date(2027, 2, 3)), management=()
)
EVERYBODY: Final = (LEAVER, BARRED, NEWCOMER)


def answers_of(dossier: Dossier) -> Answers:
    found: dict[tuple[str, Any], Any] = {
        (question, "*"): getattr(dossier, name) for name, _, question in PARTS.values()
    }
    found["management_of", "*"] = None
    found.update({("management_of", device.ref): state for device, state in dossier.management})
    return Answers(found)


async def read(
    schema: GraphQLSchema,
    dossier: Dossier = LEAVER,
    denied: Collection[str] = (),
    when: Any = None,
    answers: Answers | None = None,
) -> tuple[list[Disagreement], Answers, Any]:
    """What is told, what was asked, the request."""
    answers = answers or answers_of(dossier)
    asking = asking_of(sight_of(schema, denied, when, answers), answers)
    return await disagreements(dossier.person, asking, None), answers, asking


def codes(found: list[Disagreement]) -> set[str]:
    return {each.code for each in found}


def dossier_with(rule: Rule) -> Dossier:
    return next(each for each in EVERYBODY if list(rule(each, NOW)))


def test_every_rule_names_known_fields_and_something_to_ask(schema: GraphQLSchema) -> None:
    known = {(name, field) for name, kind in schema.type_map.items() for field in getattr(kind, "fields", ())}
    for rule in RULES:
        assert {*rule.reads, *rule.dated} <= known, rule.code
        assert (
            ("Employee", "employment") in rule.reads
            or ("Employee", "mailbox") in rule.reads
            or (("Employee", "devices") in rule.reads)
        ), rule.code


async def test_who_may_read_everything_is_told_every_disagreement(schema: GraphQLSchema) -> None:
    found = [each for dossier in EVERYBODY for each in (await read(schema, dossier))[0]]
    assert codes(found) == {rule.code for rule in RULES}


@pytest.mark.parametrize("place", range(len(RULES)), ids=[f"{place}-{rule.code}" for place, rule in enumerate(RULES)])
async def test_a_disagreement_goes_with_any_field_that_it_reads(schema: GraphQLSchema, place: int) -> None:
    rule = RULES[place]
    dossier = dossier_with(rule)
    mine = list(rule(dossier, NOW))
    assert set(mine) <= set((await read(schema, dossier))[0])
    for field in rule.reads:
        found, _, asking = await read(schema, dossier, [".".join(field)])
        assert set(found).isdisjoint(mine), field
        assert asking.failures == []


@pytest.mark.parametrize("place", range(len(RULES)), ids=[f"{place}-{rule.code}" for place, rule in enumerate(RULES)])
async def test_a_rule_asks_for_no_more_than_it_names(schema: GraphQLSchema, place: int) -> None:
    rule = RULES[place]
    dossier = dossier_with(rule)
    named = {*rule.reads, *rule.dated}
    every = Guards.of(schema).labels.of
    found, answers, _ = await read(schema, dossier, [".".join(each) for each in every if each not in named])
    assert set(rule(dossier, NOW)) <= set(found)
    assert set(answers.asked) == {f"{port}.{question}" for _, port, question in map(PARTS.get, named & PARTS.keys())}


class Watched:
    """A record that notes which of its attributes are looked at, as fields of the schema."""

    def __init__(self, record: Any, seen: set[str]) -> None:
        self._record = record
        self._seen = seen

    def __getattr__(self, name: str) -> Any:
        first, *others = name.removesuffix("_at" if name == "status_at" else "").split("_")
        field = first + "".join(map(str.capitalize, others))
        self._seen.add(f"{TYPES.get(type(self._record), type(self._record).__name__)}.{field}")
        value = getattr(self._record, name)
        return Watched(value, self._seen) if isinstance(value, PersonName) else value


TYPES: Final = {Person: "Employee", Management: "DeviceManagement"}
NO_FIELDS: Final = {"Employment.email", "Account.email", "Device.changedAt"}
"""What has no field of its own; the rules say beside which field it counts."""


def watched(dossier: Dossier, seen: set[str]) -> Any:
    """A dossier of watched records."""
    parts: dict[str, Any] = {"failed": dossier.failed, "person": Watched(dossier.person, seen)}
    for part, _, _ in PARTS.values():
        said = getattr(dossier, part)
        if part in ("management", "jobs"):
            parts[part] = tuple((Watched(device, seen), Watched(record, seen)) for device, record in said)
        elif isinstance(said, tuple):
            parts[part] = tuple(Watched(each, seen) for each in said)
        else:
            parts[part] = said and Watched(said, seen)
    return SimpleNamespace(**parts)


@pytest.mark.parametrize("place", range(len(RULES)), ids=[f"{place}-{rule.code}" for place, rule in enumerate(RULES)])
def test_a_rule_names_every_field_that_it_looks_at(place: int) -> None:
    rule = RULES[place]
    seen: set[str] = set()
    assert list(rule(watched(dossier_with(rule), seen), NOW))
    named = {".".join(each) for each in (*rule.reads, *rule.dated)}
    assert {each for each in seen if not each.endswith(".source")} - NO_FIELDS <= named


async def test_without_the_day_of_leaving_hr_is_still_asked_for_what_else_it_says(schema: GraphQLSchema) -> None:
    found, answers, _ = await read(schema, LEAVER, ["Employment.terminatedOn"])
    assert not any(code.startswith("leaver.") for code in codes(found))
    assert "name.differs" in codes(found)
    assert {"badges.badges_of", "vpn.vpn_sessions_of", "sessions.sessions_of"}.isdisjoint(answers.asked)


async def test_without_hr_only_other_systems_are_asked_and_heard(schema: GraphQLSchema) -> None:
    answers = answers_of(LEAVER)
    answers.answers["employment_of", "*"] = SourceError("SOURCE_UNAVAILABLE", "hr")
    found, answers, asking = await read(schema, LEAVER, ["Employee.employment"], answers=answers)
    assert codes(found) == {"email.differs", "device.user_differs", "device.lost_not_locked"}
    assert answers.asked["hr.employment_of"] == 0
    assert asking.failures == []


async def test_nothing_is_asked_of_anybody_for_whom_nothing_can_be_told(schema: GraphQLSchema) -> None:
    found, answers, asking = await read(
        schema, LEAVER, ["Employee.employment", "Employee.accounts", "Device.management"]
    )
    assert (found, dict(answers.asked), asking.failures) == ([], {}, [])


async def test_each_certificate_is_looked_at_by_what_it_is_for(schema: GraphQLSchema) -> None:
    for field in ("Certificate.serial", "Certificate.*"):
        found, _, _ = await read(schema, LEAVER, when={field: ("certificate_purpose", ["VPN"])})
        assert [each.about for each in found if each.code == "leaver.certificate_valid"] == ["01:aa"], field


async def test_device_management_is_asked_about_no_device_of_which_it_may_not_be_read(schema: GraphQLSchema) -> None:
    found, answers, _ = await read(schema, LEAVER, when={"Device.management": ("device_class", ["PHONE"])})
    assert answers.asked["device_management.management_of"] == 1
    assert "device.lost_not_locked" not in codes(found)
    assert "device.user_differs" in codes(found)


async def test_since_when_is_left_out_where_its_field_may_not_be_read(schema: GraphQLSchema) -> None:
    for denied, since in (([], AT), (["DeviceManagement.lastSeenAt"], None)):
        found, _, _ = await read(schema, LEAVER, denied)
        assert [each.since for each in found if each.code == "device.user_differs"] == [since]


async def test_what_is_told_depends_on_whom_it_is_of(schema: GraphQLSchema) -> None:
    for region, told in (("br", True), ("af", False)):
        person = person_of("7", region, name=PersonName("Ana Lima", family="Lima"))
        dossier = dataclasses.replace(LEAVER, person=person)
        found, answers, _ = await read(schema, dossier, when={"Employee.badges": ("region", ["br"])})
        assert ("leaver.badge_active" in codes(found)) is told
        assert answers.asked["badges.badges_of"] == int(told)


QUERY: Final = "query Told($login: String!) { employee(by: {login: $login}) { disagreements { code about } } }"


async def test_hr_is_told_what_a_leaver_still_has_in_the_systems_that_it_reads(
    sandbox: Sandbox, company: Company
) -> None:
    enabled = {each.owner_id for each in company.accounts if each.enabled}
    leaver = next(
        each
        for each in company.people
        if each.status == "TERMINATED" and each.termination_date and not each.vip and each.employee_id in enabled
    )
    told: dict[str, set[str]] = {}
    for login in ("all.seeing", "hr"):
        sandbox.forget_calls()
        reply = await sandbox.ask(QUERY, {"login": leaver.login}, login=login)
        told[login] = {each["code"] for each in reply.body["data"]["employee"]["disagreements"]}
    assert "leaver.account_enabled" in told["hr"] <= told["all.seeing"]
    assert not told["hr"] & {"leaver.badge_active", "leaver.certificate_valid", "leaver.device_assigned"}
    assert {"badges", "certificates", "equipment", "vpn"}.isdisjoint(sandbox.calls())
