"""An installation is refused at once where it is wrong: file, line, key and what was expected."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from gateway.settings import Installation, load_installation, load_teams_only
from sources.kit.manifest import systems
from sources.kit.yaml_file import ConfigError

OKNO = """\
name: Test
sources:
  post:
    system: mail_rest
    url: https://mail.example
    api_key: env:MAIL_KEY
"""
TEAM = "title: {en: North}\nregion: br\nmembers: [ann, bob]\nservices: [robot]\n"
ENVIRONMENT = {"MAIL_KEY": "k-123"}


def written(folder: Path, okno: str = OKNO, **teams: str) -> Path:
    (folder / "teams").mkdir(exist_ok=True)
    (folder / "okno.yaml").write_text(okno, encoding="utf-8")
    for name, content in (teams or {"north": TEAM}).items():
        (folder / "teams" / f"{name}.yaml").write_text(content, encoding="utf-8")
    return folder


def loaded(folder: Path, okno: str = OKNO, environment: Mapping[str, str] = ENVIRONMENT) -> Installation:
    return load_installation(written(folder, okno), environment)


def refused(folder: Path, okno: str, environment: Mapping[str, str] = ENVIRONMENT) -> tuple[int | None, str, str]:
    with pytest.raises(ConfigError) as caught:
        loaded(folder, okno, environment)
    problem = caught.value
    assert problem.file == folder / "okno.yaml"
    assert str(problem).startswith(f"{problem.file}:{problem.line}: {problem.key}: ")
    return problem.line, problem.key, problem.expected


def with_line(line: str) -> str:
    return f"{OKNO}    {line}\n"


def test_a_right_installation_is_read(tmp_path: Path) -> None:
    found = loaded(tmp_path)
    [post] = found.instances
    assert (post.name, post.system, dict(post.settings)) == (
        "post",
        "mail_rest",
        {"url": "https://mail.example", "api_key": "k-123"},
    )
    assert found.logins() == {"ann", "bob", "robot"}
    assert [team.id for team in found.teams] == ["north"]
    assert "k-123" not in repr(post)


def test_an_unknown_system_is_told_with_all_there_are(tmp_path: Path) -> None:
    for wrong in ("mail_rst", "", "7", "[mail_rest]"):
        line, key, expected = refused(tmp_path, OKNO.replace("mail_rest", wrong))
        assert (line, key) == (4, "sources.post.system")
        assert expected == f"expected one of {', '.join(systems())}"


def test_a_source_without_system_is_told_at_its_name(tmp_path: Path) -> None:
    assert refused(tmp_path, "name: x\nsources:\n  post: {url: x}\n")[:2] == (3, "sources.post.system")


def test_an_unknown_key_of_a_source_is_told_with_all_there_are(tmp_path: Path) -> None:
    line, key, expected = refused(tmp_path, with_line("adress: x"))
    assert (line, key) == (7, "sources.post.adress")
    assert expected == (
        "unknown key; mail_rest has url, api_key, domains, timeout, in_flight, concurrency, freshness, stale, sweep, "
        "ceiling"
    )


@pytest.mark.parametrize(
    ("okno", "line", "key"),
    [
        ("nmae: Test\nsources: {}\n", 1, "nmae"),
        ("name: Test\nsource: {}\n", 2, "source"),
        ("name: Test\nsources: {}\nlogin: {sandbocks: true}\n", 3, "login.sandbocks"),
    ],
)
def test_an_unknown_key_is_told_with_the_nearest(tmp_path: Path, okno: str, line: int, key: str) -> None:
    found = refused(tmp_path, okno)
    assert found[:2] == (line, key)
    assert "did you mean" in found[2]


@pytest.mark.parametrize(
    ("okno", "line", "key", "expected"),
    [
        ("sources: {}\n", 1, "name", "required, is missing"),
        ("name: ''\nsources: {}\n", 1, "name", "String should have at least 1 character"),
        ("name: x\nsources:\n  Post: {}\n", 3, "sources.Post", "String should match pattern"),
        ("name: x\nsources:\n  post: mail\n", 3, "sources.post", "Input should be a valid dictionary"),
        ("name: x\nlanguage: de\nsources: {}\n", 2, "language", "Input should be 'en', 'ru', 'es', 'pt' or 'fr'"),
        ("name: x\ndeadline: 5\nsources: {}\n", 2, "deadline", "expected a duration such as 250ms, 2s or 10m, is 5"),
        ("name: x\ndeadline: 0s\nsources: {}\n", 2, "deadline", "Input should be greater than 0"),
        ("name: x\ndatabase: mysql://x\nsources: {}\n", 2, "database", "expected sqlite:///PATH or postgresql://…"),
    ],
)
def test_wrong_values_of_the_installation_are_told(
    tmp_path: Path, okno: str, line: int, key: str, expected: str
) -> None:
    found = refused(tmp_path, okno)
    assert found[0] == line
    assert found[1].startswith(key)
    assert found[2].startswith(expected)


def test_a_secret_stands_never_in_the_file(tmp_path: Path) -> None:
    line, key, expected = refused(tmp_path, OKNO.replace("env:MAIL_KEY", "hunter2"))
    assert (line, key) == (6, "sources.post.api_key")
    assert expected.startswith("expected a reference (env:NAME or file:PATH)")
    assert "hunter2" not in expected


@pytest.mark.parametrize("environment", [{}, {"MAIL_KEY": ""}])
def test_a_variable_that_is_not_set_is_named(tmp_path: Path, environment: Mapping[str, str]) -> None:
    line, key, expected = refused(tmp_path, OKNO, environment)
    assert (line, key) == (6, "sources.post.api_key")
    assert expected == "expected the environment variable MAIL_KEY to be set"


def test_a_secret_from_a_file_is_read_without_its_end_of_line(tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text("from-file\n", encoding="utf-8")
    [post] = loaded(tmp_path, OKNO.replace("env:MAIL_KEY", f"file:{secret}")).instances
    assert post.settings["api_key"] == "from-file"


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"], ids=["absent", "no text"])
def test_a_secret_file_that_cannot_be_read_is_told(tmp_path: Path, content: bytes | None) -> None:
    secret = tmp_path / "key"
    if content is not None:
        secret.write_bytes(content)
    line, key, expected = refused(tmp_path, OKNO.replace("env:MAIL_KEY", f"file:{secret}"))
    assert (line, key) == (6, "sources.post.api_key")
    assert expected.startswith("expected a readable file (")


def test_a_required_setting_that_is_missing_says_what_it_is(tmp_path: Path) -> None:
    line, key, expected = refused(tmp_path, OKNO.replace("    url: https://mail.example\n", ""))
    assert (line, key) == (3, "sources.post.url")
    assert expected.startswith("required, is missing: Base address of the service")


@pytest.mark.parametrize("value", ["", "[a]", "{a: b}", "null"])
def test_a_setting_is_a_single_value(tmp_path: Path, value: str) -> None:
    found = refused(tmp_path, OKNO.replace("https://mail.example", value))
    assert found == (5, "sources.post.url", "expected a single value")


def test_an_installation_may_set_limits_of_its_own(tmp_path: Path) -> None:
    [post] = loaded(tmp_path, f"{OKNO}    timeout: 250ms\n    concurrency: 2\n    freshness: 0s\n").instances
    assert (post.manifest.timeout, post.manifest.concurrency, post.manifest.freshness) == (0.25, 2, 0.0)
    assert systems()["mail_rest"].timeout == 2.0, "the product's own manifest stays as it is"


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        ("timeout: fast", "expected a duration such as 250ms, 2s or 10m, is 'fast'"),
        ("timeout: 2", "expected a duration such as 250ms, 2s or 10m, is 2"),
        ("timeout: 0s", "expected more than zero"),
        ("in_flight: 0ms", "expected more than zero"),
        ("sweep: 0s", "expected more than zero"),
        ("stale: -1s", "expected a duration such as 250ms, 2s or 10m, is '-1s'"),
        ("concurrency: 0", "Input should be greater than or equal to 1"),
        ("concurrency: 1000", "Input should be less than or equal to 256"),
        ("concurrency: many", "Input should be a valid integer, unable to parse string as an integer"),
    ],
)
def test_bad_limits_are_told(tmp_path: Path, limit: str, expected: str) -> None:
    assert refused(tmp_path, with_line(limit)) == (7, f"sources.post.{limit.partition(':')[0]}", expected)


@pytest.mark.parametrize(
    ("team", "line", "key"),
    [
        ("title: {en: North}\n", 1, "region"),
        ("title: {en: North}\nregion: br\nmembrs: [ann]\n", 3, "membrs"),
        ("title: {en: North}\nregion: br\nmembers: ann\n", 3, "members"),
        ("title: {de: Nord}\nregion: br\n", 1, "title.de"),
        ("title: {en: North}\nregion: br\nregion: eu\n", 3, "region"),
    ],
)
def test_a_mistake_in_a_team_names_its_file(tmp_path: Path, team: str, line: int, key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_installation(written(tmp_path, north=TEAM, south=team), ENVIRONMENT)
    assert caught.value.file == tmp_path / "teams" / "south.yaml"
    assert caught.value.line == line
    assert caught.value.key.startswith(key)


def test_a_folder_that_is_no_installation_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="okno.yaml: expected a readable UTF-8 file"):
        load_installation(tmp_path / "nowhere")


def test_teams_are_read_without_reaching_for_secrets(tmp_path: Path) -> None:
    file, logins = load_teams_only(written(tmp_path))
    assert (file.name, logins) == ("Test", {"ann", "bob", "robot"})
