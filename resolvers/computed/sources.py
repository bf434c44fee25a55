"""How each source is doing, as the graph shows it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from resolvers.asking import Asking
from resolvers.computed.registry import computes
from sources.ports.call import SourceHealth


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """A source's health, and the age of its part of the search index."""

    health: SourceHealth
    indexed_at: datetime | None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.health, name)


@computes("Query.sources")
def sources(_root: Any, asking: Asking, _info: Any) -> list[SourceStatus]:
    """All sources of this installation, in its order."""
    return [SourceStatus(health, asking.sweeps.swept_at(health.name)) for health in asking.desk.health()]
