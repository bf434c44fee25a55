"""Examining: checks found by looking through this folder, run one after another, their words cleared of secrets."""

import asyncio
import importlib
import os
import pkgutil
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from sqlalchemy.engine import make_url

import gateway.doctor
from gateway.policy_making import load_without_secrets
from gateway.references import path_of
from gateway.settings import Installation, OknoFile, load_installation
from sources.kit.yaml_file import ConfigError, load

Level = Literal["ok", "warning", "fault", "skipped"]
Needs = Literal["nothing", "file", "rights", "installation"]
"""What has to be good before a check makes sense: `okno.yaml`, all but secrets, or everything."""
PATIENCE: Final = 15.0
"""Seconds that one check may take."""
_HIDDEN: Final = "***"
_SHORTEST: Final = 4
"""Shorter values than this are no secrets, and stand in too many words."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a check found. Shape: `todo` is what to do about it, empty where all is well."""

    level: Level
    about: str
    text: str
    todo: str = ""


Check = Callable[["Patient"], AsyncIterator[Said]]


@dataclass(slots=True)
class Patient:
    """What is examined, as far as it can be loaded.

    Shape: `rights` is the installation without its sources' settings; `trouble` why there is no more of it.
    """

    folder: Path
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    file: OknoFile | None = None
    rights: Installation | None = None
    installation: Installation | None = None
    trouble: list[ConfigError] = field(default_factory=list)

    @classmethod
    def brought_in(cls, folder: Path, environment: Mapping[str, str] = os.environ) -> "Patient":
        """Load as much of an installation as there is."""
        patient = cls(folder, environment)
        try:
            patient.file = load(folder / "okno.yaml", OknoFile)
            patient.rights = load_without_secrets(folder)
            patient.installation = load_installation(folder, environment)
        except ConfigError as problem:
            patient.trouble.append(problem)
        return patient

    def has(self, needs: Needs) -> bool:
        """Whether there is what a check needs."""
        return needs == "nothing" or getattr(self, needs) is not None

    def secrets(self) -> frozenset[str]:
        """Whatever must not be said: secrets of sources, what references of `okno.yaml` lead to, the database's password."""
        found: set[str] = set()
        if self.installation is not None:
            for each in self.installation.instances:
                found |= {value for key, value in each.settings.items() if each.manifest.settings[key].secret}
        if self.file is not None:
            found |= {*_followed(self.file.model_dump(mode="python"), self.environment)}
            password = make_url(self.file.database).password
            found |= set() if password is None else {str(password)}
        found |= {value for name, value in self.environment.items() if name == "OKNO_TOKEN"}
        return frozenset(each for each in found if len(each) >= _SHORTEST)


def check(title: str, needs: Needs = "file") -> Callable[[Check], Check]:
    """Mark a function as a check. Shape: `title` names what is looked at."""

    def mark(work: Check) -> Check:
        work.examines = (title, needs)  # type: ignore[attr-defined]  # found again by this mark
        return work

    return mark


def checks() -> list[tuple[str, Needs, Check]]:
    """All checks, by module and then in the order in which they are written."""
    found: list[tuple[str, Needs, Check]] = []
    for each in sorted(pkgutil.iter_modules(gateway.doctor.__path__), key=lambda module: module.name):
        module = importlib.import_module(f"gateway.doctor.{each.name}")
        found += [(*work.examines, work) for work in vars(module).values() if hasattr(work, "examines")]
    return found


async def examine(patient: Patient) -> Sequence[Said]:
    """Everything that is found, without a secret in it."""
    secrets = patient.secrets()
    said: list[Said] = []
    for title, needs, work in checks():
        if not patient.has(needs):
            said.append(Said("skipped", title, "cannot be looked at before the configuration loads"))
            continue
        said += await _examined(title, work, patient)
    return [_cleared(each, secrets) for each in said]


async def _examined(title: str, work: Check, patient: Patient) -> list[Said]:
    found: list[Said] = []
    try:
        async with asyncio.timeout(PATIENCE):
            async for each in work(patient):
                found.append(each)  # noqa: PERF401  # what was found before the time is over stays
    except TimeoutError:
        found.append(
            Said("fault", title, f"no answer within {PATIENCE:.0f} s", "see whether it can be reached from here")
        )
    except Exception as problem:  # noqa: BLE001  # one check that breaks must not end the others
        found.append(Said("fault", title, f"could not be looked at: {type(problem).__name__}", "report this"))
    return found


def _cleared(said: Said, secrets: frozenset[str]) -> Said:
    def cleared(text: str) -> str:
        for each in sorted(secrets, key=len, reverse=True):
            text = text.replace(each, _HIDDEN)
        return text

    return Said(said.level, cleared(said.about), cleared(said.text), cleared(said.todo))


def _followed(said: Any, environment: Mapping[str, str]) -> Iterator[str]:
    """What the references in a configuration lead to, as far as they lead anywhere."""
    if isinstance(said, Mapping):
        for each in said.values():
            yield from _followed(each, environment)
    elif isinstance(said, list | tuple):
        for each in said:
            yield from _followed(each, environment)
    elif isinstance(said, str) and said.startswith("env:"):
        yield environment.get(said.removeprefix("env:"), "")
    elif isinstance(said, str) and said.startswith("file:"):
        try:
            yield path_of(said.removeprefix("file:"), environment).read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            return
