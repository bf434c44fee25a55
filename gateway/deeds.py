"""Deeds: changes of rights that have been looked at and are not made yet. One can be shown, refused, recorded, or done."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from authz.changes import Diff
from authz.rights import Grant, Role, Run
from authz.words import words_of
from gateway.standing import Refused
from operations.kit.acts.rights import RightsLine
from operations.kit.json_values import Json

Change = Callable[[AsyncSession], Awaitable[None]]
"""Makes the change within a transaction; may ask nothing of anybody else meanwhile. Raises: Refused."""
_REACH: Mapping[str, str] = {"anyone": "for anybody", "self": "for themselves"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One change of rights.

    Shape: `code` is that of its event; `about` names what is changed; `basis` is what was decided on, so that a plan shown of
    it stands for nothing else; `hindrance` stands in the way of doing it, not of showing it; `concerns` is whose rights they
    are, empty where they are many people's; one that `waits` does nothing before another person has agreed; `parent` is the
    run that is agreed to.
    """

    code: str
    about: str
    words: str
    summary: str
    change: Change
    obligations: tuple[str, ...] = ()
    lines: tuple[RightsLine, ...] = ()
    widening: bool = False
    must_agree: tuple[str, ...] = ()
    basis: tuple[Json, ...] = ()
    hindrance: Refused | None = None
    concerns: str = ""
    reason: str | None = None
    ticket: str | None = None
    details: Mapping[str, Json] = field(default_factory=dict)
    waits: bool = False
    approver: str | None = None
    parent: str | None = None


def lines_of(difference: Diff) -> tuple[RightsLine, ...]:
    """Everything that is gained and lost, one by one."""
    return tuple(
        RightsLine(gained, each.who, each.what, each.was, each.now, each.whom)
        for gained, several in ((True, difference.gains), (False, difference.losses))
        for each in several
    )


def lines_of_role(
    role: Role, who: str, regions: tuple[str, ...], until: str, *, gained: bool
) -> tuple[RightsLine, ...]:
    """All that a role gives to one person until a moment, or that they lose with it."""
    was, will_be = ("not by this", f"until {until}") if gained else (f"until {until}", "not any more")
    said: list[tuple[str, Grant | Run]] = [
        (f"{'reads in part' if each.action == 'mask' else 'reads'} {each.domain}, up to {each.ceiling}", each)
        for each in role.grants
    ]
    said += [(f"runs {each.operation}", each) for each in role.runs]
    where = {**_REACH, "region": f"in {', '.join(regions) or 'every region'}"}
    return tuple(
        RightsLine(gained, who, what, was, will_be, f"{where[each.scope]}, {words_of(each.when)}")
        for what, each in said
    )
