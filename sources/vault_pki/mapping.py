"""Certificates as the authority keeps them (PEM and a moment of revocation) to the port's records. Source: RFC 5280."""

import re
from collections.abc import Mapping
from typing import Any, Final

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID

from sources.kit.reading import BadData, epoch, text
from sources.ports.certificates import Certificate
from sources.ports.identifiers import Identifier
from sources.ports.keys import EmployeeRef

_SERIAL: Final = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2}){0,63}")
_HEX: Final = re.compile(r"[0-9a-f]{2,128}")
_ROLE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
ROLES: Final = "VPN=vpn; WIFI=wifi; SIGNING=signing"
_IPSEC: Final = ExtendedKeyUsageOID.IPSEC_IKE
_EAP_OVER_LAN: Final = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.14")
_DOCUMENT_SIGNING: Final = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")
_UNITS: Final = {"VPN": "VPN", "WIFI": "WIFI", "WI-FI": "WIFI", "SIGNING": "SIGNING"}


def serial_of(written: str) -> str | None:
    """A serial as the port writes it, lower-case hex with colons; None when it is none."""
    lowered = written.strip().lower().replace("-", ":")
    if ":" not in lowered and _HEX.fullmatch(lowered):
        padded = lowered if len(lowered) % 2 == 0 else f"0{lowered}"
        lowered = ":".join(padded[at : at + 2] for at in range(0, len(padded), 2))
    return lowered if _SERIAL.fullmatch(lowered) else None


def listed_serial(written: str) -> str:
    """A serial out of a list, fit to be asked for. Raises: BadData."""
    serial = serial_of(written)
    if serial is None:
        raise BadData("keys: expected serials")
    return serial


class Unreadable(ValueError):
    """The answer is sound, the certificate in it is not one we can read."""


def certificate_of(answer: Mapping[str, Any], serial: str, source: str) -> Certificate:
    """One certificate. Raises: BadData when the answer is not what the API promises; Unreadable."""
    pem = text(answer, "certificate")
    if "revocation_time" not in answer:
        raise BadData("revocation_time: a moment is missing")
    revoked_at = epoch(answer, "revocation_time")
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
        if certificate.serial_number != int(serial.replace(":", ""), 16):
            raise BadData("certificate: of another serial")
        is_authority = _is_authority(certificate)
        return Certificate(
            source=source,
            serial=serial,
            subject=certificate.subject.rfc4514_string(),
            issuer=certificate.issuer.rfc4514_string(),
            purpose="OTHER" if is_authority else _purpose(certificate),
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            owner_login=None if is_authority else _common_name(certificate),
            emails=() if is_authority else _emails(certificate),
            revoked_at=revoked_at,
        )
    except BadData:
        raise
    except (ValueError, x509.UnsupportedGeneralNameType, x509.DuplicateExtension) as problem:
        raise Unreadable(f"{serial}: {problem}") from None


def roles_of(written: str) -> dict[str, str]:
    """The engine's roles by purpose, of a setting such as `VPN=vpn; WIFI=wifi`."""
    pairs = (each.partition("=") for each in written.split(";") if each.strip())
    roles = {purpose.strip().upper(): role.strip() for purpose, _, role in pairs}
    return {purpose: role for purpose, role in roles.items() if purpose and _ROLE.fullmatch(role)}


def order_of(owner: EmployeeRef, days: int) -> dict[str, object]:
    """What a certificate is ordered with: the login as its name and no host's, the address inside."""
    order: dict[str, object] = {"common_name": owner.login, "exclude_cn_from_sans": True, "ttl": f"{days * 24}h"}
    return {**order, "alt_names": owner.email} if owner.email else order


def issued(made: Mapping[str, Any]) -> tuple[str, str]:
    """Serial of a new certificate, and it with its private key as PEM. Raises: BadData."""
    serial = serial_of(text(made, "serial_number"))
    if serial is None:
        raise BadData("serial_number: expected a serial")
    return serial, f"{text(made, 'certificate').strip()}\n{text(made, 'private_key').strip()}\n"


def identifier_of(certificate: Certificate) -> Identifier:
    """What one says of a certificate."""
    return Identifier("CERTIFICATE_SERIAL", certificate.serial, "Certificate", certificate.serial)


def _is_authority(certificate: x509.Certificate) -> bool:
    """Whether it is an authority's own: the list holds these too, and they are nobody's."""
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _common_name(certificate: x509.Certificate) -> str | None:
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else None


def _emails(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(names.get_values_for_type(x509.RFC822Name))


def _purpose(certificate: x509.Certificate) -> str:
    """VPN, WIFI, SIGNING or OTHER: by organisational unit, else by what only one of them uses its key for."""
    for unit in certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME):
        if str(unit.value).upper() in _UNITS:
            return _UNITS[str(unit.value).upper()]
    try:
        found = certificate.extensions.get_extension_for_oid(ExtensionOID.EXTENDED_KEY_USAGE).value
    except x509.ExtensionNotFound:
        return "OTHER"
    uses = set(found) if isinstance(found, x509.ExtendedKeyUsage) else set()
    if _EAP_OVER_LAN in uses:
        return "WIFI"
    if _IPSEC in uses:
        return "VPN"
    signs = bool(uses & {_DOCUMENT_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.CODE_SIGNING})
    connects = ExtendedKeyUsageOID.CLIENT_AUTH in uses
    if signs and not connects:
        return "SIGNING"
    return "VPN" if connects and not signs else "OTHER"
