"""privacyIDEA's tokens to second factors. Source: privacyIDEA 3, GET /token/."""

from typing import Any, Final

from sources.kit.reading import BadData, moment, optional_text, part, text, truth, whole
from sources.ports.second_factors import SecondFactor

_KINDS: Final = {
    "totp": "TOTP",
    "daypassword": "TOTP",
    "hotp": "HOTP",
    "webauthn": "WEBAUTHN",
    "passkey": "WEBAUTHN",
    "u2f": "WEBAUTHN",
    "sms": "SMS",
    "push": "PUSH",
    "email": "EMAIL",
}
_READY: Final = (None, "enrolled")


def owner_of(token: Any) -> str:
    """The login of a token's owner, in lower case."""
    return text(token, "username").casefold()


def second_factor_of(token: Any, source: str) -> SecondFactor:
    """One token. A revoked one, and one whose enrolment nobody finished, cannot be used: it is not active. Too many
    failures lock a token though its own mark says nothing. Raises: BadData.
    """
    failures, most = whole(token, "failcount"), whole(token, "maxfail")
    ready = optional_text(token, "rollout_state") in _READY and not truth(token, "revoked")
    info = part(token, "info")
    return SecondFactor(
        source=source,
        serial=text(token, "serial"),
        kind=_KINDS.get(text(token, "tokentype").casefold(), "OTHER"),
        active=_told(token, "active") and ready,
        locked=_told(token, "locked") or (failures is not None and most is not None and 0 < most <= failures),
        description=optional_text(token, "description"),
        failures=failures,
        enrolled_at=moment(info, "creation_date"),
        last_used_at=moment(info, "last_auth"),
    )


def _told(token: Any, name: str) -> bool:
    value = truth(token, name)
    if value is None:
        raise BadData(f"{name}: missing")
    return value
