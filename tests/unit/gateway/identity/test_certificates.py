"""What holds of certificates behind a proxy: a service that has to show one is nobody without it, and nobody else may say so."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from gateway.door.door_settings import CertificateSettings, DoorSettings
from gateway.door.proxies import Proxies
from gateway.identity.callers import Caller, Callers, Refusal
from gateway.identity.countries import Countries
from gateway.identity.identity import Identity
from gateway.identity.login_settings import LoginSettings
from gateway.identity.tokens import READ

PROXY = "10.0.0.9"


def certificate(name: str) -> str:
    """A certificate of a made-up program, as nginx tells it."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key())
    made = made.serial_number(7).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    return quote(made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))


async def asked(identity: Identity, shown: str | None, peer: str = PROXY) -> Caller | Refusal | int:
    """Who a service is that shows a certificate; the status where it never gets as far."""
    token, _ = await identity.tokens.give_service("robot", (READ,), timedelta(days=1), "ann")
    services = {"robot": ("DNS:robot.example",)}
    settings = CertificateSettings(header="x-ssl-client-cert", services=services)
    known = identity.callers
    callers = Callers(
        known._tokens,
        known._sessions,
        known._groups,
        known._viewers,
        Countries(LoginSettings()),
        certificates=settings.services,
    )
    found: list[Any] = []

    async def application(scope: Scope, _receive: Receive, _send: Send) -> None:
        found.append(await callers.caller(Request(scope)))

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            found.append(message["status"])

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    headers = [(b"authorization", f"Bearer {token}".encode()), (b"host", b"okno.test")]
    headers += [(b"x-ssl-client-cert", shown.encode())] if shown is not None else []
    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "scheme": "http"}
    door = Proxies(application, DoorSettings(proxies=(f"{PROXY}/32",), client_certificates=settings))
    await door({**scope, "headers": headers, "client": (peer, 1), "server": ("okno", 80)}, receive, send)
    (who,) = found
    assert isinstance(who, Caller | Refusal | int)
    return who


async def test_a_service_is_known_by_its_token_and_its_certificate(identity: Identity) -> None:
    who = await asked(identity, certificate("robot.example"))
    assert isinstance(who, Caller)
    assert who.login == "robot"


@pytest.mark.parametrize("name", [None, "other.example", "robot.example.org"])
async def test_without_its_own_certificate_it_is_nobody(identity: Identity, name: str | None) -> None:
    who = await asked(identity, None if name is None else certificate(name))
    assert isinstance(who, Refusal)
    assert (who.status, who.code) == (401, "UNAUTHENTICATED")


async def test_nobody_but_a_proxy_says_what_was_shown(identity: Identity) -> None:
    assert await asked(identity, certificate("robot.example"), peer="10.0.0.8") == 400
    assert await asked(identity, "nonsense") == 400
