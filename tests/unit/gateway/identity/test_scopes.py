"""What a document needs of a token."""

import pytest

from gateway.identity.scopes import lacking
from gateway.identity.tokens import READ, SDL, WRITE


@pytest.mark.parametrize(
    ("document", "needed"),
    [
        ("{ viewer { login } }", READ),
        ("query A { viewer { login } } query B { _service { sdl } }", READ),
        ("{ _service { sdl } }", SDL),
        ("{ a: _service { sdl } b: _service { sdl } }", SDL),
        ("{ _service { sdl } viewer { login } }", READ),
        ("{ ... on Query { viewer { login } } }", READ),
        ("{ _service { sdl } ...F } fragment F on Query { viewer { login } }", READ),
        ("{ viewer: __typename }", READ),
        ("mutation { unlock { id } }", WRITE),
        ("mutation { _service { sdl } }", WRITE),
        ("query A { viewer { login } } mutation B { unlock { id } }", WRITE),
        ("subscription { _service { sdl } }", READ),
        ("{ viewer ", READ),
        ("", READ),
        ("fragment F on Query { viewer { login } }", READ),
        ("{" * 20_000, READ),
    ],
)
def test_each_kind_of_document_has_its_scope(document: str, needed: str) -> None:
    everything = frozenset({READ, WRITE, SDL})
    assert lacking(document, everything) is None
    assert lacking(document, everything - {needed}) == needed


def test_reading_gives_no_leave_to_write() -> None:
    assert lacking("mutation { unlock { id } }", frozenset({READ, SDL})) == WRITE


def test_writing_gives_no_leave_to_read() -> None:
    assert lacking("{ viewer { login } }", frozenset({WRITE, SDL})) == READ


def test_without_any_scope_nothing_goes() -> None:
    assert [lacking(each, frozenset()) for each in ("{ a }", "mutation { a }", "{ _service { sdl } }")] == [
        READ,
        WRITE,
        SDL,
    ]
