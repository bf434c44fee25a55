"""The judge of these tests: what it must not let pass."""

from typing import Any

import pytest

from tests.faults.card import BLOCKS
from tests.faults.kinds import LATE
from tests.faults.verdict import faults_of, is_part

GOLDEN: dict[str, Any] = {
    "login": "ana",
    "employment": {"status": "ACTIVE"},
    "accounts": [{"domain": "CORP"}, {"domain": "LAB"}],
    "mailbox": {"address": "ana@okno.example"},
}
OK = {"state": "OK"}


def error(
    source: str = "mail", code: str = "SOURCE_UNAVAILABLE", path: tuple[str, ...] = ("employee", "mailbox")
) -> Any:
    """An error as it is answered."""
    return {"message": f"{source} cannot be reached", "path": [*path], "extensions": {"code": code, "source": source}}


def answer(shown: Any, *errors: Any, **account: Any) -> Any:
    """An answer to a request."""
    told = {"errors": [*errors]} if errors else {}
    return {**told, "data": {"employee": shown}, "extensions": {"sources": account}}


WITHOUT_MAIL = {**GOLDEN, "mailbox": None}
FAILED = {"state": "FAILED", "codes": ["SOURCE_UNAVAILABLE"]}


def test_a_missing_block_with_its_error_is_right() -> None:
    assert set(GOLDEN) < set(BLOCKS)
    assert faults_of(answer(WITHOUT_MAIL, error(), mail=FAILED, hr=OK), GOLDEN, {"mail": "refused"}) == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (answer(WITHOUT_MAIL, mail=OK), "no error says why"),
        (answer(WITHOUT_MAIL, mail=FAILED), "no error names it"),
        (answer(WITHOUT_MAIL, error(), mail=OK), "is accounted OK"),
        (answer(WITHOUT_MAIL, error()), "is not accounted"),
        (answer(WITHOUT_MAIL, error(code="OOPS"), mail=FAILED), "out of the list"),
        (answer(WITHOUT_MAIL, error(code="BAD_SOURCE_DATA"), mail=FAILED), "refused is no BAD_SOURCE_DATA"),
        (answer(WITHOUT_MAIL, error(path=("employee", "login")), mail=FAILED), "not made of its source"),
        (answer(WITHOUT_MAIL, error(), error("hr"), mail=FAILED, hr=FAILED), "names no broken source"),
        (answer(WITHOUT_MAIL, error(), mail=FAILED, hr={"state": "STALE"}), "hr is well and is accounted"),
        (answer({**WITHOUT_MAIL, "employment": None}, error(), mail=FAILED), "employment differs though"),
        (answer({**GOLDEN, "mailbox": {"address": "other"}}, error(), mail=FAILED), "shows what is not there"),
        (answer(None, error(path=("employee",)), mail=FAILED), "no employee though the directory is well"),
    ],
)
def test_whatever_is_wrong_is_said(body: Any, said: str) -> None:
    assert any(said in text for text in faults_of(body, GOLDEN, {"mail": "refused"})), said


def test_an_employee_without_a_directory_is_wrong_and_none_with_one_error_is_right() -> None:
    broken = {"directory": "refused"}
    of_directory = error("directory", path=("employee",))
    assert faults_of(answer(None, of_directory, directory=FAILED), GOLDEN, broken) == []
    assert faults_of(answer(GOLDEN, of_directory, directory=FAILED), GOLDEN, broken) != []
    assert faults_of(answer(None, directory=FAILED), GOLDEN, broken) != []


def test_a_late_directory_may_have_said_who_it_is_and_not_who_the_manager_is() -> None:
    golden = {**GOLDEN, "manager": {"login": "bob"}}
    body = answer(
        {**golden, "manager": None},
        error("directory", "DEADLINE_EXCEEDED", ("employee", "manager")),
        directory={"state": "PARTIAL"},
    )
    assert faults_of(body, golden, {"directory": LATE}) == []
    assert faults_of(body, golden, {"directory": "hang"}) != [], "one that hangs says nothing at all"


def test_a_part_leaves_out_and_never_invents() -> None:
    assert is_part({"edges": [{"node": None}, {"node": 3}]}, {"edges": [{"node": 1}, {"node": 2}, {"node": 3}]})
    assert not is_part([1, 2], [2, 1])
    assert not is_part([1, 1], [1])
    assert not is_part({}, {"login": "ana"})
    assert not is_part("bob", "ana")
