"""The twins as a provider: every system that is found, seeded from the company."""

import importlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sandbox.company.model import Company
from sources.kit.manifest import systems
from sources.kit.source import Instance
from sources.kit.twin.twin import Twin
from tests.contract.subjects import Standing


def twin_of(system: str, company: Company) -> Twin:
    """A system's twin, filled. Raises: ModuleNotFoundError for a source without seed."""
    twin: Twin = importlib.import_module(f"sandbox.seeds.{system}").twin(company)
    return twin


def instances() -> Mapping[str, str]:
    """One instance per system, named after it so that a name in a failure tells where to look."""
    return {f"the-{system}": system for system in systems()}


def defaults(system: str) -> dict[str, str]:
    """What a manifest sets where an installation says nothing."""
    return {name: each.default for name, each in systems()[system].settings.items() if each.default is not None}


@dataclass(slots=True)
class TwinProvider:
    """Implements `tests.contract.subjects.Provider`."""

    company: Company = field(repr=False)

    def instances(self) -> Mapping[str, str]:
        """Every system that ships."""
        return instances()

    @asynccontextmanager
    async def open(self, name: str) -> AsyncIterator[Standing]:
        """A twin of its own for each test."""
        system = self.instances()[name]
        twin = twin_of(system, self.company)
        await twin.start()
        try:
            settings = {**defaults(system), **twin.settings()}
            instance = Instance(name, system, systems()[system], settings)
            yield Standing(instance, lambda: twin.calls, twin.break_with, lambda: twin.writes, twin.state)
        finally:
            await twin.stop()
