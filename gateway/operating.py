"""Operating: trail, journal, runner and keeper of an installation, opened together."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from audit.anchors import FileAnchor
from audit.keys import KeyRing
from audit.sequencer import Sequencer
from audit.trail import Trail
from gateway.identity.viewers import Viewers
from gateway.settings import AuditFile
from gateway.store import Store
from operations.kit.acting import Acting
from operations.kit.acts.act import Room
from operations.kit.after import After
from operations.kit.deciding import Deciding
from operations.kit.freezing import Freezing
from operations.kit.journal import Journal
from operations.kit.keeping import Keeper
from operations.kit.obligations import Obligations
from operations.kit.operation import Operation
from operations.kit.runner import Runner
from operations.kit.sending import Pace, Sender
from operations.kit.verifying import Verifying
from sources.ports.question import Desk

log = logging.getLogger("okno.operations")


@dataclass(slots=True)
class Operating:
    """Everything that acts."""

    trail: Trail
    sequencer: Sequencer
    journal: Journal
    runner: Runner
    acting: Acting
    keeper: Keeper

    @classmethod
    async def open(
        cls,
        store: Store,
        desk: Desk,
        viewers: Viewers,
        operations: Mapping[str, Operation[Any]],
        room: Room,
        clock: Callable[[], datetime],
        pace: Pace | None = None,
        audit: AuditFile | None = None,
    ) -> "Operating":
        """Begin to write the trail and to look after runs. Shape: `room` is what the graph's mutations act on."""
        trail = Trail(store.writing, clock=clock)
        await trail.start()
        kept = audit or AuditFile()
        anchors = [] if kept.anchor is None else [FileAnchor(Path(kept.anchor))]
        sequencer = Sequencer(store.writing, KeyRing(Path(kept.keys)), anchors, owner=trail.writer)
        sequencer.start()
        journal = Journal(trail, store.engine, clock)
        verifying = Verifying(trail, store.engine, clock)
        freezing = Freezing(trail, store.engine, clock)
        deciding = Deciding(desk, journal, verifying, freezing, viewers, operations, clock)
        sender = Sender(journal, desk, pace or Pace())
        runner = Runner(journal, sender, deciding, {name: each.event for name, each in operations.items()})
        obligations = Obligations(desk, verifying, clock)
        acting = Acting(operations, journal, runner, sender, deciding, obligations, freezing, desk, clock=clock)
        room.acting, room.after = acting, After(acting, sender, desk)
        room.verifying, room.freezing, room.send = verifying, freezing, sender
        keeper = Keeper(journal, runner, sender)
        keeper.start()
        return cls(trail, sequencer, journal, runner, acting, keeper)

    async def close(self) -> None:
        """Let what is under way end, then stop to write."""
        await self.keeper.close()
        await self.runner.close()
        await asyncio.shield(self.trail.close())
        await self.sequencer.close()
