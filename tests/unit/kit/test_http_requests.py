"""What leaves over HTTP: where to, what it carries, and what never leaves."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.kit.http import HttpTransport, is_fit
from sources.kit.manifest import ReadRule
from sources.kit.reads import ReadRules
from sources.ports.errors import SourceError, WriteRefused
from tests.unit.kit.scripted import call
from tests.unit.kit.wire import AnyTwin, answering, twin

RULES = ReadRules("desk", (ReadRule(method="POST", path="/search", reason="a search that goes by POST"),))


@asynccontextmanager
async def transport(to: AnyTwin, base: str = "", **options: Any) -> AsyncIterator[HttpTransport]:
    made = HttpTransport("desk", f"{to.url}{base}", RULES, **options)
    try:
        yield made
    finally:
        await made.close()


async def test_a_request_goes_below_the_base_and_is_counted() -> None:
    by = call()
    async with twin() as to, transport(to, "/api/", headers={"Key": "k"}) as http:
        answer = await http.request("GET", "/a%20b", by, params={"q": "x y&z"}, headers={"Prefer": "less"})
        sent = to.heard[0]
    assert (answer.status, answer.body) == (200, {"ok": True})
    assert (sent.raw_path, sent.query["q"]) == ("/api/a%20b?q=x+y%26z", "x y&z")
    assert (sent.headers["Key"], sent.headers["Prefer"]) == ("k", "less")
    assert by.ledger.of("desk").calls == 1


async def test_a_redirect_is_refused_and_not_followed() -> None:
    async with twin() as other, twin(answering(302, {}, Location=f"{other.url}/elsewhere")) as to:
        async with transport(to, user="okno", password="hunter2-secret") as http:
            with pytest.raises(SourceError) as caught:
                await http.request("GET", "/a", call())
        assert caught.value.code == "SOURCE_REJECTED"
        assert (to.calls, other.calls) == (1, 0)


@pytest.mark.parametrize(
    "path",
    [
        "relative",
        "",
        "//../x",
        "/a/../b",
        "/a/..",
        "/./a",
        "/%2e%2e/a",
        "/.%2E/a",
        "/a/%2e",
        "/a%2f..%2fb",
        "/a/..%5cb",
        "/..;x=1/a",
        "/a?b=c",
        "/a#b",
        "/a\\b",
        "/a b",
        "/a\r\nX: y",
        "/a\0",
        "/é",
        "/a\x7f",
        "http://elsewhere.example/a",
    ],
)
async def test_an_unfit_path_never_leaves(path: str) -> None:
    by = call()
    async with twin() as to, transport(to) as http:
        with pytest.raises(SourceError) as caught:
            await http.request("GET", path, by)
        assert to.calls == 0
    assert (caught.value.code, by.ledger.of("desk").calls) == ("SOURCE_REJECTED", 0)


@given(st.text(alphabet="/.%2eEfF5cC;abA\\ ?#", max_size=14))
def test_a_fit_path_stays_below_its_base_however_often_it_is_decoded(tail: str) -> None:
    path = f"/{tail}"
    if not is_fit(path):
        return
    plain = path.replace("%2e", ".").replace("%2E", ".")
    for slash in ("%2f", "%2F", "%5c", "%5C"):
        plain = plain.replace(slash, "/")
    assert not {".", ".."} & {segment.split(";")[0] for segment in plain.split("/")}
    assert not set("\\ ?#") & set(path)


async def test_params_as_text_hold_no_fragment_and_no_space() -> None:
    async with twin() as to, transport(to) as http:
        for unfit in ("a=b#c", "a=b c", "a=b\r\nX: y"):
            with pytest.raises(SourceError):
                await http.request("GET", "/a", call(), params=unfit)
        assert to.calls == 0
        await http.request("GET", "/a", call(), params="$filter=a%20eq%201")
        assert to.heard[0].raw_path == "/a?$filter=a%20eq%201"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "MERGE", "patch", "QUERY"])
async def test_a_non_read_without_permit_never_reaches_the_wire(method: str) -> None:
    by = call()
    async with twin() as to, transport(to) as http:
        with pytest.raises(WriteRefused):
            await http.request(method, "/a", by, json={"x": 1})
        assert to.calls == 0
    assert by.ledger.of("desk").calls == 0


async def test_a_post_declared_as_search_passes_and_its_neighbours_do_not() -> None:
    async with twin() as to, transport(to) as http:
        assert (await http.request("POST", "/search", call(), json={"q": 1})).status == 200
        for path, params in (("/search/x", None), ("/searches", None), ("/search", {"_method": "DELETE"})):
            with pytest.raises(WriteRefused):
                await http.request("POST", path, call(), json={}, params=params)
        assert to.seen == {"POST /search": 1}
        assert to.bodies == [b'{"q":1}']


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "x-http-method", "X-METHOD-OVERRIDE"])
async def test_a_header_that_makes_another_method_never_leaves(name: str) -> None:
    async with twin() as to:
        async with transport(to) as http:
            with pytest.raises(WriteRefused, match="override"):
                await http.request("GET", "/a", call(), headers={name: "DELETE"})
            http.set_header(name, "DELETE")
            with pytest.raises(WriteRefused, match="override"):
                await http.request("GET", "/a", call())
        async with transport(to, headers={name: "DELETE"}) as http:
            with pytest.raises(WriteRefused, match="override"):
                await http.request("GET", "/a", call())
        assert to.calls == 0


async def test_cookies_are_not_kept() -> None:
    async with twin(answering(200, {}, Set_Cookie="session=1")) as to, transport(to) as http:
        await http.request("GET", "/a", call())
        await http.request("GET", "/a", call())
        assert "Cookie" not in to.heard[1].headers


async def test_a_form_is_sent_as_a_form() -> None:
    async with twin() as to, transport(to) as http:
        await http.request("POST", "/search", call(), form={"user": "a&b", "word": "ж"})
        assert to.bodies == [b"user=a%26b&word=%D0%B6"]
        assert to.heard[0].content_type == "application/x-www-form-urlencoded"


async def test_credentials_stand_in_no_error_and_no_representation() -> None:
    async def echo(request: Any) -> Any:
        return await answering(400, {"you sent": request.headers["Authorization"], "key": request.headers["Key"]})(
            request
        )

    async with (
        twin(echo) as to,
        transport(to, headers={"Key": "long-api-key"}, user="okno", password="hunter2") as http,
    ):
        basic = http._headers["Authorization"].split(" ")[1]
        with pytest.raises(SourceError) as caught:
            await http.request("GET", "/a", call())
        with pytest.raises(SourceError) as bearer:
            await http.request("GET", "/a", call(), headers={"Authorization": "Bearer very-secret-token"})
    told = f"{caught.value!r} {caught.value} {caught.value.detail} {http!r} {bearer.value.detail}"
    assert "HTTP 400" in caught.value.detail
    for secret in ("hunter2", basic, "long-api-key", "very-secret-token"):
        assert secret not in told


async def test_a_system_that_logs_attribution_is_told_the_viewer_and_others_are_not() -> None:
    async with twin() as to, transport(to, attribution="X-On-Behalf-Of") as telling, transport(to) as silent:
        await telling.request("GET", "/a", call())
        await silent.request("GET", "/a", call())
        assert to.heard[0].headers["X-On-Behalf-Of"] == call().on_behalf_of
        assert "X-On-Behalf-Of" not in to.heard[1].headers
