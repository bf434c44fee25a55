"""The real servers as a provider of the contract suite: each is filled when it is first needed."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Final

from sandbox.company.model import Company
from sandbox.company.person import Person
from sources.kit.manifest import systems
from sources.kit.source import Instance
from tests.contract.subjects import Standing
from tests.contract.twins import defaults
from tests.real.company import company
from tests.real.installation import fill
from tests.real.servers.server import Facts
from tests.real.systems import REAL, real_system, required

_FEW: Final = 15


def instances() -> Mapping[str, str]:
    """Sources of the installation over the real servers, running here or not."""
    return {each.source: each.system for each in REAL}


def _reachable(company: Company, name: str) -> tuple[Person, ...]:
    """Whom the suite asks about: everybody, and a few where each person costs a slow call of their own."""
    if name != "second_factors":
        return company.people
    owners = {each.owner_login for each in company.second_factors}
    return tuple(sorted(company.people, key=lambda each: each.login not in owners)[:_FEW])


@dataclass(slots=True)
class RealProvider:
    """Implements `tests.contract.subjects.Provider`. Shape: `company` is what the server opened last was filled with."""

    company: Company = field(default_factory=company)
    _filled: dict[str, Company] = field(default_factory=dict)

    def instances(self) -> Mapping[str, str]:
        """Every real system."""
        return instances()

    @asynccontextmanager
    async def open(self, name: str) -> AsyncIterator[Standing]:
        """One instance over its real server; skips, or fails on CI, where that server is missing."""
        self.company = self.filled(name)
        real = real_system(name)
        settings = {**defaults(real.system), **real.settings(required(real.server))}
        yield Standing(Instance(name, real.system, systems()[real.system], settings))

    def filled(self, name: str) -> Company:
        """The company as this source's server has it, filled at the first time."""
        if name not in self._filled:
            real = real_system(name)
            if name == "second_factors":
                # the tokens' owners are accounts of the domain
                self.filled("domain")
            filled = fill(real, self.standing(real.server))
            self._filled[name] = replace(filled, people=_reachable(filled, name))
        return self._filled[name]

    def standing(self, server: str) -> dict[str, Facts]:
        """Facts of a server and of the one that keeps its rows."""
        keeper = {"postgraphile": ("postgres",)}.get(server, ())
        return {each: required(each) for each in (server, *keeper)}
