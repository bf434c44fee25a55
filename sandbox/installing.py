"""Installing: the sandbox's installation with the addresses of the twins that run now."""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import yaml

from sandbox.world import INSTALLATION

_PREFIX: Final = "OKNO_SANDBOX_"


def variable(source: str, setting: str) -> str:
    """The environment variable that carries one setting of one source."""
    return f"{_PREFIX}{source}_{setting}".upper()


SECRETS: Final = Path(".okno/secrets.env")
"""Where commands in a second terminal find what the sandbox's sources are reached with, while it runs."""


@contextmanager
def secrets_kept(environment: Mapping[str, str], file: Path = SECRETS) -> Iterator[None]:
    """Keep the sandbox's own variables in a file of this user alone, until the end."""
    said = "".join(f"{name}={value}\n" for name, value in environment.items() if name.startswith(_PREFIX))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:  # noqa: PTH123  # a path cannot be opened with a mode
        opened.write(said)
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def install(folder: Path, settings: Mapping[str, Mapping[str, str]], **changes: object) -> dict[str, str]:
    """Write the installation into a folder, every setting of a source a reference into the environment.

    Returns: the environment to start a gateway with; it holds the twins' throw-away secrets.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(INSTALLATION, folder, dirs_exist_ok=True)
    content = yaml.safe_load((INSTALLATION / "okno.yaml").read_text(encoding="utf-8")) | changes
    environment = dict(os.environ)
    for source, given in settings.items():
        for setting, value in given.items():
            content["sources"][source][setting] = f"env:{variable(source, setting)}"
            environment[variable(source, setting)] = value
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
    (folder / "okno.yaml").write_text(text, encoding="utf-8")
    return environment
