"""The real servers as sources of one installation: which connector reads which server, and with what settings."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import pytest

from tests.real.servers import harness
from tests.real.servers.place import place
from tests.real.servers.server import Facts, nested

Settings = dict[str, str]
_DIGITS: Final = "7"


@dataclass(frozen=True, slots=True)
class RealSystem:
    """One source over one real server.

    Shape: `settings` makes the reader's settings of the server's facts, `writing` those of who may do the operations,
    where the server can tell them apart.
    """

    source: str
    system: str
    server: str
    settings: Callable[[Facts], Settings]
    writing: Callable[[Facts], Settings] = lambda _facts: {}


class Missing(Exception):
    """A real server is not running here. The message names it and says how to get it."""


def _directory(facts: Facts) -> Settings:
    return {"url": str(facts["url"]), "token": nested(facts, "credentials")["admin"]["token"]}


def _hr(facts: Facts) -> Settings:
    return {"url": str(facts["url"]), **_credentials(facts, "reader"), "id_width": _DIGITS}


def _domain(facts: Facts) -> Settings:
    return {**_ldap(facts), "domain": "CORP", "privileged_groups": "VPN-Admins; PKI-Operators"}


def _lab(facts: Facts) -> Settings:
    return {**_ldap(facts), "domain": "LAB", "privileged_groups": "lab-root; lab-admins"}


def _ldap(facts: Facts) -> Settings:
    address = {"url": str(facts["url"]), "ca": str(facts["ca"]), "base": str(facts["base"])}
    return {**address, **_credentials(facts, "reader")}


def _certificates(facts: Facts) -> Settings:
    token = nested(facts, "credentials")["reader"]["token"]
    return {"url": str(facts["url"]), "mount": str(facts["mount"]), "token": token}


def _equipment(facts: Facts) -> Settings:
    url = urlsplit(str(facts["url"]))
    return {"url": f"{url.scheme}://{url.netloc}", "path": url.path, "id_width": _DIGITS}


def _badges(facts: Facts) -> Settings:
    address = f"postgresql://{facts['host']}:{facts['port']}/badges"
    return {"url": address, **_credentials(facts, "reader"), "digits": _DIGITS}


def _tickets(facts: Facts) -> Settings:
    return {"url": str(facts["url"]), **_credentials(facts, "admin")}


def _second_factors(facts: Facts) -> Settings:
    return {"url": str(facts["url"]), **_credentials(facts, "admin"), "realm": str(facts["realm"])}


def _vpn(facts: Facts) -> Settings:
    return {"address": str(facts["address"])}


def _as_admin(facts: Facts) -> Settings:
    return _to_write(_credentials(facts, "admin"))


def _as_issuer(facts: Facts) -> Settings:
    roles = "; ".join(f"{purpose}=employee" for purpose in ("VPN", "WIFI", "SIGNING"))
    return {"write_token": nested(facts, "credentials")["writer"]["token"], "roles": roles}


def _as_owner(facts: Facts) -> Settings:
    owner = urlsplit(nested(facts, "databases")["badges"]["owner"])
    return _to_write({"user": owner.username or "", "password": owner.password or ""})


def _to_write(known: Settings) -> Settings:
    return {f"write_{name}": value for name, value in known.items()}


def _credentials(facts: Facts, who: str) -> Settings:
    known = nested(facts, "credentials")[who]
    return {"user": known["user"], "password": known["password"]}


REAL: Final = (
    RealSystem("directory", "scim", "scim2", _directory),
    RealSystem("hr", "odata_hr", "cap", _hr),
    RealSystem("domain", "active_directory", "samba", _domain, _as_admin),
    RealSystem("lab", "openldap", "slapd", _lab, _as_admin),
    RealSystem("certificates", "vault_pki", "openbao", _certificates, _as_issuer),
    RealSystem("equipment", "equipment_graphql", "postgraphile", _equipment),
    RealSystem("badges", "badges_sql", "postgres", _badges, _as_owner),
    RealSystem("tickets", "request_tracker", "request_tracker", _tickets),
    RealSystem("second_factors", "privacyidea", "privacyidea", _second_factors),
    RealSystem("vpn", "openvpn", "openvpn", _vpn),
)


def real_system(source: str) -> RealSystem:
    """The real system behind a source of the installation."""
    return next(each for each in REAL if each.source == source)


def running() -> Mapping[str, Facts]:
    """Facts of every real server that lives now, by its name."""
    return harness.living(place())


def facts_of(server: str) -> Facts:
    """Facts of one server. Raises: Missing."""
    found = running().get(server)
    if found is None:
        raise Missing(how_to_get(server))
    return found


def how_to_get(server: str) -> str:
    """What is missing and what brings it."""
    known = harness.servers()[server]
    needs = [f"only root can start it: {known.root_because}"] if known.root_because else []
    if lacking := known.debian():
        needs.append(f"Debian packages that are not here yet: {', '.join(lacking)}")
    more = f" ({'; '.join(needs)})" if needs else ""
    return f"the real server {server} ({known.title}) is not running: `make real-up` installs and starts it{more}"


def is_ci() -> bool:
    """Whether every server must be there."""
    return os.environ.get("CI", "").lower() in ("1", "true", "yes")


def required(server: str) -> Facts:
    """Facts of a server that a test cannot do without: on CI its absence is a failure, elsewhere a named skip."""
    try:
        return facts_of(server)
    except Missing as problem:
        if is_ci():
            pytest.fail(str(problem))
        pytest.skip(str(problem))
