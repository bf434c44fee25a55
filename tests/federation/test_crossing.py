"""One question crosses subgraphs both ways, by either key, and a wish goes through as well."""

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.federation.stand import NOBODY, Stand
from tests.process.okno import asked

PREVIEW = """mutation($employee: ID!) {
  disconnectVpn(input: {employee: $employee, purpose: {reason: "asked by the caller"}, idempotencyKey: "through the router", mode: PREVIEW}) {
    plan { hash changes { field } } operation { id } problems { __typename } employee { login parkingPlace { number } } } }"""


def test_a_place_leads_to_its_holder_by_id(stand: Stand, tokens: dict[str, str]) -> None:
    query = "{ parkingPlaces(first: 3) { number holder { login name { display } locker { number } } } }"
    body = stand.ask(query, tokens["analyst"])
    assert "errors" not in body
    shown = body["data"]["parkingPlaces"]
    assert [each["holder"]["login"] for each in shown] == [each["login"] for each in stand.holders[:3]]
    assert [each["number"] for each in shown] == ["P-0", "P-1", "P-2"]
    assert [each["holder"]["locker"]["number"] for each in shown] == ["L-0", "L-1", "L-2"]
    assert all(each["holder"]["name"]["display"] for each in shown)
    [asked_of_okno] = stand.witnesses["okno"].entities()
    named = [{"__typename": "Employee", "id": each["id"]} for each in stand.holders[:3]]
    assert asked_of_okno.representations == named


def test_a_locker_leads_to_its_holder_by_login(stand: Stand, tokens: dict[str, str]) -> None:
    body = stand.ask(
        "{ lockers(first: 1) { holder { id personnelNumber parkingPlace { number } } } }", tokens["analyst"]
    )
    assert "errors" not in body
    [locker] = body["data"]["lockers"]
    assert locker["holder"]["id"] == stand.holders[0]["id"]
    assert locker["holder"]["parkingPlace"] == {"number": "P-0"}
    [asked_of_okno] = stand.witnesses["okno"].entities()
    assert asked_of_okno.representations == [{"__typename": "Employee", "login": stand.holders[0]["login"]}]


def test_an_employee_of_okno_leads_to_both(stand: Stand, tokens: dict[str, str]) -> None:
    query = "{ employees(first: 5, orderBy: LOGIN) { edges { node { login personnelNumber parkingPlace { number } locker { number } lockerLabel } } } }"
    body = stand.ask(query, tokens["analyst"])
    assert "errors" not in body
    for place, edge in enumerate(body["data"]["employees"]["edges"]):
        one = edge["node"]
        assert one["parkingPlace"] == {"number": f"P-{place}"}
        assert one["locker"] == {"number": f"L-{place}"}
        assert one["lockerLabel"] == f"{one['login']} {one['personnelNumber']}", "made from a field that Okno gave"
    assert len(stand.witnesses["okno"].seen) == 1


def test_one_whom_nobody_knows_is_null_and_breaks_no_other(stand: Stand, tokens: dict[str, str]) -> None:
    body = stand.ask("{ lockers(first: 4) { number holder { login personnelNumber } } }", tokens["analyst"])
    [asked_of_okno] = stand.witnesses["okno"].entities()
    assert [each["login"] for each in asked_of_okno.representations][1] == NOBODY
    assert "errors" not in asked_of_okno.answered
    assert [bool(each) for each in asked_of_okno.answered["data"]["_entities"]] == [True, False, True, True]
    shown = {each["number"]: each["holder"] for each in body["data"]["lockers"]}
    assert shown.pop("L-none") is None
    assert [each["login"] for each in shown.values()] == [each["login"] for each in stand.holders[:3]]
    # Hive Gateway tells of the missing key besides, as a trouble of its own
    assert {tuple(each["path"]) for each in body.get("errors", [])} <= {("lockers", 1, "holder", "personnelNumber")}


def test_a_wish_is_previewed_through_the_router(stand: Stand, tokens: dict[str, str]) -> None:
    tunnels = '{ employee(by: {login: "employee"}) { id vpnSessions { edges { node { virtualAddress } } } } }'
    before = stand.ask(tunnels, tokens["helpdesk.br"])["data"]["employee"]
    assert before["vpnSessions"]["edges"]
    body = stand.ask(PREVIEW, tokens["helpdesk.br"], {"employee": before["id"]})
    assert "errors" not in body
    planned = body["data"]["disconnectVpn"]
    assert planned["problems"] == []
    assert planned["operation"] is None
    assert len(planned["plan"]["hash"]) == 64
    assert len(planned["plan"]["changes"]) == len(before["vpnSessions"]["edges"])
    assert planned["employee"]["login"] == "employee"
    place = [each["login"] for each in stand.holders].index("employee")
    assert planned["employee"]["parkingPlace"] == {"number": f"P-{place}"}
    direct = asked(
        stand.okno.url,
        PREVIEW.replace(" parkingPlace { number }", ""),
        tokens["helpdesk.br"],
        {"employee": before["id"]},
    )
    assert direct[1]["data"]["disconnectVpn"]["plan"] == planned["plan"]
    assert stand.ask(tunnels, tokens["helpdesk.br"], **{"Cache-Control": "no-cache"})["data"]["employee"] == before


def test_a_plan_is_carried_out_through_the_router_and_once(stand: Stand, tokens: dict[str, str]) -> None:
    login = {"hive": "onboarding", "apollo": "restrepo.x"}[stand.router]  # each has a tunnel and works in her region
    tunnels = "query($login: String!) { employee(by: {login: $login}) { id vpnSessions { edges { node { virtualAddress } } } } }"
    before = stand.ask(tunnels, tokens["helpdesk.br"], {"login": login})["data"]["employee"]
    assert len(before["vpnSessions"]["edges"]) == 1
    wish = PREVIEW.replace("through the router", f"carried out for {login}").replace(
        "operation { id }", "operation { id state } replayed"
    )
    planned = stand.ask(wish, tokens["helpdesk.br"], {"employee": before["id"]})["data"]["disconnectVpn"]
    applied = wish.replace("mode: PREVIEW", f'mode: APPLY, planHash: "{planned["plan"]["hash"]}"')
    done = stand.ask(applied, tokens["helpdesk.br"], {"employee": before["id"]})["data"]["disconnectVpn"]
    assert (done["problems"], done["operation"]["state"], done["replayed"]) == ([], "SUCCEEDED", False)
    again = stand.ask(applied, tokens["helpdesk.br"], {"employee": before["id"]})["data"]["disconnectVpn"]
    assert (again["operation"]["id"], again["replayed"]) == (done["operation"]["id"], True)
    _status, after = asked(
        stand.okno.url, tunnels, tokens["helpdesk.br"], {"login": login}, **{"Cache-Control": "no-cache"}
    )
    assert after["data"]["employee"]["vpnSessions"]["edges"] == []


def test_several_wishes_in_one_request_are_one_change_each_or_none(stand: Stand, tokens: dict[str, str]) -> None:
    one = 'disconnectVpn(input: {employee: $employee, idempotencyKey: "%s"}) { problems { __typename } }'
    query = f"mutation($employee: ID!) {{ a: {one % 'a'} b: {one % 'b'} }}"
    body = stand.ask(query, tokens["helpdesk.br"], {"employee": stand.holders[1]["id"]})
    requests = len(stand.witnesses["okno"].seen)
    if stand.router == "hive":  # it hands them on one after another
        assert requests == 2
        assert set(body["data"]) == {"a", "b"}
        assert all(body["data"].values())
        assert "errors" not in body
    else:  # it hands them on together, and Okno makes one change a request
        assert requests == 1
        assert not any((body.get("data") or {}).values())
        assert {each["extensions"]["code"] for each in body["errors"]} == {"MULTIPLE_MUTATIONS"}


def test_a_key_given_twice_is_refused(stand: Stand, tokens: dict[str, str]) -> None:
    body = stand.ask('{ employee(by: {login: "employee", email: "e@x.example"}) { login } }', tokens["analyst"])
    assert not (body.get("data") or {}).get("employee")
    told = json.dumps(body["errors"])
    assert "exactly one" in told
    by_okno = [each.answered["errors"][0]["extensions"]["code"] for each in stand.witnesses["okno"].seen]
    assert by_okno == {"hive": [], "apollo": ["VALIDATION_FAILED"]}[stand.router]


@pytest.mark.parametrize("query", ["{ _service { sdl } }", "{ _entities(representations: []) { __typename } }"])
def test_a_client_of_the_router_cannot_ask_what_is_for_routers(
    stand: Stand, tokens: dict[str, str], query: str
) -> None:
    body = stand.ask(query, tokens["analyst"])
    assert [each["extensions"]["code"] for each in body["errors"]] == ["GRAPHQL_VALIDATION_FAILED"]
    assert stand.witnesses["okno"].seen == []


def test_what_is_said_beside_the_data_stays_between_router_and_okno(stand: Stand, tokens: dict[str, str]) -> None:
    said = {"query": "{ viewer { login } }", "extensions": {"purpose": {"ticket": 7}}}
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {tokens['analyst']}"}

    def answer(url: str) -> dict[str, Any]:
        return json.loads(urlopen(Request(f"{url}/graphql", json.dumps(said).encode(), headers), timeout=20).read())

    with pytest.raises(HTTPError, match="400"):
        answer(stand.okno.url)  # Okno itself reads it, and a ticket is a text
    stand.witnesses["okno"].seen.clear()
    body = answer(stand.url)
    assert body["data"] == {"viewer": {"login": "analyst"}}
    assert {"sources", "access"}.isdisjoint(body.get("extensions", {}))
    [asked_of_okno] = stand.witnesses["okno"].seen
    assert not (asked_of_okno.asked.get("extensions") or {}).get("purpose")
    assert {"sources", "access"} <= asked_of_okno.answered["extensions"].keys()


def test_a_subscription_is_refused_and_keeps_nobody_waiting(stand: Stand, tokens: dict[str, str]) -> None:
    query = 'subscription { operation(id: "T3BlcmF0aW9u") { state } }'
    body = stand.ask(query, tokens["analyst"], Accept="application/json")
    assert not (body.get("data") or {}).get("operation")
    # a router refuses it itself, or asks Okno, which knows of no such run
    (code,) = {each["extensions"]["code"] for each in body["errors"]}
    assert code in ("INTERNAL_SERVER_ERROR", "BAD_INPUT")
