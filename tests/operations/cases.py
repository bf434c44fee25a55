"""Cases: for each operation an employee and an input that fit, found by asking; nothing is changed by finding one."""

import itertools
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from resolvers import ids
from sources.ports.call import utc_now
from sources.ports.permit import WritePermit
from tests.operations.stand import Stand


@dataclass(frozen=True, slots=True)
class Case:
    """What an operation is put to. Shape: `source` is called by it; `again` is whether a second run does it again."""

    employee: str
    said: dict[str, Any]
    source: str
    again: bool = False
    steps: int = 1
    secret: bool = False
    extra: dict[str, Any] = field(default_factory=dict)


Finder = Callable[[Stand], Awaitable[Case]]
CASES: Final[dict[str, Finder]] = {}
_numbers = itertools.count(1)


def case(finder: Finder) -> Finder:
    """A finder, named after its operation."""
    CASES[finder.__name__] = finder
    return finder


async def _first(
    stand: Stand, port: str, question: str, wanted: Callable[[Any], bool], *, last: bool = False
) -> tuple[Any, Any]:
    """The first employee with a thing of that kind, and the thing; with `last` the last one."""
    people = await stand.people()
    if last:
        people.reverse()
    answers = await stand.asked(port, question, *[each.ref for each in people])
    for person, answer in zip(people, answers, strict=True):
        things = answer if isinstance(answer, tuple) else () if answer is None else (answer,)
        for thing in things:
            if wanted(thing):
                return person, thing
    raise AssertionError(f"nobody has what {question} is asked for")


async def _write(stand: Stand, source: str, name: str, *arguments: Any) -> None:
    """A write of a source, past all operations, to bring about what a case needs."""
    call = stand.call()
    call.permit = WritePermit("stand", "stand", source, name, time.monotonic() + 10)
    await stand.desk.write(source, name, list(arguments), call)


def _id(kind: str, source: str, key: str) -> str:
    return ids.encode(kind, source, key)


@case
async def unlock_account(stand: Stand) -> Case:
    person, account = await _first(
        stand, "accounts", "accounts_of", lambda each: each.locked and each.source == "domain"
    )
    return Case(person.employee_id, {"account": _id("Account", account.source, account.object_id)}, account.source)


def _ordinary(account: Any) -> bool:
    return bool(account.enabled and not account.locked and account.kind == "PERSONAL" and account.source == "domain")


@case
async def reset_password(stand: Stand) -> Case:
    person, account = await _first(stand, "accounts", "accounts_of", _ordinary)
    said = {"account": _id("Account", account.source, account.object_id)}
    return Case(person.employee_id, said, account.source, again=True, steps=2, secret=True)


@case
async def disable_account(stand: Stand) -> Case:
    person, account = await _first(stand, "accounts", "accounts_of", _ordinary)
    return Case(person.employee_id, {"account": _id("Account", account.source, account.object_id)}, account.source)


@case
async def enable_account(stand: Stand) -> Case:
    person, account = await _first(
        stand, "accounts", "accounts_of", lambda each: each.source == "domain" and _ordinary(each)
    )
    await _write(stand, account.source, "disable", account.object_id)
    return Case(person.employee_id, {"account": _id("Account", account.source, account.object_id)}, account.source)


async def _group(stand: Stand, *, member: bool, besides: frozenset[str] = frozenset()) -> tuple[Any, Any]:
    people = await stand.people()
    answers = await stand.asked("groups", "memberships_of", *[each.ref for each in people])
    groups = {}
    for answer in answers:
        for each in answer if isinstance(answer, tuple) else ():
            groups.setdefault(each.group.object_id, each.group)
    plain = [each for each in groups.values() if not each.privileged and each.source == "domain"]
    for person, answer in zip(people, answers, strict=True):
        held = {each.group.object_id for each in answer if each.direct and each.login == person.login}
        for group in plain:
            if (group.object_id in held) is member and person.employee_id not in besides:
                return person, group
    raise AssertionError("no such group")


@case
async def add_to_group(stand: Stand) -> Case:
    person, group = await _group(stand, member=False)
    return Case(person.employee_id, {"group": _id("Group", group.source, group.object_id)}, group.source)


@case
async def remove_from_group(stand: Stand) -> Case:
    person, group = await _group(stand, member=True)
    return Case(person.employee_id, {"group": _id("Group", group.source, group.object_id)}, group.source)


@case
async def issue_certificate(stand: Stand) -> Case:
    person = (await stand.people())[3]
    return Case(person.employee_id, {"usage": "VPN", "days": 30}, "certificates", again=True, secret=True)


@case
async def revoke_certificate(stand: Stand) -> Case:
    def good(each: Any) -> bool:
        return each.revoked_at is None and each.not_after > utc_now()

    person, one = await _first(stand, "certificates", "certificates_of", good)
    return Case(person.employee_id, {"certificate": _id("Certificate", one.source, one.serial)}, one.source)


def _device(stand: Stand, **more: Any) -> Any:
    def fits(each: Any) -> bool:
        return each.status == "ASSIGNED" and all(getattr(each, name) for name in more)

    return _first(stand, "equipment", "devices_of", fits)


@case
async def assign_device(stand: Stand) -> Case:
    person, device = await _device(stand)
    await _write(stand, device.source, "return_to_stock", device.tag)
    return Case(person.employee_id, {"device": _id("Device", device.source, device.tag)}, device.source)


@case
async def return_device(stand: Stand) -> Case:
    person, device = await _device(stand)
    return Case(person.employee_id, {"device": _id("Device", device.source, device.tag)}, device.source)


@case
async def block_device(stand: Stand) -> Case:
    person, device = await _device(stand)
    return Case(person.employee_id, {"device": _id("Device", device.source, device.tag)}, device.source)


async def _managed(stand: Stand, wanted: Callable[[Any], bool]) -> tuple[Any, Any]:
    people = await stand.people()
    owned = await stand.asked("equipment", "devices_of", *[each.ref for each in people])
    for person, devices in zip(people, owned, strict=True):
        for device in devices:
            (management,) = await stand.asked("device_management", "management_of", device.ref)
            if management is not None and device.status == "ASSIGNED" and wanted(management):
                return person, device
    raise AssertionError("no managed device")


@case
async def lock_device(stand: Stand) -> Case:
    person, device = await _managed(stand, lambda each: not each.locked and each.enrolled)
    return Case(person.employee_id, {"device": _id("Device", device.source, device.tag)}, "devices")


@case
async def wipe_device(stand: Stand) -> Case:
    person, device = await _managed(stand, lambda each: each.enrolled)
    return Case(person.employee_id, {"device": _id("Device", device.source, device.tag)}, "devices", again=True)


@case
async def show_recovery_key(stand: Stand) -> Case:
    person, device = await _managed(stand, lambda each: each.recovery_key_held and each.enrolled)
    said = {"device": _id("Device", device.source, device.tag)}
    return Case(person.employee_id, said, "devices", again=True, secret=True)


async def _computer(stand: Stand) -> tuple[Any, Any, tuple[Any, ...]]:
    people = await stand.people()
    owned = await stand.asked("equipment", "devices_of", *[each.ref for each in people])
    for person, devices in zip(people, owned, strict=True):
        for device in devices:
            if device.hostname and device.status == "ASSIGNED":
                (programs,) = await stand.asked("software", "installed_on", device.ref)
                if isinstance(programs, tuple) and programs:
                    return person, device, programs
    raise AssertionError("no computer with programs")


@case
async def install_software(stand: Stand) -> Case:
    person, device, programs = await _computer(stand)
    here = {each.name for each in programs}
    people = await stand.people()
    owned = await stand.asked("equipment", "devices_of", *[each.ref for each in people])
    computers = [each.ref for devices in owned for each in devices if each.hostname]
    elsewhere = await stand.asked("software", "installed_on", *computers)
    known = {each.name for answer in elsewhere if isinstance(answer, tuple) for each in answer}
    said = {"device": _id("Device", device.source, device.tag), "product": sorted(known - here)[0]}
    return Case(person.employee_id, said, "software")


@case
async def remove_software(stand: Stand) -> Case:
    person, device, programs = await _computer(stand)
    said = {"device": _id("Device", device.source, device.tag), "product": programs[0].name}
    return Case(person.employee_id, said, "software")


@case
async def grant_licence(stand: Stand) -> Case:
    people = await stand.people()
    answers = await stand.asked("software", "licences_of", *[each.ref for each in people])
    products = sorted({each.product for answer in answers for each in answer})
    for person, answer in zip(people, answers, strict=True):
        for product in products:
            if product not in {each.product for each in answer}:
                return Case(person.employee_id, {"product": product}, "software")
    raise AssertionError("everybody has everything")


@case
async def revoke_licence(stand: Stand) -> Case:
    person, one = await _first(stand, "software", "licences_of", lambda _each: True)
    return Case(person.employee_id, {"licence": one.licence_id}, one.source)


@case
async def create_ticket(stand: Stand) -> Case:
    person = (await stand.people())[5]
    said = {"queue": "Helpdesk-BR", "subject": "A new one", "text": "Words."}
    return Case(person.employee_id, said, "tickets", again=True)


@case
async def comment_ticket(stand: Stand) -> Case:
    person, one = await _first(stand, "tickets", "tickets_of", lambda each: each.status == "OPEN")
    said = {"ticket": _id("Ticket", one.source, one.number), "text": "We are on it."}
    return Case(person.employee_id, said, one.source, again=True)


@case
async def move_ticket(stand: Stand) -> Case:
    person, one = await _first(stand, "tickets", "tickets_of", lambda each: each.status == "OPEN")
    queue = "Helpdesk-BR" if one.queue != "Helpdesk-BR" else "Helpdesk-AF"
    return Case(person.employee_id, {"ticket": _id("Ticket", one.source, one.number), "queue": queue}, one.source)


async def _token(stand: Stand, wanted: Callable[[Any], bool]) -> Case:
    # a password and a second factor of one person are a take-over, and would wait for somebody else
    person, one = await _first(stand, "second_factors", "second_factors_of", wanted, last=True)
    return Case(person.employee_id, {"serial": one.serial}, one.source)


@case
async def disable_second_factor(stand: Stand) -> Case:
    return await _token(stand, lambda each: each.active)


@case
async def reset_second_factor(stand: Stand) -> Case:
    return await _token(stand, lambda each: bool(each.failures))


@case
async def remove_second_factor(stand: Stand) -> Case:
    return await _token(stand, lambda each: not each.failures)


@case
async def block_badge(stand: Stand) -> Case:
    person, one = await _first(stand, "badges", "badges_of", lambda each: each.blocked_at is None)
    return Case(person.employee_id, {"number": one.number}, one.source)


@case
async def issue_temporary_badge(stand: Stand) -> Case:
    person, one = await _first(stand, "badges", "badges_of", lambda each: bool(each.zones))
    until = (utc_now() + timedelta(days=3, seconds=next(_numbers))).isoformat()
    return Case(person.employee_id, {"zones": [one.zones[0]], "until": until}, one.source)


@case
async def set_out_of_office(stand: Stand) -> Case:
    person, one = await _first(stand, "mail", "mailbox_of", lambda each: each.enabled)
    return Case(person.employee_id, {"message": f"Away, {next(_numbers)}."}, one.source)


@case
async def add_mail_alias(stand: Stand) -> Case:
    person, one = await _first(stand, "mail", "mailbox_of", lambda each: each.enabled)
    domain = one.address.partition("@")[2]
    return Case(person.employee_id, {"alias": f"another{next(_numbers)}.{person.login}@{domain}"}, one.source)


@case
async def disconnect_vpn(stand: Stand) -> Case:
    people = await stand.people()
    answers = await stand.asked("vpn", "vpn_sessions_of", *[each.ref for each in people])
    person, found = next((each, found) for each, found in zip(people, answers, strict=True) if found)
    return Case(person.employee_id, {}, "vpn", steps=len(found))


@case
async def terminate_sessions(stand: Stand) -> Case:
    people = await stand.people()
    answers = await stand.asked("sessions", "sessions_of", *[each.ref for each in people])
    person, found = next((each, found) for each, found in zip(people, answers, strict=True) if found)
    return Case(person.employee_id, {}, "sessions", steps=len(found))


@case
async def update_contact(stand: Stand) -> Case:
    person = (await stand.people())[7]
    return Case(person.employee_id, {"mobile": f"+55 11 90000 {next(_numbers):04d}"}, "directory")
