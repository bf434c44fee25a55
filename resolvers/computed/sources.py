"""How each source is doing, as the graph shows it."""

from dataclasses import replace
from typing import Any

from resolvers.asking import Asking
from resolvers.computed.registry import computes
from sources.ports.call import SourceHealth


@computes("Subscription.sources")
@computes("Query.sources")
def sources(_root: Any, asking: Asking, _info: Any) -> list[SourceHealth]:
    """All sources of this installation, in its order, with the age of each one's part of the search index."""
    return [replace(health, indexed_at=asking.sweeps.swept_at(health.name)) for health in asking.desk.health()]
