"""Vault's API as a protocol: only reads leave without a permit."""

from typing import Any

import pytest

from sources.ports.errors import SourceError, WriteRefused
from sources.vault_pki.tests.conftest import context, issued, permit_for, serial
from sources.vault_pki.twin import ROLE, WRITER


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/pki/revoke"),
        ("PUT", "/v1/pki/revoke"),
        ("DELETE", "/v1/pki/root"),
        ("POST", "/v1/pki/issue/vpn"),
        ("POST", "/v1/auth/token/create"),
        ("POST", "/v1/auth/approle/role/x/login"),
        ("POST", "/v1/sys/seal"),
    ],
)
async def test_a_write_without_a_permit_never_leaves(opened: Any, method: str, path: str) -> None:
    house = await opened(issued(1), token=WRITER)
    with pytest.raises(WriteRefused):
        await house.source._vault._http.request(method, path, context(), json={"serial_number": serial(1)})
    with pytest.raises(WriteRefused):
        await house.source._vault.write(
            "/v1/pki/revoke", {"serial_number": serial(1)}, context(), write="revoke_certificate"
        )
    assert house.twin.calls == 0
    assert house.twin.rows[serial(1)].revoked_at is None


async def test_a_permit_lets_one_write_pass_and_no_second(opened: Any) -> None:
    house = await opened(issued(1), issued(2), token=WRITER)
    call = context(permit=permit_for("revoke_certificate"))
    vault = house.source._vault
    await vault.write("/v1/pki/revoke", {"serial_number": serial(1)}, call, write="revoke_certificate")
    with pytest.raises(WriteRefused):
        await vault.write("/v1/pki/revoke", {"serial_number": serial(2)}, call, write="revoke_certificate")
    assert house.twin.calls == 1
    assert house.twin.rows[serial(2)].revoked_at is None


async def test_reading_rights_do_not_write_whatever_the_permit(opened: Any) -> None:
    house = await opened(issued(1))
    call = context(permit=permit_for("revoke_certificate"))
    with pytest.raises(SourceError) as refused:
        await house.source._vault.write(
            "/v1/pki/revoke", {"serial_number": serial(1)}, call, write="revoke_certificate"
        )
    assert refused.value.code == "SOURCE_REJECTED" and "permission denied" in refused.value.detail
    assert house.twin.rows[serial(1)].revoked_at is None


async def test_the_declared_login_passes(opened: Any) -> None:
    house = await opened(issued(1))
    login = {"role_id": ROLE[0], "secret_id": ROLE[1]}
    answer = await house.source._vault._http.request("POST", "/v1/auth/approle/login", context(), json=login)
    assert answer.body["auth"]["client_token"].startswith("s.")


async def test_nothing_there_is_none_and_no_such_path_is_a_refusal(opened: Any) -> None:
    house = await opened(issued(1))
    assert await house.source._vault.read(f"/v1/pki/cert/{serial(9)}", context()) is None
    with pytest.raises(SourceError, match="refused"):
        await house.source._vault.read("/v1/nowhere/at/all", context())
