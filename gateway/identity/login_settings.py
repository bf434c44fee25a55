"""Login settings: how people sign in to an installation, and how long a session lives."""

import ipaddress
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from gateway.door.addresses import NetworkNames
from gateway.references import path_of
from sources.kit.manifest import Duration
from sources.kit.yaml_file import Strict


class OidcSettings(Strict):
    """The OpenID Connect provider that people sign in at.

    `address` is where browsers reach this gateway, without a path; `client_secret` is a reference and may be left out
    for a public client. `login_claim` names the claim that is the login as teams write it, `groups_claim` the one with
    the names of a person's groups, None where the provider tells none; `country_claim` the one with the country that
    people sign in from, None where the provider is not believed about it.
    """

    issuer: str
    address: str
    client_id: str = Field(min_length=1)
    client_secret: str | None = None
    scopes: tuple[str, ...] = ("openid", "profile")
    login_claim: str = Field(default="preferred_username", min_length=1)
    groups_claim: str | None = Field(default="groups", min_length=1)
    country_claim: str | None = Field(default=None, min_length=1)

    @field_validator("issuer", "address")
    @classmethod
    def _address_is_safe(cls, url: str) -> str:
        if not is_safe_address(url):
            raise ValueError("expected https://…, or http:// on this machine's own address")
        parts = urlsplit(url)
        if parts.query or parts.fragment or parts.username or parts.password:
            raise ValueError("expected an address without user, query and fragment")
        return url

    @field_validator("address")
    @classmethod
    def _address_has_no_path(cls, url: str) -> str:
        if urlsplit(url).path not in ("", "/"):
            raise ValueError("expected an address without a path, as browsers' cookies have none")
        return url.rstrip("/")

    @field_validator("scopes")
    @classmethod
    def _scopes_are_of_openid(cls, scopes: tuple[str, ...]) -> tuple[str, ...]:
        if "openid" not in scopes:
            raise ValueError("expected openid among the scopes")
        return scopes

    @field_validator("client_secret")
    @classmethod
    def _secret_is_a_reference(cls, secret: str | None) -> str | None:
        if secret is not None and not secret.startswith(("env:", "file:")):
            raise ValueError("expected a reference (env:NAME or file:PATH): secrets do not stand in configuration")
        return secret

    def secret(self, environment: Mapping[str, str]) -> str | None:
        """Follow the reference to the client's secret. Raises: ValueError that says what was expected."""
        if self.client_secret is None:
            return None
        kind, _, name = self.client_secret.partition(":")
        if kind == "env":
            if not environment.get(name):
                raise ValueError(f"expected the environment variable {name} to be set")
            return environment[name]
        try:
            found = path_of(name, environment).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as problem:  # ValueError: not UTF-8, or no path at all
            raise ValueError(f"expected a readable file ({type(problem).__name__})") from None
        if not found:
            raise ValueError("expected a file that is not empty")
        return found


class LoginSettings(Strict):
    """Who may sign in, and for how long.

    `sandbox` lets `okno token` make tokens for anyone, good on loopback only. A session ends when it has not been used
    for `idle`, and after `longest` whatever happens. `groups_source` is the source whose groups say who belongs to a
    team; the first that serves the port `groups` unless named. `country_header` is the header in which the proxy in
    front says from which country a request comes; it is believed when `trusted_proxies`, networks in CIDR notation,
    has the address that the request comes from. Units: seconds.
    """

    sandbox: bool = False
    oidc: OidcSettings | None = None
    idle: Annotated[Duration, Field(ge=60)] = 1_800.0
    longest: Annotated[Duration, Field(ge=60)] = 36_000.0
    groups_source: str | None = None
    country_header: str | None = Field(default=None, pattern=r"^[A-Za-z0-9-]{1,60}$")
    trusted_proxies: NetworkNames = ()

    @model_validator(mode="after")
    def _somebody_is_trusted_with_the_country(self) -> "LoginSettings":
        if self.country_header is not None and not self.trusted_proxies:
            raise ValueError("expected trusted_proxies beside country_header: nobody else may say where somebody is")
        return self

    @model_validator(mode="after")
    def _idle_ends_before_longest(self) -> "LoginSettings":
        if self.idle > self.longest:
            raise ValueError("expected idle to be at most longest")
        return self


def is_safe_address(url: str) -> bool:
    """Whether secrets may be sent there: over TLS, or without leaving this machine."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_own(host)))


def is_own(host: str | None) -> bool:
    """Whether a host is this machine. An IPv4 address may come in the clothes of IPv6."""
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host or "")
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
