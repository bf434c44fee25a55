"""Around runs: cases, notices, exposure and reveals of an installation, opened together."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from gateway.notices_settings import ExposureSettings, NoticesSettings
from gateway.settings import Installation
from gateway.store import Store
from operations.kit.acts.act import Room
from operations.kit.cases import Cases
from operations.kit.casework import Casework
from operations.kit.exposure import Exposure
from operations.kit.notices_outbox import Outbox
from operations.kit.notifying import Insistence, Notifying
from operations.kit.obligations import Obligations
from operations.kit.revealing import Revealing
from sources.kit.yaml_file import ConfigError, line_of
from sources.ports.question import Desk


@dataclass(frozen=True, slots=True)
class AroundSettings:
    """What an installation says of it."""

    notices: NoticesSettings = field(default_factory=NoticesSettings)
    exposure: ExposureSettings = field(default_factory=ExposureSettings)
    language: str = "en"
    insistence: Insistence = field(default_factory=Insistence)


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around runs."""

    cases: Cases
    exposure: Exposure
    notifying: Notifying

    @classmethod
    def open(
        cls,
        store: Store,
        desk: Desk,
        room: Room,
        obligations: Obligations,
        said: AroundSettings,
        environment: Mapping[str, str] = os.environ,
    ) -> "Around":
        """Open it all and begin to tell. Shape: `room` has everything that acts already. Raises: ValueError."""
        acting, verifying = room.acting, room.verifying
        assert acting is not None
        assert verifying is not None
        trail, clock = acting.journal.trail, acting.journal.clock
        cases = Cases(trail, store.engine, clock)
        notifying = Notifying(
            Outbox(trail, store.engine, clock),
            acting.journal,
            acting.deciding,
            verifying,
            Casework(acting, room.sender, desk),
            acting.operations,
            desk,
            said.notices.ways(environment),
            language=said.language,
            insistence=said.insistence,
        )
        room.cases, room.notifying = cases, notifying
        room.revealing = Revealing(trail, store.engine, acting, obligations, clock)
        notifying.start()
        return cls(cases, Exposure(store.engine, said.exposure.budget(), clock), notifying)

    async def close(self) -> None:
        """Stop to tell."""
        await self.notifying.close()


def around_of(installation: Installation, environment: Mapping[str, str] = os.environ) -> AroundSettings:
    """What an installation says of it. Raises: ConfigError for a secret that is not there."""
    file = installation.file
    try:
        file.notices.ways(environment)
    except ValueError as problem:
        path = installation.folder / "okno.yaml"
        key, _, expected = str(problem).partition(": ")
        tree = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        raise ConfigError(path, line_of(tree, [*key.split(".")]), key, expected) from None
    return AroundSettings(file.notices, file.exposure, file.language)


def code_key_file(notices: NoticesSettings, audit_keys: str) -> Path:
    """The file that callers' codes are made from. All processes of an installation have to have the same."""
    return Path(notices.code_key) if notices.code_key is not None else Path(audit_keys).parent / "caller-code-key"
