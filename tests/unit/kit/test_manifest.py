"""What a manifest must say, and what is refused."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from sources.kit.manifest import Asked, Systems, seconds, systems
from sources.kit.yaml_file import ConfigError
from sources.ports.catalogue import ports, question_of
from tests.unit.kit.scripted import manifest

GOOD = """\
title: A desk
owner: {team: desk, contact: desk@example.org}
ports: [tickets]
protocol: http
domain: ticket
"""


def placed(root: Path, content: str, system: str = "desk") -> Systems:
    folder = root / system
    folder.mkdir()
    (folder / "source.yaml").write_text(content, encoding="utf-8")
    return Systems(root)


@pytest.mark.parametrize(
    ("said", "means"), [("250ms", 0.25), ("2s", 2.0), ("1.5s", 1.5), ("10m", 600.0), ("2h", 7200.0), ("1d", 86400.0)]
)
def test_durations_are_read_in_seconds(said: str, means: float) -> None:
    assert seconds(said) == means


@pytest.mark.parametrize("said", ["", "2", 2, 2.5, "2 s", "-2s", "s", "2S", "1h30m", ".5s", None, True, "2s\n"])
def test_what_is_no_duration_is_refused(said: object) -> None:
    with pytest.raises(ValueError, match="expected a duration such as 250ms, 2s or 10m"):
        seconds(said)


def refused(**changes: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        manifest(**changes)
    return str(caught.value.errors()[0]["msg"])


def test_an_unknown_port_or_question_is_refused_with_what_there_is() -> None:
    assert "no port 'tickts'; there are accounts, badges" in refused(ports=["tickts"])
    told = refused(questions={"ticket_by_nummer": {"batch": 50}})
    assert "no question 'ticket_by_nummer' in its ports; there are history_of, ticket_by_number, tickets_of" in told
    assert refused(ports=[]) != ""


def test_a_question_of_another_port_is_refused() -> None:
    assert "no question 'people_by_id'" in refused(questions={"people_by_id": {"batch": 50}})


def test_a_small_batch_says_why() -> None:
    assert "a batch below 50 needs `because`" in refused(questions={"tickets_of": {"batch": 49}})
    reason = {"batch": 1, "because": "it has no list"}
    assert manifest(questions={"tickets_of": reason}).asked("tickets_of") == Asked(batch=1, because="it has no list")
    assert manifest().asked("tickets_of").batch == 50


@pytest.mark.parametrize(
    "changes",
    [
        {"concurrency": 0},
        {"concurrency": 257},
        {"max_answer": 10},
        {"questions": {"tickets_of": {"batch": 0}}},
        {"questions": {"tickets_of": {"batch": 1001}}},
        {"protocol": "carrier pigeon"},
        {"key": "surname"},
        {"timeout": 2},
        {"reads": [{"method": "POST", "path": "/x", "reason": "short"}]},
        {"reads": [{"method": "POST", "path": "/x"}]},
        {"writes": {"comment": {"about": "x", "retry": "sometimes"}}},
        {"adress": "x"},
    ],
    ids=str,
)
def test_values_out_of_bounds_are_refused(changes: dict[str, Any]) -> None:
    assert refused(**changes)


def test_a_manifest_is_read_when_it_is_looked_at(tmp_path: Path) -> None:
    found = placed(tmp_path, GOOD)
    placed(tmp_path, "title: [\n", "broken")
    found = Systems(tmp_path)
    assert list(found) == ["broken", "desk"]
    assert found["desk"].title == "A desk"
    assert found["desk"] is found["desk"]
    with pytest.raises(ConfigError, match=r"broken/source.yaml:\d+: expected YAML"):
        found["broken"]


def test_a_mistake_in_a_manifest_names_file_line_and_key(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        placed(tmp_path, f"{GOOD}timeout: fast\n")["desk"]
    assert (caught.value.line, caught.value.key) == (6, "timeout")
    assert caught.value.expected == "expected a duration such as 250ms, 2s or 10m, is 'fast'"


def test_an_unknown_key_deep_inside_is_told_with_the_nearest(tmp_path: Path) -> None:
    content = f"{GOOD}questions:\n  tickets_of:\n    batch: 60\n    becuse: none\n"
    with pytest.raises(ConfigError, match="did you mean 'because'") as caught:
        placed(tmp_path, content)["desk"]
    assert caught.value.line == 9


def test_every_system_that_ships_is_right_and_asks_for_fifty_or_says_why() -> None:
    assert len(systems()) >= 13
    for name, system in systems().items():
        assert system.title, name
        for port in system.ports:
            assert port in ports(), name
        for asked in system.questions.values():
            assert asked.batch >= 50 or asked.because, name


def test_a_question_is_found_by_port_and_name_or_told_what_there_is() -> None:
    assert question_of("tickets", "tickets_of").many
    with pytest.raises(KeyError, match="there are accounts"):
        question_of("tickts", "tickets_of")
    with pytest.raises(KeyError, match="it has history_of"):
        question_of("tickets", "tickets_off")
