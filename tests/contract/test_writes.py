"""Writes: none leaves without its permit, each leaves once, what it did is seen by asking, and trouble is told as it is."""

import time
from collections.abc import Callable

import pytest

from sources.kit.twin.faults import Fault
from sources.ports.errors import SourceError, WriteRefused
from sources.ports.permit import WritePermit
from tests.contract.writing import Case, permit


def other(case: Case) -> list[WritePermit]:
    """Permits that are none for this write of this source."""
    used = permit(case.source.name, case.write.name)
    used.spend(case.source.name, case.write.name)
    return [
        permit(case.source.name, "something_else"),
        permit("another-source", case.write.name),
        permit(case.source.name, case.write.name, seconds=-1),
        used,
    ]


def counted(case: Case) -> int:
    """Non-reads that have arrived."""
    assert case.source.standing.writes is not None
    return case.source.standing.writes()


def state(case: Case) -> bytes:
    """What the server holds."""
    assert case.source.standing.state is not None
    return case.source.standing.state()


async def broken(case: Case, fault: Fault | None) -> None:
    """Switch a fault on or off."""
    assert case.source.standing.break_with is not None
    await case.source.standing.break_with(fault)


async def failure(case: Case) -> SourceError:
    """How the write fails."""
    with pytest.raises(SourceError) as caught:
        await case.do()
    return caught.value


async def test_without_a_permit_nothing_reaches_the_wire(case: Case) -> None:
    before, arrived = state(case), counted(case)
    with pytest.raises(WriteRefused):
        await case.send(None)
    assert (state(case), counted(case)) == (before, arrived)


async def test_a_permit_for_something_else_is_none(case: Case) -> None:
    before, arrived = state(case), counted(case)
    for wrong in other(case):
        with pytest.raises(WriteRefused):
            await case.send(wrong)
    assert (state(case), counted(case)) == (before, arrived)


async def test_with_a_permit_it_is_sent_once_and_seen_by_asking(case: Case) -> None:
    arrived = counted(case)
    if case.write.key is not None:
        assert not await case.shown(waiting=False), "the sample shows its effect before the write"
    leave = permit(case.source.name, case.write.name)
    written = await case.send(leave)
    assert counted(case) == arrived + 1
    assert await case.shown(written)
    assert counted(case) == arrived + 1, "looking at the effect was no read"
    with pytest.raises(WriteRefused):
        leave.spend(case.source.name, case.write.name)


async def test_a_second_time_ends_as_the_sample_says(case: Case) -> None:
    first = await case.do()
    assert await case.shown(first)
    held, arrived = state(case), counted(case)
    if case.sample.again == "refused":
        assert (await failure(case)).code == "SOURCE_REJECTED"
        assert state(case) == held
    else:
        again = await case.do()
        assert await case.shown(again)
        if case.write.key is None:
            assert (again.key != first.key) is (case.sample.again == "twice")
    assert counted(case) <= arrived + 1


async def test_a_lost_reply_leaves_the_effect_and_says_that_nothing_is_known(case: Case) -> None:
    before, arrived = state(case), counted(case)
    await broken(case, Fault("lost_reply"))
    told = await failure(case)
    await broken(case, None)
    assert told.code in ("SOURCE_UNAVAILABLE", "SOURCE_TIMEOUT", "BAD_SOURCE_DATA")
    assert counted(case) == arrived + 1, "it was repeated, or never sent"
    assert state(case) != before
    if case.write.key is not None:
        assert await case.shown()


async def test_a_deaf_system_answers_and_nothing_is_to_be_seen(case: Case) -> None:
    before, arrived = state(case), counted(case)
    await broken(case, Fault("deaf"))
    written = None
    try:
        written = await case.do()
    except SourceError as problem:
        # a system that is asked how far it has come may know nothing of what it took on
        assert problem.code == "BAD_SOURCE_DATA", problem.detail
    await broken(case, None)
    assert counted(case) == arrived + 1
    assert state(case) == before
    if written is not None or case.write.key is not None:
        assert not await case.shown(written, waiting=False)


async def test_a_refusal_is_told_as_one_and_changes_nothing(case: Case) -> None:
    before, arrived = state(case), counted(case)
    await broken(case, Fault("denied", writes_only=True))
    told = await failure(case)
    await broken(case, None)
    assert told.code == "SOURCE_REJECTED"
    assert counted(case) == arrived + 1
    assert state(case) == before


async def test_silence_ends_at_the_timeout_and_nothing_is_repeated(case: Case) -> None:
    await case.source.desk.close()
    case.source.reconnect(0.5)
    arrived = counted(case)
    await broken(case, Fault("hang", writes_only=True))
    began = time.monotonic()
    told = await failure(case)
    assert time.monotonic() - began < 2.0
    assert told.code == "SOURCE_TIMEOUT"
    assert counted(case) == arrived + 1


@pytest.mark.parametrize("kind", ["none", "lost_reply", "denied", "garbage"])
async def test_secrets_stand_in_no_text(
    case: Case, kind: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    faults: dict[str, Callable[[], Fault | None]] = {
        "none": lambda: None,
        "lost_reply": lambda: Fault("lost_reply"),
        "denied": lambda: Fault("denied", writes_only=True),
        "garbage": lambda: Fault("garbage", garbage="wrong_type", writes_only=True),
    }
    caplog.set_level(0)
    await broken(case, faults[kind]())
    texts: list[str] = []
    written = None
    try:
        written = await case.do()
    except SourceError as problem:
        texts += [str(problem), repr(problem), problem.detail]
    texts += [repr(written), str(written), repr(case.sample.arguments), caplog.text, *capsys.readouterr()]
    texts += [repr(record.args) for record in caplog.records]
    hidden = case.secrets(written)
    assert [each for each in texts for secret in hidden if secret in each] == []
