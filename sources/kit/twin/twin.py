"""Twin: a small real server on loopback that stands in for one system."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping
from typing import ClassVar, Final

from sources.kit.manifest import Manifest, systems
from sources.kit.twin.faults import Fault, FaultSwitch
from sources.kit.twin.state import attributes, digest, keep

_MACHINERY: Final = frozenset({"switch", "seen", "wrote", "port"})


class Twin(ABC):
    """One system's stand-in: stateful, wire-true, counted, with faults by switch.

    A connector's `twin.py` holds one subclass whose constructor takes its seed: plain rows in the system's own words.
    Its public attributes are its state, but for those it names in `passing`: tokens, counters.
    """

    passing: ClassVar[frozenset[str]] = frozenset()

    def __init__(self) -> None:
        self.switch = FaultSwitch()
        self.seen: Counter[str] = Counter()
        """Calls that reached the twin, by what they asked (`GET /Users`)."""
        self.wrote: Counter[str] = Counter()
        """Of these the non-reads, obeyed or not."""
        self.port = 0

    @property
    def calls(self) -> int:
        """All calls that reached the twin."""
        return self.seen.total()

    @property
    def writes(self) -> int:
        """All non-reads that reached the twin."""
        return self.wrote.total()

    def state(self) -> bytes:
        """A digest of everything that a write could change; reads, logins and faults leave it as it is."""
        held = {name: each for name, each in attributes(self) if not name.startswith("_")}
        return digest({name: each for name, each in held.items() if name not in _MACHINERY | self.passing})

    def keep(self) -> Callable[[], None]:
        """Remember the state; the answer puts it back. What others do to the twin meanwhile is lost with it."""
        return keep(self, _MACHINERY | {"_runner", "_server", "_tasks"})

    def manifest(self) -> Manifest | None:
        """The manifest of the system it stands in for, by the folder it lies in; None for one of another place."""
        folders = (each.__module__.split(".") for each in type(self).__mro__)
        system = next((each[1] for each in folders if each[0] == "sources" and each[-1] == "twin"), "")
        return systems().get(system)

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
