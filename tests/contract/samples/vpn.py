"""Samples of the port `vpn`."""

from typing import Final

from sources.ports.keys import EmployeeRef
from sources.ports.vpn import VpnSession
from tests.contract.keys import employees
from tests.contract.subjects import Source
from tests.contract.writing import Finder, Sample, asked


async def _known(source: Source) -> tuple[EmployeeRef, VpnSession]:
    """Somebody with one tunnel: several may go by several names, which no one command closes."""
    people = employees(source.company)
    answers = await asked(source, "vpn", "vpn_sessions_of", people)
    return next((who, tunnels[0]) for who, tunnels in zip(people, answers, strict=True) if len(tunnels) == 1)


async def _one(source: Source) -> Sample:
    who, tunnel = await _known(source)

    def shows(left: tuple[VpnSession, ...]) -> bool:
        return tunnel.session_id not in {each.session_id for each in left}

    return Sample((who, tunnel.session_id), shows)


async def _all(source: Source) -> Sample:
    who, _ = await _known(source)
    return Sample((who,), lambda left: left == ())


SAMPLES: Final[dict[str, Finder]] = {"disconnect": _one, "disconnect_all": _all}
