"""Habits: short files, spoken names, no traces of the machine a thing was written on."""

import ast
import json
import re
from pathlib import Path
from typing import Final

import pytest

from tests.house.rooms import ROOMS, ROOT, code, files, name, tree

LONGEST: Final = 400
TEXTS: Final = ("*.py", "*.md", "*.yaml", "*.toml", "*.ts", "*.tsx", "*.json", "*.txt", "*.graphql")
GENERATED: Final = frozenset({"package-lock.json", "schema.graphql"})
REGISTRIES: Final = re.compile(
    r"(registry\.npmjs|registry\.yarnpkg|files\.pythonhosted|pypi\.org/simple|pypi\.python)", re.I
)
MACHINE: Final = re.compile(r"(?<![\w.])/(home|root|work)/\w")
LATER: Final = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XXX)\b")
PATCHED: Final = re.compile(r"\bmock\." + r"patch\b|@" + r"patch\(|unittest\.mo" + "ck")


def texts() -> list[Path]:
    """Everything written here that people or machines read."""
    inside = [file for pattern in TEXTS for file in files(*ROOMS, "tests", "docs", "requirements", pattern=pattern)]
    return [
        *inside,
        *(file for file in ROOT.iterdir() if file.is_file() and file.suffix in (".md", ".toml", ".graphql", "")),
    ]


def with_lines(pattern: re.Pattern[str], among: list[Path]) -> list[str]:
    """Where a pattern stands."""
    return [
        f"{name(file)}:{number}"
        for file in among
        for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if pattern.search(line)
    ]


def test_files_are_short() -> None:
    long = {
        name(file): count
        for file in files(*ROOMS, "tests")
        if (count := len(file.read_text("utf-8").splitlines())) > LONGEST
    }
    assert long == {}


def test_an_init_holds_one_sentence() -> None:
    wrong = []
    for file in files(*ROOMS, "tests"):
        if file.name == "__init__.py":
            body = tree(file).body
            if (
                len(body) != 1
                or not (ast.get_docstring(tree(file)) or "").strip()
                or "\n" in ast.get_docstring(tree(file))
            ):
                wrong.append(name(file))
    assert wrong == []


def test_nothing_is_left_for_later() -> None:
    assert with_lines(LATER, [file for file in texts() if file.name not in GENERATED and file != Path(__file__)]) == []


def test_nothing_is_patched_by_its_name() -> None:
    assert with_lines(PATCHED, list(files(*ROOMS, "tests"))) == []


def test_no_registry_is_named() -> None:
    assert with_lines(REGISTRIES, [file for file in texts() if file != Path(__file__)]) == []


@pytest.mark.parametrize("lock", [name(file) for file in files("ui", "tests", pattern="package-lock.json")])
def test_locks_say_what_and_not_where_from(lock: str) -> None:
    packages = json.loads((ROOT / lock).read_text(encoding="utf-8"))["packages"]
    assert [each for each, package in packages.items() if "resolved" in package and not package.get("link")] == []


def test_requirements_are_held_by_hashes() -> None:
    bare = []
    for file in files("requirements", pattern="*.txt"):
        wholes = file.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
        bare += [
            f"{name(file)}: {line.split()[0]}"
            for line in wholes
            if re.match(r"[A-Za-z0-9]", line) and "--hash=" not in line
        ]
    assert bare == []


def test_no_path_of_one_machine_is_named() -> None:
    assert with_lines(MACHINE, [file for file in texts() if file != Path(__file__)]) == []


def test_public_code_says_what_it_is() -> None:
    bare = []
    for file in code(*ROOMS):
        if file.parent.name == "versions":
            continue  # a migration's sentence stands at the top of its file; its two functions are the tool's
        for scope in (tree(file), *(each for each in tree(file).body if isinstance(each, ast.ClassDef))):
            for each in scope.body:
                if not isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) or each.name.startswith(
                    "_"
                ):
                    continue
                inherited = isinstance(scope, ast.ClassDef) and (scope.bases or scope.name.startswith("_"))
                described = _is_described_otherwise(each)
                if not inherited and not described and not (ast.get_docstring(each) or "").strip():
                    bare.append(f"{name(file)}: {each.name}")
    assert bare == []


def _is_described_otherwise(node: ast.AST) -> bool:
    """Enums and inputs of the schema carry their sentence in the decorator."""
    decorators = getattr(node, "decorator_list", [])
    calls = [each for each in decorators if isinstance(each, ast.Call)]
    words = {keyword.arg for each in calls for keyword in each.keywords}
    return "description" in words
