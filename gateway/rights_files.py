"""Rights files: what an installation's teams and roles say, read from its folder or from a stored version of it."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import Final, TypeVar, cast

from authz.known import Known, is_name
from authz.labels import Labels
from authz.rights import Ceiling, Grant, Operation, Rights, Role, Run, Scope, TeamRights
from authz.rows import MASK, READ, Action, Condition, When
from gateway.rights_words import Text, Words
from gateway.settings import Reach, RightsFile, RoleFile, TeamFile
from sources.kit.source import Instance
from sources.kit.yaml_file import ConfigError, Strict, read

M = TypeVar("M", RoleFile, TeamFile)

RIGHTS: Final = "rights.yaml"
_PLACES: Final = ("roles/*.yaml", "teams/*.yaml", RIGHTS, "policy/*.polar")


class OperationOf(Strict):
    """What the policy knows of an operation."""

    about: str
    domain: str
    risk: str


class _Operations(Strict):
    operations: dict[str, OperationOf]


def bundle_of(folder: Path) -> dict[str, str]:
    """All that the policy of an installation is made of. Shape: text by path below the folder. Raises: ConfigError."""
    bundle: dict[str, str] = {}
    for pattern in _PLACES:
        for file in sorted(folder.glob(pattern)):
            try:
                bundle[file.relative_to(folder).as_posix()] = file.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as problem:
                raise ConfigError(
                    file, None, "", f"expected a readable UTF-8 file ({type(problem).__name__})"
                ) from None
    return bundle


def polar_of(bundle: Mapping[str, str]) -> dict[str, str]:
    """The installation's own rules, by file."""
    return {name: text for name, text in bundle.items() if name.endswith(".polar")}


@cache
def operations_known() -> Mapping[str, Operation]:
    """Every operation that rights can be given for."""
    text = resources.files("authz").joinpath("policy/operations.yaml").read_text(encoding="utf-8")
    said = read(text, Path("authz/policy/operations.yaml"), _Operations)
    return {name: Operation(name, each.domain, each.risk) for name, each in said.operations.items()}


def ceilings_of(instances: Sequence[Instance]) -> tuple[Ceiling, ...]:
    """What the owners of the sources let be granted at all."""
    return tuple(
        Ceiling(
            each.name,
            each.manifest.owner.team,
            dict(each.manifest.ceiling.reads),
            each.manifest.ceiling.operations,
            dict(each.manifest.ceiling.approved_by),
        )
        for each in instances
        if each.manifest.ceiling is not None
    )


def rights_of(
    bundle: Mapping[str, str],
    labels: Labels,
    *,
    ceilings: tuple[Ceiling, ...],
    operations: Mapping[str, Operation],
    folder: Path = Path(),
) -> Rights:
    """What a bundle says. Raises: ConfigError naming file, line, key and the nearest valid word."""
    general = read(bundle.get(RIGHTS, "regions: []"), folder / RIGHTS, RightsFile)
    role_files = _read(bundle, folder, "roles", RoleFile)
    team_files = _read(bundle, folder, "teams", TeamFile)
    roles = {name: _role(name, each) for name, each in role_files.items()}
    for name, team in team_files.items():
        if has_role(team):
            if name in role_files:
                raise ConfigError(folder / f"teams/{name}.yaml", None, "", f"a role {name!r} stands in roles/ already")
            roles[name] = _role(name, team)
    rights = Rights(
        roles,
        {name: _team(name, each) for name, each in team_files.items()},
        general.regions,
        general.everyone,
        {name: word for word, names in general.department_classes.items() for name in names},
        ceilings,
        operations,
    )
    words = Words(rights, Known.of(rights, labels), general.clearances)
    words.of_company(Text(folder / RIGHTS, bundle.get(RIGHTS, "")), general)
    for name, role in role_files.items():
        words.of_role(Text(folder / f"roles/{name}.yaml", bundle[f"roles/{name}.yaml"]), role)
    for name, team in team_files.items():
        words.of_team(Text(folder / f"teams/{name}.yaml", bundle[f"teams/{name}.yaml"]), team)
    return rights


def _read(bundle: Mapping[str, str], folder: Path, kind: str, model: type[M]) -> dict[str, M]:
    """The files of a folder, by name."""
    places = [PurePosixPath(name) for name in bundle if name.startswith(f"{kind}/") and name.endswith(".yaml")]
    for place in places:
        if len(place.parts) != 2 or not is_name(place.stem):
            expected = "a file's name of small Latin letters, digits and underscores, beginning with a letter"
            raise ConfigError(folder / place, None, "", f"expected {expected}")
    return {place.stem: read(bundle[str(place)], folder / place, model) for place in sorted(places)}


def has_role(team: TeamFile) -> bool:
    """Whether a team has a role of its own, named after it."""
    own = (team.read, team.mask, team.run, team.bulk, team.free_text, team.cost, team.cost_per_hour)
    return any(own)


def _team(name: str, team: TeamFile) -> TeamRights:
    return TeamRights(
        name,
        (*team.roles, *([name] if has_role(team) else [])),
        team.reach,
        team.clearance,
        team.lead,
        team.lead_roles,
        team.members,
        team.groups,
        team.services,
        {str(language): text for language, text in team.title.items()},
        team.queue,
    )


def _role(name: str, said: RoleFile | TeamFile) -> Role:
    grants = [grant for domain, reach in said.read.items() for grant in _grants(READ, domain, reach)]
    grants += [grant for domain, reach in said.mask.items() for grant in _grants(MASK, domain, reach)]
    runs = tuple(Run(each.operation, cast(Scope, each.scope), _when(each.when)) for each in said.run)
    return Role(
        name,
        {str(key): text for key, text in said.title.items()},
        tuple(grants),
        runs,
        said.bulk,
        said.free_text,
        said.cost,
        said.cost_per_hour,
    )


def _grants(action: Action, domain: str, reach: Reach) -> list[Grant]:
    return [Grant(action, domain, each.ceiling, cast(Scope, each.scope), _when(each.when)) for each in reach]


def _when(said: Mapping[str, tuple[bool | str, ...]]) -> When:
    return tuple(Condition(attr, values) for attr, values in said.items())
