"""Installing: the sandbox's installation with the addresses of the twins that run now."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import yaml

from sandbox.world import INSTALLATION


def variable(source: str, setting: str) -> str:
    """The environment variable that carries one setting of one source."""
    return f"OKNO_SANDBOX_{source}_{setting}".upper()


def install(folder: Path, settings: Mapping[str, Mapping[str, str]], **changes: object) -> dict[str, str]:
    """Write the installation into a folder, every setting of a source a reference into the environment.

    Returns: the environment to start a gateway with; it holds the twins' throw-away secrets.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(INSTALLATION / "teams", folder / "teams", dirs_exist_ok=True)
    content = yaml.safe_load((INSTALLATION / "okno.yaml").read_text(encoding="utf-8")) | changes
    environment = dict(os.environ)
    for source, given in settings.items():
        for setting, value in given.items():
            content["sources"][source][setting] = f"env:{variable(source, setting)}"
            environment[variable(source, setting)] = value
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
    (folder / "okno.yaml").write_text(text, encoding="utf-8")
    return environment
