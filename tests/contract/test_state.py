"""A twin's digest of what it holds: reads leave it alone, and none of them counts as a write."""

import pytest

from tests.contract.keys import candidates
from tests.contract.subjects import Source, Subject, call_of


def held(source: Source) -> tuple[bytes, int]:
    """The digest, and how many non-reads have arrived."""
    if source.standing.state is None or source.standing.writes is None:
        pytest.skip("a real server has no digest")
    return source.standing.state(), source.standing.writes()


async def test_a_question_changes_nothing(subject: Subject) -> None:
    before = held(subject.source)
    await subject.ask((await candidates(subject))[:5])
    assert held(subject.source) == before
    assert before[1] == 0


async def test_a_sweep_changes_nothing(identified: tuple[Source, str]) -> None:
    source, _ = identified
    before = held(source)
    await source.line.sweep(call_of())
    assert held(source) == before
