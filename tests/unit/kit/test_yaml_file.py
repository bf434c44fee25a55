"""A mistake in a configuration file is told with file, line, key and what was expected."""

from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import Field

from sources.kit.yaml_file import ConfigError, Strict, load


class Door(Strict):
    width: int
    colour: str = "white"


class House(Strict):
    name: str
    door: Door | None = None
    doors: tuple[Door, ...] = ()
    by_name: dict[str, Door] = {}
    attempt: str | None = Field(default=None, alias="try")
    floors: Annotated[int, Field(ge=1)] = 1


def mistake(tmp_path: Path, content: str | bytes) -> ConfigError:
    file = tmp_path / "house.yaml"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(ConfigError) as caught:
        load(file, House)
    assert caught.value.file == file
    assert str(caught.value).startswith(f"{file}:" if caught.value.line else f"{file}: ")
    return caught.value


def told(tmp_path: Path, content: str | bytes) -> tuple[int | None, str, str]:
    problem = mistake(tmp_path, content)
    return problem.line, problem.key, problem.expected


def test_a_right_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "house.yaml"
    file.write_text("name: Дом\ndoor: {width: 3}\ntry: ring\n", encoding="utf-8")
    house = load(file, House)
    assert (house.name, house.door, house.attempt) == ("Дом", Door(width=3), "ring")


def test_the_text_names_file_line_key_and_expectation(tmp_path: Path) -> None:
    problem = mistake(tmp_path, "name: x\n\n# a comment\ndoor:\n  width: wide\n")
    assert str(problem).startswith(f"{tmp_path / 'house.yaml'}:5: door.width: Input should be a valid integer")


@pytest.mark.parametrize(
    ("content", "line", "key"),
    [
        ("name: x\ndoors:\n  - width: 1\n  - width: 2\n    colour: [red]\n", 5, "doors.1.colour"),
        ("name: x\nby_name:\n  front:\n    width: 1\n  back:\n    width: x\n", 6, "by_name.back.width"),
        ("name: x\ndoor: {width: 1,\n  colour: {}}\n", 3, "door.colour"),
        ("name: x\nfloors: 0\n", 2, "floors"),
        ("name: [x]\n", 1, "name"),
    ],
)
def test_a_mistake_deep_inside_is_told_with_its_own_line(tmp_path: Path, content: str, line: int, key: str) -> None:
    found = told(tmp_path, content)
    assert found[:2] == (line, key)
    assert found[2].startswith("Input should be")


def test_what_is_missing_is_told_where_it_should_stand(tmp_path: Path) -> None:
    assert told(tmp_path, "floors: 2\n") == (1, "name", "required, is missing")
    assert told(tmp_path, "name: x\ndoor:\n  colour: red\n") == (2, "door.width", "required, is missing")
    assert told(tmp_path, "name: x\ndoors:\n  - width: 1\n  - colour: red\n")[:2] == (4, "doors.1.width")


@pytest.mark.parametrize(
    ("content", "line", "key", "near"),
    [
        ("name: x\nflors: 2\n", 2, "flors", "floors"),
        ("name: x\ndoor:\n  width: 1\n  color: red\n", 4, "door.color", "colour"),
        ("name: x\ndoors:\n  - {width: 1, withd: 2}\n", 3, "doors.0.withd", "width"),
        ("name: x\nby_name:\n  front: {width: 1, colur: red}\n", 3, "by_name.front.colur", "colour"),
        ("name: x\ntri: ring\n", 2, "tri", "try"),
    ],
)
def test_an_unknown_key_is_told_with_the_nearest_known_one(
    tmp_path: Path, content: str, line: int, key: str, near: str
) -> None:
    assert told(tmp_path, content) == (line, key, f"unknown key; did you mean {near!r}?")


def test_an_unknown_key_like_no_other_is_told_without_advice(tmp_path: Path) -> None:
    assert told(tmp_path, "name: x\nzzz: 1\n") == (2, "zzz", "unknown key")
    assert told(tmp_path, "name: x\nattempt: ring\n")[2] == "unknown key", "the name in the code is not the key"


def test_a_key_given_twice_is_refused(tmp_path: Path) -> None:
    assert told(tmp_path, "name: x\nfloors: 1\nname: y\n") == (3, "name", "expected once, is given twice")
    assert told(tmp_path, "name: x\ndoors:\n  - width: 1\n    width: 2\n")[:2] == (4, "width")


@pytest.mark.parametrize(
    "content",
    [
        b"name: \xff\xfe\n",
        "name: 'never closed\n",
        "name: x\n\tfloors: 1\n",
        "name: x\n---\nname: y\n",
        "name: *nowhere\n",
        "name: !!python/object/apply:os.system ['true']\n",
        "name: 2026-02-31\n",
        "? [a, b]\n: c\n",
        "? {a: b}\n: c\n",
        "name: \0\n",
        "a: " + "[" * 1000,
    ],
    ids=["latin", "quote", "tab", "two", "alias", "tag", "day", "list as key", "map as key", "nul", "deep"],
)
def test_what_is_no_yaml_is_told_as_such(tmp_path: Path, content: str | bytes) -> None:
    assert told(tmp_path, content)[2].startswith("expected ")


def test_a_file_that_refers_to_itself_or_grows_without_end_is_refused_at_once(tmp_path: Path) -> None:
    told(tmp_path, "name: x\ndoors: &d\n  - *d\n")
    grown = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 40))
    assert told(tmp_path, f"name: x\n{grown}")[2].startswith("unknown key")


@pytest.mark.parametrize("content", ["", "# nothing\n", "- a\n- b\n", "just words\n", "7\n"])
def test_a_file_without_keys_is_refused(tmp_path: Path, content: str) -> None:
    assert told(tmp_path, content)[2] == "expected keys with values"


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    for file in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(ConfigError, match="expected a readable UTF-8 file") as caught:
            load(file, House)
        assert str(file) in str(caught.value)


def test_what_was_read_does_not_change(tmp_path: Path) -> None:
    file = tmp_path / "house.yaml"
    file.write_text("name: x\n", encoding="utf-8")
    house: Any = load(file, House)
    with pytest.raises(ValueError, match="frozen"):
        house.name = "y"
