"""A package of another distribution that bears one of our names is noticed before anything runs."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from gateway.own_names import OWN, ClashingNames, check_own_names

ROOT: Final = Path(__file__).resolve().parents[3]
LOOK: Final = "import sys; sys.path[:0] = {first!r}; import gateway.cli; gateway.cli.main()"


def started(*first: Path) -> "subprocess.CompletedProcess[str]":
    """`okno --help` in a process of its own, with these folders searched before all others."""
    code = LOOK.format(first=[str(each) for each in first])
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", code, "--help"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=30, check=False)


def test_here_all_names_are_our_own() -> None:
    check_own_names()
    assert all((ROOT / name / "__init__.py").is_file() for name in OWN)


@pytest.mark.parametrize("as_file", [False, True])
def test_a_planted_package_named_schema_is_named_with_its_place(tmp_path: Path, as_file: bool) -> None:
    planted = tmp_path / ("schema.py" if as_file else "schema")
    if as_file:
        planted.write_text('"""Another schema."""\n', encoding="utf-8")
    else:
        planted.mkdir()
        (planted / "__init__.py").write_text('"""Another schema."""\n', encoding="utf-8")
    ended = started(tmp_path)
    assert ended.returncode == 2
    assert f"okno: schema is found at {planted}, not at {ROOT / 'schema'}" in ended.stderr
    assert "Install Okno in an environment of its own." in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_distribution_that_claims_one_of_our_names_is_named(tmp_path: Path) -> None:
    for name, files in (("okno", ["schema/__init__.py"]), ("intruder", ["schema/__init__.py", "schema/more.py"])):
        facts = tmp_path / f"{name}-1.0.dist-info"
        facts.mkdir()
        (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
        (facts / "RECORD").write_text("".join(f"{file},,\n" for file in files), encoding="utf-8")
    ended = started(ROOT, tmp_path)
    assert ended.returncode == 2
    assert "schema also belongs to intruder" in ended.stderr


def test_a_checkout_elsewhere_is_not_taken_for_this_one(tmp_path: Path) -> None:
    with pytest.raises(ClashingNames) as caught:
        check_own_names(tmp_path)
    for name in OWN:
        assert f"{name} is found at {ROOT / name}, not at {tmp_path / name}" in str(caught.value)
