"""What is peculiar to issuing: roles by purpose, a private key told once, a token that may only read."""

from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from sources.ports.errors import SourceError
from sources.ports.keys import EmployeeRef
from sources.ports.write import TAKEN, Written
from sources.vault_pki.mapping import roles_of
from sources.vault_pki.tests.conftest import House, context, issued, permit_for, serial

ANN = EmployeeRef("0000001", "ann", "ann@okno.example")


async def send(house: House, write: str, *arguments: Any) -> Written:
    return await house.line.write(write, arguments, context(permit=permit_for(write)))


async def refused(house: House, write: str, *arguments: Any) -> SourceError:
    with pytest.raises(SourceError) as told:
        await send(house, write, *arguments)
    assert told.value.code == "SOURCE_REJECTED"
    return told.value


@pytest.mark.parametrize("purpose", ["VPN", "WIFI", "SIGNING"])
async def test_a_purpose_is_issued_by_its_role_for_the_days_asked(opened: Any, purpose: str) -> None:
    house = await opened()
    made = await send(house, "issue_certificate", ANN, purpose, 30)
    (found,) = await house.line.source.certificate_by_serial([made.key], None, context(fresh=True))
    assert (found.purpose, found.owner_login, found.emails) == (purpose, "ann", ("ann@okno.example",))
    assert (found.not_after - found.not_before).days == 30


async def test_what_is_told_once_is_the_certificate_and_its_own_key(opened: Any) -> None:
    house = await opened()
    made = await send(house, "issue_certificate", ANN, "VPN", 1)
    assert made.secret is not None
    certificate = x509.load_pem_x509_certificate(made.secret.text.encode())
    key = serialization.load_pem_private_key(made.secret.text.partition("-----END CERTIFICATE-----")[2].encode(), None)
    assert certificate.public_key() == key.public_key()  # type: ignore[union-attr]
    assert "KEY" not in repr(made)


@pytest.mark.parametrize(("purpose", "days"), [("OTHER", 30), ("vpn", 30), ("../revoke", 30), ("VPN", 0), ("VPN", -1)])
async def test_what_no_role_issues_is_refused_before_anything_is_sent(opened: Any, purpose: str, days: int) -> None:
    house = await opened()
    before = house.twin.state()
    await refused(house, "issue_certificate", ANN, purpose, days)
    assert (house.twin.writes, house.twin.state()) == (0, before)


async def test_an_installation_names_its_own_roles(opened: Any) -> None:
    house = await opened(roles="VPN=wifi")
    made = await send(house, "issue_certificate", ANN, "VPN", 1)
    assert house.twin.wrote == {"POST /v1/pki/issue/wifi": 1}
    assert made.key in house.twin.rows
    await refused(house, "issue_certificate", ANN, "SIGNING", 1)
    assert roles_of("VPN=a/../b; WIFI=; =x;SIGNING = s ") == {"SIGNING": "s"}


async def test_a_token_that_may_only_read_changes_nothing(opened: Any) -> None:
    house = await opened(issued(1), write_token="")
    before = house.twin.state()
    await refused(house, "revoke_certificate", serial(1))
    await refused(house, "issue_certificate", ANN, "VPN", 1)
    assert house.twin.state() == before


async def test_a_revoked_certificate_can_be_revoked_again_and_keeps_its_moment(opened: Any) -> None:
    house = await opened(issued(1))
    await send(house, "revoke_certificate", serial(1))
    before = house.twin.state()
    assert await send(house, "revoke_certificate", serial(1)) == TAKEN
    assert house.twin.state() == before
    await refused(house, "revoke_certificate", serial(2))
    await refused(house, "revoke_certificate", "not a serial")
