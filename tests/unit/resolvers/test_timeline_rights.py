"""The timeline tells nothing that the blocks would not, and asks for nothing that it could not tell."""

import dataclasses
from collections.abc import Collection
from datetime import date, timedelta
from typing import Any, Final

import pytest
from graphql import GraphQLSchema

from resolvers.computed.gathering import PARTS, Dossier, Eyes
from resolvers.computed.timeline import TELLINGS, events_of, tellable, timeline, told
from schema.timeline import TimelineKind
from sources.ports.accounts import Account
from sources.ports.badges import Badge, Passage
from sources.ports.catalogue import question_of
from sources.ports.certificates import Certificate
from sources.ports.device_management import Management
from sources.ports.equipment import Device
from sources.ports.errors import SourceError
from sources.ports.hr import Absence, Employment, PositionStep
from sources.ports.mail import Mailbox, OutOfOffice
from sources.ports.second_factors import SecondFactor
from sources.ports.sessions import IdentitySession
from sources.ports.software import Licence, SoftwareJob
from sources.ports.tickets import Ticket
from sources.ports.vpn import VpnSession
from tests.sandbox import NOW, Sandbox
from tests.unit.resolvers.seeing import ANA, Answers, asking_of, sight_of

AT: Final = NOW - timedelta(days=9)
DAY: Final = date(2026, 2, 3)
LAPTOP: Final = Device("equipment", "NB-1", "LAPTOP", "ASSIGNED", hostname="nb1", assigned_at=AT, purchased_on=DAY)
PHONE: Final = Device("equipment", "PH-1", "PHONE", "ASSIGNED", hostname="ph1", assigned_at=AT)
FULL: Final = Dossier(
    person=ANA,
    employment=Employment(
        "hr", "7", "TERMINATED", "Fitter", hired_on=date(2020, 1, 1), terminated_on=DAY,
        absences=(Absence("SICK", DAY, None),),
        positions=(PositionStep("Fitter", date(2022, 1, 1)), PositionStep("Helper", date(2020, 1, 1))),
    ),
    accounts=(
        Account(
            "domain", "a1", "ana", "CORP", "PERSONAL", True, locked_since=AT, password_set_at=AT,
            password_expires_at=AT, last_sign_in_at=AT, expires_at=AT, created_at=AT,
        ),
    ),
    certificates=(
        Certificate("pki", "01:aa", "CN=ana", "CN=ca", "VPN", AT, AT, revoked_at=AT),
        Certificate("pki", "02:bb", "CN=ana", "CN=ca", "SIGNING", AT, NOW + timedelta(days=9)),
    ),
    devices=(LAPTOP, PHONE),
    badges=(
        Badge("badges", "B1", "PERMANENT", issued_at=AT, valid_until=AT, blocked_at=AT,
              passages=(Passage("North gate", AT, True), Passage("Vault", AT, False))),
    ),
    second_factors=(SecondFactor("mfa", "T1", "TOTP", True, False, enrolled_at=AT, last_used_at=AT),),
    mailbox=Mailbox("mail", "ana@okno.example", True, out_of_office=OutOfOffice(True, AT), last_opened_at=AT),
    vpn_sessions=(VpnSession("vpn", "s1", "ana", AT, "198.51.100.7:443"),),
    sessions=(IdentitySession("idp", "i1", "Payroll", AT),),
    tickets=(Ticket("desk", "12", "My salary is wrong", "RESOLVED", created_at=AT, resolved_at=AT),),
    licences=(Licence("salt", "l1", "Cad", AT, AT),),
    management=((LAPTOP, Management("mdm", "S1", True, "LINUX")),),
    jobs=tuple(
        (LAPTOP, SoftwareJob("salt", f"{action}{state}", "nb1", action, "Cad", state, AT))
        for action in ("INSTALL", "REMOVE")
        for state in ("RUNNING", "SUCCEEDED", "FAILED")
    ),
    failed=frozenset(),
)  # fmt: skip
"""Somebody of whom everything can be told."""


def answers_of(dossier: Dossier) -> Answers:
    """Loaders that answer with the parts of a dossier, the same for everybody and every device."""
    found: dict[tuple[str, Any], Any] = {}
    for name, _, question in PARTS.values():
        said = getattr(dossier, name)
        found[question, "*"] = said
    found["jobs_on", "*"] = tuple(job for _, job in dossier.jobs)
    found["management_of", "*"] = dossier.management[0][1]
    return Answers(found)


async def read(
    schema: GraphQLSchema,
    denied: Collection[str] = (),
    kinds: list[TimelineKind] | None = None,
    when: Any = None,
    answers: Answers | None = None,
) -> tuple[dict[str, set[str]], Answers, Any]:
    """What is shown, code by code; what was asked; the request."""
    answers = answers or answers_of(FULL)
    asking = asking_of(sight_of(schema, denied, when, answers), answers)
    page = await timeline(ANA, asking, None, 200, kinds)
    shown: dict[str, set[str]] = {}
    for edge in page.edges:
        shown.setdefault(edge.record.code, set()).add(edge.record.about)
    assert page.total_count == len(page.edges)
    return shown, answers, asking


def test_every_event_names_the_fields_that_it_follows_from(schema: GraphQLSchema) -> None:
    assert {each.code for each in told(FULL)} == set(TELLINGS)
    known = {(name, field) for name, kind in schema.type_map.items() for field in getattr(kind, "fields", ())}
    for code, telling in TELLINGS.items():
        named = {*telling.reads, *(field for wording in telling.about for field in wording)}
        assert named <= known, code
        assert telling.kind in TimelineKind.__members__, code
        assert any(place in PARTS for place in telling.reads), code
        assert telling.about, code


def test_every_record_words_an_event_as_often_as_its_fields_are_named() -> None:
    assert [each.code for each in told(FULL) if len(each.wordings) != len(TELLINGS[each.code].about)] == []


def test_the_parts_of_a_dossier_are_the_blocks_of_the_schema(schema: GraphQLSchema) -> None:
    for (type_name, field_name), (part, port, question) in PARTS.items():
        declared = schema.type_map[type_name].fields[field_name].extensions["strawberry-definition"]  # type: ignore[attr-defined]
        crossed = declared.metadata["okno"].declaration
        assert (crossed.port, crossed.question) == (port, question)
        assert part in {each.name for each in dataclasses.fields(Dossier)}
        assert question_of(port, question).many is (part not in ("employment", "mailbox", "management"))


async def test_who_may_read_every_block_is_told_everything(schema: GraphQLSchema) -> None:
    shown, _, asking = await read(schema)
    assert set(shown) == set(TELLINGS)
    assert shown["ticket.opened"] == {"#12 My salary is wrong"}
    assert shown["vpn.connected"] == {"198.51.100.7:443"}
    assert asking.failures == []


@pytest.mark.parametrize("code", sorted(TELLINGS))
async def test_an_event_goes_with_any_field_that_it_follows_from(schema: GraphQLSchema, code: str) -> None:
    for field in TELLINGS[code].reads:
        shown, _, _ = await read(schema, [".".join(field)])
        assert code not in shown, field


@pytest.mark.parametrize("code", sorted(TELLINGS))
async def test_a_wording_goes_with_any_field_that_it_shows(schema: GraphQLSchema, code: str) -> None:
    full, _, _ = await read(schema)
    fullest, *others = TELLINGS[code].about
    for field in fullest:
        shown, _, _ = await read(schema, [".".join(field)])
        kept = any(field not in wording for wording in others)
        assert (code in shown) is kept, field
        assert not kept or shown[code].isdisjoint(full[code]), field


async def test_an_event_may_stay_with_less_of_what_it_is_about(schema: GraphQLSchema) -> None:
    shown, _, _ = await read(
        schema, ["Ticket.subject", "VpnSession.realAddress", "Device.hostname", "Employment.position"]
    )
    assert shown["ticket.opened"] == shown["ticket.resolved"] == {"#12"}
    assert shown["vpn.connected"] == {"ana"}
    assert shown["install.done"] == {"Cad"}
    assert shown["employee.left"] == {""}
    shown, _, _ = await read(schema, ["VpnSession.realAddress", "VpnSession.login"])
    assert "vpn.connected" not in shown


@pytest.mark.parametrize("block", sorted(PARTS))
async def test_what_stands_in_a_denied_block_is_not_asked_for(schema: GraphQLSchema, block: tuple[str, str]) -> None:
    part, port, question = PARTS[block]
    _, all_asked, _ = await read(schema)
    shown, answers, asking = await read(schema, [".".join(block)])
    assert f"{port}.{question}" not in answers.asked
    # Nothing else is lost by it, but what is asked of the devices where these are not known.
    gone = {f"{port}.{question}", *(["software.jobs_on"] if part == "devices" else [])}
    assert set(all_asked.asked) - set(answers.asked) == gone & set(all_asked.asked)
    assert {code for code in TELLINGS if block not in TELLINGS[code].reads} == set(shown)
    assert asking.failures == []


async def test_a_port_of_which_only_the_moments_are_denied_is_not_asked(schema: GraphQLSchema) -> None:
    shown, answers, _ = await read(schema, ["Licence.grantedAt", "Licence.expiresAt", "IdentitySession.application"])
    assert answers.asked["software.licences_of"] == answers.asked["sessions.sessions_of"] == 0
    assert shown.keys().isdisjoint({"licence.granted", "licence.expired", "session.started"})


async def test_what_a_denied_source_would_have_said_is_no_failure(schema: GraphQLSchema) -> None:
    answers = answers_of(FULL)
    answers.answers["badges_of", "*"] = SourceError("SOURCE_UNAVAILABLE", "badges")
    _, _, open_asking = await read(schema, answers=answers)
    assert [each.source for each in open_asking.failures] == ["badges"]
    _, _, asking = await read(schema, ["Employee.badges"], answers=answers)
    assert asking.failures == []


async def test_only_ports_of_the_wanted_kinds_are_asked(schema: GraphQLSchema) -> None:
    shown, answers, _ = await read(schema, kinds=[TimelineKind.CERTIFICATE, TimelineKind.MAIL])
    assert answers.asked == {"certificates.certificates_of": 1, "mail.mailbox_of": 1}
    assert {TELLINGS[code].kind for code in shown} == {"CERTIFICATE", "MAIL"}
    shown, answers, _ = await read(schema, kinds=[])
    assert (shown, answers.asked) == ({}, {})


async def test_who_may_not_know_of_a_type_is_told_nothing_of_it(schema: GraphQLSchema) -> None:
    shown, answers, _ = await read(schema, ["Ticket.*"])
    assert "ticket.opened" not in shown
    assert "tickets.tickets_of" not in answers.asked


async def test_each_certificate_is_looked_at_by_what_it_is_for(schema: GraphQLSchema) -> None:
    when = {"Certificate.notBefore": ("certificate_purpose", ["VPN"])}
    shown, _, _ = await read(schema, when=when)
    assert shown["certificate.issued"] == {"01:aa"}
    when = {"Certificate.*": ("certificate_purpose", ["SIGNING"])}
    shown, _, _ = await read(schema, when=when)
    assert shown["certificate.issued"] == {"02:bb"}
    assert "certificate.revoked" not in shown


async def test_a_device_of_which_jobs_may_not_be_read_is_not_asked_about(schema: GraphQLSchema) -> None:
    _, answers, _ = await read(schema)
    assert answers.asked["software.jobs_on"] == 2
    _, answers, _ = await read(schema, when={"Device.softwareJobs": ("device_class", ["LAPTOP"])})
    assert answers.asked["software.jobs_on"] == 1
    shown, answers, _ = await read(schema, when={"Device.softwareJobs": ("device_class", ["TABLET"])})
    assert answers.asked["software.jobs_on"] == 0
    assert "install.done" not in shown


async def test_what_is_told_depends_on_whom_it_is_of(schema: GraphQLSchema) -> None:
    for region, seen in (("br", True), ("af", False)):
        eyes = Eyes(ANA, sight_of(schema, when={"Employee.badges": ("region", [region])}))
        codes = tellable(eyes, None)
        assert ("door.opened" in codes) is seen
        assert ("door.opened" in {each.code for each in events_of(FULL, eyes, frozenset(TELLINGS))}) is seen


QUERY: Final = """
query Timeline($login: String!, $kinds: [TimelineKind!]) {
  employee(by: {login: $login}) { timeline(first: 200, kinds: $kinds) { totalCount edges { node { kind code about } } } }
}
"""


async def events(sandbox: Sandbox, login: str, kinds: list[str] | None = None) -> dict[str, set[str]]:
    """What one viewer is told of `employee`, code by code."""
    sandbox.forget_calls()
    reply = await sandbox.ask(QUERY, {"login": "employee", "kinds": kinds}, login=login)
    page = reply.body["data"]["employee"]["timeline"]
    assert page["totalCount"] == len(page["edges"])
    shown: dict[str, set[str]] = {}
    for edge in page["edges"]:
        shown.setdefault(edge["node"]["code"], set()).add(edge["node"]["about"])
    return shown


async def test_kinds_that_are_not_wanted_cost_no_call(sandbox: Sandbox) -> None:
    assert set(await events(sandbox, "all.seeing", ["CERTIFICATE"])) >= {"certificate.issued"}
    assert set(sandbox.calls()) == {"directory", "certificates"}


async def test_a_first_line_is_told_of_tunnels_without_where_they_come_from(sandbox: Sandbox) -> None:
    every = await events(sandbox, "all.seeing")
    shown = await events(sandbox, "helpdesk.br")
    assert "door.opened" in every
    assert shown.keys().isdisjoint({"door.opened", "door.refused", "account.signed_in", "mailbox.opened"})
    assert {about.casefold() for about in shown["vpn.connected"]} == {"employee"}
    assert every["vpn.connected"].isdisjoint(shown["vpn.connected"])
    assert shown["ticket.opened"] == every["ticket.opened"]


async def test_systems_that_a_team_may_not_read_are_not_asked_for_its_timeline(sandbox: Sandbox) -> None:
    assert "employee.hired" in await events(sandbox, "hr")
    assert {"badges", "vpn", "sessions", "mail", "second_factors"}.isdisjoint(sandbox.calls())
