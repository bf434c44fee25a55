"""Samples of the port `sessions`."""

from typing import Final

from sources.ports.keys import EmployeeRef
from sources.ports.sessions import IdentitySession
from tests.contract.keys import employees
from tests.contract.subjects import Source
from tests.contract.writing import Finder, Sample, asked


async def _known(source: Source) -> tuple[EmployeeRef, tuple[IdentitySession, ...]]:
    """Somebody who is signed in, more than once where there is such a one."""
    people = employees(source.company)
    answers = await asked(source, "sessions", "sessions_of", people)
    return max(zip(people, answers, strict=True), key=lambda pair: len(pair[1]))


async def _one(source: Source) -> Sample:
    who, mine = await _known(source)
    ended = mine[0].session_id

    def shows(left: tuple[IdentitySession, ...]) -> bool:
        return {each.session_id for each in left} == {each.session_id for each in mine} - {ended}

    return Sample((who, ended), shows)


async def _all(source: Source) -> Sample:
    who, _ = await _known(source)
    return Sample((who,), lambda left: left == ())


SAMPLES: Final[dict[str, Finder]] = {"terminate": _one, "terminate_all": _all}
