"""World: the made-up company's systems, one twin per source of the installation."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import yaml

from sandbox.company.model import Company
from sources.kit.twin.faults import Fault
from sources.kit.twin.twin import Twin

INSTALLATION: Final = Path(__file__).parent / "installation"


def systems_of(installation: Path) -> dict[str, str]:
    """The sources of an installation and the system of each, in its order."""
    content = yaml.safe_load((installation / "okno.yaml").read_text(encoding="utf-8"))
    return {name: source["system"] for name, source in content["sources"].items()}


@dataclass(slots=True)
class World:
    """All twins of a company, by the name of the source they stand for."""

    company: Company
    twins: dict[str, Twin] = field(default_factory=dict)

    @classmethod
    def of(cls, company: Company, installation: Path = INSTALLATION) -> "World":
        """A world in which every system of the installation is filled from the company; nothing listens yet."""
        world = cls(company)
        for name, system in systems_of(installation).items():
            world.twins[name] = importlib.import_module(f"sandbox.seeds.{system}").twin(company)
        return world

    async def start(self) -> None:
        """Every twin listens on a free port of this machine."""
        for twin in self.twins.values():
            await twin.start()

    async def stop(self) -> None:
        """Nothing listens any more."""
        for twin in self.twins.values():
            await twin.stop()

    async def break_with(self, source: str, fault: Fault | None) -> None:
        """Switch a fault of one source on, or off. Raises: KeyError with what there is."""
        if source not in self.twins:
            raise KeyError(f"no source {source!r}; there are {', '.join(self.twins)}")
        await self.twins[source].break_with(fault)

    def settings(self) -> Mapping[str, Mapping[str, str]]:
        """What reaches each twin, by source."""
        return {name: twin.settings() for name, twin in self.twins.items()}
