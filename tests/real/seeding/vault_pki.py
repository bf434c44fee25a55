"""Certificates by Vault's API: issued anew in an engine of their own; one that has run out gets a life of a second."""

from dataclasses import replace
from datetime import UTC, datetime

from sandbox.company.model import Company
from sandbox.seeds.vault_pki import seed
from tests.real.seeding.http import Json, Row
from tests.real.servers.openbao.server import ROLE
from tests.real.servers.server import Facts, nested

_LONGEST = 8000 * 3600
"""Seconds; a little less than the role allows."""


def fill(facts: Facts, company: Company) -> Company:
    """The company with the serials that the authority gave."""
    serials: dict[str, str] = {}
    now = datetime.now(UTC)
    with authority(facts) as server:
        _begin_anew(server)
        for row in seed(company):
            life = min(_LONGEST, max(1, int((row.not_after - now).total_seconds())))
            issued = issue(server, common_name=row.common_name, alt_names=row.alt_names, ttl=f"{life}s")
            serials[row.serial] = issued
            if row.revoked_at is not None and life > 1:
                server.ask("POST", "/pki/revoke", {"serial_number": issued})
    return replace(
        company, certificates=tuple(replace(each, serial=serials[each.serial]) for each in company.certificates)
    )


def authority(facts: Facts) -> Json:
    """The server, signed in to as root."""
    return Json(f"{facts['url']}/v1", {"X-Vault-Token": nested(facts, "credentials")["admin"]["token"]})


def issue(server: Json, **order: str) -> str:
    """A certificate's serial."""
    issued = server.ask("POST", "/pki/issue/employee", {"exclude_cn_from_sans": True, **order})
    return str(_data(issued)["serial_number"])


def _begin_anew(server: Json) -> None:
    """An engine without certificates; tokens and policies stay. Keys are made quickly: nobody relies on them."""
    server.ask("DELETE", "/sys/mounts/pki")
    server.ask("POST", "/sys/mounts/pki", {"type": "pki", "config": {"max_lease_ttl": "87600h"}})
    server.ask(
        "POST", "/pki/root/generate/internal", {"common_name": "Corp Test CA", "ttl": "87600h", "issuer_name": "corp"}
    )
    server.ask("POST", "/pki/roles/employee", {**ROLE, "key_type": "ec", "key_bits": 256})


def _data(answer: Row) -> Row:
    data = answer["data"]
    assert isinstance(data, dict)
    return data
