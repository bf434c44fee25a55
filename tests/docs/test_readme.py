"""What the first page promises: its query runs over all systems, its commands exist, both languages say the same."""

import re
from typing import Final

import pytest
from typer.testing import CliRunner

from gateway import cli
from tests.docs.reading import DOCS, ROOT, blocks
from tests.sandbox import Sandbox

ENGLISH: Final = ROOT / "README.md"
RUSSIAN: Final = ROOT / "README.ru.md"
PAGES: Final = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])


def console() -> list[str]:
    """Every command line of the pages for newcomers, without what the shell would take away."""
    pages = (ENGLISH, ROOT / "CONTRIBUTING.md", DOCS / "how-to" / "break-a-system.md")
    lines = [
        line
        for page in pages
        for block in blocks(page)
        if block.language == "console"
        for line in block.text.splitlines()
    ]
    return [line.split("#")[0].strip() for line in lines]


def test_both_languages_show_the_same_commands_and_the_same_query() -> None:
    def shown(page):
        return [block for block in blocks(page) if block.language in ("console", "graphql")]

    assert len(shown(ENGLISH)) == 7
    assert shown(ENGLISH) == shown(RUSSIAN)


async def test_the_shown_query_brings_data_from_every_source(sandbox: Sandbox) -> None:
    query, _wish = [block.text for block in blocks(ENGLISH) if block.language == "graphql"]
    body = (await sandbox.ask(query, {})).body
    assert "errors" not in body
    assert len(body["extensions"]["sources"]) == 14
    card = body["data"]["employee"]
    empty = [name for name, value in card.items() if value is None or value == {"edges": []}]
    assert empty == []


async def test_the_shown_wish_is_planned_and_can_be_applied(sandbox: Sandbox) -> None:
    _query, wish = [block.text for block in blocks(ENGLISH) if block.language == "graphql"]
    people = '{ employees(filter: {region: "br"}, first: 200) { edges { node { id login vip vpnSessions { edges { cursor } } } } } }'
    known = (await sandbox.ask(people)).body["data"]["employees"]["edges"]
    # the one whom the other pages are about keeps their tunnels
    others = [each["node"] for each in known if each["node"]["login"] != "employee" and not each["node"]["vip"]]
    one = next(each for each in others if each["vpnSessions"]["edges"])
    wish = wish.replace("…the id…", one["id"])
    body = (await sandbox.ask(wish, login="helpdesk.br")).body
    assert "errors" not in body
    planned = body["data"]["disconnectVpn"]
    assert planned["problems"] == []
    assert len(planned["plan"]["changes"]) == len(one["vpnSessions"]["edges"]) > 0
    applied = wish.replace("mode: PREVIEW", f'mode: APPLY, planHash: "{planned["plan"]["hash"]}"')
    done = (await sandbox.ask(applied, login="helpdesk.br")).body["data"]["disconnectVpn"]
    assert done["problems"] == []
    assert done["operation"]["state"] == "SUCCEEDED"


async def test_a_name_in_the_wrong_layout_is_found(sandbox: Sandbox) -> None:
    for page in (ENGLISH, RUSSIAN):
        found = re.search(r"`(\{ search\(text: .*?\}) ?`", page.read_text(encoding="utf-8"))
        assert found is not None
        body = (await sandbox.ask(found[1], {})).body
        first = body["data"]["search"]["edges"][0]
        assert first["matched"] == "NAME"
        assert "Ковал" in first["node"]["name"]["display"]


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {found[1] for line in console() if (found := re.match(r"make ([a-z-]+)", line))}
    assert len(named) >= 8
    assert named <= targets


def test_every_option_of_okno_that_is_shown_exists() -> None:
    cli.mount()
    below = {"sandbox": ("people", "fault"), "policy": ("explain", "view-as", "matrix")}
    lines = [line.removeprefix(".venv/bin/okno ") for line in console() if line.startswith(".venv/bin/okno ")]
    assert len(lines) >= 15
    for line in lines:
        words = line.split()
        options = [word for word in words if word.startswith("--")]
        asked = words[:2] if words[1:] and words[1] in below.get(words[0], ()) else words[:1]
        shown = CliRunner().invoke(cli.app, [*asked, "--help"], env={"COLUMNS": "200", "TERM": "dumb"})
        assert shown.exit_code == 0, shown.output
        assert [option for option in options if option not in shown.output] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page) -> None:
    for target in re.findall(r"\]\((?!https?://)([^)\s]+)\)", page.read_text(encoding="utf-8")):
        name, _, anchor = target.partition("#")
        path = (page.parent / name) if name else page
        assert path.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}, target
