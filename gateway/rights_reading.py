"""Rights reading: grants, versions, sign-ins and holds as they are, for the board and for what an act answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlmodel import col, select

from audit.holds import holds
from audit.tables import AuditHold
from authz.tables import RightsGrant
from gateway.granting import Granting
from gateway.grants import BREAK_GLASS
from gateway.holding import hold_of
from gateway.identity.sessions import Sessions
from gateway.identity.tables import Session
from gateway.policy_life import PolicyLife
from gateway.standing import Refused, Standing
from operations.kit.acts.rights import GrantView, SignInView

_MADE: Final[Mapping[str, str]] = {
    **dict.fromkeys(("grant_rights", "approve_grant", "end_grant", "break_glass", "review_break_glass"), "grant"),
    **dict.fromkeys(("place_hold", "lift_hold", "approve_hold"), "hold"),
    **dict.fromkeys(("revoke_session", "revoke_token"), "nothing"),
}


@dataclass(frozen=True, slots=True)
class HoldView:
    """A hold. Shape: `kind` as the graph names it."""

    id: str
    kind: str
    about: str
    reason: str
    placed_by: str
    placed_at: datetime


class RightsReading:
    """Reads what there is. Who may see which is decided where it is asked for."""

    def __init__(self, standing: Standing, granting: Granting, life: PolicyLife, sessions: Sessions) -> None:
        self._standing = standing
        self._granting = granting
        self._life = life
        self._sessions = sessions

    async def made(self, name: str, about: str) -> object | None:
        """What an act made or changed, as it is now; None where nothing of it is left."""
        kind = _MADE.get(name, "version")
        try:
            if kind == "grant":
                return self._shown(await self._granting.grant(about))
            if kind == "version":
                return await self._life.version(about)
        except Refused:
            return None
        row = await hold_of(self._standing, about) if kind == "hold" else None
        return None if row is None or row.lifted_at is not None else _hold(row)

    async def grants(self) -> list[GrantView]:
        """All roles for a time, the newest first."""
        return [self._shown(each) for each in await self._granting.grants()]

    def _shown(self, row: RightsGrant) -> GrantView:
        over = row.ended_at is not None or row.until <= self._standing.clock()
        glass = row.kind == BREAK_GLASS
        state = "ENDED" if over else "WAITS" if not glass and row.approved_by is None else "LIVE"
        return GrantView(row, state, waits_for_review=glass and row.reviewed_at is None)

    async def versions(self) -> list[object]:
        """All versions of the policy, the newest first."""
        return list(await self._life.versions())

    async def sign_ins(self, login: str | None, current: str | None) -> list[SignInView]:
        """Sign-ins that are good, of one person or of everybody, by person."""
        logins = [login] if login is not None else await self._everybody()
        return [
            SignInView(
                each.id,
                each.login,
                each.created_at,
                each.seen_at,
                each.expires_at,
                each.address,
                each.agent,
                each.id == current,
            )
            for name in logins
            for each in await self._sessions.of_login(name)
        ]

    async def _everybody(self) -> list[str]:
        wanted: Any = select(col(Session.login)).distinct().order_by(col(Session.login)).limit(1_000)
        async with self._standing.store.session() as session:
            return [str(each) for each in (await session.execute(wanted)).scalars()]

    async def holds(self) -> list[object]:
        """Cases of which nothing is erased."""
        async with self._standing.store.engine.connect() as connection:
            return [_hold(each) for each in await holds(connection)]


def _hold(row: AuditHold) -> HoldView:
    at = datetime.fromisoformat(row.placed_at)
    return HoldView(row.id, row.kind.upper(), row.value, row.reason, row.placed_by, at)
