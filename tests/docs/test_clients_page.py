"""The page on clients names the versions that its tests run."""

import json
import re

from tests.docs.reading import DOCS, ROOT


def test_the_versions_on_the_page_are_those_of_the_tests() -> None:
    page = (DOCS / "reference" / "clients.md").read_text(encoding="utf-8")
    named = dict(re.findall(r"^\| `([^`]+)` (\d+\.\d+\.\d+)", page, re.MULTILINE))
    package = json.loads((ROOT / "tests" / "clients" / "package.json").read_text(encoding="utf-8"))
    lock = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
    run = {**package["dependencies"], **dict(re.findall(r"^(gql)==(\S+)", lock, re.MULTILINE))}
    assert len(named) == 7
    assert named == {name: run[name] for name in named}
