"""Who may know whom, and who may speak to the world."""

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from sources.kit.manifest import systems
from tests.house.rooms import ROOMS, ROOT, code, files, imports, name, tree, within

SYSTEMS: Final = sorted(
    each.name
    for each in (ROOT / "sources").iterdir()
    if (each / "__init__.py").exists() and each.name not in ("kit", "ports")
)
NETWORK: Final = (
    "aiohttp", "httpx", "requests", "urllib.request", "urllib3", "http.client", "socket", "ssl", "subprocess", "telnetlib",
    "bonsai", "ldap3", "asyncpg", "aiosqlite", "sqlite3", "sqlalchemy", "sqlmodel", "psycopg", "asyncio.streams",
    "asyncio.open_connection", "asyncio.start_server", "asyncio.subprocess", "os.system",
)  # fmt: skip
NETWORK_CALLS: Final = frozenset(
    {"open_connection", "open_unix_connection", "create_connection", "create_subprocess_exec", "create_subprocess_shell",
     "create_datagram_endpoint", "start_server", "start_tls"}
)  # fmt: skip
KIT_NETWORK: Final = {
    "http.py": "requests to one configured address",
    "json_lines.py": "the wire to twins of protocols without one of their own",
    "ldap_bonsai.py": "the wire to real directories",
    "ldap_polled.py": "waits for a real directory without holding up the loop",
    "line_protocol.py": "text lines over a socket",
    "sql_postgres.py": "the wire to real databases",
}
"""The modules of the kit that open connections, and what each is for."""


def wire_words(file: Path) -> list[str]:
    """What in a file speaks to the world: imports of network libraries, calls that open connections."""
    found = [module for module in imports(file) if within(module, *NETWORK)]
    named = (node.attr for node in ast.walk(tree(file)) if isinstance(node, ast.Attribute))
    found += [f".{each}" for each in named if each in NETWORK_CALLS]
    return sorted(set(found))


def connectors(system: str) -> list[Path]:
    """A system's files without its twin and tests."""
    return [file for file in code(f"sources/{system}") if not file.name.startswith("twin")]


def test_the_arrows_between_rooms_hold() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    assert program.exists(), "import-linter is not installed beside this interpreter"
    done = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_connector_stays_on_the_transports_of_the_kit(system: str) -> None:
    assert {name(file): words for file in connectors(system) if (words := wire_words(file))} == {}


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_source_knows_ports_and_kit_and_nothing_else_of_ours(system: str) -> None:
    foreign = {}
    for file in code(f"sources/{system}"):
        ours = [each for each in imports(file) if within(each, *ROOMS)]
        allowed = ("sources.ports", "sources.kit", f"sources.{system}")
        bad = [each for each in ours if each != "sources" and not within(each, *allowed)]
        is_twin = file.name.startswith("twin")
        bad += [each for each in imports(file) if within(each, "starlette", "strawberry")]
        bad += [each for each in imports(file) if within(each, "graphql") and not is_twin]
        bad += [each for each in ours if within(each, "sources.kit.twin", f"sources.{system}.twin") and not is_twin]
        if bad:
            foreign[name(file)] = bad
    assert foreign == {}


def test_the_kit_speaks_to_the_world_in_known_places_only() -> None:
    found = {
        file.relative_to(ROOT / "sources/kit").as_posix(): words
        for file in code("sources/kit")
        if "twin" not in file.relative_to(ROOT / "sources/kit").parts and (words := wire_words(file))
    }
    assert {each: words for each, words in found.items() if each not in KIT_NETWORK} == {}
    assert {each for each in KIT_NETWORK if each not in found} == set(), (
        "no longer speaks to the world: take it off the list"
    )


def test_nothing_of_sources_knows_the_graph() -> None:
    allowed = re.compile(r"sources/(kit/(graphql.*|twin/.*)|[^/]+/twin.*)\.py")
    found = {
        name(file): sorted(bad)
        for file in code("sources")
        if (bad := {each for each in imports(file) if within(each, "graphql", "strawberry", "starlette", *ROOMS)}
            - {each for each in imports(file) if within(each, "sources")})
        and not allowed.fullmatch(name(file))
    }  # fmt: skip
    assert found == {}


def test_only_what_sends_for_the_runner_makes_write_permits() -> None:
    made = [
        name(file)
        for file in files(*ROOMS)
        if "tests" not in file.parts
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Call)
        and (getattr(node.func, "id", None) == "WritePermit" or getattr(node.func, "attr", None) == "WritePermit")
    ]
    assert set(made) == {"operations/kit/sending.py"}


@pytest.mark.parametrize("room", ["schema", "resolvers", "operations", "authz", "audit"])
def test_of_sources_only_the_ports_are_known(room: str) -> None:
    strange = [
        f"{name(file)}: {module}"
        for file in code(room)
        for module in imports(file)
        if within(module, "sources") and not within(module, "sources.ports")
    ]
    assert strange == []


def test_a_manifest_speaks_of_data_in_the_words_of_the_labels() -> None:
    words = set(re.findall(r'@data\(domain: "([a-z_]+)"', (ROOT / "schema.graphql").read_text(encoding="utf-8")))
    assert {name: manifest.domain for name, manifest in systems().items() if manifest.domain not in words} == {}


def test_one_module_alone_knows_the_language_of_the_policy() -> None:
    rooms = [file for room in ROOMS for file in code(room)]
    knowing = {name(file) for file in rooms if any(within(each, "oso", "polar") for each in imports(file))}
    assert knowing == {"authz/engine.py"}
