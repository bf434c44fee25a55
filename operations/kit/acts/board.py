"""Board: what is read of rights as they are changed: grants, versions, sign-ins, holds, freezes. Each viewer sees their part."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from operations.kit.acts.act import ABOUT_NOBODY, Room
from operations.kit.acts.rights import GrantView, Rights, SignInView
from operations.kit.after import same
from operations.kit.tables import Freeze
from resolvers.asking import Asking
from resolvers.problems import bad_input
from resolvers.windows import Edge, Listed, PageInfo, check_first, place_of

_GRANTS: Final = ("grant_rights", "review_break_glass", "approve_policy")
_VERSIONS: Final = ("propose_policy", "approve_policy", "publish_policy", "rollback_policy")
_HOLDS: Final = ("place_hold", "lift_hold")


class Board:
    """Answers queries about rights. Shape: `room` is filled once everything is open."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def all(self) -> dict[str, Callable[..., Any]]:
        """By `Type.field`."""
        return {
            "Query.grants": self._grants,
            "Query.policyVersions": self._versions,
            "Query.signIns": self._sign_ins,
            "Query.holds": self._holds,
            "Query.freezes": self._freezes,
        }

    async def _grants(self, _root: Any, asking: Asking, _info: Any, *, first: int, after: str | None = None) -> Listed:
        """A page of the grants that are the viewer's own, or of all for those who give, review or agree."""
        check_first(first)
        login = asking.viewer.login
        found = await self._rights().grants()
        if not may_any(asking, _GRANTS):
            found = [each for each in found if any(same(login, one) for one in (each.login, each.by))]
        return _page(found, first, after)

    async def _versions(self, _root: Any, asking: Asking, _info: Any, *, first: int) -> Sequence[object]:
        check_first(first)
        return (await self._rights().versions())[:first] if may_any(asking, _VERSIONS) else []

    async def _sign_ins(
        self, _root: Any, asking: Asking, _info: Any, *, login: str | None = None, everybody: bool = False
    ) -> Sequence[SignInView]:
        viewer = asking.viewer
        if everybody or (login is not None and not same(login, viewer.login)):
            whose = None if everybody else login
            return await self._rights().sign_ins(whose, viewer.session) if may_any(asking, ("revoke_session",)) else []
        return await self._rights().sign_ins(viewer.login, viewer.session)

    async def _holds(self, _root: Any, asking: Asking, _info: Any) -> Sequence[object]:
        return await self._rights().holds() if may_any(asking, _HOLDS) else []

    async def _freezes(self, _root: Any, asking: Asking, _info: Any) -> list[Freeze]:
        assert self._room.freezing is not None
        return await self._room.freezing.live() if may_any(asking, ("freeze",)) else []

    def _rights(self) -> Rights:
        assert self._room.rights is not None, "the room is filled before anything is served"
        return self._room.rights


def may_any(asking: Asking, operations: Sequence[str]) -> bool:
    """Whether a person may run any of these operations now, on nobody in particular or somewhere at all."""
    viewer = asking.viewer
    if viewer.service:
        return False
    return any(
        viewer.policy.decide(viewer.actor, each, ABOUT_NOBODY).allowed
        or bool(viewer.policy.operation(viewer.actor, each).permits)
        for each in operations
    )


def _page(found: Sequence[GrantView], first: int, after: str | None) -> Listed:
    place = place_of(after) if after else None
    left = list(found)
    if place is not None:
        if len(place) != 2:
            raise bad_input("after: not a cursor of this list")
        behind = (str(place[0]), str(place[1]))
        left = [each for each in found if _place(each) < behind]
    edges = [Edge(_place(each), each, each) for each in left[:first]]
    ends = (edges[0], edges[-1]) if edges else (None, None)
    return Listed(edges, PageInfo(len(left) > first, place is not None, *ends), None)


def _place(grant: GrantView) -> tuple[str, str]:
    return grant.starts.isoformat(), str(grant.id)
