"""Behind a router everybody sees what they see at Okno itself: no more, and no less."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest

from tests.federation.conftest import service_token
from tests.federation.stand import HOLDERS, Stand
from tests.process.okno import asked

SEEN: Final = (
    "login phones { number } account { locked } employment { position } devices(first: 2) { edges { node { tag } } }"
)
THROUGH: Final = f"{{ parkingPlaces(first: {HOLDERS}) {{ holder {{ {SEEN} }} }} }}"
ITSELF: Final = f"{{ employees(first: {HOLDERS}, orderBy: LOGIN) {{ edges {{ node {{ {SEEN} }} }} }} }}"


def through(stand: Stand, token: str | None, **headers: str) -> tuple[list[Any], list[Any]]:
    """What the router shows of the holders, and its errors."""
    body = stand.ask(THROUGH, token, **headers)
    return [each["holder"] for each in body["data"]["parkingPlaces"]], body.get("errors", [])


def itself(stand: Stand, token: str, **headers: str) -> tuple[list[Any], list[Any]]:
    """The same by Okno itself, on another path: its own list."""
    _status, body = asked(stand.okno.url, ITSELF, token, **headers)
    return [edge["node"] for edge in body["data"]["employees"]["edges"]], body.get("errors", [])


def refused(errors: list[Any]) -> set[tuple[str, str | None]]:
    """Codes and fields of errors."""
    return {(each["extensions"]["code"], each["extensions"].get("field")) for each in errors}


@pytest.mark.parametrize("login", ["analyst", "helpdesk.br", "helpdesk.cis", "secops"])
def test_everybody_sees_what_they_see_at_okno_itself(stand: Stand, tokens: dict[str, str], login: str) -> None:
    shown, errors = through(stand, tokens[login])
    expected, expected_errors = itself(stand, tokens[login])
    assert shown == expected
    assert refused(errors) == refused(expected_errors)


def test_who_may_not_see_a_field_is_shown_null_and_told_why(stand: Stand, tokens: dict[str, str]) -> None:
    shown, errors = through(stand, tokens["helpdesk.cis"])
    place = [each["login"] for each in stand.holders].index("ana.souza")
    denied = {"phones": None, "account": None, "employment": None, "devices": None}
    assert shown[place] == {"login": "ana.souza", **denied}, "she works in another region"
    assert refused(errors) == {("FORBIDDEN_FIELD", f"Employee.{name}") for name in denied}
    seen, _errors = through(stand, tokens["helpdesk.br"])
    assert seen[place]["account"] == {"locked": False}, "those of her own region see it"
    paths = {tuple(each["path"]) for each in errors}
    # Okno names the first entity that was withheld; Hive Gateway takes it for the first of all
    first = {"apollo": place, "hive": 0}[stand.router]
    assert paths == {("parkingPlaces", first, "holder", name) for name in denied}
    [asked_of_okno] = stand.witnesses["okno"].seen
    assert asked_of_okno.status == 200


def test_the_team_that_a_person_works_for_is_passed_on(stand: Stand, tokens: dict[str, str]) -> None:
    shown = {}
    for team in ("helpdesk_br", "helpdesk_second_line"):
        body = stand.ask("{ viewer { activeTeam { id } } }", tokens["lead"], **{"Okno-Team": team})
        assert body["data"]["viewer"]["activeTeam"] == {"id": team}
        shown[team], _errors = through(stand, tokens["lead"], **{"Okno-Team": team})
        assert shown[team] == itself(stand, tokens["lead"], **{"Okno-Team": team})[0]
    assert shown["helpdesk_br"] != shown["helpdesk_second_line"]
    foreign = stand.ask("{ viewer { login } }", tokens["lead"], **{"Okno-Team": "pki"})
    assert "Okno-Team" in json.dumps(stand.witnesses["okno"].seen[0].answered)
    assert not (foreign.get("data") or {}).get("viewer")


def test_without_a_token_nothing_of_okno_is_shown(stand: Stand) -> None:
    shown, errors = through(stand, None)
    assert shown == [None] * HOLDERS
    assert {each["extensions"]["code"] for each in errors} == {"UNAUTHENTICATED"}
    assert "127.0.0.1" not in json.dumps(errors), "whoever is refused is not told where Okno is"
    assert [each.status for each in stand.witnesses["okno"].seen] == [401]


def test_a_wrong_token_is_as_good_as_none(stand: Stand) -> None:
    shown, errors = through(stand, "okno_" + "a" * 43)
    assert shown == [None] * HOLDERS
    assert {each["extensions"]["code"] for each in errors} == {"UNAUTHENTICATED"}


def test_a_token_is_handed_to_okno_alone(stand: Stand, tokens: dict[str, str]) -> None:
    query = "{ parkingPlaces(first: 2) { holder { login locker { number } } } }"
    stand.ask(query, tokens["analyst"], **{"Okno-Team": "analysts"})
    for name, witness in stand.witnesses.items():
        assert witness.seen, name
        for each in witness.seen:
            assert each.headers.get("authorization") == (f"Bearer {tokens['analyst']}" if name == "okno" else None)
            assert each.headers.get("okno-team") == ("analysts" if name == "okno" else None)


def test_two_who_ask_the_same_at_once_are_each_answered_for_themselves(stand: Stand, tokens: dict[str, str]) -> None:
    """Routers may take two equal requests that are under way for one: these are not equal."""
    query = "{ viewer { login activeTeam { id } } }"
    who = [
        (tokens["helpdesk.br"], {}, "helpdesk_br"),
        (tokens["helpdesk.cis"], {}, "helpdesk_cis"),
        (tokens["lead"], {"Okno-Team": "helpdesk_br"}, "helpdesk_br"),
        (tokens["lead"], {"Okno-Team": "helpdesk_second_line"}, "helpdesk_second_line"),
    ]
    stand.witnesses["okno"].seen.clear()
    stand.witnesses["okno"].delay = 1.0
    try:
        with ThreadPoolExecutor(len(who)) as pool:
            answers = list(pool.map(lambda one: asked(stand.url, query, one[0], **one[1])[1], who))
    finally:
        stand.witnesses["okno"].delay = 0.0
    teams = [each["data"]["viewer"]["activeTeam"]["id"] for each in answers]
    assert teams == [team for _token, _headers, team in who]
    assert [each["data"]["viewer"]["login"] for each in answers] == ["helpdesk.br", "helpdesk.cis", "lead", "lead"]
    assert len(stand.witnesses["okno"].seen) == len(who)


def test_a_service_names_whom_it_acts_for_if_it_may(stand: Stand) -> None:
    query = "{ viewer { login service } }"
    for_whom = {"Okno-On-Behalf-Of": "employee"}
    allowed = stand.ask(query, service_token(stand.okno, "graph:read,on_behalf"), **for_whom)
    assert allowed["data"]["viewer"] == {"login": "integrator", "service": True}
    denied = stand.ask(query, service_token(stand.okno, "graph:read"), **for_whom)
    assert not (denied.get("data") or {}).get("viewer")
    [asked_of_okno] = stand.witnesses["okno"].seen
    assert asked_of_okno.status == 403
    assert "on_behalf" in asked_of_okno.answered["errors"][0]["message"]


def test_a_field_that_a_viewer_may_never_see_costs_them_the_part_that_asks_for_it(
    stand: Stand, tokens: dict[str, str]
) -> None:
    query = "{ parkingPlaces(first: 3) { number holder { login vip } } }"
    seen = stand.ask(query, tokens["secops"])
    assert "errors" not in seen
    assert [each["holder"]["vip"] for each in seen["data"]["parkingPlaces"]] == [False, False, False]
    denied = stand.ask(query, tokens["analyst"])
    assert [each["holder"] for each in denied["data"]["parkingPlaces"]] == [None, None, None]
    assert [each["number"] for each in denied["data"]["parkingPlaces"]] == ["P-0", "P-1", "P-2"]
    assert {each["extensions"]["code"] for each in denied["errors"]} == {"VALIDATION_FAILED"}
    [asked_of_okno] = stand.witnesses["okno"].seen
    assert "sources" not in asked_of_okno.answered["extensions"], "nothing was fetched"
