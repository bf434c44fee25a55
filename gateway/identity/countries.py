"""Countries: from where people sign in, told by the proxy in front or by the provider; never by the browser itself."""

import re
from typing import Final

from starlette.requests import Request

from authz.vocabulary import UNKNOWN
from gateway.door.addresses import Networks, peer
from gateway.identity.login_settings import LoginSettings

_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_NO_COUNTRY: Final = frozenset({"XX", "ZZ"})
"""What proxies write for an address that they cannot place. Source: ISO 3166-1, user-assigned codes."""


class Countries:
    """Whose word counts on where somebody is: that of trusted proxies and of the provider, as configured."""

    def __init__(self, login: LoginSettings) -> None:
        self._header = login.country_header
        self._trusted = Networks(login.trusted_proxies)
        self._told = login.country_header is not None or (
            login.oidc is not None and login.oidc.country_claim is not None
        )

    def at_sign_in(self, http: Request, claimed: str | None) -> str | None:
        """The country that a session keeps. Shape: None where nothing tells it, or two things tell two."""
        header = self._of_header(http)
        if UNKNOWN in (header, claimed):
            return None
        return header if claimed in (None, header) else claimed if header is None else None

    def now(self, http: Request, kept: str | None) -> str | None:
        """The country of a request in a session. Shape: UNKNOWN where it ought to be told and is not, or has changed
        since sign-in; None where nothing is configured to tell it, and the workplace has to do.
        """
        if not self._told:
            return None
        header = self._of_header(http)
        return UNKNOWN if kept is None or header not in (None, kept) else kept

    def without_session(self, http: Request) -> str | None:
        """The country of a request by a token. Shape: as `now`; no provider has a say in it."""
        if self._header is None:
            return None
        return self._of_header(http) or UNKNOWN

    def _of_header(self, http: Request) -> str | None:
        """What a trusted proxy says. Shape: None where none says anything, UNKNOWN where it says no one country."""
        if self._header is None or not self._trusted.has(peer(http)):
            return None
        said = {each.strip() for each in http.headers.getlist(self._header)}
        return country_of(said.pop()) if len(said) == 1 else UNKNOWN if said else None


def country_of(said: object) -> str:
    """A country as conditions write it. Shape: UNKNOWN for whatever is none. Source: ISO 3166-1 alpha-2."""
    word = said.strip().upper() if isinstance(said, str) and said.isascii() else ""
    return word if _COUNTRY.fullmatch(word) and word not in _NO_COUNTRY else UNKNOWN
