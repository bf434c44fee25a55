"""Notices: whoever's access was changed is told, whoever is wanted is asked, at least once, in their own language."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest

from operations.kit.notices_words import CHANGES, said
from operations.kit.notifying import Notifying
from resolvers import ids
from sources.ports.call import utc_now
from tests.operations.acting import (
    OTHER,
    THIRD,
    another_process,
    change_rows,
    codes,
    ended,
    mutate,
    plain_account,
    wish,
)
from tests.operations.receiving import Listener, Mailbox, receiving
from tests.operations.stand import _TEAM, DOER, IN_FLIGHT, PACE, Stand
from tests.operations.test_approvals import waiting
from tests.operations.test_cases import telling, until
from tests.sandbox import company_of, running

_SECRET: Final = b"shared by both sides"
_VERIFY: Final = "id verifiedUntil problems { __typename code message }"


class Post:
    """A stand whose notices arrive here."""

    def __init__(self, stand: Stand, mailbox: Mailbox, listener: Listener, approver: str) -> None:
        self.stand = stand
        self.approver = approver
        self.mailbox = mailbox
        self.listener = listener

    @property
    def notifying(self) -> Notifying:
        """What tells."""
        return self.stand.sandbox.gateway.operating.around.notifying


@pytest.fixture(scope="module")
async def post(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Post]:
    """A stand in which employees are told, by mail and by webhook; one of those who act is an employee of its own team."""
    folder: Path = tmp_path_factory.mktemp("post")
    (folder / "secret").write_bytes(_SECRET)
    company = company_of(80)
    approver = company.people[0].login
    teams = {"all_doing": _TEAM.replace("[all.doing, other.doing]", f"[{DOER}, {OTHER}, {THIRD}, {approver}]")}
    async with receiving(_SECRET) as (mailbox, listener):
        notices = {
            "mail": {"host": "127.0.0.1", "port": mailbox.port, "sender": "okno@corp.example", "security": "none"},
            "webhook": {"url": f"http://127.0.0.1:{listener.port}/okno", "secret": f"file:{folder}/secret"},
        }
        async with running(company, folder, clock=utc_now, pace=PACE, extra_teams=teams, notices=notices) as sandbox:
            for line in sandbox.gateway.desk.lines.values():
                line.manifest = line.manifest.model_copy(update={"in_flight": IN_FLIGHT})
            yield Post(Stand(sandbox, folder / "okno.db"), mailbox, listener, approver)


async def locked_out(post: Post, skip: int) -> tuple[Any, str]:
    """Somebody with an account, and the account's id."""
    return await plain_account(post.stand, skip)


async def disabled(post: Post, skip: int) -> tuple[Any, dict[str, Any]]:
    """Somebody whose account was disabled. Returns: the person and the run."""
    stand = post.stand
    person, account = await plain_account(stand, skip)
    await stand.with_ticket(person.employee_id)
    await stand.verified(person.employee_id)
    answer = await mutate(stand, "disable_account", wish(stand, person.employee_id, {"account": account}))
    assert codes(answer) == []
    run = await ended(stand, answer)
    assert run["state"] == "SUCCEEDED"
    return person, run


def letters(post: Post, person: Any, operation: str) -> list[Any]:
    """Letters to somebody about a run."""
    key = ids.decode(operation).key
    return [each for each in post.mailbox.of(person.email) if key in each.get_content()]


def posts(post: Post, operation: str) -> list[dict[str, Any]]:
    """Posts about a run."""
    key = ids.decode(operation).key
    return [body for _id, body in post.listener.posts if body["data"].get("operation") == key]


async def test_whose_account_was_changed_is_told_once_by_every_way_in_their_language(post: Post) -> None:
    person, run = await disabled(post, 0)
    async with another_process(post.stand):
        async with telling(post.notifying):
            await until(lambda: _now(letters(post, person, run["id"]) and posts(post, run["id"])))
            await post.notifying.look()
    (letter,) = letters(post, person, run["id"])
    language = person.languages[0] if person.languages else "en"
    assert letter["Subject"] == said(CHANGES["disable_account"], language.partition("-")[0])
    assert letter["Content-Language"] == language.partition("-")[0]
    (body,) = posts(post, run["id"])
    assert (body["type"], body["data"]["name"]) == ("change.made", "disable_account")
    assert body["data"]["recipient"] == person.employee_id
    for told in (letter.get_content(), str(body)):
        for personal in (person.login, person.name.display, DOER, "because of the test"):
            assert personal not in told
    assert letter["Message-ID"].strip("<>").partition("@")[0].startswith("msg_")


async def _now(found: Any) -> Any:
    return found


async def test_that_somebody_was_told_stands_in_the_trail(post: Post) -> None:
    person, run = await disabled(post, 1)
    async with telling(post.notifying):
        await until(lambda: _now(len(_told(post, "notice.sent", run["id"])) == 2))
    told = _told(post, "notice.sent", run["id"])
    assert {(each["detail"]["channel"], each["employee"]) for each in told} == {
        ("MAIL", person.employee_id),
        ("WEBHOOK", person.employee_id),
    }


def _told(post: Post, code: str, operation: str) -> list[dict[str, Any]]:
    key = ids.decode(operation).key
    return [
        each for each in post.stand.records(code=code)
        if each.get("operation") == key and each["detail"]["kind"] != "COMMENT"
    ]  # fmt: skip


async def test_what_changed_nothing_is_told_to_nobody(post: Post) -> None:
    stand = post.stand
    person, account = await plain_account(stand, 2)
    answer = await mutate(stand, "unlock_account", wish(stand, person.employee_id, {"account": account}))
    run = await ended(stand, answer)
    assert (run["state"], run["steps"][0]["state"]) == ("SUCCEEDED", "ALREADY_SO")
    other, told = await disabled(post, 3)
    async with telling(post.notifying):
        await until(lambda: _now(letters(post, other, told["id"])))
    assert letters(post, person, run["id"]) == []
    assert posts(post, run["id"]) == []


async def test_a_receiver_that_is_down_is_told_later_by_the_same_id(post: Post) -> None:
    person, run = await disabled(post, 4)
    post.listener.answers[:] = [500, 503]
    post.mailbox.refuses = 451
    seen = len(post.listener.seen)
    async with telling(post.notifying):
        await until(lambda: _now(posts(post, run["id"])))
        assert letters(post, person, run["id"]) == []
        post.mailbox.refuses = None
        await until(lambda: _now(letters(post, person, run["id"])))
    ours = [each for each, body in post.listener.posts if body in posts(post, run["id"])]
    assert len(ours) == 1
    assert post.listener.seen[seen:].count(ours[0]) == 3
    failed = _told(post, "notice.failed", run["id"])
    assert sorted(each["detail"]["channel"] for each in failed) == ["MAIL", "WEBHOOK"]


async def test_an_address_that_is_none_is_given_up(post: Post) -> None:
    person, run = await disabled(post, 5)
    post.mailbox.refuses = 550
    async with telling(post.notifying):
        await until(lambda: _now(_told(post, "notice.failed", run["id"])))
        await asyncio.sleep(0.6)
    post.mailbox.refuses = None
    (failed,) = _told(post, "notice.failed", run["id"])
    assert (failed["detail"]["channel"], failed["detail"]["attempts"]) == ("MAIL", 1)
    async with telling(post.notifying):
        await post.notifying.look()
        await asyncio.sleep(0.4)
    assert letters(post, person, run["id"]) == []


async def test_what_a_killed_process_had_not_told_another_tells(post: Post) -> None:
    person, run = await disabled(post, 6)
    key = ids.decode(run["id"]).key
    for each in await post.notifying.outbox.ended(["disable_account"]):
        await post.notifying.outbox.follow(each.id, "ENDED", await post.notifying._of_end(each))
    # it takes them in hand, and is gone before they are delivered
    due = [each for each in await post.notifying.outbox.due() if each.about == key and each.kind == "CHANGED"]
    assert len(due) == 2
    async with another_process(post.stand) as process:
        other = process.operating.around.notifying
        other._ways = post.notifying._ways
        assert all([await other.outbox.claim(each) for each in due])
        assert not any([await post.notifying.outbox.claim(each) for each in due])
    # two minutes later
    assert await change_rows(post.stand, "update operation_message set next_at = created_at where about = ?", key)
    async with telling(post.notifying):
        await until(lambda: _now(letters(post, person, run["id"]) and posts(post, run["id"])))
    assert len(letters(post, person, run["id"])) == 1


async def test_colleagues_are_asked_for_their_agreement_outside_of_the_screen(post: Post) -> None:
    stand = post.stand
    person, _key, run = await waiting(stand)
    async with telling(post.notifying):
        (approver,) = await stand.asked("directory", "people_by_login", post.approver)
        await until(lambda: _now(letters(post, approver, run["id"]) and posts(post, run["id"])))
    (letter,) = letters(post, approver, run["id"])
    (body,) = posts(post, run["id"])
    assert body["type"] == "approval.asked"
    for told in (letter.get_content(), str(body)):
        assert run["name"] in told
        for personal in (person.login, person.name.display, person.email, person.employee_id):
            assert personal not in told
    assert letters(post, person, run["id"]) == []


async def test_a_code_reaches_the_employee_by_letter_and_is_kept_nowhere(post: Post) -> None:
    stand = post.stand
    person, _account = await plain_account(stand, 8)
    given = {"employee": ids.encode("Employee", "directory", person.employee_id), "method": "CODE"}
    begun = await mutate(stand, "verify_caller", given, _VERIFY)
    assert codes(begun) == []
    async with telling(post.notifying):
        await until(lambda: _now(post.mailbox.of(person.email)))
    code = post.mailbox.of(person.email)[-1].get_content().split()[0]
    assert code.isdigit() and len(code) == 6
    with sqlite3.connect(stand.database) as database:
        kept = [
            row for table in ("operation_verified_caller", "operation_message", "audit_record", "audit_protected")
            for row in database.execute(f"select * from {table}")
        ]  # fmt: skip
    assert not any(str(value) == code or f'"{code}"' in str(value) for row in kept for value in row)
    answer = await mutate(stand, "confirm_caller", {"verification": begun["id"], "code": code}, _VERIFY)
    assert answer["verifiedUntil"]
