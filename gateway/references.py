"""References: where `file:PATH` leads. A supervisor may hand secrets over in a folder whose name is known only when it starts."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

_HANDED: Final = "CREDENTIALS_DIRECTORY"


def path_of(said: str, environment: Mapping[str, str]) -> Path:
    """The path of a reference, without its `file:`. Shape: it may begin with `$CREDENTIALS_DIRECTORY/`, as systemd sets it."""
    handed = environment.get(_HANDED)
    begin = f"${_HANDED}/"
    return Path(handed) / said.removeprefix(begin) if handed and said.startswith(begin) else Path(said)
