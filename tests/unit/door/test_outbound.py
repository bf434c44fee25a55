"""Nothing that a system answers, and nothing in the environment, leads us to another address than the one configured."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import pytest
from aiohttp import web

from audit.anchors import HttpAnchor
from audit.checkpoint import Published
from audit.sinks.http import Http
from audit.sinks.sink import Message, Undelivered
from gateway.identity.provider_wire import ProviderWire, SignInFailed
from operations.kit.notices_transport import SignedWebhook
from operations.kit.notices_transport import Undelivered as NotTold
from sources.kit.http import HttpTransport
from sources.kit.odata import Asked, ODataService
from sources.kit.reading import BadData
from sources.kit.reads import ReadRules
from sources.kit.scim import ScimResources
from sources.kit.vault import VaultTransport
from sources.ports.errors import SourceError
from tests.unit.kit.scripted import call
from tests.unit.kit.wire import twin

FAILURES = (SourceError, BadData, SignInFailed, OSError, Undelivered, NotTold)


@dataclass
class Stranger:
    """A socket that counts who comes."""

    url: str
    visits: int = 0


@asynccontextmanager
async def stranger() -> AsyncIterator[Stranger]:
    async def came(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there.visits += 1
        writer.close()

    server = await asyncio.start_server(came, "127.0.0.1", 0)
    there = Stranger(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    try:
        yield there
    finally:
        server.close()
        await server.wait_closed()


async def plain(url: str) -> None:
    http = HttpTransport("desk", url, ReadRules("desk", ()), user="okno", password="hunter2-secret")
    try:
        await http.request("GET", "/a", call())
    finally:
        await http.close()


async def odata(url: str) -> None:
    http = HttpTransport("hr", f"{url}/odata", ReadRules("hr", ()))
    try:
        await ODataService(http, f"{url}/odata").find(Asked("Employees"), call())
    finally:
        await http.close()


async def scim(url: str) -> None:
    http = HttpTransport("directory", url, ReadRules("directory", ()))
    try:
        await ScimResources(http, "/Users").sweep(call())
    finally:
        await http.close()


async def vault(url: str) -> None:
    http = HttpTransport("certificates", url, ReadRules("certificates", ()))
    try:
        await VaultTransport(http, token="s.canary-of-vault").read("/v1/pki/ca", call())
    finally:
        await http.close()


async def anchor(url: str) -> None:
    await HttpAnchor(f"{url}/anchor", {"Authorization": "Bearer canary"}).publish(
        [Published("2026-11-01T00:00:00Z", 1, "note", {}, b"")]
    )


async def sink(url: str) -> None:
    await Http(f"{url}/sink", {"Authorization": "Bearer canary"}).deliver(
        [Message(1, "2026-11-01T00:00:00Z", "okno.test", "ok", b"{}")]
    )


async def webhook(url: str) -> None:
    await SignedWebhook(f"{url}/hook", b"canary").post("1", {})


async def provider(url: str) -> None:
    wire = ProviderWire()
    try:
        await wire.json("POST", f"{url}/token", body="client_secret=canary")
    finally:
        await wire.close()


Goes = Callable[[str], Awaitable[None]]
EVERYONE = [plain, odata, scim, vault, anchor, sink, webhook, provider]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("goes", EVERYONE)
async def test_a_redirect_leads_nowhere(goes: Goes, status: int) -> None:
    async with stranger() as elsewhere:

        async def away(_request: web.Request) -> web.Response:
            return web.Response(status=status, headers={"Location": f"{elsewhere.url}/stolen"})

        async with twin(away) as configured:
            with pytest.raises(FAILURES):
                await goes(configured.url)
            assert configured.calls == 1
        assert elsewhere.visits == 0


@pytest.mark.parametrize("goes", EVERYONE)
async def test_a_proxy_in_the_environment_is_not_used(goes: Goes, monkeypatch: pytest.MonkeyPatch) -> None:
    async with stranger() as elsewhere, twin() as configured:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, elsewhere.url)
        with suppress(*FAILURES):  # what the twin says is not what all of them expect
            await goes(configured.url)
        assert configured.calls == 1
        assert elsewhere.visits == 0


@pytest.mark.parametrize(
    "link", ["{}/odata/Employees?$skip=1", "//{}/odata/Employees", "{}/", "http://user@{}/odata/Employees"]
)
async def test_a_next_page_elsewhere_is_not_fetched(link: str) -> None:
    async with stranger() as elsewhere:
        there = link.format(elsewhere.url if link.startswith("{") else elsewhere.url.removeprefix("http://"))

        async def page(_request: web.Request) -> web.Response:
            return web.json_response({"value": [], "@odata.nextLink": there})

        async with twin(page) as configured:
            with pytest.raises(BadData, match="leads away"):
                await odata(configured.url)
            assert configured.calls == 1
        assert elsewhere.visits == 0


async def test_a_page_of_scim_names_no_other_place_to_ask() -> None:
    async with stranger() as elsewhere:

        async def page(_request: web.Request) -> web.Response:
            link = {"Link": f'<{elsewhere.url}/Users>; rel="next"'}
            user = {"id": "1", "meta": {"location": f"{elsewhere.url}/Users/1"}}
            return web.json_response(
                {"totalResults": 1, "Resources": [user], "next": f"{elsewhere.url}/Users"}, headers=link
            )

        async with twin(page) as configured:
            await scim(configured.url)
            assert configured.calls == 1
        assert elsewhere.visits == 0
