"""Search finds nothing by what the viewer may not read, and tells of nothing that the viewer may not know of."""

from collections.abc import AsyncIterator, Collection, Mapping
from types import SimpleNamespace
from typing import Any, Final

import pytest
from graphql import GraphQLSchema, GraphQLUnionType

from resolvers.computed.search import FoundPage, search
from resolvers.reads import Reads
from resolvers.search.index import IdentifierIndex
from sandbox.company.model import Company
from schema.search import FOUND_BY, IdentifierKind, SearchKind
from sources.ports.certificates import Certificate
from sources.ports.directory import Person
from sources.ports.equipment import Device
from sources.ports.errors import SourceError
from sources.ports.groups import Group
from sources.ports.identifiers import Identifier
from sources.ports.tickets import Ticket
from tests.sandbox import NOW, Sandbox
from tests.unit.resolvers.seeing import Answers, asking_of, person_of, sight_of

ANA: Final = person_of("0000011", "br")
ABA: Final = person_of("0000012", "af")
EVA: Final = person_of("0000013", "br")
PEOPLE: Final = {
    ANA: ("Ana Pereira", "+55 11 4004-1111", "adm-root1"),
    ABA: ("Aba Pereira", "+55 11 4004-2222", "adm-root2"),
    EVA: ("Eva Moreira", "+55 11 4004-3333", "adm-root3"),
}
DEVICES: Final = (
    Device("equipment", "NB-000101", "LAPTOP", "ASSIGNED", ip="203.0.113.101", hostname="kelvin", owner_id="0000011"),
    Device("equipment", "NB-000102", "LAPTOP", "ASSIGNED", ip="203.0.113.102", hostname="newton", owner_id="0000012"),
    Device("equipment", "NB-000103", "TABLET", "IN_STOCK", ip="203.0.113.103", hostname="tesla"),
)
CERTIFICATES: Final = tuple(
    Certificate("pki", f"{number}:bb:cc:dd:ee", "s", "i", purpose, NOW, NOW, f"p00000{number}")
    for number, purpose in (("11", "VPN"), ("12", "VPN"), ("13", "SIGNING"))
)
GROUPS: Final = (
    Group("domain", "g1", "fitters north", "CORP", "SECURITY", False, owner_login="p0000011"),
    Group("domain", "g2", "fitters south", "CORP", "SECURITY", True, owner_login="p0000012"),
)
TICKETS: Final = tuple(
    Ticket("desk", number, "s", "OPEN", requester_email=email)
    for number, email in (("901", ANA.email), ("902", ABA.email), ("903", None))
)
OF_BR: Final = ("region", ["br"])


def said() -> list[Identifier]:
    """What the sources sweep."""
    found = []
    for person, (name, phone, account) in PEOPLE.items():
        texts = {"LOGIN": person.login, "NAME": name, "PHONE": phone, "ACCOUNT_LOGIN": account}
        texts |= {"EMAIL": person.email or "", "PERSONNEL_NUMBER": person.employee_id}
        found += [Identifier(kind, text, "Employee", person.employee_id) for kind, text in texts.items()]
    for device in DEVICES:
        texts = {"ASSET_TAG": device.tag, "IP": device.ip or "", "HOST": device.hostname or ""}
        found += [Identifier(kind, text, "Device", device.tag) for kind, text in texts.items()]
    found += [Identifier("CERTIFICATE_SERIAL", each.serial, "Certificate", each.serial) for each in CERTIFICATES]
    return found + [Identifier("GROUP_NAME", each.name, "Group", each.object_id) for each in GROUPS]


@pytest.fixture
async def index() -> AsyncIterator[IdentifierIndex]:
    made = IdentifierIndex()
    await made.replace("everything", said(), NOW)
    yield made
    made.close()


@pytest.fixture
def answers() -> Answers:
    found: dict[tuple[str, Any], Any] = {("people_by_id", each.employee_id): each for each in PEOPLE}
    found |= {("people_by_login", each.login): each for each in PEOPLE}
    found |= {("people_by_email", each.email): each for each in PEOPLE}
    found |= {("device_by_tag", each.tag): each for each in DEVICES}
    found |= {("certificate_by_serial", each.serial): each for each in CERTIFICATES}
    found |= {("group_by_id", each.object_id): each for each in GROUPS}
    found |= {("ticket_by_number", each.number): each for each in TICKETS}
    return Answers(found)


class Finder:
    """Searches as viewers of different rights."""

    def __init__(self, schema: GraphQLSchema, index: IdentifierIndex, answers: Answers) -> None:
        self.schema = schema
        self.index = index
        self.answers = answers
        self.failures: list[SourceError] = []

    async def page(
        self,
        text: str,
        denied: Collection[str] = (),
        when: Mapping[str, Any] | None = None,
        kinds: list[SearchKind] | None = None,
        first: int = 20,
    ) -> FoundPage:
        sight = sight_of(self.schema, denied, when, self.answers)
        asking = asking_of(sight, self.answers, index=self.index, reads=Reads(()))
        self.answers.asked.clear()
        page = await search(None, asking, SimpleNamespace(schema=self.schema), text, first, kinds)
        self.failures = asking.failures
        return page

    async def found(self, text: str, *rights: Any, **more: Any) -> list[tuple[str, str]]:
        """Keys of what is found, and by what."""
        page = await self.page(text, *rights, **more)
        return [(_key(edge.node), edge.matched) for edge in page.edges]


def _key(node: Any) -> str:
    names = {Person: "login", Device: "tag", Certificate: "serial", Group: "object_id", Ticket: "number"}
    return str(getattr(node, names[type(node)]))


@pytest.fixture
def finder(schema: GraphQLSchema, index: IdentifierIndex, answers: Answers) -> Finder:
    return Finder(schema, index, answers)


SAYABLE: Final = {
    "LOGIN": ANA.login,
    "ACCOUNT_LOGIN": "adm-root1",
    "NAME": "Ana Pereira",
    "EMAIL": ANA.email,
    "PHONE": "+551140041111",
    "PERSONNEL_NUMBER": "0000011",
    "HOST": "kelvin",
    "IP": "203.0.113.101",
    "ASSET_TAG": "NB-000101",
    "CERTIFICATE_SERIAL": "11bbccddee",
    "GROUP_NAME": "fitters north",
    "TICKET_NUMBER": "#901",
}
"""Something that finds by each kind of identifier."""
KEYS: Final = {
    "Employee": ANA.login,
    "Device": "NB-000101",
    "Certificate": "11:bb:cc:dd:ee",
    "Group": "g1",
    "Ticket": "901",
}


def test_every_kind_of_identifier_names_the_fields_that_it_tells_of(schema: GraphQLSchema) -> None:
    assert set(FOUND_BY) == set(IdentifierKind.__members__)
    union = schema.type_map["SearchResult"]
    assert isinstance(union, GraphQLUnionType)
    assert {node_type for node_type, _ in FOUND_BY.values()} == {each.name for each in union.types}
    known = {(name, field) for name, kind in schema.type_map.items() for field in getattr(kind, "fields", ())}
    for kind, (_, fields) in FOUND_BY.items():
        assert fields, kind
        assert set(fields) <= known, kind


@pytest.mark.parametrize(("kind", "text"), SAYABLE.items())
async def test_a_kind_that_may_be_read_of_nobody_finds_nobody(finder: Finder, kind: str, text: str) -> None:
    node_type, fields = FOUND_BY[kind]
    assert (KEYS[node_type], kind) in await finder.found(text)
    for field in fields:
        found = await finder.found(text, [".".join(field)])
        assert kind not in {matched for _, matched in found}, field


async def test_what_may_never_be_found_is_not_asked_for(finder: Finder) -> None:
    assert await finder.found("+551140041111", ["Phone.number"]) == []
    assert await finder.found("#901", ["Ticket.number"]) == []
    assert finder.answers.asked == {}


async def test_a_phone_finds_those_alone_of_whom_phones_may_be_read(finder: Finder) -> None:
    when = {"Phone.number": OF_BR}
    assert await finder.found("+551140041111", (), when) == [(ANA.login, "PHONE")]
    page = await finder.page("+551140042222", (), when)
    assert (page.edges, page.page_info.has_next_page) == ((), False)
    none = await finder.page("+551140049999", (), when, first=0)
    assert (none.edges, none.page_info) == (page.edges, page.page_info)


async def test_somebody_found_by_name_is_not_found_better_by_a_phone_that_may_not_be_read(finder: Finder) -> None:
    assert await finder.found("Pereira 2222") == [(ABA.login, "NAME"), (ANA.login, "NAME")]
    without = await finder.found("Pereira 2222", ["Phone.number"])
    assert await finder.found("Pereira 2222", (), {"Phone.number": OF_BR}) == without
    assert await finder.found("Pereira 1111", (), {"Phone.number": OF_BR}) == [
        (ANA.login, "NAME"),
        (ABA.login, "NAME"),
    ]


async def test_whoever_is_found_by_two_kinds_is_still_found_by_the_one_that_may_be_read(finder: Finder) -> None:
    when = {"Phone.number": OF_BR, "Account.login": ("region", ["af"])}
    assert await finder.found("adm-root2", (), when) == [(ABA.login, "ACCOUNT_LOGIN")]
    assert ANA.login not in dict(await finder.found("adm-root1", (), when))
    assert await finder.found("+551140041111", (), when) == [(ANA.login, "PHONE")]
    assert await finder.found("+551140042222", (), when) == []


@pytest.mark.parametrize(
    "text", ["adm-root2", "adm-root1", "adm-root", "+551140042222", "+551140041112", "4004", "Pereira 2222"]
)
async def test_what_may_not_be_read_is_as_if_it_were_not_there(finder: Finder, text: str) -> None:
    when = {"Account.login": OF_BR, "Phone.number": OF_BR}
    await finder.index.replace("another", [Identifier("PHONE", "+551140041112", "Employee", ABA.employee_id)], NOW)
    found = await finder.found(text, (), when)
    readable = [
        each for each in said() if each.node_key != ABA.employee_id or each.kind not in ("ACCOUNT_LOGIN", "PHONE")
    ]
    await finder.index.replace("another", [], NOW)
    await finder.index.replace("everything", readable, NOW)
    assert found == await finder.found(text)
    if text.startswith("adm"):
        assert ANA.login in dict(found)  # also by a slip, as long as nobody who may be read of is meant for sure


async def test_a_device_is_found_if_that_may_be_read_of_its_owner(finder: Finder) -> None:
    when = {"Device.ip": OF_BR}
    assert await finder.found("203.0.113.101", (), when) == [("NB-000101", "IP")]
    assert await finder.found("203.0.113.102", (), when) == []
    assert await finder.found("203.0.113.103", (), when) == []  # nobody's, of whom nothing is known
    assert await finder.found("newton", (), when) == [("NB-000102", "HOST")]


async def test_a_ticket_is_found_if_that_may_be_read_of_its_requester(finder: Finder) -> None:
    when = {"Ticket.number": OF_BR}
    assert await finder.found("#901", (), when) == [("901", "TICKET_NUMBER")]
    assert await finder.found("#902", (), when) == []
    assert await finder.found("#903", (), when) == []


async def test_a_certificate_is_found_by_its_own_purpose_and_its_owner(finder: Finder) -> None:
    when = {"Certificate.serial": ("certificate_purpose", ["SIGNING"])}
    assert await finder.found("13bbccddee", (), when) == [("13:bb:cc:dd:ee", "CERTIFICATE_SERIAL")]
    assert set(dict(await finder.found("11bbccddee", (), when))) <= {"13:bb:cc:dd:ee"}
    when = {"Certificate.serial": OF_BR}
    assert await finder.found("11bbccddee", (), when) == [("11:bb:cc:dd:ee", "CERTIFICATE_SERIAL")]
    assert "12:bb:cc:dd:ee" not in dict(await finder.found("12bbccddee", (), when))


async def test_nodes_that_may_not_be_known_of_are_dropped_and_not_counted(finder: Finder) -> None:
    assert [key for key, _ in await finder.found("fitters")] == ["g1", "g2"]
    assert await finder.found("fitters", ["Group.*"]) == []
    assert finder.answers.asked == {}
    for when in ({"Group.*": OF_BR}, {"Group.*": ("group_privileged", [False])}):
        page = await finder.page("fitters", (), when, first=1)
        assert [_key(edge.node) for edge in page.edges] == ["g1"]
        assert page.page_info.has_next_page is False


async def test_a_page_is_filled_by_those_behind_the_ones_left_out(finder: Finder) -> None:
    page = await finder.page("fitters", (), {"Group.*": ("group_privileged", [True])}, first=1)
    assert [_key(edge.node) for edge in page.edges] == ["g2"]
    assert page.page_info.has_next_page is False


async def test_owners_are_asked_for_only_where_it_depends_on_them(finder: Finder) -> None:
    assert await finder.found("kelvin") == [("NB-000101", "HOST")]
    assert finder.answers.asked == {"equipment.device_by_tag": 1}
    await finder.found("kelvin", (), {"Phone.number": OF_BR}, kinds=[SearchKind.DEVICE])
    assert finder.answers.asked == {"equipment.device_by_tag": 1}
    await finder.found("kelvin", (), {"Device.hostname": OF_BR})
    assert finder.answers.asked == {"equipment.device_by_tag": 1, "directory.people_by_id": 1}


async def test_an_owner_who_cannot_be_told_now_makes_it_narrower(finder: Finder) -> None:
    finder.answers.answers["people_by_id", ANA.employee_id] = SourceError("SOURCE_TIMEOUT", "directory")
    assert await finder.found("kelvin", (), {"Device.hostname": OF_BR}) == []


async def test_a_source_that_cannot_show_its_match_is_named_once(finder: Finder) -> None:
    finder.answers.answers["device_by_tag", "NB-000101"] = SourceError("SOURCE_TIMEOUT", "equipment")
    for when in ({}, {"Device.hostname": OF_BR}, {"Device.ip": OF_BR, "Device.*": OF_BR}):
        assert await finder.found("kelvin", (), when) == []
        assert [each.source for each in finder.failures] == ["equipment"]


async def test_only_the_wanted_kinds_are_found(finder: Finder) -> None:
    when = {"Device.hostname": OF_BR, "Phone.number": OF_BR}
    assert await finder.found("kelvin", (), when, kinds=[SearchKind.EMPLOYEE]) == []
    assert await finder.found("901", (), when, kinds=[SearchKind.TICKET]) == [("901", "TICKET_NUMBER")]


QUERY: Final = """
query Find($text: String!) { search(text: $text) { edges { matched node {
  __typename ... on Employee { login } ... on Device { tag } } } pageInfo { hasNextPage } } }
"""


async def keys(sandbox: Sandbox, text: str | None, login: str) -> list[str]:
    """Logins and tags of what one viewer finds."""
    reply = await sandbox.ask(QUERY, {"text": text}, login=login)
    page = reply.body["data"]["search"]
    assert page["pageInfo"]["hasNextPage"] is False
    return [str(edge["node"].get("login") or edge["node"].get("tag")) for edge in page["edges"]]


async def test_an_employee_finds_nobody_else_by_phone(sandbox: Sandbox, company: Company) -> None:
    own, other = company.person_by_login["employee"], company.person_by_login["helpdesk.af"]
    assert await keys(sandbox, own.mobile, "employee") == [], "what is read of oneself alone is not looked for"
    assert await keys(sandbox, other.mobile, "all.seeing") == ["helpdesk.af"]
    assert await keys(sandbox, other.mobile, "employee") == []


async def test_a_regional_team_finds_the_devices_of_its_region(sandbox: Sandbox, company: Company) -> None:
    plain = {each.employee_id: each.region for each in company.people if not each.vip}
    for region, found in (("br", True), ("af", False)):
        device = next(each for each in company.devices if each.ip and plain.get(each.owner_id or "") == region)
        assert device.asset_tag in await keys(sandbox, device.ip, "all.seeing")
        assert (device.asset_tag in await keys(sandbox, device.ip, "helpdesk.br")) is found


async def test_whom_no_phone_leads_to_looks_like_nobody(sandbox: Sandbox, company: Company) -> None:
    taken = {each.mobile for each in company.people}
    other = next(each for each in company.people if each.region == "af" and each.mobile and not each.vip)
    free = next(f"{other.mobile[:-3]}{last:03}" for last in range(1000) if f"{other.mobile[:-3]}{last:03}" not in taken)
    for text in (other.mobile, free):
        reply = await sandbox.ask(QUERY, {"text": text}, login="employee")
        assert reply.body["data"]["search"] == {"edges": [], "pageInfo": {"hasNextPage": False}}
        assert reply.body["extensions"]["sources"] == {}, "a look at somebody would tell that there is somebody"
        assert "errors" not in reply.body
