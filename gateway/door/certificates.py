"""Certificates that clients have shown to a proxy of ours, and what they prove. Source: RFC 8705, RFC 9440."""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_to_bytes

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from starlette.requests import HTTPConnection

CERTIFICATE: Final = "okno.certificate"
"""Where the scope keeps what a client has shown; nothing that a client sends gets there by itself."""
_LONGEST: Final = 16_384


class WrongCertificate(ValueError):
    """What is said to be a certificate is none."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A certificate that a client has shown. Shape: `thumbprint` as in x5t#S256; `names` as configuration writes them."""

    thumbprint: str
    names: frozenset[str] = field(default_factory=frozenset)

    def proves(self, wanted: Iterable[str]) -> bool:
        """Whether it has one of the names wanted."""
        return not self.names.isdisjoint(wanted)


@lru_cache(maxsize=1_024)
def shown_in(header: str, value: str) -> Shown:
    """The certificate that a proxy tells: escaped PEM, or DER between colons. Raises: WrongCertificate."""
    if len(value) > _LONGEST:
        raise WrongCertificate("too long")
    if header != "client-cert":
        return shown_by(unquote_to_bytes(value))
    if not (len(value) > 2 and value.startswith(":") and value.endswith(":")):
        raise WrongCertificate("expected a byte sequence between colons")
    try:
        return _shown(x509.load_der_x509_certificate(base64.b64decode(value[1:-1], validate=True)))
    except (ValueError, binascii.Error):
        raise WrongCertificate("expected a certificate in DER") from None


def shown_by(pem: bytes) -> Shown:
    """What a certificate in PEM proves. Raises: WrongCertificate."""
    try:
        return _shown(x509.load_pem_x509_certificate(pem))
    except ValueError:
        raise WrongCertificate("expected a certificate in PEM") from None


def shown(http: HTTPConnection) -> Shown | None:
    """The certificate that the client of a request has shown to a proxy of ours."""
    found: Shown | None = http.scope.get(CERTIFICATE)
    return found


def _shown(certificate: x509.Certificate) -> Shown:
    digest = certificate.fingerprint(SHA256())
    names = {f"sha256:{digest.hex()}", f"subject:{certificate.subject.rfc4514_string()}"}
    try:
        san = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        san = None
    if san is not None:
        names |= {f"DNS:{each}" for each in san.get_values_for_type(x509.DNSName)}
        names |= {f"URI:{each}" for each in san.get_values_for_type(x509.UniformResourceIdentifier)}
        names |= {f"email:{each}" for each in san.get_values_for_type(x509.RFC822Name)}
    return Shown(base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), frozenset(names))
