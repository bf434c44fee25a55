"""The history check is not blind: a runner with a defect is found out, and by the sentence that names it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from audit.event import Event
from operations.kit.drafting import Call
from operations.kit.ending import End
from operations.kit.journal import Hold
from operations.kit.runner import Runner
from operations.kit.sending import Came, Sender
from operations.kit.tables import DONE, WAITING, OperationRun, OperationStep
from tests.crash.history import History, breaches
from tests.crash.world import MortalJournal, Schedule, world


class OutcomeFirst(Sender):
    """Says that a call was made, then makes it."""

    async def send(
        self,
        hold: Hold,
        run: OperationRun,
        row: OperationStep,
        code: str,
        made: Mapping[str, str],
        success: Callable[[], End] | None = None,
    ) -> Came:
        await self.write_down(hold, run, row, code, Came(DONE), row.attempts + 1)
        return await super().send(hold, run, row, code, made, success)


class BlindAgain(Sender):
    """Makes again what nobody can tell to have happened."""

    async def _lost(self, call: Call, run: OperationRun, tries: int) -> Came | None:
        return None if tries < 3 else Came(DONE)


class HastyLook(Sender):
    """Looks whether it happened before it can have, and makes the call again."""

    async def _lost(self, call: Call, run: OperationRun, tries: int) -> Came | None:
        return await self.look(call, run) if tries < 3 else Came(DONE)


class NoIntent(MortalJournal):
    """Lets calls go without a word."""

    async def intend(self, hold: Hold, number: int, lease: timedelta, *events: Event) -> None:
        return


class UnrecordedIntent(MortalJournal):
    """Writes an intent into the journal and not into the trail."""

    async def intend(self, hold: Hold, number: int, lease: timedelta, *_events: Event) -> None:
        await super().intend(hold, number, lease)


class GoesOn(Runner):
    """Goes on behind a step that a dead process had found out to have failed."""

    async def carry_out(self, hold: Hold, run: OperationRun) -> None:
        rows = await self._journal.steps(run.id)
        if rows and all(each.state != WAITING for each in rows) and rows[-1].state != "INTENDED":
            await self._finish(hold, run, "SUCCEEDED")
        else:
            await super().carry_out(hold, run)


PLANTED: Final = (
    ({"sender_kind": OutcomeFirst}, Schedule("readback", ("request lost",), (4,)), "outcomes"),
    ({"sender_kind": BlindAgain}, Schedule("blind", ("reply lost",)), "a blind call was repeated"),
    ({"sender_kind": BlindAgain}, Schedule("blind", ("reply lost",)), "2 effects"),
    ({"sender_kind": HastyLook}, Schedule("readback", ("late",)), "2 effects"),
    ({"journal_kind": NoIntent}, Schedule("idempotent"), "0 intents were durable"),
    ({"journal_kind": UnrecordedIntent}, Schedule("readback"), "0 intents were durable"),
    ({"runner_kind": GoesOn}, Schedule("readback", ("refused",), (7,)), "SUCCEEDED, with steps ['REFUSED']"),
)


@pytest.mark.parametrize(("kinds", "schedule", "sentence"), PLANTED, ids=lambda each: None)
async def test_a_planted_defect_is_found_out(
    kinds: Mapping[str, Any], schedule: Schedule, sentence: str, tmp_path: Path
) -> None:
    async with world(tmp_path) as sound:
        await sound.live_through([schedule])
        assert breaches(await sound.history()) == []
    (tmp_path / "planted").mkdir()
    async with world(tmp_path / "planted", **kinds) as planted:
        await planted.live_through([schedule])
        found = breaches(await planted.history())
    assert any(sentence in each for each in found), found


async def _whole(folder: Path) -> History:
    async with world(folder) as here:
        await here.live_through([Schedule("readback"), Schedule("blind", ("reply lost",))])
        return await here.history()


async def test_a_record_that_was_changed_dropped_or_moved_is_found_out(tmp_path: Path) -> None:
    history = await _whole(tmp_path)
    assert breaches(history) == []
    records = list(history.records)
    changed = [dict(each) for each in records]
    changed[2]["body"] = changed[2]["body"].replace("success", "failure").replace("unknown", "success")
    for wrong in (changed, records[:2] + records[3:], [records[1], records[0], *records[2:]]):
        assert any("does not stand behind" in each for each in breaches(replace(history, records=wrong)))


async def test_what_a_caller_was_told_and_nobody_knows_is_found_out(tmp_path: Path) -> None:
    history = await _whole(tmp_path)
    run = next(iter(history.runs))
    assert breaches(replace(history, told={run: str(history.runs[run]["state"])})) == []
    assert len(breaches(replace(history, told={run: "FAILED", "nobody": "SUCCEEDED"}))) == 2
