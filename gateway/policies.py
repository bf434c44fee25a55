"""Policies: the version of the policy in force, watched for a next one and swapped as a whole."""

import asyncio
import gc
import logging
import os
import socket
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete
from sqlmodel import col, select

from authz.labels import Labels
from authz.policy import Policy, PolicyError
from authz.profile import Profile
from authz.rights import Assignment
from authz.tables import PolicyGeneration, PolicyProcess, PolicyVersion
from authz.vocabulary import Fact
from gateway.grants import Grants
from gateway.policy_making import Build, Bundle, builder, publish_first, texts_of
from gateway.settings import Installation
from gateway.shadows import Shadows
from gateway.store import Store
from gateway.warming import held, warm
from sources.kit.yaml_file import ConfigError
from sources.ports.call import utc_now

log = logging.getLogger("okno.rights")

LOOK: Final = 0.5
"""Seconds between two looks at the store."""
PATIENCE: Final = 2.0
"""Seconds for which a policy counts as confirmed after the store was last read."""
_ANSWER: Final = 1.5
_HEARTBEAT: Final = timedelta(seconds=2)
_GONE: Final = timedelta(minutes=1)
TIDY: Final = 10.0
"""Seconds after a swap in which requests that began under the policy before have ended; then it is let go of."""


class Policies:
    """The running policy and those beside it. One reference is swapped; a request keeps the one it began with."""

    def __init__(
        self,
        store: Store,
        build: Build,
        grants: Grants | None = None,
        clock: Callable[[], float] = time.monotonic,
        *,
        tidy: float = TIDY,
        collect: Callable[[], object] = gc.collect,
    ) -> None:
        self.wrong: str | None = None
        self.hash = ""
        self._store = store
        self._build = build
        self._grants = grants
        self._clock = clock
        self._tidy = tidy
        self._collect = collect
        self._tidying: asyncio.TimerHandle | None = None
        self._current: Policy | None = None
        self._number = -1
        self._granted = -1
        self._seen = float("-inf")
        self._beside = Shadows(build)
        self._process = PolicyProcess(
            id=uuid.uuid4().hex,
            host=socket.gethostname()[:200],
            pid=os.getpid(),
            hash="",
            version="",
            started_at=utc_now(),
            seen_at=utc_now(),
        )
        self._beat_at: datetime | None = None
        self._looking = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    @classmethod
    async def open(
        cls, store: Store, installation: Installation, labels: Labels, grants: Grants | None = None
    ) -> "Policies":
        """The policies of an installation, watched from now on. Raises: PolicyError, ConfigError.

        Its folder is published as the first version; a sandbox's also later, as long as nobody has published another.
        """
        policies = cls(store, builder(labels, installation), grants)
        await policies.start(texts_of(installation.folder), renew=installation.file.login.sandbox)
        return policies

    @property
    def current(self) -> Policy:
        """The policy in force. Keep it for the whole of a request."""
        assert self._current is not None, "opened by start()"
        return self._current

    @property
    def confirmed(self) -> bool:
        """Whether the store said within the last two seconds that this version is the published one."""
        return self.wrong is None and self._clock() - self._seen <= PATIENCE

    async def start(self, first: Bundle, *, renew: bool = False) -> None:
        """Load the published version and watch. Raises: PolicyError, ConfigError when it cannot be loaded."""
        await publish_first(self._store, self._build, first, renew=renew)
        await self.look()
        if self._current is None:
            raise PolicyError("the published policy", None, self.wrong or "no version is published")
        self._task = asyncio.create_task(self._watch(), name="policies")

    async def close(self) -> None:
        """Stop watching; this process counts as gone."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._tidying is not None:
            self._tidying.cancel()
        with suppress(Exception):  # the store may be the reason for closing
            await self._beside.flush(self._store)
            async with self._store.session() as session:
                await session.execute(delete(PolicyProcess).where(col(PolicyProcess.id) == self._process.id))

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            try:
                await self.look()
            except Exception as problem:  # noqa: BLE001
                # whatever it is, the next look may succeed; until then nothing is confirmed
                log.warning("policy not confirmed: %s", type(problem).__name__)

    async def look(self) -> None:
        """Look at the store once, and take what is new there. One look at a time: an earlier one never ends last."""
        async with self._looking:
            await self._look()

    async def _look(self) -> None:
        began = self._clock()
        async with asyncio.timeout(_ANSWER):
            row, published, beside = await self._read()
        if row is None:
            return
        if row.number != self._number:
            await self._take(row, published, beside)
            self._beat_at = None
        async with asyncio.timeout(_ANSWER):
            if self._grants is not None and row.grants != self._granted:
                await self._grants.refresh()
                self._granted = row.grants
            self._seen = began
            if self._grants is not None:
                await self._grants.alert()
            await self._beat()

    async def _read(self) -> tuple[PolicyGeneration | None, PolicyVersion | None, Sequence[PolicyVersion]]:
        """The one row; and the versions where it says that something has changed."""
        async with self._store.session() as session:
            row = await session.get(PolicyGeneration, 1)
            if row is None or row.number == self._number:
                return row, None, ()
            beside = await session.execute(select(PolicyVersion).where(col(PolicyVersion.shadowed)))
            return row, await session.get(PolicyVersion, row.hash), beside.scalars().all()

    async def _take(
        self, row: PolicyGeneration, published: PolicyVersion | None, beside: Sequence[PolicyVersion]
    ) -> None:
        """Build beside the running one, test, swap one reference. What cannot be built changes nothing."""
        if published is None:
            self.wrong = f"version {row.hash[:12]} is not in the store"
        elif published.hash != self.hash or self.wrong is not None:
            await self._swap(published)
        await self._beside.set({each.hash: each.bundle for each in beside if each.hash != row.hash})
        self._number = row.number

    async def _swap(self, published: PolicyVersion) -> None:
        began = time.perf_counter()
        try:
            # Beside the loop: texts are read, linted and tested for a tenth of a second, and requests go on meanwhile.
            built = await asyncio.to_thread(self._build, published.bundle)
            if self._current is not None:  # nobody waits for it before the first one
                await asyncio.to_thread(warm, built, held(built, self._grants, utc_now()))
        except (PolicyError, ConfigError) as problem:
            self.wrong = f"version {published.hash[:12]} cannot be loaded: {problem}"
            log.error("policy not taken", extra={"hash": published.hash, "wrong": str(problem)})  # noqa: TRY400  # the text says all
            return
        except Exception as problem:
            self.wrong = f"version {published.hash[:12]} cannot be loaded: {type(problem).__name__}"
            log.exception("policy not taken", extra={"hash": published.hash})
            return
        before, self._current, self.hash, self.wrong = self.hash, built, published.hash, None
        if before:
            self._let_go()
        log.info(
            "policy in force",
            extra={
                "hash": published.hash,
                "version": built.version,
                "before": before,
                "ms": round((time.perf_counter() - began) * 1000, 1),
            },
        )

    def _let_go(self) -> None:
        """Have the policy before collected, once, when no request is under it any more: its parts refer to each other."""
        if self._tidying is not None:
            self._tidying.cancel()
        self._tidying = asyncio.get_running_loop().call_later(self._tidy, self._collect)

    @property
    def shadows(self) -> tuple[Policy, ...]:
        """The versions that run beside the current one."""
        return self._beside.policies

    def compare(
        self,
        team: str,
        login: str,
        profile: Profile,
        facts: Mapping[str, Fact],
        extra: Sequence[Assignment] = (),
        clearance: Sequence[str] = (),
    ) -> None:
        """Count what the versions that run beside would have decided otherwise of one employee. Nothing is shown of it.

        Shape: `facts` all that is known, not only what the running profile asks for.
        """
        if self._beside.policies:
            self._beside.compare(self.hash, team, login, profile, facts, extra, clearance)

    async def _beat(self) -> None:
        """Tell the others which version runs here, and keep what was counted."""
        now = utc_now()
        if self._beat_at is not None and now - self._beat_at < _HEARTBEAT:
            return
        self._process.hash, self._process.wrong, self._process.seen_at = (
            self.hash,
            (self.wrong or "")[:500] or None,
            now,
        )
        self._process.version = self._current.version if self._current is not None else ""
        async with self._store.session() as session:
            await session.execute(delete(PolicyProcess).where(col(PolicyProcess.seen_at) < now - _GONE))
            await session.merge(self._process)
        await self._beside.flush(self._store)
        self._beat_at = now
