"""Trusted proxies are believed, in the words they were configured to use; nobody else is."""

import pytest

from tests.unit.door.wire import Served, served

TRUSTED = {"proxies": ["127.0.0.1/32", "10.0.0.0/8", "2001:db8:ffff::/48"]}


async def seen(server: Served, *headers: str, **more: str) -> dict[str, object]:
    told = await server.ask("GET", "/graphql", *headers, **more)
    assert told.status == 200, told
    return told.json


@pytest.mark.parametrize(
    ("said", "client"),
    [
        (("X-Forwarded-For: 192.0.2.7",), "192.0.2.7"),
        (("X-Forwarded-For: 203.0.113.1, 192.0.2.7",), "192.0.2.7"),  # the left one may be anybody's word
        (("X-Forwarded-For: 192.0.2.7, 10.1.1.1",), "192.0.2.7"),  # two proxies of ours
        (("X-Forwarded-For: 203.0.113.1", "X-Forwarded-For: 192.0.2.7"), "192.0.2.7"),
        (("X-Forwarded-For: 10.2.2.2, 10.1.1.1",), "10.2.2.2"),  # everybody is ours: the farthest
        (("X-Forwarded-For: 2001:db8::7, 2001:db8:ffff::1",), "2001:db8::7"),
        (("X-Forwarded-For: [2001:db8::7]:4711",), "2001:db8::7"),
        (("X-Forwarded-For: 192.0.2.7:4711",), "192.0.2.7"),
        (("X-Forwarded-For: ::ffff:192.0.2.7",), "192.0.2.7"),
        (("Forwarded: for=192.0.2.7",), "127.0.0.1"),  # another language than the one configured
        ((), "127.0.0.1"),
    ],
)
async def test_the_client_is_the_rightmost_address_that_is_no_proxy(said: tuple[str, ...], client: str) -> None:
    async with served(TRUSTED) as server:
        assert (await seen(server, *said))["client"] == client


async def test_strangers_are_not_believed() -> None:
    async with served({"proxies": ["10.0.0.0/8"]}) as server:
        said = ("X-Forwarded-For: 192.0.2.7", "X-Forwarded-Proto: https", "X-Forwarded-Host: localhost")
        told = await seen(server, *said, source="127.0.0.5")
        assert told == {"client": "127.0.0.5", "scheme": "http", "host": f"127.0.0.1:{server.port}", "size": 0}


async def test_scheme_and_host_are_put_back_and_still_looked_at() -> None:
    async with served({**TRUSTED, "hosts": ["okno.example"]}) as server:
        said = ("X-Forwarded-Proto: https", "X-Forwarded-Host: okno.example")
        told = await seen(server, *said)
        assert (told["scheme"], told["host"]) == ("https", "okno.example")
        assert (await server.shake(*said)).status == 101
        assert server.echo.seen[-1]["scheme"] == "wss"
        assert (await server.ask("GET", "/graphql", *said, "Origin: https://okno.example")).status == 200
        assert (await server.ask("GET", "/graphql", *said, "Origin: http://okno.example")).status == 403
        assert (await server.ask("GET", "/graphql", "X-Forwarded-Host: evil.example")).status == 421


@pytest.mark.parametrize(
    ("said", "client"),
    [
        ("for=192.0.2.7;proto=https;host=okno.example", "192.0.2.7"),
        ('for=203.0.113.1, for="[2001:db8::7]:4711"; proto=https;host="okno.example"', "2001:db8::7"),
        ("For=192.0.2.7, for=10.1.1.1;proto=https;host=okno.example", "192.0.2.7"),
    ],
)
async def test_the_standard_language(said: str, client: str) -> None:
    async with served({**TRUSTED, "forwarded": "forwarded", "hosts": ["okno.example"]}) as server:
        told = await seen(server, f"Forwarded: {said}", "X-Forwarded-For: 203.0.113.99")
        assert (told["client"], told["scheme"], told["host"]) == (client, "https", "okno.example")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("x-forwarded", "X-Forwarded-For: unknown"),
        ("x-forwarded", "X-Forwarded-For: " + ",".join(["10.0.0.1"] * 40)),
        ("x-forwarded", "X-Forwarded-Proto: gopher"),
        ("x-forwarded", "X-Forwarded-Host: a b"),
        ("forwarded", "Forwarded: for"),
        ("forwarded", "Forwarded: for=192.0.2.1;for=192.0.2.2"),
        ("forwarded", "Forwarded: for=_hidden"),
    ],
)
async def test_what_a_proxy_says_and_nobody_understands_is_refused(language: str, said: str) -> None:
    async with served({**TRUSTED, "forwarded": language}) as server:
        told = await server.ask("GET", "/graphql", said)
        assert (told.status, told.code) == (400, "BAD_INPUT")
        assert server.echo.seen == []


async def test_limits_are_about_the_client_and_not_about_the_proxy() -> None:
    door = {**TRUSTED, "rates": {"address_per_second": 0.001, "address_burst": 1}}
    async with served(door) as server:
        for client in ("192.0.2.1", "192.0.2.2"):
            answers = [(await server.ask("GET", "/graphql", f"X-Forwarded-For: {client}")).status for _ in range(2)]
            assert answers == [200, 429]
