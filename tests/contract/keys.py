"""Keys that a question can be put with: people and devices of the company, ids found by asking, and keys of nobody."""

import hashlib
import re
import uuid
from collections.abc import Callable, Iterable
from typing import Any, Final

from sandbox.company.model import Company
from sources.ports.errors import SourceError
from sources.ports.keys import DeviceRef, EmployeeRef
from tests.contract.subjects import Subject

_FROM_COMPANY: Final[dict[str, Callable[[Company], Iterable[str]]]] = {
    "directory.people_by_id": lambda company: (each.employee_id for each in company.people),
    "directory.people_by_login": lambda company: (each.login for each in company.people),
    "directory.people_by_email": lambda company: (each.email for each in company.people),
    "hr.reports_of": lambda company: (each.manager_id for each in company.people if each.manager_id),
}
"""Text keys that the company knows itself."""

_FROM_ASKING: Final[dict[str, tuple[str, Callable[[Any], str]]]] = {
    "accounts.account_by_id": ("accounts_of", lambda account: account.object_id),
    "groups.group_by_id": ("memberships_of", lambda membership: membership.group.object_id),
    "groups.members_of": ("memberships_of", lambda membership: membership.group.object_id),
    "certificates.certificate_by_serial": ("certificates_of", lambda certificate: certificate.serial),
    "equipment.device_by_tag": ("devices_of", lambda device: device.tag),
    "tickets.ticket_by_number": ("tickets_of", lambda ticket: ticket.number),
    "tickets.history_of": ("tickets_of", lambda ticket: ticket.number),
}
"""Text keys that only the source knows: the question of the same port that tells them first."""


_seen: dict[tuple[int, str, str], list[Any]] = {}


def employees(company: Company) -> list[EmployeeRef]:
    """Everyone, as the directory names them."""
    return [EmployeeRef(each.employee_id, each.login, each.email, each.uid) for each in company.people]


def devices(company: Company) -> list[DeviceRef]:
    """Every device, those with a host name first."""
    known = sorted(company.devices, key=lambda each: each.hostname is None)
    return [DeviceRef(each.asset_tag, each.serial_number, each.hostname) for each in known]


async def candidates(subject: Subject) -> list[Any]:
    """Keys that the source may know, no more than 120."""
    company, question = subject.source.company, subject.question
    if question.key is EmployeeRef:
        return employees(company)[:120]
    if question.key is DeviceRef:
        return devices(company)[:120]
    place = f"{subject.port}.{question.name}"
    if place in _FROM_COMPANY:
        return list(dict.fromkeys(_FROM_COMPANY[place](company)))[:120]
    assert place in _FROM_ASKING, f"say in tests/contract/keys.py where keys of {place} come from"
    first, key_of = _FROM_ASKING[place]
    answers = await subject.source.ask(subject.port, first, employees(company))
    failed = [each for each in answers if isinstance(each, SourceError)]
    assert not failed, f"{first}: {failed[0].code} {failed[0].detail}"
    return list(dict.fromkeys(key_of(record) for answer in answers for record in answer))[:120]


async def known_keys(subject: Subject) -> list[Any]:
    """Keys that the source answers with something, found once for all tests: all have the same rows before them.

    A few may be out of reach, as a computer that is switched off is; most must be answered.
    """
    place = (id(subject.source.company), subject.source.name, subject.question.name)
    if place not in _seen:
        keys = await candidates(subject)
        answers = dict(zip(keys, await subject.ask(keys), strict=True))
        away = {key for key, answer in answers.items() if getattr(answer, "code", None) == "SOURCE_UNAVAILABLE"}
        reached = {key: answer for key, answer in answers.items() if key not in away or len(away) * 2 > len(keys)}
        _seen[place] = [key for key, answer in reached.items() if subject.records(answer)]
    assert _seen[place], "none of the company's keys is known here"
    return _seen[place]


async def known(subject: Subject, most: int = 40) -> dict[Any, Any]:
    """Some of these keys, the first and the last among them, and what they are answered now."""
    keys = await known_keys(subject)
    some = list(dict.fromkeys([*keys[: most - 1], keys[-1]]))
    return dict(zip(some, await subject.ask(some), strict=True))


def unknown(question_key: type, count: int, sample: Any) -> list[Any]:
    """Keys of nobody, of the shape that the source's own keys have."""
    numbers = range(1, count + 1)
    if question_key is EmployeeRef:
        return [
            EmployeeRef(f"{8_000_000 + each}", f"nobody{each}", f"nobody{each}@okno.example", str(_uuid(each)))
            for each in numbers
        ]
    if question_key is DeviceRef:
        return [DeviceRef(f"NB-{900_000 + each}", f"ZZZ{each:07}", f"nohost-{each:05}") for each in numbers]
    return [_like(str(sample), each) for each in numbers]


def _uuid(number: int) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_OID, f"nobody {number}")


def _like(sample: str, number: int) -> str:
    if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", sample):
        return str(_uuid(number))
    if re.fullmatch(r"([0-9a-f]{2}:)+[0-9a-f]{2}", sample):
        digits = hashlib.sha256(str(number).encode()).hexdigest()[: len(sample.replace(":", ""))]
        return ":".join(digits[start : start + 2] for start in range(0, len(digits), 2))
    if "@" in sample:
        return f"nobody{number}@{sample.split('@')[1]}"
    if digits_at_end := re.search(r"\d{4,}$", sample):
        length = len(digits_at_end[0])
        return sample[: digits_at_end.start()] + str(8 * 10 ** (length - 1) + number)
    return f"nobody{number}"
