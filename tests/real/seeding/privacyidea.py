"""Second factors by privacyIDEA's API: the kinds that an administrator can enrol without the person's own device."""

from dataclasses import replace
from typing import Final

from sandbox.company.model import Company
from sandbox.seeds.privacyidea import REALM, seed
from sources.privacyidea.twin import PiToken
from tests.real.company import SHOWN
from tests.real.seeding.http import Json, Row
from tests.real.servers.server import Facts, nested

_MOST: Final = 10
"""Tokens to enrol; each asks the domain several times."""
_ENROLLED: Final = {"totp": {"genkey": 1}, "sms": {"genkey": 1, "phone": "+10000000000", "dynamic_phone": 0}}


def fill(facts: Facts, company: Company) -> Company:
    """The company with the second factors that could be enrolled."""
    with factors(facts) as server:
        known = {str(each["username"]) for each in _users(server)}
        possible = [each for each in seed(company).tokens if each.tokentype in _ENROLLED and each.username in known]
        tokens = sorted(possible, key=lambda each: each.username != SHOWN)[:_MOST]
        there = {each.serial for each in tokens}
        wanted = {(each.serial, each.username) for each in tokens}
        if {(old["serial"], old["username"]) for old in _tokens(server)} != wanted:
            _enrol(server, tokens)
    return replace(company, second_factors=tuple(each for each in company.second_factors if each.serial in there))


def _enrol(server: Json, tokens: list[PiToken]) -> None:
    for old in _tokens(server):
        server.ask("DELETE", f"/token/{old['serial']}")
    for token in tokens:
        order = {"type": token.tokentype, "serial": token.serial, "user": token.username, "realm": REALM}
        server.ask("POST", "/token/init", {**order, "description": token.description, **_ENROLLED[token.tokentype]})
        if not token.active:
            server.ask("POST", "/token/disable", {"serial": token.serial})


def factors(facts: Facts) -> Json:
    """The server, signed in to as its administrator."""
    with Json(str(facts["url"]), {}) as door:
        session = _value(door.ask("POST", "/auth", _credentials(facts)))
    assert isinstance(session, dict)
    return Json(str(facts["url"]), {"Authorization": str(session["token"])})


def _credentials(facts: Facts) -> Row:
    known = nested(facts, "credentials")["admin"]
    return {"username": known["user"], "password": known["password"]}


def _users(server: Json) -> list[Row]:
    found = _value(server.ask("GET", f"/user/?realm={REALM}"))
    assert isinstance(found, list)
    return found


def _tokens(server: Json) -> list[Row]:
    found = _value(server.ask("GET", "/token/?pagesize=1000"))
    assert isinstance(found, dict)
    tokens = found["tokens"]
    assert isinstance(tokens, list)
    return tokens


def _value(answer: Row) -> object:
    result = answer["result"]
    assert isinstance(result, dict)
    return result["value"]
