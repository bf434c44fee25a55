"""Keys are data: whatever stands in them finds nothing more than itself."""

from typing import Any, Final

import pytest

from sources.ports.errors import SourceError
from sources.ports.keys import DeviceRef, EmployeeRef
from tests.contract.keys import known
from tests.contract.subjects import Subject

HOSTILE: Final = {
    "star": "*",
    "quote": "'",
    "double quote": '"',
    "parentheses": ")(",
    "backslash": "\\",
    "newline": "a\nb",
    "nul": "a\0b",
    "long": "x" * 300,
    "space": "   ",
    "empty": "",
    "percent": "%",
    "path": "../../",
    "address": "http://127.0.0.1/?a=b#c",
    "letters beyond latin": "Ω≈ç√∫Ёжик",
    "ldap": "*)(objectClass=*",
    "ldap escape": r"\2a",
    "sql": "' OR '1'='1' --",
    "sql list": "1) OR (1=1",
    "odata": "' or 1 eq 1 or '' eq '",
    "scim": 'x" or userName pr or userName eq "',
    "ticket sql": "' OR id > 0 OR Subject LIKE '%",
    "graphql": '"}) { __typename } #',
    "graphql variable": "$keys",
    "glob": "[a-z]*",
    "json": '{"$ne": null}',
    "management command": "status 2\nkill 1",
}


def as_key(kind: type, text: str) -> Any:
    """A key that is this text in every word."""
    if kind is EmployeeRef:
        return EmployeeRef(text, text, text, text)
    return DeviceRef(text, text, text) if kind is DeviceRef else text


async def test_hostile_keys_find_nothing(subject: Subject) -> None:
    await known(subject)
    wrong = {}
    for name, text in HOSTILE.items():
        [answer] = await subject.ask([as_key(subject.question.key, text)])
        if not isinstance(answer, SourceError) and answer != subject.nothing:
            wrong[name] = answer
    assert wrong == {}


async def test_a_hostile_key_does_not_harm_its_neighbours(subject: Subject) -> None:
    found = await known(subject)
    first, last = next(iter(found)), [*found][-1]
    wrong = {}
    for name, text in HOSTILE.items():
        answers = await subject.ask([first, as_key(subject.question.key, text), last])
        if answers[0] != found[first] or answers[2] != found[last]:
            wrong[name] = [each.code if isinstance(each, SourceError) else each for each in answers]
    assert wrong == {}


async def test_all_hostile_keys_at_once_find_nothing(subject: Subject) -> None:
    await known(subject)
    keys = [as_key(subject.question.key, text) for text in HOSTILE.values()]
    answers = await subject.ask(keys)
    assert len(answers) == len(keys)
    assert [each for each in answers if not isinstance(each, SourceError) and each != subject.nothing] == []


@pytest.mark.parametrize("word", ["employee_id", "login", "email", "directory_id"])
async def test_a_star_in_one_word_of_an_employee_is_not_everybody(subject: Subject, word: str) -> None:
    if subject.question.key is not EmployeeRef:
        return
    words = {"employee_id": "9999999", "login": "nobody", "email": "nobody@okno.example", "directory_id": "none"}
    [answer] = await subject.ask([EmployeeRef(**{**words, word: "*"})])
    assert isinstance(answer, SourceError) or answer == subject.nothing
