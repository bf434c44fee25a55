"""The wire to a real server where the server is the trouble: nobody there, no TLS, no answer."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

import pytest

from sources.kit.ldap import LdapTransport
from sources.kit.reads import ReadRules
from sources.ports.call import CallContext
from sources.ports.errors import SourceError

pytest.importorskip("bonsai", reason="the LDAP library is an extra of the distribution")


def call() -> CallContext:
    return CallContext("test", time.monotonic() + 5, "t", "tester")


@asynccontextmanager
async def silent_server() -> AsyncIterator[int]:
    """Accepts connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


async def code_of(url: str, *, password: str = "secret") -> str:
    ldap = LdapTransport("ad", url, ReadRules("ad"), user="reader", password=password, timeout=0.6)
    try:
        with pytest.raises(SourceError) as refused:
            await ldap.search("DC=corp,DC=example", "(cn=*)", ["cn"], call())
        return refused.value.code
    finally:
        await ldap.close()


async def worst_pause(during: Awaitable[str]) -> tuple[str, float]:
    """What came of it, and the longest time in seconds that the event loop did not run meanwhile."""
    task = asyncio.ensure_future(during)
    worst = 0.0
    while not task.done():
        began = time.monotonic()
        await asyncio.sleep(0.005)
        worst = max(worst, time.monotonic() - began)
    return await task, worst


@pytest.mark.parametrize("scheme", ["ldap", "ldaps"])
async def test_a_server_that_says_nothing_times_out_and_holds_up_nobody_else(scheme: str) -> None:
    async with silent_server() as port:
        code, pause = await worst_pause(code_of(f"{scheme}://127.0.0.1:{port}"))
    assert code == "SOURCE_TIMEOUT"
    assert pause < 0.4


async def test_nobody_there_is_unavailable() -> None:
    async with silent_server() as port:
        pass
    assert await code_of(f"ldaps://127.0.0.1:{port}") == "SOURCE_UNAVAILABLE"


async def test_an_empty_password_is_never_sent() -> None:
    async with silent_server() as port:
        assert await code_of(f"ldap://127.0.0.1:{port}", password="") == "SOURCE_REJECTED"


def test_an_address_of_another_protocol_is_refused() -> None:
    with pytest.raises(ValueError, match="ldaps://"):
        LdapTransport("ad", "http://dc1.corp.example", ReadRules("ad"), user="reader", password="secret")
