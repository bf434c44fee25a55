"""The GraphQL over HTTP specification, as the audits of graphql-http know it."""

from collections.abc import Mapping
from typing import Final

from tests.clients.script import Clients

EXPECTED: Final[Mapping[str, str]] = {
    "D6D5": "MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/graphql-response+json",
    "6A70": "MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/json",
}
"""Audits that fail for good: both send a text in an address, where no text goes here."""
_FEWEST: Final = 60


async def test_every_audit_passes_but_those_that_are_named(clients: Clients) -> None:
    script = await clients.told("audits")
    audits = script.of("audit")
    assert len(audits) >= _FEWEST
    assert len({each["id"] for each in audits}) == len(audits)
    failed = {each["id"]: f"{each['name']}: {each['reason']}" for each in audits if each["status"] != "ok"}
    assert sorted(failed) == sorted(EXPECTED), failed
    names = {each["id"]: each["name"] for each in audits}
    assert {id_: names[id_] for id_ in EXPECTED} == dict(EXPECTED)
    required = [each for id_, each in failed.items() if names[id_].startswith(("MUST", "SHOULD"))]
    assert required == []
