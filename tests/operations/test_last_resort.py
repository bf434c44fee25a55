"""Nobody agrees and the time is nearly over: the team of last resort may decide as well, is told, and the trail says so."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from gateway.settings import load_installation
from operations.kit.last_resort import LastResort
from operations.kit.notices_words import LAST_RESORT, said
from resolvers import ids
from sources.kit.yaml_file import ConfigError
from sources.ports.call import utc_now
from tests.operations.acting import (
    OTHER,
    THIRD,
    Answer,
    asked,
    change_rows,
    codes,
    ended,
    mutate,
    nothing_done,
    viewer_of,
)
from tests.operations.receiving import Listener, Mailbox, receiving
from tests.operations.stand import _TEAM, DOER, PACE, Stand, hasten
from tests.operations.test_approvals import decide, waiting
from tests.operations.test_cases import telling, until
from tests.operations.test_unrecorded import unwritable
from tests.sandbox import company_of, running

RESORT: Final = "last.resort"
_SECRET: Final = b"shared by both sides"
_SEEN: Final = "query($id: ID!) { operation(id: $id) { id state } approvals { edges { node { id } } } }"


class Post:
    """A stand whose notices arrive here. Shape: `officer` is an employee of the team of last resort."""

    def __init__(self, stand: Stand, mailbox: Mailbox, listener: Listener, officer: str) -> None:
        self.stand = stand
        self.mailbox = mailbox
        self.listener = listener
        self.officer = officer
        last_resort = stand.sandbox.gateway.operating.acting.deciding.last_resort
        assert last_resort is not None
        self.last_resort: LastResort = last_resort


@pytest.fixture(scope="module")
async def post(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Post]:
    """A stand with a team of last resort that may run nothing; who asks belongs to it too."""
    folder: Path = tmp_path_factory.mktemp("resort")
    (folder / "secret").write_bytes(_SECRET)
    company = company_of(80)
    officer = company.people[0].login
    teams = {
        "all_doing": _TEAM.replace("[all.doing, other.doing]", f"[{DOER}, {OTHER}, {THIRD}]"),
        "resort": f"title: {{en: Duty}}\nregions: all\nmembers: [{RESORT}, {DOER}, {THIRD}, {officer}]\n",
    }
    async with receiving(_SECRET) as (mailbox, listener):
        changes: dict[str, object] = {
            "approvals": {"last_resort": "resort"},
            "notices": {
                "mail": {"host": "127.0.0.1", "port": mailbox.port, "sender": "okno@corp.example", "security": "none"},
                "webhook": {"url": f"http://127.0.0.1:{listener.port}/okno", "secret": f"file:{folder}/secret"},
            },
        }
        async with running(company, folder, clock=utc_now, pace=PACE, extra_teams=teams, **changes) as sandbox:
            hasten(sandbox)
            made = Post(Stand(sandbox, folder / "okno.db"), mailbox, listener, officer)
            assert made.last_resort.team == "resort"
            await sandbox.gateway.operating.keeper.close()  # the tests look themselves
            yield made


async def late(post: Post, run: Answer, left: float) -> None:
    """So many hours of the day that a run waits are left."""
    begun, over = (
        (utc_now() + timedelta(hours=hours)).replace(tzinfo=None).isoformat(sep=" ") for hours in (left - 24, left)
    )
    statement = "update operation_run set created_at = ?, expires_at = ? where id = ?"
    assert await change_rows(post.stand, statement, begun, over, ids.decode(run["id"]).key) == 1


def escalated(post: Post, run: Answer) -> list[Answer]:
    """The records that say that the team was called in."""
    return [each for each in post.stand.records(run["id"]) if each["code"] == "approval.escalated"]


async def seen(post: Post, run: Answer, login: str = RESORT) -> tuple[bool, bool]:
    """Whether somebody sees a run, and whether it stands among those that wait for them."""
    body = await asked(post.stand, _SEEN, {"id": run["id"]}, viewer_of(post.stand, login, "resort"))
    waits = [each["node"]["id"] for each in body["data"]["approvals"]["edges"]]
    return body["data"]["operation"] is not None, run["id"] in waits


async def test_while_there_is_time_the_last_resort_is_not_asked(post: Post) -> None:
    _person, _key, run = await waiting(post.stand)
    await late(post, run, 6.1)
    await post.last_resort.look()
    assert escalated(post, run) == []
    assert await seen(post, run) == (False, False)
    with nothing_done(post.stand, "NOT_ALLOWED"):
        assert codes(await decide(post.stand, run, RESORT)) == ["NOT_ALLOWED"]


async def test_in_the_last_quarter_it_may_decide_and_the_trail_says_so(post: Post) -> None:
    _person, _key, run = await waiting(post.stand)
    await late(post, run, 5.9)
    with nothing_done(post.stand, "NOT_ALLOWED"):
        assert codes(await decide(post.stand, run, RESORT)) == ["NOT_ALLOWED"], "not by the clock alone"
    await asyncio.gather(*(post.last_resort.look() for _ in range(3)))
    (called,) = escalated(post, run)
    assert (called["stage"], called["detail"]["team"]) == ("decision", "resort")
    assert await seen(post, run) == (True, True)
    answer = await decide(post.stand, run, RESORT, note="nobody else is there")
    assert codes(answer) == []
    assert (await ended(post.stand, answer))["state"] == "SUCCEEDED"
    (given,) = [each for each in post.stand.records(run["id"]) if each["code"] == "approval.given"]
    assert (given["approver"], given["detail"]["lastResort"]) == (RESORT, "resort")


async def test_whoever_was_asked_first_may_still_decide(post: Post) -> None:
    _person, _key, run = await waiting(post.stand)
    await late(post, run, 2)
    await post.last_resort.look()
    answer = await decide(post.stand, run, OTHER)
    assert codes(answer) == []
    (given,) = [each for each in post.stand.records(run["id"]) if each["code"] == "approval.given"]
    assert "lastResort" not in given["detail"]


async def test_neither_who_asked_nor_who_took_it_over_decides_as_the_last_resort(post: Post) -> None:
    _person, _key, run = await waiting(post.stand)
    taken = await mutate(post.stand, "take_operation", {"operation": run["id"]}, viewer=viewer_of(post.stand, THIRD))
    assert codes(taken) == []
    await late(post, run, 2)
    await post.last_resort.look()
    for login in (DOER, THIRD):
        with nothing_done(post.stand, "NOT_ALLOWED"):
            assert codes(await decide(post.stand, run, login, "resort")) == ["NOT_ALLOWED"]
    assert await seen(post, run, DOER) == (True, False)


async def test_what_cannot_be_recorded_calls_nobody_in(post: Post) -> None:
    _person, _key, run = await waiting(post.stand)
    await late(post, run, 2)
    async with unwritable(post.stand):
        await post.last_resort.look()
    assert not await post.last_resort.may_decide("resort", ids.decode(run["id"]).key)
    await post.last_resort.look()
    assert await post.last_resort.may_decide("resort", ids.decode(run["id"]).key)
    assert len(escalated(post, run)) == 1


async def test_without_a_team_nobody_is_called_in(post: Post) -> None:
    _person, _key, run = await waiting(post.stand)
    await late(post, run, 2)
    team, post.last_resort.team = post.last_resort.team, None
    try:
        await post.last_resort.look()
        assert not await post.last_resort.may_decide(None, ids.decode(run["id"]).key)
    finally:
        post.last_resort.team = team
    assert escalated(post, run) == []


async def test_its_members_are_told_once_in_words_of_their_own(post: Post) -> None:
    _person, _key, run = await waiting(post.stand)
    await late(post, run, 2)
    await post.last_resort.look()
    (officer,) = await post.stand.asked("directory", "people_by_login", post.officer)
    key = ids.decode(run["id"]).key

    def letters() -> list[Any]:
        return [each for each in post.mailbox.of(officer.email) if key in each.get_content()]

    def posts() -> list[dict[str, Any]]:
        told = [body for _id, body in post.listener.posts if body["data"].get("operation") == key]
        return [each for each in told if each["data"].get("last_resort")]

    async def both() -> bool:
        return bool(letters() and posts())

    notifying = post.stand.sandbox.gateway.operating.around.notifying
    async with telling(notifying):
        await until(both)
        await notifying.look()
    (letter,), (body,) = letters(), posts()
    assert letter["Subject"] == said(LAST_RESORT, letter["Content-Language"])
    assert (body["type"], body["data"]["asked_of"]) == ("approval.asked", "team:resort")
    rows = post.stand.looked_up(
        "select recipient from operation_message where kind = 'RESORT' and about = :key", key=key
    )
    assert {row[0] for row in rows} == {"team:resort", RESORT, THIRD, post.officer}, "not whoever asked for it"


def test_a_team_that_there_is_not_is_refused_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "teams").mkdir()
    (tmp_path / "teams/north.yaml").write_text("title: {en: North}\nregion: br\nmembers: [ann]\n", encoding="utf-8")
    okno = tmp_path / "okno.yaml"
    okno.write_text("name: Test\napprovals:\n  last_resort: south\nsources: {}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_installation(tmp_path, {})
    assert (caught.value.line, caught.value.key) == (3, "approvals.last_resort")
    okno.write_text("name: Test\napprovals:\n  last_resort: north\nsources: {}\n", encoding="utf-8")
    assert load_installation(tmp_path, {}).file.approvals.last_resort == "north"
