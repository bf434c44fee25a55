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
from gateway.around import Around, AroundSettings, code_key_file
from gateway.delivery import Delivery, DeliverySettings
from gateway.identity.viewers import Viewers
from gateway.protected_people import protected_people
from gateway.settings import ApprovalsSettings, AuditFile, BulkSettings
from gateway.store import Store
from operations.kit.acting import Acting
from operations.kit.acts.act import Room
from operations.kit.after import After
from operations.kit.bulk import Bulks
from operations.kit.bulk_driver import Driver
from operations.kit.bulk_store import BulkStore
from operations.kit.catalogue import events
from operations.kit.deciding import Deciding
from operations.kit.freezing import Freezing
from operations.kit.journal import Journal
from operations.kit.keeping import Keeper
from operations.kit.last_resort import LastResort
from operations.kit.obligations import Obligations
from operations.kit.operation import Operation
from operations.kit.runner import Runner
from operations.kit.sending import Pace, Sender
from operations.kit.verifying import Verifying, code_key
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
    driver: Driver
    around: Around
    delivery: Delivery

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
        around: AroundSettings | None = None,
        delivery: DeliverySettings | None = None,
        bulk: BulkSettings | None = None,
        approvals: ApprovalsSettings | None = None,
    ) -> "Operating":
        """Begin to write the trail and to look after runs. Shape: `room` is what the graph's mutations act on."""
        trail = Trail(store.writing, codes=events().all(), clock=clock)
        await trail.start()
        store.trail = trail
        kept = audit or AuditFile()
        outside = delivery or DeliverySettings(
            anchors=() if kept.anchor is None else (FileAnchor(Path(kept.anchor)),),
        )
        sequencer = Sequencer(store.writing, KeyRing(Path(kept.keys)), outside.anchors, owner=trail.writer)
        sequencer.start()
        journal = Journal(trail, store.engine, clock)
        said = around or AroundSettings()
        key = await asyncio.to_thread(code_key, code_key_file(said.notices, kept.keys))
        verifying = Verifying(trail, store.engine, clock, key)
        freezing = Freezing(trail, store.engine, clock)
        team = None if approvals is None else approvals.last_resort
        last_resort = LastResort(trail, store.engine, team, operations, clock)
        deciding = Deciding(desk, journal, verifying, freezing, viewers, operations, clock, last_resort)
        sender = Sender(journal, desk, pace or Pace())
        runner = Runner(journal, sender, deciding, {name: each.event for name, each in operations.items()})
        obligations = Obligations(desk, verifying, clock)
        acting = Acting(operations, journal, runner, sender, deciding, obligations, freezing, desk, clock=clock)
        room.acting, room.after = acting, After(acting, sender, desk)
        room.verifying, room.freezing, room.send = verifying, freezing, sender
        keeper = Keeper(journal, runner, sender, last_resort=last_resort)
        keeper.start()
        many = bulk or BulkSettings()
        bulks = BulkStore(trail, store.engine, clock)
        driver = Driver(bulks, acting, at_once=many.at_once)
        room.bulks = Bulks(bulks, acting, room.after, most=many.most, at_once=many.at_once, woken=driver.wake)
        driver.start()
        told = Around.open(store, desk, room, obligations, said)
        carried = Delivery.open(trail, outside, protected_people(desk), clock)
        return cls(trail, sequencer, journal, runner, acting, keeper, driver, told, carried)

    async def close(self) -> None:
        """Let what is under way end, then stop to write."""
        await self.around.close()
        await self.driver.close()
        await self.keeper.close()
        await self.runner.close()
        await self.delivery.close()
        await asyncio.shield(self.trail.close())
        await self.sequencer.close()
