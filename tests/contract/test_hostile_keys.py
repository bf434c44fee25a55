"""Keys are data: whatever stands in them finds nothing more than itself."""

from typing import Any, Final

from sources.ports.errors import SourceError
from sources.ports.keys import DeviceRef, EmployeeRef
from tests.contract.keys import known
from tests.contract.subjects import Subject, only

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


async def test_a_hostile_key_finds_nothing_and_harms_no_neighbour(subject: Subject) -> None:
    found = await known(subject)
    first, last = next(iter(found)), [*found][-1]
    wrong = {}
    for name, text in HOSTILE.items():
        answers = await subject.ask([first, as_key(subject.question.key, text), last])
        harmed = answers[0] != found[first] or answers[2] != found[last]
        if harmed or not (isinstance(answers[1], SourceError) or answers[1] == subject.nothing):
            wrong[name] = [each.code if isinstance(each, SourceError) else each for each in answers]
    assert wrong == {}


async def test_all_hostile_keys_at_once_find_nothing(subject: Subject) -> None:
    keys = [as_key(subject.question.key, text) for text in HOSTILE.values()]
    answers = await subject.ask(keys)
    assert len(answers) == len(keys)
    assert [each for each in answers if not isinstance(each, SourceError) and each != subject.nothing] == []


@only(lambda question: question.key is EmployeeRef)
async def test_a_star_in_one_word_of_an_employee_is_not_everybody(subject: Subject) -> None:
    words = {"employee_id": "8999999", "login": "nobody", "email": "nobody@okno.example", "directory_id": "none"}
    for word in words:
        [answer] = await subject.ask([EmployeeRef(**{**words, word: "*"})])
        assert isinstance(answer, SourceError) or answer == subject.nothing, word
