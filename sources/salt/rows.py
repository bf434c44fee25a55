"""What a Salt master of the site knows, in its own words: the seed of the twin."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal


@dataclass(slots=True)
class SaltPackage:
    """A package as the minion's package manager tells it. Units: `install_date_time_t` in seconds since 1970."""

    version: str
    vendor: str = ""
    install_date_time_t: int = 0


@dataclass(slots=True)
class SaltMinion:
    """A computer with an accepted key. Shape: only the `rpm` family tells vendor and date of a package."""

    id: str
    family: Literal["rpm", "deb", "windows", "macos"]
    packages: dict[str, SaltPackage] = field(default_factory=dict)
    online: bool = True


@dataclass(slots=True)
class SaltJob:
    """A job of the cache. Shape: `jid` its beginning, twenty digits; `end_time` as Salt writes moments, None meanwhile."""

    jid: str
    minion: str
    fun: str
    arg: list[object]
    user: str
    end_time: str | None = None
    success: bool | None = None
    returned: object = None


@dataclass(slots=True)
class LicenceSeat:
    """A seat of the site's licence register. Shape: moments in ISO 8601."""

    key: str
    product: str
    login: str
    granted: str
    expires: str | None = None


@dataclass(frozen=True, slots=True)
class SaltSeed:
    """A filled master. Shape: `catalogue` is what may be installed, name to version and vendor."""

    minions: Sequence[SaltMinion]
    jobs: Sequence[SaltJob]
    seats: Sequence[LicenceSeat]
    catalogue: dict[str, tuple[str, str]]
    suffix: str = ""
