"""Only pages of ours, and of the origins named, may ask."""

import pytest

from tests.unit.door.wire import Served, served

PAGE = "https://page.example"


def ours(server: Served) -> str:
    return f"http://127.0.0.1:{server.port}"


def cors(told) -> dict[str, str]:
    return {name: value for name, value in told.headers if name.startswith("access-control-")}


@pytest.mark.parametrize("target", ["/graphql", "/auth/session"])
async def test_pages_of_others_get_nothing(target: str) -> None:
    async with served({"origins": [PAGE]}) as server:
        strangers = ("https://evil.example", "null", f"https://127.0.0.1:{server.port}", f"{PAGE}.evil.example")
        strangers += (f"{PAGE}:444", PAGE.replace("https", "http"), PAGE.upper())
        for origin in strangers:
            for method in ("POST", "GET", "OPTIONS"):
                told = await server.ask(method, target, f"Origin: {origin}", "Content-Length: 0")
                assert (told.status, told.code, cors(told)) == (403, "BAD_INPUT", {}), origin
        assert (await server.ask("GET", target, f"Origin: {PAGE}", "Origin: https://evil.example")).status == 403
        assert server.echo.seen == []


async def test_pages_of_ours_and_programs_ask_without_words_of_cors() -> None:
    async with served({"origins": [PAGE]}) as server:
        for headers in ((f"Origin: {ours(server)}",), ("Sec-Fetch-Site: same-origin",), ("Sec-Fetch-Site: none",), ()):
            told = await server.ask("POST", "/graphql", *headers, "Content-Length: 0")
            assert (told.status, cors(told)) == (200, {})
            assert "Origin" in (told.header("vary") or "")


async def test_a_named_page_is_answered_exactly_and_without_cookies() -> None:
    async with served({"origins": [PAGE]}) as server:
        told = await server.ask(
            "POST", "/graphql", f"Origin: {PAGE}", "Sec-Fetch-Site: cross-site", "Content-Length: 0"
        )
        assert told.status == 200
        assert cors(told) == {
            "access-control-allow-origin": PAGE,
            "access-control-expose-headers": "Retry-After",
        }
        assert told.header("vary") == "Origin"
        before = await server.ask("OPTIONS", "/graphql", f"Origin: {PAGE}", "Access-Control-Request-Method: POST")
        assert before.status == 204
        assert cors(before)["access-control-allow-origin"] == PAGE
        assert "*" not in str(cors(before))
        assert "access-control-allow-credentials" not in cors(before)
        assert (before.header("vary") or "").startswith("Origin")


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_what_a_strange_page_embeds_or_leads_to_is_refused(site: str) -> None:
    async with served() as server:
        for mode in ("no-cors", "navigate"):
            told = await server.ask("GET", "/graphql", f"Sec-Fetch-Site: {site}", f"Sec-Fetch-Mode: {mode}")
            assert told.status == 403
        assert server.echo.seen == []


async def test_the_way_back_from_the_sign_in_provider_stands_open() -> None:
    async with served() as server:
        there = ("Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate")
        assert (await server.ask("GET", "/auth/callback", *there)).status == 200
        assert (await server.ask("GET", "/auth/callback", there[0], "Sec-Fetch-Mode: no-cors")).status == 403
        assert (await server.ask("POST", "/auth/callback", *there, "Content-Length: 0")).status == 403


async def test_a_websocket_of_a_strange_page_is_not_opened() -> None:
    async with served({"origins": [PAGE]}) as server:
        for origin in ("https://evil.example", "null"):
            assert (await server.shake(f"Origin: {origin}")).status == 403
        assert server.echo.seen == []
        for origin in (ours(server), PAGE):
            assert (await server.shake(f"Origin: {origin}")).status == 101
        assert (await server.shake()).status == 101


async def test_where_browsers_reach_us_is_our_origin_too() -> None:
    async with served(address="https://okno.example") as server:
        told = await server.ask(
            "POST", "/graphql", "Origin: https://okno.example", "Content-Length: 0", host="okno.example"
        )
        assert (told.status, cors(told)) == (200, {})


async def test_pages_themselves_stand_open_and_say_nothing_to_others() -> None:
    async with served({"origins": [PAGE]}) as server:
        told = await server.ask("GET", "/graphiql", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate")
        assert told.status == 200
        told = await server.ask("GET", "/graphiql", f"Origin: {PAGE}")
        assert cors(told) == {}
