"""What counts as a read, and what a permit lets through."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.kit.manifest import ReadRule, Write, systems
from sources.kit.reads import SAFE_METHODS, ReadRules
from sources.ports.errors import WriteRefused
from sources.ports.permit import WritePermit
from tests.unit.kit.scripted import call


def rules(method: str, path: str, *, graphql: bool = False, **body: list[str]) -> ReadRules:
    allowed = {where: tuple(values) for where, values in body.items()}
    return ReadRules(
        "desk",
        (ReadRule(method=method, path=path, reason="for the sake of the test", body=allowed, graphql=graphql),),
    )


def permit(source: str = "desk", write: str = "comment", seconds: float = 5.0) -> WritePermit:
    return WritePermit("op", "step", source, write, time.monotonic() + seconds)


@pytest.mark.parametrize("method", sorted(SAFE_METHODS) + ["get"])
def test_safe_methods_read(method: str) -> None:
    assert ReadRules("desk").is_read(method, "/anything")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "MERGE", "SEND", "", "GET "])
def test_everything_else_is_a_write(method: str) -> None:
    assert not ReadRules("desk").is_read(method, "/anything")


def test_a_rule_holds_for_its_method_and_its_path_alone() -> None:
    search = rules("post", "/search")
    assert search.is_read("POST", "/search")
    assert search.is_read("post", "/search")
    for method, path in [
        ("PATCH", "/search"),
        ("DELETE", "/search"),
        ("POST", "/search/"),
        ("POST", "/search/x"),
        ("POST", "/a/search"),
        ("POST", "/Search"),
        ("POST", "/search?delete=1"),
        ("POST", "/search\n"),
    ]:
        assert not search.is_read(method, path), (method, path)


def test_dots_and_brackets_of_a_path_stand_for_themselves() -> None:
    batch = rules("POST", "/v1.0/$batch(x)")
    assert batch.is_read("POST", "/v1.0/$batch(x)")
    assert not batch.is_read("POST", "/v1x0/$batch(x)")


@pytest.mark.parametrize(
    "between", ["", "a/b", "a%2Fb", "a%2fb", "a%5Cb", "a\\b", "a?b", "a#b", "%2F..%2Fusers%2F1%2Fdelete%2F", "/"]
)
def test_a_star_is_one_segment_however_a_slash_is_written(between: str) -> None:
    assert not rules("POST", "/realms/*/search").is_read("POST", f"/realms/{between}/search")


@given(st.text(alphabet=st.sampled_from("abcZ019-_.~%20:@!$"), min_size=1))
def test_a_star_takes_any_plain_segment(segment: str) -> None:
    assert rules("POST", "/realms/*/search").is_read("POST", f"/realms/{segment}/search")


BATCH = {"requests[].method": ["GET"]}


@pytest.mark.parametrize(
    ("requests", "read"),
    [
        ([{"method": "GET"}], True),
        ([{"method": "GET"}, {"method": "GET"}], True),
        ([{"method": "GET"}, {"method": "PATCH"}], False),
        ([{"method": "GET"}, {}], False),
        ([{"method": "GET"}, {"Method": "DELETE"}], False),
        ([{"method": "GET"}, {"method": None}], False),
        ([{"method": "GET"}, {"method": ["GET", "DELETE"]}], False),
        ([{"method": "GET"}, "DELETE"], False),
        ([{"method": "GET"}, [{"method": "DELETE"}]], False),
        ([{"method": "GET"}, [[{"method": "DELETE"}]]], False),
        ([{"method": "get"}], False),
        ([], False),
        (None, False),
        ({"method": "GET"}, False),
    ],
)
def test_one_element_that_is_not_allowed_makes_the_whole_batch_a_write(requests: Any, read: bool) -> None:
    assert rules("POST", "/$batch", **BATCH).is_read("POST", "/$batch", {"requests": requests}) is read


def salt() -> ReadRules:
    return ReadRules("salt", systems()["salt"].reads)


def test_a_job_server_lists_packages_and_does_nothing_else() -> None:
    listing = {"client": "local", "tgt": ["a"], "tgt_type": "list", "fun": ["pkg.list_pkgs"], "arg": [[]]}
    removing = {**listing, "fun": ["pkg.remove"]}
    assert salt().is_read("POST", "/", [listing])
    for body in (
        [removing],
        [listing, removing],
        [removing, listing],
        [[listing, removing]],
        [{**listing, "fun": ["pkg.list_pkgs", "pkg.remove"]}],
        [{**listing, "fun": "pkg.remove"}],
        [{**listing, "client": "runner"}],
        [{key: value for key, value in listing.items() if key != "client"}],
        listing,
        [],
        None,
        "pkg.list_pkgs",
    ):
        assert not salt().is_read("POST", "/", body), body


def test_a_body_that_cannot_be_looked_at_is_no_read() -> None:
    counted = rules("POST", "/x", **{"to_string(length(@))": ["1"]})
    assert counted.is_read("POST", "/x", ["one"])
    for body in (None, 7, True):
        assert not counted.is_read("POST", "/x", body)


@pytest.mark.parametrize(
    "query",
    [
        "mutation { remove(id: 1) }",
        "query a { x } mutation b { remove(id: 1) }",
        "subscription { changed }",
        "{ x",
        "",
        None,
        "query a { x } query b { y }",
    ],
)
def test_graphql_that_does_not_only_ask_is_no_read(query: object) -> None:
    assert rules("POST", "/graphql", graphql=True).is_read("POST", "/graphql", {"query": "{ x }"})
    assert not rules("POST", "/graphql", graphql=True).is_read("POST", "/graphql", {"query": query})
    assert not rules("POST", "/graphql", graphql=True).is_read("POST", "/graphql", [{"query": "{ x }"}])


def refused(by: WritePermit | None, write: str | None, source: str = "desk") -> str:
    with pytest.raises(WriteRefused) as caught:
        ReadRules(source).admit(False, "PATCH /x", call(permit=by), write)
    return str(caught.value)


def test_a_permit_lets_its_write_through_once() -> None:
    given_out = permit()
    ReadRules("desk").admit(False, "PATCH /x", call(permit=given_out), "comment")
    assert "has been used" in refused(given_out, "comment")


def test_a_permit_is_good_for_its_source_its_write_and_its_time() -> None:
    assert "carries no permit" in refused(None, "comment")
    assert "names no write" in refused(permit(), None)
    other = permit()
    assert "is for desk.comment" in refused(other, "delete")
    assert "is for desk.comment" in refused(other, "comment", source="other")
    assert "has expired" in refused(permit(seconds=-1), "comment")
    ReadRules("desk").admit(False, "PATCH /x", call(permit=other), "comment")


def test_a_read_spends_no_permit_and_a_named_write_always_does() -> None:
    given_out = permit()
    ReadRules("desk").admit(True, "GET /x", call(permit=given_out), None)
    ReadRules("desk").admit(True, "GET /x", call(permit=given_out), "comment")
    assert "has been used" in refused(given_out, "comment")


def test_every_rule_that_ships_gives_a_reason_and_bounds_what_it_lets_through() -> None:
    for name, system in systems().items():
        for rule in system.reads:
            assert len(rule.reason) >= 10, name
            assert rule.path not in ("*", "/*"), name


WRITES = {
    "lock": Write(
        about="Lock", retry="idempotent", method="POST", path="/devices/*/commands", body={"command": ("LOCK",)}
    )
}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("DELETE", "/devices/1/commands", {"command": "LOCK"}),
        ("POST", "/devices/1", {"command": "LOCK"}),
        ("POST", "/devices/1/2/commands", {"command": "LOCK"}),
        ("POST", "/devices/1/commands", {"command": "WIPE"}),
        ("POST", "/devices/1/commands", {}),
        ("GET", "/devices/1/commands", None),
    ],
)
def test_a_permit_opens_the_way_for_what_the_manifest_says_and_nothing_else(method: str, path: str, body: Any) -> None:
    rules, given_out = ReadRules("desk", (), WRITES), permit(write="lock")
    with pytest.raises(WriteRefused):
        rules.admit_http(method, path, body, [], call(permit=given_out), "lock")
    rules.admit_http("POST", "/devices/1/commands", {"command": "LOCK"}, [], call(permit=given_out), "lock")


def test_a_write_that_the_manifest_does_not_name_is_refused_even_with_a_permit() -> None:
    with pytest.raises(WriteRefused, match="names no write erase"):
        ReadRules("desk", (), WRITES).admit(False, "LDAP modify", call(permit=permit(write="erase")), "erase")
