"""A Vault server with a PKI engine: real certificates, serials listed alone, revocation, AppRole login."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sources.kit.twin.http import HttpTwin

READER: Final = "s.twin-pki-reader"
WRITER: Final = "s.twin-pki-writer"
ROLE: Final = ("twin-role", "twin-secret")
_USES: Final = {
    "vpn": (ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.IPSEC_IKE),
    "wifi": (ExtendedKeyUsageOID.CLIENT_AUTH, x509.ObjectIdentifier("1.3.6.1.5.5.7.3.14")),
    "signing": (ExtendedKeyUsageOID.EMAIL_PROTECTION,),
}
_LEASE: Final = 3600


@dataclass(frozen=True, slots=True)
class IssuedRow:
    """One certificate as ordered: `role` is the engine's role that issued it; `alt_names` the address inside."""

    serial: str
    role: str
    common_name: str
    alt_names: str
    not_before: datetime
    not_after: datetime
    issuer: str
    revoked_at: datetime | None = None


class VaultPkiTwin(HttpTwin):
    """The authority. `lists_revoked` off imitates servers without that list.

    A certificate of the seed is made when it is first read, with one key for all: a few thousand take seconds, not
    minutes. One that is issued has a key of its own, told once.
    """

    passing = frozenset({"tokens"})

    def __init__(self, seed: Sequence[IssuedRow], *, lists_revoked: bool = True) -> None:
        super().__init__()
        self.rows = {row.serial: row for row in seed}
        self.lists_revoked = lists_revoked
        self.tokens = {READER, WRITER}
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._pems: dict[str, str] = {}
        self.root = _colons(x509.random_serial_number())

    def settings(self) -> Mapping[str, str]:
        """Address, the token that may list and read, and the one that may issue and revoke."""
        return {"url": self.url, "mount": "pki", "token": READER, "write_token": WRITER, "refresh": "5s"}

    def application(self) -> web.Application:
        """The engine below `/v1/pki`, and the login."""
        application = web.Application()
        add = application.router.add_route
        add("POST", "/v1/auth/approle/login", self._log_in)
        add("GET", "/v1/pki/certs", self._list)
        add("GET", "/v1/pki/certs/revoked", self._list_revoked)
        add("GET", "/v1/pki/cert/{serial}", self._read)
        add("POST", "/v1/pki/issue/{role}", self._issue)
        add("POST", "/v1/pki/revoke", self._revoke)
        add("*", "/{rest:.*}", self._unknown)
        return application

    async def _log_in(self, request: web.Request) -> web.Response:
        body = await request.json()
        if (body.get("role_id"), body.get("secret_id")) != ROLE:
            return _refused(400, "invalid role or secret ID")
        token = f"s.{secrets.token_hex(12)}"
        self.tokens.add(token)
        return _answered(None, auth={"client_token": token, "lease_duration": _LEASE, "renewable": True})

    async def _list(self, request: web.Request) -> web.Response:
        if request.query.get("list") != "true":
            return self._denied(request) or _refused(405, "unsupported operation")
        return self._denied(request) or _listed([self.root, *self.rows])

    async def _list_revoked(self, request: web.Request) -> web.Response:
        if not self.lists_revoked or request.query.get("list") != "true":
            return self._denied(request) or _refused(404, "1 error occurred:\n\t* unsupported path\n\n")
        return self._denied(request) or _listed([row.serial for row in self.rows.values() if row.revoked_at])

    async def _read(self, request: web.Request) -> web.Response:
        serial = request.match_info["serial"].replace("-", ":")
        if serial not in self.rows and serial != self.root:
            return self._denied(request) or _refused(404)
        row = self.rows.get(serial)
        revoked_at = row.revoked_at if row else None
        data: dict[str, Any] = {
            "certificate": self.pem(serial),
            "issuer_id": "",
            "revocation_time": int(revoked_at.timestamp()) if revoked_at else 0,
            "revocation_time_rfc3339": revoked_at.isoformat() if revoked_at else "",
        }
        return self._denied(request) or _answered(data)

    async def _issue(self, request: web.Request) -> web.Response:
        if denied := self._denied(request, writing=True):
            return denied
        body, role = await request.json(), request.match_info["role"]
        if role not in _USES:
            return _refused(400, f"unknown role: {role}")
        if not body.get("common_name"):
            return _refused(
                400,
                'the common_name field is required, or must be provided in a CSR with "use_csr_common_name" set to true',
            )
        began = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=30)
        ends = began + timedelta(hours=int(str(body.get("ttl", "720h")).removesuffix("h")))
        serial = _colons(x509.random_serial_number())
        names = body.get("alt_names", "")
        self.rows[serial] = IssuedRow(serial, role, body["common_name"], names, began, ends, "Okno Access CA 2")
        key = ec.generate_private_key(ec.SECP256R1())
        self._pems[serial] = self._made(serial, key.public_key())
        return _answered(
            {
                "serial_number": serial,
                "certificate": self.pem(serial),
                "private_key": key.private_bytes(
                    serialization.Encoding.PEM,
                    serialization.PrivateFormat.TraditionalOpenSSL,
                    serialization.NoEncryption(),
                ).decode(),
                "private_key_type": "ec",
                "expiration": int(ends.timestamp()),
            }
        )

    async def _revoke(self, request: web.Request) -> web.Response:
        if denied := self._denied(request, writing=True):
            return denied
        serial = str((await request.json()).get("serial_number", "")).replace("-", ":")
        row = self.rows.get(serial)
        if row is None:
            return _refused(400, f"certificate with serial {serial} not found")
        revoked_at = row.revoked_at or datetime.now(UTC).replace(microsecond=0)
        self.rows[serial] = replace(row, revoked_at=revoked_at)
        return _answered({"revocation_time": int(revoked_at.timestamp()), "state": "revoked"})

    async def _unknown(self, request: web.Request) -> web.Response:
        return _refused(404, f"no handler for route {request.path.removeprefix('/v1/')!r}")

    def _denied(self, request: web.Request, *, writing: bool = False) -> web.Response | None:
        token = request.headers.get("X-Vault-Token")
        if token not in self.tokens or (writing and token != WRITER):
            return _refused(403, "permission denied")
        return None

    def pem(self, serial: str) -> str:
        """The certificate of a serial."""
        if serial not in self._pems:
            self._pems[serial] = self._made(serial, self._key.public_key())
        return self._pems[serial]

    def _made(self, serial: str, key: ec.EllipticCurvePublicKey) -> str:
        row = self.rows.get(serial)
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, row.issuer if row else "Okno Root CA")])
        builder = (
            x509.CertificateBuilder()
            .serial_number(int(serial.replace(":", ""), 16))
            .issuer_name(issuer)
            .public_key(key)
            .add_extension(x509.BasicConstraints(ca=row is None, path_length=None), critical=True)
        )
        if row is None:
            began = datetime(2020, 1, 1, tzinfo=UTC)
            builder = builder.subject_name(issuer).not_valid_before(began).not_valid_after(began.replace(year=2040))
        else:
            unit = x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, row.role.upper())
            name = x509.NameAttribute(NameOID.COMMON_NAME, row.common_name)
            names = [x509.RFC822Name(each.strip()) for each in row.alt_names.split(",") if each.strip()]
            builder = (
                builder.subject_name(x509.Name([unit, name]))
                .not_valid_before(row.not_before)
                .not_valid_after(row.not_after)
                .add_extension(x509.ExtendedKeyUsage(_USES[row.role]), critical=False)
            )
            if names:
                builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def _colons(number: int) -> str:
    """A serial as the server writes it: lower-case hex with colons, no zero byte in front."""
    return number.to_bytes((number.bit_length() + 7) // 8, "big").hex(":")


def _listed(serials: Sequence[str]) -> web.Response:
    return _answered({"keys": sorted(serials)}) if serials else _refused(404)


def _answered(data: Mapping[str, Any] | None, auth: Mapping[str, Any] | None = None) -> web.Response:
    body = {
        "request_id": secrets.token_hex(16),
        "lease_id": "",
        "renewable": False,
        "lease_duration": 0,
        "data": data,
        "wrap_info": None,
        "warnings": None,
        "auth": auth,
    }
    return web.json_response(body)


def _refused(status: int, *complaints: str) -> web.Response:
    return web.json_response({"errors": list(complaints)}, status=status)
