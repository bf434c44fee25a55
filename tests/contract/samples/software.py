"""Samples of the port `software`."""

from typing import Final

from sources.ports.errors import SourceError
from sources.ports.keys import DeviceRef, EmployeeRef
from sources.ports.software import InstalledSoftware, Licence
from tests.contract.keys import devices, employees
from tests.contract.subjects import Source
from tests.contract.writing import Finder, Sample, asked

_OBEYED: Final = 8.0
"""Seconds; a job takes a while."""


async def _programs(source: Source) -> list[tuple[DeviceRef, tuple[InstalledSoftware, ...]]]:
    """Computers that are on, and what is on them."""
    machines = devices(source.company)[:50]
    answers = await source.ask("software", "installed_on", machines)
    return [
        (machine, answer)
        for machine, answer in zip(machines, answers, strict=True)
        if answer and not isinstance(answer, SourceError)
    ]


async def _install(source: Source) -> Sample:
    told = await _programs(source)
    everything = sorted({each.name for _, programs in told for each in programs})
    machine, lacking = next(
        (machine, lacking)
        for machine, programs in told
        if (lacking := [name for name in everything if name not in {each.name for each in programs}])
    )

    def shows(programs: tuple[InstalledSoftware, ...]) -> bool:
        return lacking[0] in {each.name for each in programs}

    return Sample((machine, lacking[0]), shows, again="twice", within=_OBEYED)


async def _remove(source: Source) -> Sample:
    machine, programs = (await _programs(source))[0]
    product = programs[0].name

    def shows(left: tuple[InstalledSoftware, ...]) -> bool:
        return product not in {each.name for each in left}

    return Sample((machine, product), shows, again="twice", within=_OBEYED)


async def _licences(source: Source) -> list[tuple[EmployeeRef, tuple[Licence, ...]]]:
    people = employees(source.company)
    return list(zip(people, await asked(source, "software", "licences_of", people), strict=True))


async def _grant(source: Source) -> Sample:
    told = await _licences(source)
    product = next(each.product for _, seats in told for each in seats)
    who = next(who for who, seats in told if product not in {each.product for each in seats})

    def shows(seats: tuple[Licence, ...]) -> bool:
        return product in {each.product for each in seats}

    return Sample((who, product), shows, again="twice")


async def _revoke(source: Source) -> Sample:
    who, seats = next((who, seats) for who, seats in await _licences(source) if seats)

    def shows(left: tuple[Licence, ...]) -> bool:
        return seats[0].licence_id not in {each.licence_id for each in left}

    return Sample((who, seats[0].licence_id), shows)


SAMPLES: Final[dict[str, Finder]] = {
    "install_software": _install,
    "remove_software": _remove,
    "grant_licence": _grant,
    "revoke_licence": _revoke,
}
