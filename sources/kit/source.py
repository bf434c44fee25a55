"""Source: one configured instance of a system, what every connector's client is."""

from abc import ABC
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from sources.kit.http import HttpTransport
from sources.kit.manifest import Manifest
from sources.kit.reads import ReadRules
from sources.ports.call import CallContext


@dataclass(frozen=True, slots=True)
class Instance:
    """How an installation has set up one source. Shape: `settings` resolved, secrets included; never logged."""

    name: str
    system: str
    manifest: Manifest
    settings: Mapping[str, str]

    def __repr__(self) -> str:
        return f"Instance({self.name!r}, {self.system!r})"


class Source(ABC):
    """A connector: methods named as the questions and listings of its ports.

    A subclass opens its transports in `__init__` without I/O, and may raise SourceError from any question: for the
    whole batch, or as a value in place of one key's answer.
    """

    system: ClassVar[str]

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.name = instance.name
        self.manifest = instance.manifest
        self.settings = instance.settings
        self.rules = ReadRules(self.name, instance.manifest.reads, instance.manifest.writes)

    def http(
        self,
        base: str,
        *,
        headers: Mapping[str, str] | None = None,
        user: str | None = None,
        password: str | None = None,
    ) -> HttpTransport:
        """A transport to one address of this source."""
        return HttpTransport(
            self.name,
            base,
            self.rules,
            headers=headers,
            user=user,
            password=password,
            max_answer=self.manifest.max_answer,
            limit=self.manifest.concurrency,
            attribution=self.manifest.attribution,
        )

    async def start(self, call: CallContext) -> None:
        """Prepare what must be ready before the first question (an index). May fail; the source then starts degraded."""

    def forget(self) -> None:
        """Let go of what the connector itself remembers of the system, after a write."""

    async def close(self) -> None:
        """Give back every connection."""
