"""Canaries: secrets that have been shown, made in vain, or given to connectors stand nowhere that is kept."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import orjson
import pytest

from tests.operations.stand import Stand
from tests.operations.test_every_operation import ended, put

SHOWING: Final = ("reset_password", "issue_certificate", "show_recovery_key")
_EVERYTHING: Final = """query { operations(first: 100) { edges { node { name state reason problem { code message }
  changes { field before after } steps { name state made problem proof { shown } } approvals { note } } } } }"""


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """All that any part of the program logs, to the last detail."""
    with caplog.at_level(logging.DEBUG):
        yield caplog


def kept(stand: Stand) -> bytes:
    """Every byte that lies on the disk beside the database: journal, trail, keys, anchors."""
    return b"".join(each.read_bytes() for each in folder_of(stand).rglob("*") if each.is_file())


def folder_of(stand: Stand) -> Path:
    return stand.database.parent


def parts(secret: str) -> list[bytes]:
    """A secret as it might be written: as it is, within JSON, line by line where it has several."""
    lines = [each for each in secret.splitlines() if len(each) >= 8 and not each.startswith("-----")]
    return [each.encode() for each in {secret, orjson.dumps(secret).decode()[1:-1], *lines[:3]}]


@pytest.mark.parametrize("name", SHOWING)
async def test_what_was_shown_once_stands_nowhere(stand: Stand, logged: pytest.LogCaptureFixture, name: str) -> None:
    case = await put(stand, name)
    answer = await ended(stand, await stand.act(name, case.employee, case.said, mode="APPLY"))
    secrets = [each["value"] for each in answer["secrets"]]
    assert secrets
    shown = orjson.dumps((await stand.sandbox.ask(_EVERYTHING, login="all.doing")).body)
    told = "\n".join(record.getMessage() + str(record.exc_text) for record in logged.records).encode()
    for canary in [part for each in secrets for part in parts(each)]:
        assert canary not in kept(stand)
        assert canary not in shown
        assert canary not in told


@pytest.mark.parametrize("kind", ["deaf", "lost_reply", "denied"])
async def test_a_password_that_nobody_was_shown_stands_nowhere(
    stand: Stand, logged: pytest.LogCaptureFixture, kind: str
) -> None:
    case = await put(stand, "reset_password")
    twin = stand.sandbox.world.twins[case.source]
    before = set(twin.passwords.values())  # type: ignore[attr-defined]  # the domain's twin
    await stand.broken(case.source, kind)
    try:
        answer = await ended(stand, await stand.act("reset_password", case.employee, case.said, mode="APPLY"))
    finally:
        await stand.broken(case.source, None)
    assert answer["secrets"] == []
    made = set(twin.passwords.values()) - before  # type: ignore[attr-defined]  # as above
    assert bool(made) is (kind == "lost_reply")
    told = "\n".join(record.getMessage() + str(record.exc_text) for record in logged.records).encode()
    for canary in made:
        assert canary.encode() not in kept(stand)
        assert canary.encode() not in orjson.dumps(answer)
        assert canary.encode() not in told


async def test_what_connectors_sign_in_with_stands_in_no_answer_log_or_record(
    stand: Stand, logged: pytest.LogCaptureFixture
) -> None:
    secrets = {
        value
        for line in stand.desk.lines.values()
        for name, value in line.source.settings.items()
        if line.manifest.settings[name].secret and value
    }
    assert len(secrets) > 5
    answers = []
    for name in ("reset_password", "add_to_group", "comment_ticket"):
        case = await put(stand, name)
        for kind in ("denied", "refused", "garbage"):
            await stand.broken(case.source, kind)
            try:
                answers.append(await ended(stand, await stand.act(name, case.employee, case.said, mode="APPLY")))
            finally:
                await stand.broken(case.source, None)
    told = "\n".join(record.getMessage() + str(record.exc_text) for record in logged.records).encode()
    everything = kept_by_us(stand) + orjson.dumps(answers) + told
    assert [each for each in secrets if each.encode() in everything] == []


def kept_by_us(stand: Stand) -> bytes:
    """The database and what lies beside it; the installation's own folder is where such secrets come from."""
    return b"".join(each.read_bytes() for each in folder_of(stand).glob("*") if each.is_file())
