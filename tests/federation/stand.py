"""What stands while the routers are asked: Okno, two subgraphs beside it, a router, and a witness before each subgraph."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.docs.reading import DOCS, marked
from tests.federation.node import HERE, MODULES, Node, free_port, serving
from tests.federation.witness import Witness, witnessed
from tests.process.okno import Running, asked
from tests.process.okno import okno as command

PAGE: Final = DOCS / "how-to" / "mount-under-a-router.md"
LIBRARIES: Final = {"hive": "@theguild/federation-composition", "apollo": "@apollo/composition"}
"""Which library composes for which router: each is made by the same people."""
HOLDERS: Final = 25
MOST: Final = 200
"""Entities that one request to Okno may name."""
NOBODY: Final = "no.one"
"""A login that stands in the lockers' rows and in no directory."""


@dataclass(frozen=True, slots=True)
class Stand:
    """Everything that one question may pass."""

    router: str
    okno: Running
    url: str
    witnesses: dict[str, Witness]
    holders: list[dict[str, str]]

    def ask(
        self, query: str, token: str | None, variables: dict[str, Any] | None = None, **headers: str
    ) -> dict[str, Any]:
        """What the router answers; the witnesses keep what was asked for it, and nothing from before."""
        for witness in self.witnesses.values():
            witness.seen.clear()
        return asked(self.url, query, token, variables, **headers)[1]


@contextmanager
def standing(okno: Running, node: Node, router: str, folder: Path) -> Iterator[Stand]:
    """A router over Okno and its two neighbours, as the page says it is set up."""
    folder.mkdir()
    (folder / "node_modules").symlink_to(MODULES)
    for name, text in marked(PAGE, "title").items():
        (folder / name).write_text(text, encoding="utf-8")
    holders = _holders(okno)
    rows = {
        "parking": [{"number": f"P-{place}", "holder": {"id": each["id"]}} for place, each in enumerate(holders)],
        "lockers": [{"number": f"L-{place}", "holder": {"login": each["login"]}} for place, each in enumerate(holders)],
    }
    # one whom nobody knows stands among those in the beginning, many more come last
    rows["lockers"].insert(1, {"number": "L-none", "holder": {"login": NOBODY}})
    rows["lockers"] += [{"number": f"L-gone-{each}", "holder": {"login": f"gone.{each}"}} for each in range(MOST)]
    with ExitStack() as stack:
        targets = {"okno": f"{okno.url}/graphql"}
        for name, several in rows.items():
            (folder / f"{name}.json").write_text(json.dumps(several), encoding="utf-8")
            (folder / f"{name}.graphql").write_bytes((HERE / f"{name}.graphql").read_bytes())
            words = [str(HERE / "neighbour.mjs"), name, str(port := free_port()), f"{name}.json"]
            targets[name] = stack.enter_context(serving(node, words, port, folder)) + "/graphql"
        witnesses = {name: stack.enter_context(witnessed(target)) for name, target in targets.items()}
        printed = command(okno.folder, "schema", "print").stdout
        (folder / "okno.graphql").write_text(printed, encoding="utf-8")
        _compose(node, folder, LIBRARIES[router], {name: witness.url for name, witness in witnesses.items()})
        url = stack.enter_context(_router(node, router, folder))
        yield Stand(router, okno, url, witnesses, holders)


def _holders(okno: Running) -> list[dict[str, str]]:
    query = "query($first: Int!) { employees(first: $first, orderBy: LOGIN) { edges { node { id login } } } }"
    _status, body = asked(okno.url, query, okno.token("analyst"), {"first": HOLDERS})
    return [edge["node"] for edge in body["data"]["employees"]["edges"]]


def _compose(node: Node, folder: Path, library: str, urls: dict[str, str]) -> None:
    """The page's own composition, by the library that the router's makers have; the addresses are those of this machine."""
    script = (folder / "compose.mjs").read_text(encoding="utf-8")
    assert LIBRARIES["hive"] in script
    (folder / "compose.mjs").write_text(script.replace(LIBRARIES["hive"], library), encoding="utf-8")
    subgraphs = json.loads((folder / "subgraphs.json").read_text(encoding="utf-8"))
    assert [each["name"] for each in subgraphs] == list(urls)
    moved = [each | {"url": urls[each["name"]]} for each in subgraphs]
    (folder / "subgraphs.json").write_text(json.dumps(moved), encoding="utf-8")
    node.run(["compose.mjs"], folder)


@contextmanager
def _router(node: Node, router: str, folder: Path) -> Iterator[str]:
    port = free_port()
    if router == "apollo":
        words = ["gateway.mjs"]
    else:
        program = MODULES / "@graphql-hive/gateway/dist/bin.js"
        words = [str(program), "supergraph", "-c", "gateway.config.mjs", "--host", "127.0.0.1", "--port", str(port)]
        words.append("supergraph.graphql")
    with serving(node, words, port, folder, {"PORT": str(port)}) as url:
        yield url
