"""The company's second factors, as privacyIDEA keeps them."""

from typing import Final

from sandbox.company.model import Company, FactorKind, SecondFactor
from sources.privacyidea.twin import PiSeed, PiToken, PrivacyIdeaTwin

REALM: Final = "corp"
_TYPES: Final[dict[FactorKind, str]] = {"TOTP": "totp", "WEBAUTHN": "webauthn", "SMS": "sms", "PUSH": "push"}


def twin(company: Company) -> PrivacyIdeaTwin:
    """The second-factor server's twin, filled."""
    return PrivacyIdeaTwin(seed(company))


def seed(company: Company) -> PiSeed:
    """Everybody the domain knows, by the id of their domain account, and every token.

    A token that was locked by wrong codes has its failure counter at the limit; the mark `locked` stays off.
    """
    users = {account.login: account.object_guid for account in company.accounts if account.domain == "corp"}
    return PiSeed(REALM, users, [_token(factor) for factor in company.second_factors])


def _token(factor: SecondFactor) -> PiToken:
    info = {"creation_date": factor.enrolled_at.isoformat(timespec="seconds"), "tokenkind": "software"}
    if factor.last_used_at is not None:
        info["last_auth"] = factor.last_used_at.isoformat(sep=" ", timespec="microseconds")
    return PiToken(
        serial=factor.serial,
        tokentype=_TYPES[factor.kind],
        username=factor.owner_login,
        description=factor.description,
        active=factor.active,
        failcount=max(factor.fail_count, 10) if factor.locked else factor.fail_count,
        info=info,
    )
