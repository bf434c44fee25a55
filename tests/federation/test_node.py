"""A machine without Node is told what to do, instead of failing somewhere later."""

from pathlib import Path

import pytest

from tests.federation.node import NodeMissing, find_node


def program(folder: Path, name: str, version: str) -> None:
    """A program that says its version and does nothing else."""
    (folder / name).write_text(f"#!/bin/sh\necho {version}\n", encoding="ascii")
    (folder / name).chmod(0o755)


def test_a_machine_without_node_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(NodeMissing, match="node is not there: install .* `./requirements/install node`"):
        find_node(str(tmp_path))


def test_a_node_without_npm_is_not_enough(tmp_path: Path) -> None:
    program(tmp_path, "node", "v24.1.0")
    with pytest.raises(NodeMissing, match="npm is not there"):
        find_node(str(tmp_path))


def test_a_node_that_is_too_old_is_not_taken(tmp_path: Path) -> None:
    program(tmp_path, "npm", "9.2.0")
    program(tmp_path, "node", "v18.20.4")
    with pytest.raises(NodeMissing, match="v18.20.4, too old"):
        find_node(str(tmp_path))
    program(tmp_path, "node", "v20.19.0")
    assert find_node(str(tmp_path)).program == str(tmp_path / "node")
