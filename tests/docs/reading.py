"""The documentation as data: fenced blocks, tables, links."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
DOCS: Final = ROOT / "docs"
_FENCE: Final = re.compile(r"^```(\w+)(?: (\w+)=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block. Shape: `mark` and `name` come from the fence, as in ```` ```python title=a/b.py ````."""

    language: str
    mark: str
    name: str
    text: str


def blocks(page: Path) -> list[Block]:
    """All fenced blocks of a page, in its order."""
    found = _FENCE.findall(page.read_text(encoding="utf-8"))
    return [Block(language, mark, name, text) for language, mark, name, text in found]


def marked(page: Path, mark: str) -> dict[str, str]:
    """The texts of a page's blocks that carry a mark, by the name it gives them."""
    return {block.name: block.text for block in blocks(page) if block.mark == mark}


def first_cells(page: Path) -> list[str]:
    """What stands in code in the first column of a page's tables."""
    return re.findall(r"^\| `([^`]+)`", page.read_text(encoding="utf-8"), re.MULTILINE)
