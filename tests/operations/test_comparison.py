"""What we claim is held against what the systems show, and what they show against what we claim; nothing is mended."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from operations.kit.catalogue import shipped
from operations.kit.comparison.comparing import Compared, Comparing
from operations.kit.comparison.register import Register
from resolvers import ids
from sandbox.installing import variable
from sources.kit.desk import SourceDesk
from sources.ports.call import utc_now
from tests.operations.acting import Answer, Process, another_process, codes, ended, mutate, plain_account, wish
from tests.operations.cases import CASES
from tests.operations.stand import Stand, standing
from tests.operations.test_every_operation import put

ROOT: Final = Path(__file__).parents[2]
OUR_TIME: Final = timedelta(hours=1)


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Stand]:
    """A stand of its own for each: what one leaves behind would be found by the next."""
    async with standing(tmp_path, people=60) as made:
        yield made


@asynccontextmanager
async def somebody_else(stand: Stand, folder: Path) -> AsyncIterator[Process]:
    """Whoever changes the same systems, past us."""
    async with another_process(stand, database=folder / "not-ours.db") as process:
        yield process


async def compared(
    stand: Stand,
    days: int = 30,
    everyday: Sequence[str] = (),
    since: timedelta | None = None,
    later: timedelta = OUR_TIME,
    desk: SourceDesk | None = None,
) -> Compared:
    """A comparison as it is made at night, some time later."""

    def clock() -> Any:
        return utc_now() + later

    register = Register(stand.sandbox.gateway.operating.journal)
    comparing = Comparing(register, desk or stand.desk, shipped(), days=days, everyday=everyday, clock=clock)
    return await comparing.compare(None if since is None else clock() - since)


def brief(came: Compared) -> list[tuple[str, str, str]]:
    """What was found: kind, operation, source."""
    return [(each.kind, each.name, each.source) for each in came.found]


async def done(stand: Stand, name: str, person: Any, said: Answer, process: Process | None = None) -> Answer:
    """A run that has ended well, of ours or of somebody else's."""
    await stand.with_ticket(person.employee_id)
    if process is None:
        await stand.verified(person.employee_id)
    else:
        verify = {
            "employee": ids.encode("Employee", "directory", person.employee_id),
            "method": "CALL_BACK",
            "note": "called back at the number of the directory",
        }
        await mutate(stand, "verify_caller", verify, "verifiedUntil problems { code }", process=process)
    answer = await mutate(stand, name, wish(stand, person.employee_id, said), process=process)
    assert codes(answer) == []
    run = answer["operation"]
    for _ in range(100):
        if run["state"] != "RUNNING":
            break
        await asyncio.sleep(0.05)
        run = (await mutate(stand, name, wish(stand, person.employee_id, said), process=process))["operation"]
    assert run["state"] == "SUCCEEDED", run
    return run


async def with_(stand: Stand, port: str, question: str, fits: Callable[[Any], bool]) -> tuple[Any, Any]:
    """Somebody who has a thing of a kind, and the thing."""
    people = await stand.people()
    answers = await stand.asked(port, question, *[each.ref for each in people])
    return next(
        (person, each) for person, several in zip(people, answers, strict=True) for each in several or () if fits(each)
    )


async def test_what_we_have_done_agrees_and_is_recorded_to_agree(stand: Stand) -> None:
    person, account = await plain_account(stand)
    await done(stand, "disable_account", person, {"account": account})
    holder, badge = await with_(
        stand, "badges", "badges_of", lambda each: each.kind == "PERMANENT" and not each.blocked_at
    )
    await done(stand, "block_badge", holder, {"number": badge.number})
    owner, certificate = await with_(stand, "certificates", "certificates_of", lambda each: each.revoked_at is None)
    await done(
        stand,
        "revoke_certificate",
        owner,
        {"certificate": ids.encode("Certificate", certificate.source, certificate.serial)},
    )
    came = await compared(stand)
    assert brief(came) == []
    assert came.claims > 3, "three changes, and the tickets that they were made for"
    assert came.people == len(stand.sandbox.world.company.people)
    assert not came.unasked
    (told,) = stand.records(code="comparison.made")
    assert told["outcome"] == "success"
    assert told["detail"] | {"since": None} == {
        "claims": came.claims, "people": came.people, "found": 0, "settled": 0, "unasked": {}, "since": None,
    }  # fmt: skip


async def test_what_was_undone_past_us_is_told_once_and_settled_when_it_holds_again(
    stand: Stand, tmp_path: Path
) -> None:
    person, account = await plain_account(stand)
    run = await done(stand, "disable_account", person, {"account": account})
    async with somebody_else(stand, tmp_path) as other:
        await done(stand, "enable_account", person, {"account": account}, other)
        assert brief(await compared(stand)) == [("CLAIM", "disable_account", "domain")]
        (told,) = stand.records(code="claim.orphaned")
        assert (told["operation"], told["step"], told["employee"]) == (
            ids.decode(run["id"]).key,
            "disable",
            person.employee_id,
        )
        assert (told["stage"], told["outcome"], told["operator"]) == ("outcome", "unknown", "okno")
        assert (told["source"], told["object"]) == ("domain", ids.decode(account).key)
        (change,) = told["changes"]
        assert change["field"] == "Account.enabled"
        assert isinstance(change["after"], dict), "what is there now is personal: a commitment stands for it"
        again = await compared(stand)
        assert (brief(again), again.settled) == ([], 0)
        assert len(stand.records(code="claim.orphaned")) == 1
        await done(stand, "disable_account", person, {"account": account}, other)
    assert (await compared(stand)).settled == 1
    (settled,) = stand.records(code="orphan.settled")
    assert settled["operation"] == told["operation"]
    assert (await compared(stand)).settled == 0


async def test_of_what_we_did_to_one_thing_the_last_counts(stand: Stand, tmp_path: Path) -> None:
    person, account = await plain_account(stand)
    await done(stand, "disable_account", person, {"account": account})
    await done(stand, "enable_account", person, {"account": account})
    assert brief(await compared(stand)) == []
    async with somebody_else(stand, tmp_path) as other:
        await done(stand, "disable_account", person, {"account": account}, other)
    assert brief(await compared(stand)) == [("CLAIM", "enable_account", "domain")]
    await done(stand, "disable_account", person, {"account": account})
    came = await compared(stand)
    assert (brief(came), came.settled) == ([], 1), "a later claim has overtaken it"


async def test_what_passes_by_itself_is_not_expected_to_stay(stand: Stand, tmp_path: Path) -> None:
    person, ticket = await with_(stand, "tickets", "tickets_of", lambda each: each.status == "OPEN")
    said = {"ticket": ids.encode("Ticket", ticket.source, ticket.number), "queue": "Helpdesk-AF"}
    await done(stand, "move_ticket", person, said)
    async with somebody_else(stand, tmp_path) as other:
        await done(stand, "move_ticket", person, {**said, "queue": "Helpdesk-BR"}, other)
    assert brief(await compared(stand)) == []


async def test_a_change_that_did_not_come_from_here_is_told_once(stand: Stand, tmp_path: Path) -> None:
    holder, badge = await with_(
        stand, "badges", "badges_of", lambda each: each.kind == "PERMANENT" and not each.blocked_at
    )
    async with somebody_else(stand, tmp_path) as other:
        await done(stand, "block_badge", holder, {"number": badge.number}, other)
    came = await compared(stand)
    assert brief(came) == [("CHANGE", "block_badge", badge.source)]
    (told,) = stand.records(code="change.orphaned")
    assert (told["employee"], told["object"], told.get("operation")) == (holder.employee_id, badge.number, None)
    assert told["detail"]["name"] == "block_badge"
    assert brief(await compared(stand, since=timedelta(hours=5))) == []
    assert len(stand.records(code="change.orphaned")) == 1


async def test_what_happens_every_day_is_compared_where_it_is_asked_for(stand: Stand, tmp_path: Path) -> None:
    person = (await stand.people())[3]
    async with somebody_else(stand, tmp_path) as other:
        await done(stand, "issue_certificate", person, {"usage": "VPN", "days": 30}, other)
    assert brief(await compared(stand)) == []
    came = await compared(stand, everyday=("issue_certificate",), since=timedelta(hours=5))
    assert brief(came) == [("CHANGE", "issue_certificate", "certificates")]
    await done(stand, "issue_certificate", person, {"usage": "VPN", "days": 30})
    assert brief(await compared(stand, everyday=("issue_certificate",), since=timedelta(hours=5))) == []


async def test_what_may_have_been_us_is_not_said_to_be_somebody_elses(stand: Stand) -> None:
    holder, badge = await with_(
        stand, "badges", "badges_of", lambda each: each.kind == "PERMANENT" and not each.blocked_at
    )
    await stand.with_ticket(holder.employee_id)
    await stand.verified(holder.employee_id)
    await stand.broken(badge.source, "lost_reply")
    try:
        answer = await mutate(stand, "block_badge", wish(stand, holder.employee_id, {"number": badge.number}))
        run = await ended(stand, answer)
    finally:
        await stand.broken(badge.source, None)
    assert run["state"] in ("SUCCEEDED", "UNKNOWN")
    assert brief(await compared(stand)) == []


async def test_who_cannot_be_asked_is_named_and_nothing_is_concluded_from_it(stand: Stand, tmp_path: Path) -> None:
    person, account = await plain_account(stand)
    await done(stand, "disable_account", person, {"account": account})
    async with somebody_else(stand, tmp_path) as other:
        await done(stand, "enable_account", person, {"account": account}, other)
        assert len((await compared(stand)).found) == 1
        await stand.broken("domain", "down")
        try:
            came = await compared(stand)
        finally:
            await stand.broken("domain", None)
    assert came.unasked["domain"] >= 1
    assert (brief(came), came.settled) == ([], 0), "an open one is not settled because nobody can look"
    assert stand.records(code="comparison.made")[-1]["outcome"] == "failure"
    whole = [each for each in stand.records(code="comparison.made") if each["outcome"] == "success"]
    next_ = await compared(stand, later=2 * OUR_TIME)
    assert next_.since < came.since + OUR_TIME, "it looks back to the last one that was whole"
    assert len(whole) == 1


async def test_after_every_operation_nothing_is_orphaned(stand: Stand) -> None:
    made = set()
    for name in CASES:
        case = await put(stand, name)
        answer = await ended(stand, await stand.act(name, case.employee, case.said, mode="APPLY"))
        made.add(answer["state"])
    assert made == {"SUCCEEDED"}
    came = await compared(stand, everyday=[name for name, each in shipped().items() if each.mark is not None])
    assert [(each.kind, each.name, each.object, each.step) for each in came.found] == []
    assert came.claims > len(CASES)
    assert not came.unasked


async def test_a_source_that_is_gone_for_good_keeps_no_comparison_from_being_whole(
    stand: Stand, tmp_path: Path
) -> None:
    person, account = await plain_account(stand)
    await done(stand, "disable_account", person, {"account": account})
    async with somebody_else(stand, tmp_path) as other:
        await done(stand, "enable_account", person, {"account": account}, other)
    assert len((await compared(stand)).found) == 1
    left = SourceDesk([line for name, line in stand.desk.lines.items() if name != "domain"])
    came = await compared(stand, desk=left)
    assert (came.settled, dict(came.unasked)) == (0, {})


async def test_an_open_one_that_is_too_old_to_be_looked_at_stays_open(stand: Stand, tmp_path: Path) -> None:
    person, account = await plain_account(stand)
    await done(stand, "disable_account", person, {"account": account})
    async with somebody_else(stand, tmp_path) as other:
        await done(stand, "enable_account", person, {"account": account}, other)
    assert len((await compared(stand)).found) == 1
    came = await compared(stand, days=1, since=OUR_TIME, later=timedelta(days=3))
    assert (came.claims, came.settled) == (0, 0)
    assert (await compared(stand)).settled == 0


async def test_claims_older_than_so_many_days_are_left_alone(stand: Stand, tmp_path: Path) -> None:
    person, account = await plain_account(stand)
    await done(stand, "disable_account", person, {"account": account})
    async with somebody_else(stand, tmp_path) as other:
        await done(stand, "enable_account", person, {"account": account}, other)
    came = await compared(stand, days=1, since=timedelta(hours=1), later=timedelta(days=2))
    assert (came.claims, brief(came)) == (0, [])


async def test_the_command_says_what_it_has_found_and_how_it_ended(stand: Stand, tmp_path: Path) -> None:
    person, account = await plain_account(stand)
    run = await done(stand, "disable_account", person, {"account": account})
    assert (await command(stand, tmp_path))[0] == 0
    async with somebody_else(stand, tmp_path) as other:
        await done(stand, "enable_account", person, {"account": account}, other)
    code, out, _err = await command(stand, tmp_path)
    assert code == 1
    assert out.splitlines()[0] == (
        f"claim.orphaned  disable_account {ids.decode(account).key} at domain, employee {person.employee_id}: "
        f"not there any more; run {ids.decode(run['id']).key}"
    )
    assert "1 new, 0 settled" in out
    await stand.broken("domain", "down")
    try:
        code, out, err = await command(stand, tmp_path)
    finally:
        await stand.broken("domain", None)
    assert (code, "domain could not be asked" in err) == (3, True)
    code, _out, err = await command(stand, tmp_path, comparison="{everyday: [unlock_account]}")
    assert code == 2
    assert "comparison.everyday" in err
    assert "reset_password" in err


async def command(stand: Stand, folder: Path, comparison: str = "{}") -> tuple[int, str, str]:
    """`okno operations reconcile` as a process of its own. Returns: how it ended, what it said."""
    installation = folder / "installation"
    file = installation / "okno.yaml"
    kept = file.read_text(encoding="utf-8")
    file.write_text(f"{kept}\ncomparison: {comparison}\n", encoding="utf-8")
    given = {
        variable(source, setting): value
        for source, settings in stand.sandbox.world.settings().items()
        for setting, value in settings.items()
    }
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway.cli", "operations", "reconcile", "--installation", str(installation),
            cwd=folder, env={**os.environ, **given, "PYTHONPATH": str(ROOT)},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await process.communicate()
    finally:
        file.write_text(kept, encoding="utf-8")
    return process.returncode or 0, out.decode(), err.decode()
