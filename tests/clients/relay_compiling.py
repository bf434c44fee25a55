"""Relay's compiler: makes of a document and our schema what its runtime takes."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any, Final

from tests.clients.npm import LIBRARIES, Node

ROOT: Final = Path(__file__).resolve().parent.parent.parent
DEFER: Final = "directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT\n"
_CONFIG: Final = {"src": "src", "schema": "schema.graphql", "language": "javascript", "eagerEsModules": True}


def compiled(node: Node, folder: Path, document: str, added: str = "", **config: Any) -> dict[str, Any]:
    """The part of a job that names the compiled document. Shape: `added` is a field that our types do not have."""
    folder.mkdir()
    (folder / "src").mkdir()
    (folder / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    schema = (ROOT / "schema.graphql").read_text(encoding="utf-8")
    if "directive @defer" not in schema:
        schema += DEFER
    (folder / "schema.graphql").write_text(
        re.sub(r"(?m)^(type (?:Employee|Operation)\b .*\{)$", rf"\1 {added}", schema), encoding="utf-8"
    )
    (folder / "src" / "probe.js").write_text(_tagged(document), encoding="utf-8")
    (folder / "relay.config.json").write_text(json.dumps({**_CONFIG, **config}), encoding="utf-8")
    done = subprocess.run(
        [node.node, str(LIBRARIES / "relay-compiler" / "cli.js"), "relay.config.json"],
        cwd=folder,
        env=node.environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    artifacts = folder / "src" / "__generated__"
    names = sorted(each.name.removesuffix(".graphql.js") for each in artifacts.iterdir())
    (operation,) = [each for each in names if each.startswith("probe") and "_" not in each]
    fragment = next((each for each in names if "_" in each), None)
    return {"artifacts": artifacts.as_uri(), "artifact": operation, "fragment": fragment}


def _tagged(document: str) -> str:
    """Each definition in a tag of its own, as Relay wants them."""
    definitions = document.replace("\nfragment ", "\0fragment ").split("\0")
    return "".join(f"graphql`{each}`;\n" for each in definitions)
