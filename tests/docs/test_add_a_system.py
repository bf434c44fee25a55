"""The page on adding a system is carried out: its files in a copy of the repository, its commands, its outputs."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
import yaml

from sources.kit.manifest import Manifest
from tests.docs.reading import DOCS, ROOT, Block, blocks, marked

PAGE: Final = DOCS / "how-to" / "add-a-system.md"
COPIED: Final = ("schema", "resolvers", "sources", "operations", "authz", "audit", "ui", "gateway", "sandbox", "tests")
LEFT_OUT: Final = shutil.ignore_patterns("node_modules", "built", "__pycache__", "real", ".okno")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository in which the page has been followed."""
    place = tmp_path_factory.mktemp("house")
    for name in COPIED:
        shutil.copytree(ROOT / name, place / name, ignore=LEFT_OUT)
    shutil.copy(ROOT / "pyproject.toml", place)
    for name, text in marked(PAGE, "title").items():
        path = place / name
        assert not path.exists(), f"{name} is there already"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return place


def run(house: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command in the copy, which comes before the repository wherever Python looks for our packages."""
    return subprocess.run(
        [sys.executable, *command],
        cwd=house,
        env={**os.environ, "PYTHONPATH": str(house), **environment},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def commands() -> list[Block]:
    return [block for block in blocks(PAGE) if block.language == "console"]


def test_every_command_of_the_page_is_one_that_is_run_here() -> None:
    known = (
        "-m pytest -q tests/contract sources/hosted_mail -k hosted_mail",
        "ask_hosted_mail.py",
        "okno check --installation installation",
    )
    assert len(commands()) == len(known)
    assert all(text in block.text for text, block in zip(known, commands(), strict=True))


def test_the_contract_suite_finds_the_new_folder_and_passes(house: Path) -> None:
    done = run(house, "-m", "pytest", "-q", "tests/contract", "sources/hosted_mail", "-k", "hosted_mail")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None and int(passed[1]) > 20
    assert "skipped" not in done.stdout


def test_the_question_is_answered_as_the_page_shows(house: Path) -> None:
    done = run(house, "ask_hosted_mail.py")
    assert done.stdout == marked(PAGE, "output")["ask_hosted_mail.py"]
    # a source that fails is told to whoever runs it, with the trace of the request
    assert [line for line in done.stderr.splitlines() if not line.endswith(", trace trace")] == []


def test_the_installation_is_checked_as_the_page_shows(house: Path) -> None:
    check = ("-m", "gateway.cli", "check", "--installation", "installation")
    done = run(house, *check, HOSTED_MAIL_TOKEN="anything")
    assert (done.stdout, done.stderr) == (marked(PAGE, "output")["okno-check"], "")
    refused = run(house, *check)
    assert refused.returncode == 2
    assert refused.stderr == (
        "okno: installation/okno.yaml:6: sources.hosted.token: expected the environment variable HOSTED_MAIL_TOKEN to be set\n"
    )


def test_the_file_that_security_signs_names_the_new_system(house: Path) -> None:
    done = run(house, "-m", "gateway.cli", "sources", "reads")
    assert yaml.safe_load(done.stdout)["hosted_mail"] == {"reads": [], "writes": {}}


def test_the_example_is_written_in_the_style_of_the_house(house: Path) -> None:
    names = [name for name in marked(PAGE, "title") if name.startswith(("sources", "sandbox")) and name.endswith(".py")]
    assert len(names) == 7
    for check in (["check"], ["format", "--check"]):
        done = run(house, "-m", "ruff", *check, "--no-cache", *names)
        assert done.returncode == 0, done.stdout


def test_the_fragments_are_manifests() -> None:
    whole = yaml.safe_load(marked(PAGE, "title")["sources/hosted_mail/source.yaml"])
    fragments = [yaml.safe_load(block.text) for block in blocks(PAGE) if block.mark == "fragment"]
    assert [sorted(each) for each in fragments] == [["reads"], ["writes"]]
    for fragment in fragments:
        Manifest.model_validate({**whole, **fragment})
