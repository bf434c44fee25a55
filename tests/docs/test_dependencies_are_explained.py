"""Every direct dependency has a line that says why it is there, and no line stays behind."""

import json
import re
import tomllib

from tests.docs.reading import DOCS, ROOT, first_cells


def name_of(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found is not None
    return found[0].lower()


def test_node_is_the_one_that_the_pages_are_built_with() -> None:
    named = re.search(r'^NODE = "(.+)"$', (ROOT / "ui" / "build_hook.py").read_text(encoding="utf-8"), re.MULTILINE)
    locked = (ROOT / "requirements" / "node.txt").read_text(encoding="utf-8").split()[0]
    assert named is not None
    assert locked == named[1]


def test_every_direct_dependency_has_one_line() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    packages = [
        json.loads((ROOT / folder / "package.json").read_text(encoding="utf-8"))
        for folder in ("ui", "tests/clients", "tests/federation")
    ]
    extras = [each for several in project["optional-dependencies"].values() for each in several]
    direct = [name_of(each) for each in (*project["dependencies"], *extras)]
    for package in packages:
        direct += [*package["dependencies"], *package.get("devDependencies", {})]
    assert sorted(first_cells(DOCS / "reference" / "dependencies.md")) == sorted(set(direct))
