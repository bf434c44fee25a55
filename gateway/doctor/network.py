"""The network side: the port, and whether what stands in front can be believed."""

import ipaddress
import socket
from collections.abc import AsyncIterator

import aiohttp

from gateway.doctor.examining import Patient, Said, check
from gateway.identity.login_settings import is_own


@check("port", needs="nothing")
async def port_is_free(patient: Patient) -> AsyncIterator[Said]:
    """The address to listen on is free, or Okno is there already."""
    host = patient.environment.get("OKNO_HOST", "127.0.0.1")
    said = patient.environment.get("OKNO_PORT", "8000")
    if not said.isdigit() or int(said) > 65_535:
        yield Said("fault", "port", f"OKNO_PORT is {said[:20]!r}", "expected a number up to 65535")
        return
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, int(said)))
    except OSError as problem:
        where = f"{'[' + host + ']' if ':' in host else host}:{said}"
        if await _is_ours(where):
            yield Said("ok", "port", f"a gateway answers at {where} already")
        else:
            why = problem.strerror or str(problem)
            yield Said(
                "fault", "port", f"{where}: {why}", "set OKNO_HOST and OKNO_PORT to a free address of this machine"
            )
        return
    yield Said("ok", "port", f"{host}:{said} is free")


@check("proxy")
async def front_is_plausible(patient: Patient) -> AsyncIterator[Said]:
    """Nothing is spoken in the clear beyond this machine, and nobody is believed who may be anybody."""
    assert patient.file is not None
    login = patient.file.login
    host = patient.environment.get("OKNO_HOST", "127.0.0.1")
    found: list[Said] = []
    if not is_own(host):
        todo = "listen on 127.0.0.1 behind a proxy with TLS, or see that only the proxy reaches this port"
        found.append(Said("warning", "proxy", f"plain HTTP is spoken on {host}", todo))
        if login.sandbox:
            found.append(
                Said("fault", "proxy", "login.sandbox on an address of the network", "take login.sandbox away")
            )
    if login.oidc is not None and not login.oidc.address.startswith("https://"):
        told = "cookies travel in the clear: login.oidc.address is http://"
        found.append(Said("warning", "proxy", told, "have a proxy speak TLS and write https://… here"))
    wide = [each for each in login.trusted_proxies if ipaddress.ip_network(each).prefixlen == 0]
    if wide:
        found.append(
            Said("fault", "proxy", f"login.trusted_proxies has {wide[0]}: everybody", "name the proxy's address")
        )
    for each in found:
        yield each
    if not found:
        yield Said("ok", "proxy", "nothing is spoken in the clear beyond this machine")


async def _is_ours(where: str) -> bool:
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=3)) as client,
            client.get(f"http://{where}/healthz") as answer,
        ):
            return bool(await answer.json() == {"status": "ok"})
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return False
