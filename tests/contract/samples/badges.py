"""Samples of the port `badges`."""

from datetime import timedelta
from typing import Final

from sources.ports.badges import Badge
from sources.ports.call import utc_now
from sources.ports.keys import EmployeeRef
from tests.contract.keys import employees
from tests.contract.subjects import Source
from tests.contract.writing import Finder, Sample, asked


async def _known(source: Source) -> tuple[EmployeeRef, Badge]:
    """Somebody with a badge that opens something."""
    people = employees(source.company)
    answers = await asked(source, "badges", "badges_of", people)
    told = [(who, each) for who, badges in zip(people, answers, strict=True) for each in badges]
    return next((who, each) for who, each in told if each.blocked_at is None and each.zones)


async def _block(source: Source) -> Sample:
    who, badge = await _known(source)

    def shows(badges: tuple[Badge, ...]) -> bool:
        return any(each.number == badge.number and each.status_at(utc_now()) == "BLOCKED" for each in badges)

    return Sample((who, badge.number), shows)


async def _issue(source: Source) -> Sample:
    who, badge = await _known(source)
    until = utc_now().replace(microsecond=0) + timedelta(days=1)

    def shows(badges: tuple[Badge, ...]) -> bool:
        wanted = ("TEMPORARY", badge.zones, until)
        return [(each.kind, each.zones, each.valid_until) for each in badges].count(wanted) == 1

    return Sample((who, badge.zones, until), shows)


SAMPLES: Final[dict[str, Finder]] = {"block": _block, "issue_temporary": _issue}
