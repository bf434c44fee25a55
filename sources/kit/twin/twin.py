"""Twin: a small real server on loopback that stands in for one system."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping

from sources.kit.twin.faults import Fault, FaultSwitch


class Twin(ABC):
    """One system's stand-in: stateful, wire-true, counted, with faults by switch.

    A connector's `twin.py` holds one subclass whose constructor takes its seed: plain rows in the system's own words.
    """

    def __init__(self) -> None:
        self.switch = FaultSwitch()
        self.seen: Counter[str] = Counter()
        """Calls that reached the twin, by what they asked (`GET /Users`)."""
        self.port = 0

    @property
    def calls(self) -> int:
        """All calls that reached the twin."""
        return self.seen.total()

    @abstractmethod
    async def start(self, port: int = 0) -> None:
        """Listen on loopback, on any free port unless one is given."""

    @abstractmethod
    async def stop(self) -> None:
        """Stop listening and drop every connection."""

    @abstractmethod
    def settings(self) -> Mapping[str, str]:
        """What an installation must set to reach this twin."""

    async def break_with(self, fault: Fault | None) -> None:
        """Switch a fault on (or off). `refused` closes the socket, all others act on what arrives."""
        was_refused = self.switch.fault is not None and self.switch.fault.kind == "refused"
        self.switch.fault = fault
        is_refused = fault is not None and fault.kind == "refused"
        if is_refused and not was_refused:
            await self.stop()
        elif was_refused and not is_refused:
            await self.start(self.port)
