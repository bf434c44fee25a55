"""Settings: an installation's folder of configuration, checked as a whole before anything starts."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import (
    BeforeValidator,
    Field,
    StrictBool,
    StrictStr,
    ValidationError,
    create_model,
    field_validator,
    model_validator,
)

from gateway.delivery_settings import AnchorSettings, DetectionSettings, SinkSettings
from gateway.door.door_settings import DoorSettings
from gateway.identity.login_settings import LoginSettings
from gateway.notices_settings import ExposureSettings, NoticesSettings
from gateway.references import path_of
from gateway.telemetry_settings import TelemetrySettings
from sources.kit.manifest import Duration, Limits, Manifest, systems
from sources.kit.source import Instance
from sources.kit.yaml_file import ConfigError, Strict, line_of, load

Language = Literal["en", "ru", "es", "pt", "fr"]


Points = Annotated[int, Field(ge=1, le=1_000_000_000, strict=True)]
"""What requests may cost."""


class AuditFile(Strict):
    """Where the trail's signing keys lie, where its checkpoints are kept outside of the database, who else is told of its
    records, and what is looked for in them.
    """

    keys: str = ".okno/audit-keys"
    anchor: str | None = ".okno/audit-anchor.txt"
    anchors: tuple[AnchorSettings, ...] = ()
    sinks: tuple[SinkSettings, ...] = ()
    detections: DetectionSettings | None = DetectionSettings()


class BulkSettings(Strict):
    """How many employees one bulk takes at most, whatever roles say, and how many of them are worked on at once."""

    most: int = Field(default=200, ge=0, le=1_000)
    at_once: int = Field(default=4, ge=1, le=50)


class ApprovalsSettings(Strict):
    """Who agrees when nobody else does. `last_resort` is the team that may decide as well when time is nearly over."""

    last_resort: str | None = None


class ComparisonSettings(Strict):
    """What is compared with the systems at night: claims of so many days, and of what happens every day the changes of these
    operations.
    """

    days: int = Field(default=30, ge=1, le=3_650)
    everyday: tuple[str, ...] = ()


class DocumentsSettings(Strict):
    """Who sends free text: those whose role says so, or everyone. Whoever does not runs registered documents only."""

    free_text: Literal["by_role", "everyone"] = "by_role"


class DemandSettings(Strict):
    """What a caller's requests may cost where no role says otherwise, each and in an hour. Units: points."""

    request: Points = 50_000
    hour: Points = 5_000_000


class OknoFile(Strict):
    """`okno.yaml`. Units: `deadline` of a whole request in seconds."""

    name: str = Field(min_length=1)
    database: str = "sqlite:///.okno/okno.db"
    search_index: str = ".okno/search.db"
    language: Language = "en"
    deadline: Annotated[Duration, Field(gt=0)] = 5.0
    login: LoginSettings = LoginSettings()
    door: DoorSettings = DoorSettings()
    audit: AuditFile = AuditFile()
    notices: NoticesSettings = NoticesSettings()
    exposure: ExposureSettings = ExposureSettings()
    bulk: BulkSettings = BulkSettings()
    approvals: ApprovalsSettings = ApprovalsSettings()
    comparison: ComparisonSettings = ComparisonSettings()
    documents: DocumentsSettings = DocumentsSettings()
    demand: DemandSettings = DemandSettings()
    telemetry: TelemetrySettings = TelemetrySettings()
    sources: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")], dict[str, Any]]

    @field_validator("database")
    @classmethod
    def _database_is_one_of_ours(cls, url: str) -> str:
        if not url.startswith(("sqlite:///", "postgresql://")):
            raise ValueError("expected sqlite:///PATH or postgresql://…")
        return url


class GrantOf(Strict):
    """How far a role reads a domain. Shape: `scope` says of whom; `when` what must hold besides, values by attribute."""

    ceiling: str
    scope: str = "region"
    when: dict[str, Annotated[tuple[StrictBool | StrictStr, ...], Field(min_length=1)]] = Field(default_factory=dict)


class RunOf(Strict):
    """An operation that a role may run; `scope` and `when` as of a grant."""

    operation: str
    scope: str = "region"
    when: dict[str, Annotated[tuple[StrictBool | StrictStr, ...], Field(min_length=1)]] = Field(default_factory=dict)


def _several(said: object) -> object:
    """What stands for one grant or for several, as several; a ceiling alone is a whole grant."""
    return [
        {"ceiling": each} if isinstance(each, str) else each for each in (said if isinstance(said, list) else [said])
    ]


def _run(said: object) -> object:
    return {"operation": said} if isinstance(said, str) else said


def _regions(said: object) -> object:
    if said == "all":
        return ("all",)
    if isinstance(said, list | tuple) and "all" not in said:
        return said
    # Nobody is to read "every region" out of a list by mistake.
    raise ValueError("expected a list of regions, or all without a list")


Reach = Annotated[tuple[GrantOf, ...], Field(min_length=1), BeforeValidator(_several)]
"""A ceiling of a domain, in the team's regions; or more exactly, and for several kinds of employees."""
Runs = tuple[Annotated[RunOf, BeforeValidator(_run)], ...]
"""Operations by name, or more exactly."""
AtOnce = Annotated[int, Field(ge=0, le=1_000, strict=True)]
"""On how many employees an operation may be run at once; 0: on one at a time."""
Regions = Annotated[tuple[str, ...], Field(min_length=1), BeforeValidator(_regions)]
"""Regions by name, or `all`. An empty list is refused: it would read as none and mean every one."""


class RoleFile(Strict):
    """`roles/<role>.yaml`: what its holders may read, read masked, and run, and on how many at once.

    Shape: `free_text` lets them send documents that nobody has registered. Units: `cost` of one request and of an hour, in points.
    """

    title: dict[Language, str]
    read: dict[str, Reach] = Field(default_factory=dict)
    mask: dict[str, Reach] = Field(default_factory=dict)
    run: Runs = ()
    bulk: AtOnce = 0
    free_text: StrictBool = False
    cost: Points | None = None
    cost_per_hour: Points | None = None


class RightsFile(Strict):
    """`rights.yaml`: the company's regions and clearances, classes of departments by their names, and the roles of whoever is
    signed in.
    """

    regions: tuple[str, ...]
    everyone: tuple[str, ...] = ()
    clearances: tuple[str, ...] = ("vip",)
    department_classes: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class TeamFile(Strict):
    """`teams/<team>.yaml`: who belongs to a team, whom it works for and what it may.

    Shape: `groups` are directory groups whose members belong to it too; `read`, `mask`, `run`, `bulk`, `free_text` and
    `cost` are a role of its own, named after it; `lead_roles` are its lead's besides; `try` says what a newcomer may try in the sandbox.
    """

    title: dict[Language, str]
    region: str | None = None
    regions: Regions
    queue: str | None = None
    page: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_]{0,40}$")
    members: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    lead: str | None = None
    services: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    lead_roles: tuple[str, ...] = ()
    clearance: tuple[str, ...] = ()
    read: dict[str, Reach] = Field(default_factory=dict)
    mask: dict[str, Reach] = Field(default_factory=dict)
    run: Runs = ()
    bulk: AtOnce = 0
    free_text: StrictBool = False
    cost: Points | None = None
    cost_per_hour: Points | None = None
    attempt: str | None = Field(default=None, alias="try")

    @model_validator(mode="before")
    @classmethod
    def _one_region_is_regions(cls, said: Any) -> Any:
        if not isinstance(said, dict) or not isinstance(said.get("region"), str):
            return said
        if "regions" in said:
            raise ValueError("expected either region or regions")
        return {**said, "regions": "all" if said["region"] == "all" else [said["region"]]}

    @property
    def reach(self) -> tuple[str, ...]:
        """The regions that its members work for; empty: every one."""
        return () if self.regions == ("all",) else self.regions

    @property
    def shown_region(self) -> str:
        """The regions as they are shown; `all` for every one."""
        return ", ".join(self.reach) or "all"


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
    teams = load_teams(folder)
    resort = file.approvals.last_resort
    if resort is not None and resort not in {each.id for each in teams}:
        raise wrong_in(folder, "approvals.last_resort", f"expected a team: {', '.join(each.id for each in teams)}")
    return Installation(folder, file, instances, teams)


def secret_in(folder: Path, key: str, reference: str, environment: Mapping[str, str] = os.environ) -> str:
    """What a reference in `okno.yaml` leads to. Raises: ConfigError."""
    found = _resolved(reference, True, lambda expected: wrong_in(folder, key, expected), environment)
    if not found or not found.isprintable():
        raise wrong_in(folder, key, "expected one line of text")
    return found


def wrong_in(folder: Path, key: str, expected: str) -> ConfigError:
    """What is wrong with a key of `okno.yaml`, with its line. Shape: `key` by dots."""
    path = folder / "okno.yaml"
    tree = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    return ConfigError(path, line_of(tree, [*key.split(".")]), key, expected)


def load_teams(folder: Path) -> tuple[TeamSettings, ...]:
    """The teams of an installation. Raises: ConfigError."""
    return tuple(TeamSettings(each.stem, load(each, TeamFile)) for each in sorted((folder / "teams").glob("*.yaml")))


def load_teams_only(folder: Path) -> tuple[OknoFile, frozenset[str]]:
    """`okno.yaml` and every login a team names, without reaching for any source's secrets. Raises: ConfigError."""
    file = load(folder / "okno.yaml", OknoFile)
    return file, Installation(folder, file, (), load_teams(folder)).logins()


def load_sources_only(folder: Path) -> tuple[Instance, ...]:
    """The sources of an installation as far as rights need them: owners and ceilings, no settings, so no secrets.

    Raises: ConfigError.
    """
    path = folder / "okno.yaml"
    return tuple(
        Instance(name, str(raw["system"]), _manifest(path, name, raw), {})
        for name, raw in load(path, OknoFile).sources.items()
    )


def _manifest(path: Path, name: str, raw: Mapping[str, Any]) -> Manifest:
    """The manifest of a source's system, with what this installation sets otherwise."""
    mistake = _mistakes(path, name)
    system = raw.get("system")
    if not isinstance(system, str) or system not in systems():
        raise mistake("system", f"expected one of {', '.join(systems())}")
    return _with_limits(systems()[system], raw, mistake)


def _mistakes(path: Path, name: str) -> Callable[[str, str], ConfigError]:
    """How a mistake at one of a source's keys is told."""

    def mistake(key: str, expected: str) -> ConfigError:
        tree = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        return ConfigError(path, line_of(tree, ["sources", name, key]), f"sources.{name}.{key}", expected)

    return mistake


def _instance(path: Path, name: str, raw: dict[str, Any], environment: Mapping[str, str]) -> Instance:
    """One source: its system must ship, its settings must be those of the manifest."""
    mistake = _mistakes(path, name)
    manifest = _manifest(path, name, raw)
    system = raw["system"]
    settings: dict[str, str] = {}
    for key, value in raw.items():
        if key in ("system", *_OF_MANIFEST):
            continue
        if key not in manifest.settings:
            known = ", ".join([*manifest.settings, *_OF_MANIFEST])
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
    return Instance(name, system, manifest, settings)


_LIMITS = ("timeout", "in_flight", "concurrency", "freshness", "stale", "sweep")
_OF_MANIFEST = (*_LIMITS, "ceiling")
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
    if "ceiling" in raw:
        try:
            changed["ceiling"] = (manifest.ceiling or Limits()).lowered(Limits.model_validate(raw["ceiling"]))
        except ValidationError as problem:
            where = ".".join(str(part) for part in problem.errors()[0]["loc"])
            raise mistake("ceiling", f"{where}: {problem.errors()[0]['msg']}") from None
        except ValueError as problem:
            raise mistake("ceiling", str(problem)) from None
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
            return path_of(value.removeprefix("file:"), environment).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as problem:  # ValueError: not UTF-8, or no path at all
            raise mistake(f"expected a readable file ({type(problem).__name__})") from None
    if secret:
        raise mistake("expected a reference (env:NAME or file:PATH): secrets do not stand in configuration")
    return value
