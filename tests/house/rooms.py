"""The files of the house, as the tests look at them."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
ROOMS: Final = ("schema", "resolvers", "sources", "operations", "authz", "audit", "ui", "gateway", "sandbox")
_SKIPPED: Final = frozenset({"node_modules", "__pycache__", "dist", ".okno"})


def files(*rooms: str, pattern: str = "*.py") -> Iterator[Path]:
    """Files of these rooms, what tools have put there left out."""
    for room in rooms:
        for file in sorted((ROOT / room).rglob(pattern)):
            parts = file.relative_to(ROOT).parts
            if file.is_file() and _SKIPPED.isdisjoint(parts) and not any(part.endswith("_cache") for part in parts):
                yield file


def code(*rooms: str) -> Iterator[Path]:
    """Python files that ship: no tests."""
    return (file for file in files(*rooms) if "tests" not in file.relative_to(ROOT).parts)


def name(file: Path) -> str:
    """The file as a failure names it."""
    return file.relative_to(ROOT).as_posix()


@cache
def tree(file: Path) -> ast.Module:
    """The file's syntax."""
    return ast.parse(file.read_text(encoding="utf-8"))


def imports(file: Path) -> Iterator[str]:
    """Every module a file imports, wherever in it; of `from a import b` both `a` and `a.b`."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def within(module: str, *packages: str) -> bool:
    """Whether a module is one of these packages or inside of one."""
    return any(module == package or module.startswith(f"{package}.") for package in packages)
