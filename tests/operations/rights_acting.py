"""Acting on rights: short ways to ask for it, and to see that nothing was changed."""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

from resolvers.asking import Viewer
from sources.ports.call import utc_now
from tests.operations.acting import Answer, codes, mutate, new_key, viewer_of
from tests.operations.stand import Stand

DOER: Final = "security"
OTHER: Final = "security2"
BREAKER: Final = "secops"

_PLAN = "plan { hash summary widening mustAgree changes { gained who what was willBe when } obligations { kind fulfilled } }"
_REST = "operation { id name state by team parent reason ticket auditEvents } replayed problems { __typename code message path }"
GRANT: Final = (
    f"{_PLAN} {_REST} grant {{ id kind state login role regions clearance by approvedBy until endedBy "
    "waitsForReview reviewedBy reviewNote }"
)
POLICY: Final = f"{_PLAN} {_REST} policyVersion {{ hash state base widening note by decidedBy shadowed }}"
REVOKED: Final = f"{_PLAN} {_REST}"
HOLD: Final = f"{_PLAN} {_REST} hold {{ id kind about reason placedBy }}"
_TABLES: Final = (
    "rights_grant",
    "policy_version",
    "policy_approval",
    "policy_generation",
    "session",
    "token",
    "audit_hold",
    "operation_run",
    "operation_approval",
)
NEW_TEAM = """
title: {en: New}
regions: [br]
members: [somebody.new]
read:
  directory: {ceiling: internal, scope: region}
"""


def digest(stand: Stand) -> str:
    """What stands for everything that an act on rights could change."""
    with sqlite3.connect(stand.database, timeout=10) as database:
        rows = [(name, sorted(map(repr, database.execute(f"select * from {name}")))) for name in _TABLES]  # noqa: S608  # names of this file
    return sha256(repr(rows).encode()).hexdigest()


async def said(stand: Stand, own: Mapping[str, Any], *, apply: bool = True, **more: Any) -> Answer:
    """The input of an act on rights."""
    person = (await stand.people())[0]
    purpose = {"reason": "because of the test", "ticket": await stand.with_ticket(person.employee_id)}
    return {**own, "purpose": purpose, "idempotencyKey": new_key(), "mode": "APPLY" if apply else "PREVIEW", **more}


async def do(
    stand: Stand, name: str, own: Mapping[str, Any], payload: str, viewer: Viewer | str = DOER, **more: Any
) -> Answer:
    """What an act answers to somebody."""
    who = viewer_of(stand, viewer) if isinstance(viewer, str) else viewer
    return await mutate(stand, name, await said(stand, own, **more), payload, viewer=who)


async def shown_only(stand: Stand, name: str, own: Mapping[str, Any], payload: str, viewer: str = DOER) -> Answer:
    """The plan of an act; nothing has changed."""
    given = await said(stand, own, apply=False)
    before = digest(stand)
    answer = await mutate(stand, name, given, payload, viewer=viewer_of(stand, viewer))
    assert digest(stand) == before
    assert (codes(answer), answer["operation"]) == ([], None)
    plan: Answer = answer["plan"]
    return plan


async def refused(
    stand: Stand, code: str, name: str, own: Mapping[str, Any], payload: str, viewer: Viewer | str = DOER, **more: Any
) -> Answer:
    """What is answered where it may not be: nothing has changed, and the trail has one denial."""
    given = await said(stand, own, **more)
    who = viewer_of(stand, viewer) if isinstance(viewer, str) else viewer
    before, denied = digest(stand), stand.records(code="operation.denied")
    answer = await mutate(stand, name, given, payload, viewer=who)
    assert codes(answer) == [code]
    assert answer["operation"] is None
    assert digest(stand) == before
    new = [each for each in stand.records(code="operation.denied") if each not in denied]
    assert [(each["operator"], each["detail"]["problem"]) for each in new] == [(who.login, code)]
    return answer


def lending(login: str, role: str = "helpdesk_senior", **more: Any) -> Answer:
    """A role for another person, for an hour."""
    until = (utc_now() + timedelta(hours=1)).isoformat()
    return {"login": login, "role": role, "until": until, "regions": ["br"], **more}


async def receiver(stand: Stand, number: int = 3) -> str:
    """Somebody who works here."""
    login: str = (await stand.people())[number].login
    return login


async def proposed(stand: Stand, files: Sequence[Mapping[str, str | None]], reason: str) -> str:
    """A version that was put forward."""
    answer = await do(
        stand, "propose_policy", {"files": list(files)}, POLICY, purpose={"reason": reason, "ticket": None}
    )
    assert codes(answer) == []
    hash_: str = answer["policyVersion"]["hash"]
    return hash_


def in_force(stand: Stand) -> str:
    """The version in force, by the store."""
    with sqlite3.connect(stand.database, timeout=10) as database:
        found: str = database.execute("select hash from policy_generation").fetchone()[0]
    return found


async def narrowing(stand: Stand, note: str) -> str:
    """A version that takes the clearance from those who see everything."""
    with sqlite3.connect(stand.database, timeout=10) as database:
        bundle = database.execute("select bundle from policy_version where hash = ?", (in_force(stand),)).fetchone()[0]
    assert "teams/all_seeing.yaml" in bundle
    text = f"# {note}\ntitle: {{en: All-seeing}}\nregions: all\nmembers: [all.seeing]\nread:\n  directory: {{ceiling: internal, scope: region}}\n"
    return await proposed(stand, [{"path": "teams/all_seeing.yaml", "text": text}], note)
