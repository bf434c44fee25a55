"""Settings: an installation's folder of configuration, checked as a whole before anything starts."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, ValidationError, create_model, field_validator

from sources.kit.manifest import Duration, Manifest, systems
from sources.kit.source import Instance
from sources.kit.yaml_file import ConfigError, Strict, line_of, load

Language = Literal["en", "ru", "es", "pt", "fr"]


class LoginSettings(Strict):
    """Who may sign in. `sandbox` lets `okno token` make tokens for anyone, good on loopback only."""

    sandbox: bool = False


class OknoFile(Strict):
    """`okno.yaml`. Units: `deadline` of a whole request in seconds."""

    name: str = Field(min_length=1)
    database: str = "sqlite:///.okno/okno.db"
    search_index: str = ".okno/search.db"
    language: Language = "en"
    deadline: Annotated[Duration, Field(gt=0)] = 5.0
    login: LoginSettings = LoginSettings()
    sources: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")], dict[str, Any]]

    @field_validator("database")
    @classmethod
    def _database_is_one_of_ours(cls, url: str) -> str:
        if not url.startswith(("sqlite:///", "postgresql://")):
            raise ValueError("expected sqlite:///PATH or postgresql://…")
        return url


class TeamFile(Strict):
    """`teams/<team>.yaml`. `try` says what a newcomer may try in the sandbox."""

    title: dict[Language, str]
    region: str
    queue: str | None = None
    members: tuple[str, ...] = ()
    lead: str | None = None
    services: tuple[str, ...] = ()
    attempt: str | None = Field(default=None, alias="try")


@dataclass(frozen=True, slots=True)
class TeamSettings:
    """A team and its id, which is the name of its file."""

    id: str
    file: TeamFile


@dataclass(frozen=True, slots=True)
class Installation:
    """A whole installation, checked."""

    folder: Path
    file: OknoFile
    instances: tuple[Instance, ...]
    teams: tuple[TeamSettings, ...]

    def logins(self) -> frozenset[str]:
        """Everyone, person or service, that a team names."""
        return frozenset(login for team in self.teams for login in (*team.file.members, *team.file.services))


def load_installation(folder: Path, environment: Mapping[str, str] = os.environ) -> Installation:
    """Read an installation. Raises: ConfigError naming file, line, key and what was expected."""
    path = folder / "okno.yaml"
    file = load(path, OknoFile)
    instances = tuple(_instance(path, name, raw, environment) for name, raw in file.sources.items())
    return Installation(folder, file, instances, load_teams(folder))


def load_teams(folder: Path) -> tuple[TeamSettings, ...]:
    """The teams of an installation. Raises: ConfigError."""
    return tuple(TeamSettings(each.stem, load(each, TeamFile)) for each in sorted((folder / "teams").glob("*.yaml")))


def load_teams_only(folder: Path) -> tuple[OknoFile, frozenset[str]]:
    """`okno.yaml` and every login a team names, without reaching for any source's secrets. Raises: ConfigError."""
    file = load(folder / "okno.yaml", OknoFile)
    return file, Installation(folder, file, (), load_teams(folder)).logins()


def _instance(path: Path, name: str, raw: dict[str, Any], environment: Mapping[str, str]) -> Instance:
    """One source: its system must ship, its settings must be those of the manifest."""

    def mistake(key: str, expected: str) -> ConfigError:
        tree = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        return ConfigError(path, line_of(tree, ["sources", name, key]), f"sources.{name}.{key}", expected)

    system = raw.get("system")
    if not isinstance(system, str) or system not in systems():
        raise mistake("system", f"expected one of {', '.join(systems())}")
    manifest = systems()[system]
    settings: dict[str, str] = {}
    for key, value in raw.items():
        if key in ("system", *_LIMITS):
            continue
        if key not in manifest.settings:
            known = ", ".join([*manifest.settings, *_LIMITS])
            raise mistake(key, f"unknown key; {system} has {known}")
        if value is None or isinstance(value, dict | list):
            raise mistake(key, "expected a single value")
        settings[key] = _resolved(
            str(value), manifest.settings[key].secret, lambda text, at=key: mistake(at, text), environment
        )
    for key, setting in manifest.settings.items():
        if key not in settings and setting.default is not None:
            settings[key] = setting.default
        elif key not in settings and setting.required:
            raise mistake(key, f"required, is missing: {setting.about}")
    return Instance(name, system, _with_limits(manifest, raw, mistake), settings)


_LIMITS = ("timeout", "in_flight", "concurrency", "freshness", "stale", "sweep")
_NEVER_ZERO = ("timeout", "in_flight", "sweep")
_Limits = create_model(
    "_Limits",
    __base__=Strict,
    **{name: (Manifest.model_fields[name].annotation, Manifest.model_fields[name]) for name in _LIMITS},
)  # type: ignore[call-overload]  # fields are made from the manifest's own


def _with_limits(manifest: Manifest, raw: Mapping[str, Any], mistake: Any) -> Manifest:
    """The manifest with what this installation sets otherwise."""
    changed: dict[str, Any] = {}
    for name in _LIMITS:
        if name in raw:
            try:
                changed[name] = getattr(_Limits(**{name: raw[name]}), name)
            except ValidationError as problem:
                raise mistake(name, problem.errors()[0]["msg"].removeprefix("Value error, ")) from None
            if name in _NEVER_ZERO and changed[name] <= 0:
                raise mistake(name, "expected more than zero")
    return manifest.model_copy(update=changed)


def _resolved(value: str, secret: bool, mistake: Any, environment: Mapping[str, str]) -> str:
    """A setting's value; `env:NAME` and `file:PATH` are references, and secrets must be one."""
    if value.startswith("env:"):
        name = value.removeprefix("env:")
        if not environment.get(name) and (secret or name not in environment):
            raise mistake(f"expected the environment variable {name} to be set")
        return environment[name]
    if value.startswith("file:"):
        try:
            return Path(value.removeprefix("file:")).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as problem:  # ValueError: not UTF-8, or no path at all
            raise mistake(f"expected a readable file ({type(problem).__name__})") from None
    if secret:
        raise mistake("expected a reference (env:NAME or file:PATH): secrets do not stand in configuration")
    return value
