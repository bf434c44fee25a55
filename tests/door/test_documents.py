"""What holds of registered documents: who runs what, by which names, and what another person has agreed to."""

import hashlib
import itertools
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest

from gateway.media import MODERN
from gateway.whole_graph import whole_graph
from resolvers.binding import bind
from resolvers.passport import Passports
from tests.door.conftest import Door, Said
from tests.door.events import streamed
from tests.operations.acting import DOER, OTHER, change_rows
from tests.operations.line import serving
from tests.operations.stand import _TEAM, Stand
from tests.sandbox import company_of, running

_SERVING: Final = """
title: {en: Desk}
regions: all
members: [plain.operator]
roles: [helpdesk]
read:
  directory: {ceiling: internal, scope: anyone}
  account: {ceiling: internal, scope: anyone}
"""
_WRITING: Final = """
title: {en: Free}
regions: all
members: [free.writer]
free_text: true
read:
  directory: {ceiling: internal, scope: anyone}
"""
_numbers = itertools.count()
REGISTER: Final = """mutation R($input: RegisterDocumentInput!) { registerDocument(input: $input) {
  document { id name state ceiling roles passport { hash kind fields labels sources operations cost hidden } }
  problems { __typename code message path } } }"""
APPROVE: Final = """mutation A($input: ApproveDocumentInput!) { approveDocument(input: $input) {
  document { id state decidedBy } problems { __typename code } } }"""
RETIRE: Final = """mutation T($input: RetireDocumentInput!) { retireDocument(input: $input) {
  document { state retiredBy } problems { code } } }"""


@pytest.fixture(scope="module")
async def strict(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    """A gateway where free text is for those whose role says so."""
    folder = tmp_path_factory.mktemp("strict")
    teams = {"desk": _SERVING, "free": _WRITING, "all_doing": _TEAM.replace("title:", "free_text: true\ntitle:")}
    by_role = {"free_text": "by_role"}
    async with running(company_of(40), folder, extra_teams=teams, documents=by_role) as sandbox:
        async with serving(sandbox.gateway, beat=0.3) as url:
            yield Door(Stand(sandbox, folder / "okno.db"), url)


def card(more: str = "") -> str:
    """A document that nobody has registered."""
    return f"query Card{next(_numbers)}($login: String!) {{ employee(by: {{login: $login}}) {{ login {more} }} }}"


def somebody(door: Door) -> str:
    """A login."""
    return str(door.stand.sandbox.world.company.people[2].login)


async def act(door: Door, mutation: str, by: str, /, **given: Any) -> Any:
    """What comes of an act on documents."""
    said = await door.ask({"query": mutation, "variables": {"input": given}}, login=by)
    assert "errors" not in said.body, said.text
    return next(iter(said.body["data"].values()))


async def registered(door: Door, text: str, **more: Any) -> str:
    """A document that has been agreed to. Returns: its id."""
    made = (await act(door, REGISTER, DOER, text=text, reason="a page of the desk", **more))["document"]
    done = await act(door, APPROVE, OTHER, document=made["id"], passportHash=made["passport"]["hash"])
    assert done["problems"] == []
    assert done["document"]["state"] == "APPROVED"
    return str(made["id"])


async def run(door: Door, login: str = "plain.operator", **body: Any) -> Said:
    """What is answered to a run."""
    variables = {"login": somebody(door)}
    return await door.ask({"variables": variables, **body}, login=login, Accept=MODERN)


async def test_free_text_is_for_those_whose_role_says_so(strict: Door) -> None:
    text = card()
    assert (await run(strict, query=text)).status == 400  # whose it is was asked of the directory, and is known now
    strict.stand.sandbox.forget_calls()
    refused = await run(strict, query=text)
    assert (refused.status, refused.codes) == (400, ["UNKNOWN_DOCUMENT"])
    assert strict.stand.sandbox.calls() == {}
    assert (await run(strict, "free.writer", query=text)).status == 200
    introspection = await run(strict, query="{ __schema { types { name } } }")
    assert introspection.codes == ["UNKNOWN_DOCUMENT"], "to be told the schema is free text too"


async def test_a_registered_document_is_run_by_its_id_in_every_way(strict: Door) -> None:
    text = card()
    id_ = await registered(strict, text)
    digest = hashlib.sha256(text.encode()).hexdigest()
    assert id_ == f"sha256:{digest}"
    apollo = {"persistedQuery": {"version": 1, "sha256Hash": digest}}
    for body in (
        {"documentId": id_},
        {"documentId": digest},
        {"extensions": apollo},
        {"query": text, "extensions": apollo},
        {"query": text},
    ):
        answer = await run(strict, **body)
        assert (answer.status, answer.body["data"]) == (200, {"employee": {"login": somebody(strict)}}), body


async def test_by_get_a_registered_document_needs_no_text(strict: Door) -> None:
    id_ = await registered(strict, f"query Me{next(_numbers)} {{ viewer {{ login }} }}")
    answer = await strict.ask(method="GET", params={"documentId": id_}, login="plain.operator", Accept=MODERN)
    assert (answer.status, answer.body["data"]["viewer"]) == (200, {"login": "plain.operator"})


@pytest.mark.parametrize("named", ["sha256:" + "0" * 64, "nonsense", "x-card", "0" * 64])
async def test_an_unknown_document_has_its_own_code(strict: Door, named: str) -> None:
    for login in ("plain.operator", "free.writer"):
        answer = await run(strict, login, documentId=named)
        assert (answer.status, answer.codes) == (400, ["UNKNOWN_DOCUMENT"])


async def test_apollo_is_told_in_its_own_words_and_sends_the_text_if_it_may(strict: Door) -> None:
    text = card()
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": hashlib.sha256(text.encode()).hexdigest()}}
    for login, status in (("plain.operator", 400), ("free.writer", 200)):
        first = await run(strict, login, extensions=extensions)
        assert first.codes == ["UNKNOWN_DOCUMENT"]
        assert (first.body["errors"][0]["message"] == "PersistedQueryNotFound") is (status == 200)
        assert (await run(strict, login, query=text, extensions=extensions)).status == status
    wrong = {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}
    assert (await run(strict, "free.writer", query=text, extensions=wrong)).codes == ["BAD_INPUT"]


async def test_nobody_agrees_to_their_own_document_nor_to_another_passport(strict: Door) -> None:
    text = card()
    made = (await act(strict, REGISTER, DOER, text=text, reason="a page of the desk"))["document"]
    assert made["state"] == "PROPOSED"
    assert (await run(strict, documentId=made["id"])).codes == ["UNKNOWN_DOCUMENT"], "nobody has agreed to it"
    hash_ = made["passport"]["hash"]
    own = await act(strict, APPROVE, DOER, document=made["id"], passportHash=hash_)
    assert [each["__typename"] for each in own["problems"]] == ["NotAllowed"]
    other = await act(strict, APPROVE, OTHER, document=made["id"], passportHash="0" * 64)
    assert [each["__typename"] for each in other["problems"]] == ["StalePlan"]
    assert (await run(strict, documentId=made["id"])).codes == ["UNKNOWN_DOCUMENT"]
    denied = [
        each for each in strict.stand.records(code="operation.denied") if each["detail"]["name"] == "approve_document"
    ]
    assert len(denied) == 2


async def test_a_retired_document_is_run_no_more(strict: Door) -> None:
    text = card()
    id_ = await registered(strict, text)
    assert (await run(strict, documentId=id_)).status == 200
    assert (await act(strict, RETIRE, OTHER, document=id_, reason="not needed"))["document"]["state"] == "RETIRED"
    assert (await run(strict, documentId=id_)).codes == ["UNKNOWN_DOCUMENT"]
    again = await act(strict, REGISTER, DOER, text=text, reason="a page of the desk")
    assert [each["code"] for each in again["problems"]] == ["ALREADY_DECIDED"]
    codes = [each["code"] for each in strict.stand.records() if each.get("detail", {}).get("document") == id_[7:]]
    assert codes == ["document.registered", "document.approved", "document.retired"]


async def test_a_document_for_some_roles_is_unknown_to_others(strict: Door) -> None:
    id_ = await registered(strict, card(), roles=["all_doing"])
    assert (await run(strict, DOER, documentId=id_)).status == 200
    assert (await run(strict, documentId=id_)).codes == ["UNKNOWN_DOCUMENT"]


async def test_the_passport_tells_all_that_a_document_asks_for(strict: Door) -> None:
    text = """query Passport($login: String!, $n: Int = 3) { employee(by: {login: $login}) { ...F vip
      devices(first: $n) { edges { node { hostname } } } } } fragment F on Employee { account { locked } phones { number } }"""
    passport = (await act(strict, REGISTER, DOER, text=text, reason="a page of the desk"))["document"]["passport"]
    assert passport["kind"] == "query"
    assert {"Employee.vip", "Account.locked", "Phone.number", "Device.hostname"} <= set(passport["fields"])
    assert {"directory personal", "directory restricted", "account internal"} <= set(passport["labels"])
    assert passport["sources"] == ["accounts", "equipment"]
    assert (passport["operations"], passport["hidden"]) == ([], True)
    assert passport["cost"] == 2 + 1 + (2 + 1) + (2 + 1 + 3 * 2) + 10
    change = "mutation Change($input: UnlockAccountInput!) { unlockAccount(input: $input) { replayed } }"
    told = (await act(strict, REGISTER, DOER, text=change, reason="a button of the desk"))["document"]["passport"]
    assert (told["kind"], told["operations"]) == ("mutation", ["unlockAccount"])


async def test_a_hidden_field_of_a_registered_document_is_null_without_a_word(strict: Door) -> None:
    text = card("vip")
    id_ = await registered(strict, text)
    answer = await run(strict, documentId=id_)
    assert answer.body["data"]["employee"] == {"login": somebody(strict), "vip": None}
    assert "errors" not in answer.body
    assert answer.body["extensions"]["access"]["withheld"] == []
    assert (await run(strict, "free.writer", query=card("vip"))).codes == ["VALIDATION_FAILED"]


async def test_a_document_costs_no_more_than_its_passport_says(strict: Door) -> None:
    text = f"query Page{next(_numbers)}($n: Int = 2) {{ employees(first: $n) {{ edges {{ node {{ login }} }} }} }}"
    id_ = await registered(strict, text)
    assert (await run(strict, documentId=id_, variables={})).status == 200
    strict.stand.sandbox.forget_calls()
    dear = await run(strict, documentId=id_, variables={"n": 100})
    assert (dear.status, dear.codes) == (400, ["COST_EXCEEDED"])
    assert strict.stand.sandbox.calls() == {}
    wider = await registered(strict, text + " # wider", ceiling=1_000)
    assert (await run(strict, documentId=wider, variables={"n": 100})).status == 200


@pytest.mark.parametrize(
    "text",
    [
        "query {",
        "{ viewer { login } }",
        "query A { nothing }",
        "query A { viewer { login } } query B { viewer { login } }",
        "fragment F on Viewer { login }",
        "mutation A($a: CloseCaseInput!) { a: closeCase(input: $a) { __typename } b: closeCase(input: $a) { __typename } }",
        "query A { " + "a: viewer { login } " * 5_000 + "}",
    ],
)
async def test_what_is_no_document_is_not_registered(strict: Door, text: str) -> None:
    said = await act(strict, REGISTER, DOER, text=text, reason="a page of the desk")
    assert said["document"] is None
    assert [(each["code"], each["path"]) for each in said["problems"]] == [("BAD_INPUT", ["input", "text"])]


async def test_who_may_not_register_sees_no_documents(strict: Door) -> None:
    await registered(strict, card())
    query = "query D { documents { totalCount edges { node { id state hasGrown } } } }"
    assert (await strict.ask({"query": query}, login="free.writer")).body["data"]["documents"]["edges"] == []
    seen = (await strict.ask({"query": query}, login=DOER)).body["data"]["documents"]
    assert seen["totalCount"] == len(seen["edges"]) > 0
    denied = await act(strict, REGISTER, "free.writer", text=card(), reason="a page of the desk")
    assert [each["__typename"] for each in denied["problems"]] == ["NotAllowed"]


async def test_a_document_that_would_ask_for_more_than_was_agreed_to_is_not_run(strict: Door) -> None:
    """As after an upgrade that labels a field anew: the passport in the database says less than one made now."""
    id_ = await registered(strict, card("account { locked }"))
    assert (await run(strict, documentId=id_)).status == 200
    before = strict.stand.looked_up(f"select passport from trusted_document where digest = '{id_[7:]}'")[0][0]
    less = before.replace("account internal", "account public")
    assert less != before
    await change_rows(strict.stand, f"update trusted_document set passport = '{less}' where digest = '{id_[7:]}'")
    strict.stand.sandbox.gateway.road._registry._known.clear()
    assert (await run(strict, documentId=id_)).codes == ["UNKNOWN_DOCUMENT"]
    query = "query D { documents { edges { node { id hasGrown } } } }"
    seen = (await strict.ask({"query": query}, login=DOER)).body["data"]["documents"]["edges"]
    assert [each["node"]["hasGrown"] for each in seen if each["node"]["id"] == id_] == [True]


async def test_a_subscription_may_be_registered_and_no_other_is_followed(strict: Door) -> None:
    text = f"subscription S{next(_numbers)} {{ sources {{ name state }} }}"
    async with streamed(strict, text, "plain.operator") as refused:
        assert (await refused.until("next"))["errors"][0]["extensions"]["code"] == "UNKNOWN_DOCUMENT"
    await registered(strict, text)
    async with streamed(strict, text, "plain.operator") as stream:
        assert (await stream.until("next"))["data"]["sources"]


def test_two_texts_with_the_same_meaning_have_one_passport_hash() -> None:
    schema, computed = whole_graph()
    passports = Passports(schema, bind(schema, computed.all()))
    assert passports.of("query A { viewer { login } }").hash == passports.of("query A {\n viewer {\n login } }").hash
    assert passports.of("query A { viewer { login } }").hash != passports.of("query A { viewer { region } }").hash
