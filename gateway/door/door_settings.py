"""Settings of the door: which names, pages and proxies are ours, and how much one caller gets."""

import re
from typing import Annotated, Final, Literal

from pydantic import Field, field_validator, model_validator

from gateway.door.addresses import HOST, NetworkNames
from sources.kit.manifest import Duration
from sources.kit.yaml_file import Strict

_ORIGIN: Final = re.compile(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:[0-9]{1,5})?")
_PROOF: Final = re.compile(r"sha256:[0-9a-f]{64}|subject:.+|(DNS|URI|email):.+")


class RateSettings(Strict):
    """How much is answered in one process; tokens of a bucket that fills again evenly.

    Units: `per_second` requests a second, `burst` requests at once, `failures` refused credentials a minute.
    """

    address_per_second: float = Field(default=300.0, gt=0, le=1_000_000)
    address_burst: int = Field(default=1_500, ge=1, le=10_000_000)
    caller_per_second: float = Field(default=50.0, gt=0, le=1_000_000)
    caller_burst: int = Field(default=300, ge=1, le=10_000_000)
    failures: int = Field(default=10, ge=1, le=1_000_000)


class ConnectionSettings(Strict):
    """How many connections are held at a time, and how long a slow one is waited for.

    Units: seconds. `head` from the first byte of a request (or from connecting) to the end of its headers, `body` from there
    to the end of the request, `stall` for a client that does not read its answer.
    """

    most: int = Field(default=2_000, ge=1, le=1_000_000)
    per_address: int = Field(default=500, ge=1, le=1_000_000)
    head: Annotated[Duration, Field(gt=0, le=300)] = 10.0
    body: Annotated[Duration, Field(gt=0, le=3_600)] = 40.0
    stall: Annotated[Duration, Field(gt=0, le=3_600)] = 30.0


class CertificateSettings(Strict):
    """Client certificates, checked by a trusted proxy and told in one header.

    Shape: `services` says by login what the certificate must have: `sha256:` and the fingerprint in hexadecimal digits,
    `subject:` and the name as RFC 4514 writes it, or an alternative name such as `DNS:robot.example`.
    """

    header: Literal["x-ssl-client-cert", "client-cert"]
    services: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    @field_validator("services")
    @classmethod
    def _proofs_are_known(cls, services: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for login, proofs in services.items():
            wrong = [each for each in proofs if _PROOF.fullmatch(each) is None]
            if wrong or not proofs:
                told = wrong[0] if wrong else "none"
                raise ValueError(
                    f"{login}: expected sha256:, subject:, DNS:, URI: or email: and what follows it, is {told!r}"
                )
        return services


class DoorSettings(Strict):
    """Who is let in at all. Shape: `hosts` with or without a port, `*` for any; `origins` as browsers write them."""

    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    proxies: NetworkNames = ()
    forwarded: Literal["x-forwarded", "forwarded"] = "x-forwarded"
    client_certificates: CertificateSettings | None = None
    rates: RateSettings = RateSettings()
    connections: ConnectionSettings = ConnectionSettings()

    @field_validator("hosts")
    @classmethod
    def _hosts_are_names(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for each in hosts:
            if each != "*" and HOST.fullmatch(each) is None:
                raise ValueError(f"expected a name or address, with or without a port, in small letters, is {each!r}")
        return hosts

    @field_validator("origins")
    @classmethod
    def _origins_are_exact(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for each in origins:
            if _ORIGIN.fullmatch(each) is None:
                raise ValueError(
                    f"expected an origin such as https://page.example, exactly and no pattern, is {each!r}"
                )
        return origins

    @model_validator(mode="after")
    def _somebody_is_trusted_with_certificates(self) -> "DoorSettings":
        if self.client_certificates is not None and not self.proxies:
            raise ValueError("expected proxies beside client_certificates: nobody else may say what a client has shown")
        return self
