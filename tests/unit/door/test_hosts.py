"""Only names of ours are answered to."""

import pytest

from gateway.door.hosts import hosts_of
from tests.unit.door.wire import served


def test_without_a_word_the_machine_and_the_address_of_the_login_are_ours() -> None:
    assert hosts_of((), None) == ("localhost", "127.0.0.1", "[::1]")
    assert hosts_of((), "https://Okno.Example:8443")[-1] == "okno.example:8443"
    assert hosts_of(("okno.example",), "https://other.example") == ("okno.example",)


async def test_a_strange_name_is_told_apart_over_http_and_websocket() -> None:
    async with served() as server:
        for host in ("evil.example", f"evil.example:{server.port}", "127.0.0.1.evil.example", "10.0.0.1", "2130706433"):
            told = await server.ask(host=host)
            assert (told.status, told.code) == (421, "BAD_INPUT"), host
            assert (await server.shake(f"Host: {host}")).status == 421
        assert server.echo.seen == []
        for host in ("localhost", f"LOCALHOST:{server.port}", "127.0.0.1", "[::1]", "127.8.9.1"):
            assert (await server.ask(host=host)).status == 200, host


async def test_none_several_and_what_is_no_host_are_refused() -> None:
    async with served() as server:
        assert (await server.ask(host=None)).status == 400
        assert (await server.ask("GET", "/graphql", "Host: localhost")).status == 400
        for host in ("local host", "localhost:port", "user@localhost", "localhost/x", "-", "[::1"):
            told = await server.ask(host=host)
            assert (told.status, told.code) == (400, "BAD_INPUT"), host
        assert server.echo.seen == []


async def test_a_name_in_the_address_itself_counts() -> None:
    async with served() as server:
        assert (await server.ask("GET", "http://evil.example/graphql")).status == 400
        assert (await server.ask("GET", "http://evil.example/graphql", host="evil.example")).status == 421
        assert (await server.ask("GET", "http://localhost/graphql", host="localhost")).status == 200
        assert (await server.ask("GET", "http://evil.example/graphql", host=None)).status == 421
        assert len(server.echo.seen) == 1


@pytest.mark.parametrize(
    ("hosts", "host", "status"),
    [
        (["okno.example"], "okno.example", 200),
        (["okno.example"], "okno.example:8443", 200),
        (["okno.example"], "127.0.0.1", 421),
        (["okno.example:8443"], "okno.example:8443", 200),
        (["okno.example:8443"], "okno.example", 421),
        (["*"], "whatever.example", 200),
    ],
)
async def test_names_of_the_installation(hosts: list[str], host: str, status: int) -> None:
    async with served({"hosts": hosts}) as server:
        assert (await server.ask(host=host)).status == status
