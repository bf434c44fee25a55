"""Classes and activities of the Open Cybersecurity Schema Framework that our codes belong to. Source: OCSF 1.4."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

VERSION: Final = "1.4.0"
OTHER: Final = 99


@dataclass(frozen=True, slots=True)
class Activity:
    """A class of events and what of it was done."""

    class_uid: int
    class_name: str
    activity_id: int


def _account(activity: int) -> Activity:
    return Activity(3001, "Account Change", activity)


def _entity(activity: int) -> Activity:
    return Activity(3004, "Entity Management", activity)


def _access(activity: int) -> Activity:
    return Activity(3005, "User Access Management", activity)


def _group(activity: int) -> Activity:
    return Activity(3006, "Group Management", activity)


def _sign_in(activity: int) -> Activity:
    return Activity(3002, "Authentication", activity)


def _stored(activity: int) -> Activity:
    return Activity(6005, "Datastore Activity", activity)


def _finding(activity: int) -> Activity:
    return Activity(2004, "Detection Finding", activity)


ACTIVITIES: Final[Mapping[str, Activity]] = {
    "account.unlocked": _account(12),
    "account.enabled": _account(2),
    "account.disabled": _account(5),
    "password.reset": _account(4),
    "second_factor.disabled": _account(11),
    "second_factor.removed": _account(11),
    "second_factor.reset": _account(11),
    "group_member.added": _group(3),
    "group_member.removed": _group(4),
    "certificate.issued": _entity(1),
    "certificate.revoked": _entity(4),
    "ticket.created": _entity(1),
    "badge.issued": _entity(1),
    "recovery_key.shown": _entity(2),
    "identity_session.ended": _sign_in(2),
    "vpn_session.closed": _sign_in(2),
    "licence.granted": _access(1),
    "licence.revoked": _access(2),
    "entity.created": _entity(1),
    "entity.read": _entity(2),
    "entity.updated": _entity(3),
    "entity.deleted": _entity(4),
    "access.given": _access(1),
    "access.taken": _access(2),
    "session.started": _sign_in(1),
    "session.ended": _sign_in(2),
    "store.read": _stored(1),
    "store.queried": _stored(4),
    "store.updated": _stored(2),
    "store.deleted": _stored(7),
    "finding.raised": _finding(1),
    "other": _entity(OTHER),
}
"""By the code of an operation, and by a few general names."""
