"""Login settings: what could weaken sign-in is refused with its place."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.identity.identity import Identity
from gateway.identity.login_settings import LoginSettings, OidcSettings, is_safe_address
from gateway.settings import Installation, OknoFile
from gateway.store import Store
from sources.kit.yaml_file import ConfigError, load
from tests.unit.gateway.identity.directory import Directory

OIDC = {"issuer": "https://id.example", "address": "https://okno.example", "client_id": "okno"}


def write(folder: Path, login: dict[str, Any]) -> Path:
    file = folder / "okno.yaml"
    file.write_text(yaml.safe_dump({"name": "T", "sources": {}, "login": login}), encoding="utf-8")
    return file


def test_durations_and_defaults(tmp_path: Path) -> None:
    login = load(write(tmp_path, {"idle": "5m", "longest": "8h", "oidc": OIDC}), OknoFile).login
    assert (login.idle, login.longest) == (300, 28_800)
    assert login.oidc is not None
    assert (login.oidc.login_claim, login.oidc.groups_claim, login.oidc.scopes) == (
        "preferred_username",
        "groups",
        ("openid", "profile"),
    )


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"issuer": "http://id.example"}, "login.oidc.issuer"),
        ({"issuer": "https://id.example/?a=b"}, "login.oidc.issuer"),
        ({"issuer": "https://me:secret@id.example"}, "login.oidc.issuer"),
        ({"address": "http://okno.example"}, "login.oidc.address"),
        ({"address": "https://okno.example/sub"}, "login.oidc.address"),
        ({"address": "okno.example"}, "login.oidc.address"),
        ({"client_secret": "plain"}, "login.oidc.client_secret"),
        ({"scopes": ["profile"]}, "login.oidc.scopes"),
        ({"client_id": ""}, "login.oidc.client_id"),
        ({"clientid": "okno"}, "login.oidc.clientid"),
    ],
    ids=str,
)
def test_a_weak_provider_is_refused(tmp_path: Path, changes: dict[str, Any], place: str) -> None:
    with pytest.raises(ConfigError) as mistake:
        load(write(tmp_path, {"oidc": OIDC | changes}), OknoFile)
    assert mistake.value.key == place
    assert mistake.value.line is not None


@pytest.mark.parametrize("login", [{"idle": "1s"}, {"idle": "9h", "longest": "1h"}, {"longest": "0s"}, {"idle": 5}])
def test_sessions_that_cannot_be_are_refused(tmp_path: Path, login: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="login"):
        load(write(tmp_path, login), OknoFile)


def test_the_secret_is_followed_to_where_it_stands(tmp_path: Path) -> None:
    kept = tmp_path / "secret"
    kept.write_text("s\n", encoding="utf-8")
    assert OidcSettings(**OIDC).secret({}) is None
    assert OidcSettings(**OIDC, client_secret="env:A").secret({"A": "b"}) == "b"
    assert OidcSettings(**OIDC, client_secret=f"file:{kept}").secret({}) == "s"


@pytest.mark.parametrize("reference", ["env:MISSING", "env:", "file:/nowhere", "file:/dev/null", "file:\0"])
def test_a_secret_that_is_not_there_names_its_place(empty: Store, tmp_path: Path, reference: str) -> None:
    oidc = OIDC | {"client_secret": reference}
    (tmp_path / "okno.yaml").write_text(
        f"name: T\nlogin:\n  oidc:\n    client_secret: {reference!r}\n", encoding="utf-8"
    )
    file = OknoFile(name="T", sources={}, login=LoginSettings(oidc=OidcSettings(**oidc)))
    with pytest.raises(ConfigError) as mistake:
        Identity.open(Installation(tmp_path, file, (), ()), empty, Directory({}), None, {})  # type: ignore[arg-type]
    assert (mistake.value.key, mistake.value.line) == ("login.oidc.client_secret", 4)


def test_groups_of_a_source_that_has_none_are_refused(empty: Store, tmp_path: Path) -> None:
    (tmp_path / "okno.yaml").write_text("name: T\nlogin:\n  groups_source: hr\n", encoding="utf-8")
    file = OknoFile(name="T", sources={}, login=LoginSettings(groups_source="hr"))
    with pytest.raises(ConfigError, match="a source that serves groups: domain, lab"):
        Identity.open(Installation(tmp_path, file, (), ()), empty, Directory({}), None, {})  # type: ignore[arg-type]


def test_secrets_travel_over_tls_or_not_at_all() -> None:
    good = ("https://a.example", "http://127.0.0.1:8000", "http://localhost", "http://[::1]:1", "http://127.9.9.9")
    bad = ("http://a.example", "http://10.0.0.1", "http://127.0.0.1.evil.example", "http://localhost.evil.example")
    worse = ("", "/a", "//a", "ftp://a", "https://", "https://a:b", "javascript:x", "http://[::2]")
    assert [is_safe_address(each) for each in (*good, *bad, *worse)] == [True] * 5 + [False] * 12


def test_somebody_has_to_be_trusted_with_the_country(tmp_path: Path) -> None:
    for wrong in (
        {"country_header": "X-Country"},
        {"country_header": "X-Country", "trusted_proxies": ["proxy.example"]},
        {"country_header": "X Country", "trusted_proxies": ["10.0.0.0/8"]},
        {"trusted_proxies": ["10.0.0.1/8"]},
    ):
        with pytest.raises(ConfigError, match="expected|pattern"):
            load(write(tmp_path, wrong), OknoFile)
    right = {"country_header": "X-Country", "trusted_proxies": ["10.0.0.0/8", "127.0.0.1"]}
    assert load(write(tmp_path, right), OknoFile).login.trusted_proxies == ("10.0.0.0/8", "127.0.0.1")
