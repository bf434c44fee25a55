"""Who is told the schema whole, and that it is the one that clients are promised."""

import pytest

from tests.federation.conftest import service_token
from tests.process.okno import ROOT, Running, asked, okno

SDL = "{ _service { sdl } }"


def test_what_is_told_is_what_is_printed_and_promised(running: Running, served: str) -> None:
    printed = okno(running.folder, "schema", "print").stdout
    assert printed == (ROOT / "schema.graphql").read_text(encoding="utf-8")
    assert served.strip() == printed.strip()


@pytest.mark.parametrize("scopes", ["graph:read", "graph:read,graph:write,on_behalf"])
def test_a_service_without_the_scope_is_not_told(running: Running, scopes: str) -> None:
    status, body = asked(running.url, SDL, service_token(running, scopes))
    assert (status, body.get("data")) == (403, None)
    assert [each["extensions"]["code"] for each in body["errors"]] == ["UNAUTHENTICATED"]
    assert "sdl" in body["errors"][0]["message"]


def test_a_person_is_not_told(running: Running, tokens: dict[str, str]) -> None:
    for login, token in tokens.items():
        _status, body = asked(running.url, SDL, token)
        assert body["data"] is None, login
        assert [each["extensions"]["code"] for each in body["errors"]] == ["FORBIDDEN_FIELD"], login


def test_nobody_is_not_told(running: Running) -> None:
    status, body = asked(running.url, SDL)
    assert (status, body["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")


def test_a_token_for_the_schema_reads_nothing_else(running: Running, schema_token: str) -> None:
    for query in ("{ viewer { login } }", "{ _service { sdl } viewer { login } }", "{ sources { name } }"):
        status, body = asked(running.url, query, schema_token)
        assert (status, body.get("data")) == (403, None), query
        assert [each["extensions"]["code"] for each in body["errors"]] == ["UNAUTHENTICATED"], query
