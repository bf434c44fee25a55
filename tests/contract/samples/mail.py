"""Samples of the port `mail`."""

import uuid
from datetime import timedelta
from typing import Final

from sources.ports.call import utc_now
from sources.ports.keys import EmployeeRef
from sources.ports.mail import Mailbox, OutOfOffice
from tests.contract.keys import employees
from tests.contract.subjects import Source
from tests.contract.writing import Finder, Sample, asked, prepared


async def _known(source: Source) -> tuple[EmployeeRef, Mailbox]:
    """Somebody with a mailbox."""
    people = employees(source.company)
    answers = await asked(source, "mail", "mailbox_of", people)
    return next((who, box) for who, box in zip(people, answers, strict=True) if box is not None)


def _alias(box: Mailbox) -> str:
    """An address that nobody has yet."""
    return f"okno.{uuid.uuid4().hex[:12]}@{box.address.rpartition('@')[2]}"


async def _set(source: Source) -> Sample:
    who, _ = await _known(source)
    today = utc_now().replace(microsecond=0)
    reply = OutOfOffice(True, today, today + timedelta(days=14), "Вернусь через две недели.\nСрочное: на горячую линию")

    def shows(box: Mailbox | None) -> bool:
        return box is not None and box.out_of_office == reply

    return Sample((who, reply), shows)


async def _add(source: Source) -> Sample:
    who, box = await _known(source)
    alias = _alias(box)

    def shows(found: Mailbox | None) -> bool:
        return found is not None and alias in found.aliases

    return Sample((who, alias), shows)


async def _remove(source: Source) -> Sample:
    who, box = await _known(source)
    alias = _alias(box)
    await prepared(source, "add_alias", who, alias)

    def shows(found: Mailbox | None) -> bool:
        return found is not None and alias not in found.aliases

    return Sample((who, alias), shows)


SAMPLES: Final[dict[str, Finder]] = {"set_out_of_office": _set, "add_alias": _add, "remove_alias": _remove}
