"""Delivery's settings: sinks and anchors of the trail, and what is looked for in it."""

from collections.abc import Mapping
from datetime import time
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, field_validator, model_validator

from sources.kit.manifest import Duration
from sources.kit.yaml_file import Strict

Reference = Annotated[str, Field(pattern=r"^(env|file):.+")]
"""A secret stands elsewhere: `env:NAME` or `file:PATH`."""
_NEAR = ("127.0.0.1", "localhost", "::1")


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or parts.fragment:
        raise ValueError("expected https://… without user and fragment")
    if parts.scheme == "http" and parts.hostname not in _NEAR:
        raise ValueError("expected https://…, or http:// on this machine's own address")
    return url


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # no such zone; no name of one at all
        raise ValueError("expected the name of a time zone, as in America/Sao_Paulo") from None
    return name


Address = Annotated[str, AfterValidator(_address)]
Zone = Annotated[str, AfterValidator(_zone)]
Headers = Mapping[Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$")], Reference]
Span = Annotated[Duration, Field(gt=0)]


class SinkSettings(Strict):
    """One place that is told of every record.

    Shape: `file` for json_lines; `host`, `port`, `security`, `ca` and `enterprise` for syslog; `url`, `headers` and `batch` for
    http. With `personal` it is given the personal values that are kept, which are out of our hands from then on.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")
    kind: Literal["json_lines", "syslog", "http"]
    format: Literal["okno", "ocsf"] = "okno"
    personal: bool = False
    start: Literal["beginning", "now"] = "beginning"
    file: str | None = Field(default=None, min_length=1)
    host: str | None = Field(default=None, min_length=1)
    port: int = Field(default=6514, gt=0, lt=65_536)
    security: Literal["tls", "none"] = "tls"
    ca: str | None = None
    enterprise: int = Field(default=32473, gt=0)
    url: Address | None = None
    headers: Headers = Field(default_factory=dict)
    batch: Literal["array", "lines"] = "array"

    @model_validator(mode="after")
    def _keys_are_those_of_its_kind(self) -> "SinkSettings":
        needed, more = _OF_KIND[self.kind]
        if getattr(self, needed) is None:
            raise ValueError(f"expected {needed} for a sink of kind {self.kind}")
        others = {key for kind, (key, rest) in _OF_KIND.items() if kind != self.kind for key in (key, *rest)}
        wrong = sorted((others - {needed, *more}) & self.model_fields_set)
        if wrong:
            raise ValueError(f"a sink of kind {self.kind} has no {wrong[0]}")
        if self.kind == "syslog" and self.personal and self.security == "none" and self.host not in _NEAR:
            raise ValueError("expected security tls where personal values are sent to another machine")
        return self


_OF_KIND = {
    "json_lines": ("file", ()),
    "syslog": ("host", ("port", "security", "ca", "enterprise")),
    "http": ("url", ("headers", "batch")),
}


class AnchorSettings(Strict):
    """An address that checkpoints are posted to, and what it knows us by."""

    url: Address
    headers: Headers = Field(default_factory=dict)


class LookupSettings(Strict):
    """So many different employees by one operator within a time."""

    employees: int = Field(default=100, gt=1)
    within: Span = 3600.0


class CaselessSettings(LookupSettings):
    """The same, of what was read with no ticket named."""

    employees: int = Field(default=20, gt=0)


class VipSettings(Strict):
    """Somebody under special protection, with no ticket named: told once of an operator and employee within a time."""

    within: Span = 3600.0


class OddHoursSettings(Strict):
    """So many reads and changes by one operator at night or on days off, in the zone of their team."""

    begin: time = Field(alias="from")
    end: time = Field(alias="to")
    zone: Zone = "UTC"
    teams: Mapping[str, Zone] = Field(default_factory=dict)
    days_off: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = ()
    records: int = Field(default=10, gt=0)
    within: Span = 8 * 3600.0

    @field_validator("begin", "end", mode="before")
    @classmethod
    def _is_a_time_of_day(cls, said: object) -> object:
        # YAML reads 22:00 without quotation marks as a number to the base of 60
        if isinstance(said, int) and not isinstance(said, bool) and 0 <= said < 24 * 60:
            return time(said // 60, said % 60)
        if not isinstance(said, str):
            raise ValueError('expected a time of day, as in "22:00"')  # noqa: TRY004  # what pydantic tells of
        return said


class TakeOverSettings(Strict):
    """Second factor and password of one employee both changed within a time."""

    within: Span = 24 * 3600.0


class DetectionSettings(Strict):
    """What is looked for in the trail; null turns one off."""

    mass_lookup: LookupSettings | None = LookupSettings()
    vip: VipSettings | None = VipSettings()
    no_case: CaselessSettings | None = CaselessSettings()
    odd_hours: OddHoursSettings | None = None
    take_over: TakeOverSettings | None = TakeOverSettings()
    but: tuple[str, ...] = Field(default=(), alias="except")
