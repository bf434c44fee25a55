"""The index: what is found, in which order, by whom, and what leaves no trace."""

import os
import sqlite3
import stat
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from resolvers.search.index import IdentifierIndex
from sources.ports.identifiers import Identifier

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)


def employee(key: str, **said: str) -> list[Identifier]:
    return [Identifier(kind.upper(), text, "Employee", key) for kind, text in said.items()]


KOVALEV = employee(
    "0001001", name="Ковалёв Сергей Петрович", login="skovalev", email="s.kovalev@corp.example", phone="+79123456789",
    personnel_number="0001001",
)  # fmt: skip
PEOPLE = [
    *KOVALEV,
    *employee("0001002", name="Иванов Сергей Иванович", login="sivanov2", phone="+79160000002"),
    *employee("0001003", name="Иванов Сергей Петрович", login="sivanov3", phone="+79160000003"),
    *employee("0001004", name="Иванова Светлана", login="ivanov"),
    *employee("0001005", name="Ли Анна-Мария", login="ali"),
]
DEVICES = [
    Identifier("ASSET_TAG", "NB-000123", "Device", "NB-000123"),
    Identifier("HOST", "lt-000412.corp.example", "Device", "NB-000123"),
    Identifier("SERIAL", "5CG0012ABX", "Device", "NB-000123"),
    Identifier("IP", "10.1.2.3", "Device", "NB-000123"),
]
OTHERS = [
    Identifier("CERTIFICATE_SERIAL", "0a:3f:00:bc:12:99", "Certificate", "0a3f00bc1299"),
    Identifier("GROUP_NAME", "VPN-Users-Brazil", "Group", "vpn"),
    Identifier("TICKET_NUMBER", "123", "Ticket", "123"),
]


@pytest.fixture
async def index() -> AsyncIterator[IdentifierIndex]:
    made = IdentifierIndex()
    await made.replace("people", PEOPLE, NOON)
    await made.replace("equipment", DEVICES, NOON)
    await made.replace("others", OTHERS, NOON)
    yield made
    made.close()


async def keys(index: IdentifierIndex, text: str, limit: int = 5) -> list[str]:
    return [match.node_key for match in await index.find(text, None, limit)]


@pytest.mark.parametrize(
    "text",
    [
        "Ковалев Сергй", "сергей ковалёв", "Rjdfktd Cthutq", "Kovalyov Sergei", "Лщмфдум", "Ковалев С", "ковал",
        "С.П. Ковалев",
        "skovalev", "ылщмфдум", "skovlaev", "S.Kovalev@CORP.example", "s.kovalev@old.example", "8 (912) 345-67-89",
        "+7 912 345 67 89", "345-67-89", "1001", "Ковалев 6789",
    ],
)  # fmt: skip
async def test_one_person_is_found_by_anything_said(index: IdentifierIndex, text: str) -> None:
    assert (await keys(index, text))[0] == "0001001"


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("NB-000123", "Device"), ("nb123", "Device"), ("lt412", "Device"), ("LT-000412.corp.example", "Device"),
        ("5cg0012abx", "Device"), ("0012abx", "Device"), ("10.1.2.3", "Device"), ("10,1,2,3", "Device"),
        ("0A 3F 00 BC 12 99", "Certificate"), ("a3f00bc1299", "Certificate"), (str(0x0A3F00BC1299), "Certificate"),
        ("vpn users brazil", "Group"), ("мзт гыукы икфяшд", "Group"),
        ("#123", "Ticket"), ("RT-123", "Ticket"), ("HELP-123", "Ticket"),
    ],
)  # fmt: skip
async def test_things_are_found_by_their_numbers_and_names(index: IdentifierIndex, text: str, node: str) -> None:
    assert (await index.find(text, None, 5))[0].node_type == node


async def test_an_exact_login_comes_before_a_name(index: IdentifierIndex) -> None:
    found = await index.find("ivanov", None, 5)

    assert [match.node_key for match in found] == ["0001004", "0001002", "0001003"]
    assert found[0].kind == "LOGIN"
    assert found[0].score == 1.0


async def test_namesakes_stay_side_by_side_in_the_order_of_their_keys(index: IdentifierIndex) -> None:
    found = await index.find("Иванов Сергей", None, 5)

    assert [match.node_key for match in found][:2] == ["0001002", "0001003"]
    assert found[0].score == found[1].score


@pytest.mark.parametrize("teller", ["Петрович", "sivanov3", "0003"])
async def test_anything_more_that_is_said_tells_namesakes_apart(index: IdentifierIndex, teller: str) -> None:
    assert (await keys(index, f"Иванов Сергей {teller}"))[0] == "0001003"


async def test_a_node_of_many_identifiers_is_one_match(index: IdentifierIndex) -> None:
    await index.replace("directory", KOVALEV, NOON)

    assert (await keys(index, "Ковалёв Сергей")).count("0001001") == 1


async def test_one_and_two_letters_find_what_is_so_or_begins_so(index: IdentifierIndex) -> None:
    assert (await keys(index, "Ли"))[0] == "0001005"
    assert set(await keys(index, "Ко")) == {"0001001"}
    assert set(await keys(index, "и")) >= {"0001002", "0001003", "0001004"}


@pytest.mark.parametrize("text", ["", " ", "\x00", "\x00\x01\u202e", "...", '"', "''", "ъ"])
async def test_a_text_that_says_nothing_finds_nothing(index: IdentifierIndex, text: str) -> None:
    assert await keys(index, text) == []


@pytest.mark.parametrize(
    "text",
    [
        '"', '""', '"kov" OR "iva"', "kovzzz OR ivanov", "NEAR(kov iva, 5)", "*", "kov*", "^kov", "-kov",
        "{body}: kov", "body:kov",
        "(", ")", "((", "kov AND", "NOT kov", "kov\x00lev", "'; DROP TABLE word; --", "%", "_", "k%v", "\\",
        "rank: bm25(10)",
        "<<<>>>", "a" * 100_000, '"' * 500, "х" * 500, "\ud800", "1" * 5_000, "🙂🙂🙂 🙂",
    ],
)  # fmt: skip
async def test_no_text_is_read_as_an_expression(index: IdentifierIndex, text: str) -> None:
    before = await keys(index, "Ковалев Сергей")

    await index.find(text, None, 5)

    assert await keys(index, "Ковалев Сергей") == before


async def test_operators_of_the_query_language_have_no_effect(index: IdentifierIndex) -> None:
    assert "0001001" not in await keys(index, "zzzzzz OR skov")
    assert await keys(index, "Ковалёв NOT Сергей") == await keys(index, "Ковалёв nnt Сергей")
    assert await keys(index, "%ovalev") == await keys(index, "ovalev")


async def test_kinds_the_viewer_may_not_read_are_not_searched(index: IdentifierIndex) -> None:
    names_only = frozenset({"NAME"})

    assert await index.find("+79123456789", None, 5, allowed_kinds=names_only) == []
    assert await index.find("345-67-89", None, 5, allowed_kinds=names_only) == []
    assert await index.find("skovalev", None, 5, allowed_kinds=frozenset({"PHONE"})) == []
    assert await index.find("Ковалев", None, 5, allowed_kinds=frozenset()) == []
    assert {match.kind for match in await index.find("Ковалев", None, 5, allowed_kinds=names_only)} == {"NAME"}


async def test_a_forbidden_identifier_does_not_tell_namesakes_apart(index: IdentifierIndex) -> None:
    allowed = frozenset({"NAME"})

    for teller in ("79160000002", "79160000003", "sivanov3"):
        found = await index.find(f"Иванов Сергей {teller}", None, 5, allowed_kinds=allowed)
        assert [match.node_key for match in found][:2] == ["0001002", "0001003"]
        assert found[0].score == found[1].score


async def test_only_the_asked_types_are_found(index: IdentifierIndex) -> None:
    assert {match.node_type for match in await index.find("123", None, 10)} >= {"Ticket", "Device"}
    assert {match.node_type for match in await index.find("123", frozenset({"Ticket"}), 10)} == {"Ticket"}
    assert await index.find("123", frozenset(), 10) == []


async def test_no_more_than_asked_for_are_given(index: IdentifierIndex) -> None:
    assert len(await index.find("Иванов", None, 1)) == 1
    assert await index.find("Иванов", None, 0) == []
    assert await index.find("Иванов", None, -1) == []


async def test_a_sweep_removes_what_the_source_no_longer_says(tmp_path: Path) -> None:
    path = str(tmp_path / "search.db")
    index = IdentifierIndex(path)
    await index.replace("hr", PEOPLE, NOON)
    await index.replace("directory", employee("0001002", name="Иванов Сергей"), NOON)

    await index.replace("hr", [*KOVALEV], NOON)

    assert await keys(index, "Ковалев") == ["0001001"]
    assert "0001003" not in await keys(index, "sivanov3")
    assert await keys(index, "Иванов Сергей") == ["0001002"]  # the other source still says so
    index.close()
    with sqlite3.connect(path) as left:
        assert left.execute("SELECT count(*) FROM identifier").fetchone() == (len(KOVALEV) + 1,)
        assert left.execute("SELECT count(*) FROM word WHERE id NOT IN (SELECT word FROM posting)").fetchone() == (0,)
        assert left.execute("SELECT count(*) FROM near WHERE word NOT IN (SELECT id FROM word)").fetchone() == (0,)
        assert left.execute("SELECT count(*) FROM gram WHERE rowid NOT IN (SELECT id FROM word)").fetchone() == (0,)
        assert left.execute("SELECT key FROM node ORDER BY key").fetchall() == [("0001001",), ("0001002",)]
    left.close()
    assert b"svetlana" not in Path(path).read_bytes()
    assert "светлана".encode() not in Path(path).read_bytes()


async def test_the_same_sweep_again_writes_nothing_but_its_time(tmp_path: Path) -> None:
    path = str(tmp_path / "search.db")
    index = IdentifierIndex(path)
    await index.replace("hr", PEOPLE, NOON)
    index.close()
    with sqlite3.connect(path) as before:
        rows = before.execute("SELECT * FROM identifier ORDER BY id").fetchall()
    before.close()

    index = IdentifierIndex(path)
    await index.replace("hr", list(reversed(PEOPLE)), NOON + timedelta(hours=1))
    assert await index.ages() == {"hr": NOON + timedelta(hours=1)}
    index.close()

    with sqlite3.connect(path) as after:
        assert after.execute("SELECT * FROM identifier ORDER BY id").fetchall() == rows
    after.close()


async def test_a_sweep_that_breaks_changes_nothing(index: IdentifierIndex) -> None:
    broken = [*employee("0001009", name="Новый Человек"), Identifier("NAME", None, "Employee", "x")]  # type: ignore[arg-type]

    with pytest.raises((TypeError, AttributeError, sqlite3.Error)):
        await index.replace("people", broken, NOON + timedelta(days=1))

    assert await keys(index, "Новый Человек") == []
    assert (await keys(index, "Ковалев"))[0] == "0001001"
    assert (await index.ages())["people"] == NOON


async def test_ages_are_shown_by_source_and_need_a_time_zone(index: IdentifierIndex) -> None:
    assert await index.ages() == {"people": NOON, "equipment": NOON, "others": NOON}
    with pytest.raises(ValueError, match="time zone"):
        await index.replace("people", [], datetime(2025, 3, 1))


async def test_the_file_is_private_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "search.db"
    path.touch(mode=0o644)
    index = IdentifierIndex(str(path))
    await index.replace("hr", PEOPLE, NOON)
    for beside in tmp_path.iterdir():
        assert stat.S_IMODE(beside.stat().st_mode) == 0o600, beside.name
    index.close()

    again = IdentifierIndex(str(path))
    assert (await keys(again, "Ковалев"))[0] == "0001001"
    again.close()


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    os.symlink(tmp_path / "elsewhere.db", tmp_path / "search.db")

    with pytest.raises(OSError, match="symbolic link"):
        IdentifierIndex(str(tmp_path / "search.db"))
    assert not (tmp_path / "elsewhere.db").exists()


async def test_an_index_of_other_rules_is_emptied(tmp_path: Path) -> None:
    path = str(tmp_path / "search.db")
    index = IdentifierIndex(path)
    await index.replace("hr", PEOPLE, NOON)
    index.close()
    with sqlite3.connect(path) as older:
        older.execute("PRAGMA user_version = 1")
    older.close()

    index = IdentifierIndex(path)
    assert await index.ages() == {}
    assert await keys(index, "Ковалев") == []
    await index.replace("hr", PEOPLE, NOON)
    assert (await keys(index, "Ковалев"))[0] == "0001001"
    index.close()


async def test_a_closed_index_says_so(index: IdentifierIndex) -> None:
    index.close()
    index.close()

    with pytest.raises(RuntimeError, match="closed"):
        await index.find("Ковалев", None, 5)
