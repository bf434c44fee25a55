"""Writing: answers as an installation's files, checked as at start-up before they stand where they belong."""

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from authz.labels import labels_of_schema
from gateway import discovery
from gateway.policy_making import build_policy, texts_of
from gateway.settings import Installation, load_installation
from gateway.whole_graph import whole_graph
from sources.kit.yaml_file import ConfigError

ROLES: Final = Path(__file__).parent.parent.parent / "sandbox" / "installation" / "roles"
"""Where the roles that every installation begins with are kept in use, and so in order."""
_FIRST: Final = ("everyone", "caller", "helpdesk")
_OFFICERS: Final = "security_officers"
_UNSET: Final = "OKNO_NOT_SET_YET"
_DECIDES: Final = (
    "propose_policy",
    "approve_policy",
    "publish_policy",
    "rollback_policy",
    "grant_rights",
    "review_break_glass",
    "revoke_session",
    "revoke_token",
    "freeze",
    "place_hold",
    "lift_hold",
    "read_trail",
    "export_trail",
    "register_document",
    "approve_document",
    "retire_document",
)


def write(folder: Path, answers: Mapping[str, Any], environment: Mapping[str, str]) -> tuple[Installation, list[str]]:
    """Write a new installation; nothing is left half-written. Returns: it, and the references that lead nowhere yet.

    Raises: FileExistsError; ConfigError, PolicyError where the answers make no installation; OSError.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(f"{folder} is there already: an installation is made in a new folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        for name, text in files(answers).items():
            place = beside / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
        unset = sorted({each for each in _references(answers) if not _leads_somewhere(each, environment)})
        _checked(beside, unset, environment)
        if folder.exists():
            folder.rmdir()
        beside.rename(folder)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    return load_installation(folder, environment) if not unset else _as_if(folder, unset, environment), unset


def files(answers: Mapping[str, Any]) -> dict[str, str]:
    """The files of an installation, by path."""
    found = {
        "okno.yaml": _yaml(_okno(answers), "The gateway, and which sources at which addresses: docs/reference/configuration.md."),
        "rights.yaml": _yaml({"regions": answers["regions"], "everyone": ["everyone"]}, "What rights may speak of, and what everybody has."),
        f"teams/{answers['team.id']}.yaml": _yaml(_team(answers), "The first team."),
        f"teams/{_OFFICERS}.yaml": _yaml(_officers(answers), "They decide on rights and read the trail."),
        "policy/decisions.yaml": _yaml(_decisions(answers), "What must hold whatever else changes; a version of the rights that breaks it is refused."),
    }  # fmt: skip
    return found | {f"roles/{each}.yaml": (ROLES / f"{each}.yaml").read_text(encoding="utf-8") for each in _FIRST}


def _okno(answers: Mapping[str, Any]) -> dict[str, Any]:
    login: dict[str, Any] = {}
    if answers["sign_in"] == "sandbox":
        login = {"sandbox": True}
    elif answers["sign_in"] == "oidc":
        said = {key.removeprefix("oidc."): value for key, value in answers.items() if key.startswith("oidc.")}
        login = {"oidc": {key: value for key, value in said.items() if value}}
    general = {key: answers[key] for key in ("name", "language", "database")}
    return {**general, **({"login": login} if login else {}), "sources": answers["sources"]}


def _team(answers: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "title": {answers["language"]: answers["team.title"]},
        "regions": "all" if answers["team.region"] == "all" else [answers["team.region"]],
        "members": answers["operators"],
        "roles": ["caller", "helpdesk"],
    }


def _officers(answers: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "title": {"en": "Security officers"},
        "regions": "all",
        "members": answers["officers"],
        "clearance": ["vip"],
        "read": {
            "*": {"ceiling": "personal", "scope": "anyone"},
            "policy": {"ceiling": "restricted", "scope": "anyone"},
        },
        "run": [*_DECIDES],
    }


def _decisions(answers: Mapping[str, Any]) -> dict[str, Any]:
    region = answers["regions"][0] if answers["team.region"] == "all" else answers["team.region"]
    return {
        "decisions": [
            {
                "say": "The first team helps employees of its region, and decides nothing about rights",
                "team": answers["team.id"],
                "employee": {"region": region},
                "reads": ["Employee.login", "Account.enabled"],
                "runs": {"unlock_account": True, "publish_policy": False},
            },
            {
                "say": "Officers decide on rights, and change nothing else",
                "team": _OFFICERS,
                "employee": {"region": region},
                "runs": {"publish_policy": True, "reset_password": False},
            },
        ]
    }


def _yaml(said: Mapping[str, Any], about: str) -> str:
    return f"# {about}\n{yaml.safe_dump(dict(said), sort_keys=False, allow_unicode=True, width=120)}"


def _checked(folder: Path, unset: list[str], environment: Mapping[str, str]) -> None:
    """What is read at start-up. Raises: ConfigError, PolicyError, NoConnector."""
    found = _as_if(folder, unset, environment)
    for instance in found.instances:
        discovery.connector_of(instance.system)
    build_policy(texts_of(folder), labels_of_schema(whole_graph()[0]), found)


def _as_if(folder: Path, unset: list[str], environment: Mapping[str, str]) -> Installation:
    """An installation as it will load once every reference leads somewhere. Raises: ConfigError."""
    file = folder / "okno.yaml"
    true = file.read_text(encoding="utf-8")
    standing_in = true
    for each in unset:
        standing_in = standing_in.replace(f": {each}\n", f": env:{_UNSET}\n").replace(
            f": '{each}'\n", f": env:{_UNSET}\n"
        )
    if standing_in == true:
        return load_installation(folder, environment)
    beside = folder.with_name(f".{folder.name}.as-if")
    try:
        shutil.copytree(folder, beside)
        (beside / "okno.yaml").write_text(standing_in, encoding="utf-8")
        return load_installation(beside, {**environment, _UNSET: "not set yet"})
    except ConfigError as problem:
        raise ConfigError(file, problem.line, problem.key, problem.expected) from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _references(said: Any) -> Iterator[str]:
    if isinstance(said, Mapping):
        for each in said.values():
            yield from _references(each)
    elif isinstance(said, str) and said.startswith(("env:", "file:")):
        yield said


def _leads_somewhere(reference: str, environment: Mapping[str, str]) -> bool:
    kind, _, name = reference.partition(":")
    if kind == "env":
        return bool(environment.get(name))
    try:
        return bool(Path(name).read_text(encoding="utf-8").strip())
    except (OSError, ValueError):
        return False
