"""Cases of the scenarios: for each an employee and an input that fit, and how many steps come of it."""

from datetime import timedelta
from typing import Any

from sources.ports.call import utc_now
from tests.operations.cases import CASES, Case, _group, _id, _managed, _write, case
from tests.operations.stand import Stand

__all__ = ["CASES"]


@case
async def lost_laptop(stand: Stand) -> Case:
    person, device = await _managed(stand, lambda each: not each.locked and each.enrolled)
    sessions, tunnels, certificates = await _open_ways(stand, person, ("VPN", "WIFI"))
    steps = 2 + len(sessions) + len(tunnels) + len(certificates)
    return Case(person.employee_id, {"device": _id("Device", device.source, device.tag)}, device.source, steps=steps)


async def _open_ways(stand: Stand, person: Any, usages: tuple[str, ...]) -> tuple[Any, Any, list[Any]]:
    """Sign-ins, tunnels and certificates that are good."""
    (sessions,) = await stand.asked("sessions", "sessions_of", person.ref)
    (tunnels,) = await stand.asked("vpn", "vpn_sessions_of", person.ref)
    (all_,) = await stand.asked("certificates", "certificates_of", person.ref)
    good = [each for each in all_ if each.revoked_at is None and each.not_after > utc_now() and each.purpose in usages]
    return sessions, tunnels, good


@case
async def block_leaver(stand: Stand) -> Case:
    # the last ones: a second factor and a password of one person are a take-over
    for person in reversed(await stand.people()):
        (accounts,) = await stand.asked("accounts", "accounts_of", person.ref)
        (badges,) = await stand.asked("badges", "badges_of", person.ref)
        able = all(stand.desk.retry_of(each.source, "disable") is not None for each in accounts)
        if [each.source for each in accounts][:1] != ["domain"] or not able or not all(map(_enabled, accounts)):
            continue
        if any(each.blocked_at for each in badges):
            continue
        sessions, tunnels, certificates = await _open_ways(stand, person, ("VPN", "WIFI", "SIGNING", "OTHER"))
        (tokens,) = await stand.asked("second_factors", "second_factors_of", person.ref)
        (licences,) = await stand.asked("software", "licences_of", person.ref)
        steps = sum(map(len, (accounts, sessions, tunnels, certificates, badges, licences)))
        steps += len([each for each in tokens if each.active])
        return Case(person.employee_id, {}, "domain", steps=steps)
    raise AssertionError("everybody is blocked already")


def _enabled(account: Any) -> bool:
    return bool(account.enabled and account.kind != "SERVICE")


@case
async def welcome_newcomer(stand: Stand) -> Case:
    person, group = await _group(stand, member=False)
    (accounts,) = await stand.asked("accounts", "accounts_of", person.ref)
    mine = [each for each in accounts if each.kind == "PERSONAL"]
    for each in mine:
        await _write(stand, each.source, "disable", each.object_id)
    said = {"groups": [_id("Group", group.source, group.object_id)]}
    return Case(person.employee_id, said, mine[0].source, steps=len(mine) + 1)


@case
async def help_locked_out_traveller(stand: Stand) -> Case:
    people = await stand.people()
    accounts = await stand.asked("accounts", "accounts_of", *[each.ref for each in people])
    tokens = await stand.asked("second_factors", "second_factors_of", *[each.ref for each in people])
    locked = {
        each.employee_id
        for each, owned, held in zip(people, accounts, tokens, strict=True)
        if any(one.locked for one in owned) or any(one.failures for one in held)
    }
    person, group = await _group(stand, member=False, besides=frozenset(locked))
    until = (utc_now() + timedelta(hours=4)).isoformat()
    said = {"group": _id("Group", group.source, group.object_id), "until": until, "endSessions": False}
    return Case(person.employee_id, said, group.source)
