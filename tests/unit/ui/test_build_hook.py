"""When the pages count as stale, what is fetched and built then, and what a failure leaves behind."""

import stat
from pathlib import Path

import pytest

from ui.build_hook import STAMP, BuildFailed, digest, fetch_libraries, run, skipped, sources, stale


@pytest.fixture
def ui(tmp_path: Path) -> Path:
    """A front end with its sources and a build that was made from them."""
    folder = tmp_path / "ui"
    (folder / "src" / "graphiql").mkdir(parents=True)
    for name in (".npmrc", "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts", "graphiql.html"):
        (folder / name).write_text(name, encoding="utf-8")
    (folder / "src" / "graphiql" / "main.tsx").write_text("main", encoding="utf-8")
    (folder / "built").mkdir()
    (folder / "built" / STAMP).write_text(digest(folder, sources(folder)) + "\n", encoding="ascii")
    return folder


def program(folder: Path, text: str) -> Path:
    """Something that stands where Node would, and notes that it was called."""
    path = folder / "node"
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_a_build_made_from_these_sources_is_current(ui: Path) -> None:
    assert not stale(ui)


@pytest.mark.parametrize(
    "changed",
    [
        ".npmrc",
        "package.json",
        "package-lock.json",
        "tsconfig.json",
        "vite.config.ts",
        "graphiql.html",
        "src/graphiql/main.tsx",
    ],
)
def test_any_changed_source_makes_it_stale(ui: Path, changed: str) -> None:
    (ui / changed).write_text("other", encoding="utf-8")
    assert stale(ui)


def test_a_new_a_moved_and_a_removed_source_make_it_stale(ui: Path) -> None:
    main = ui / "src" / "graphiql" / "main.tsx"
    (ui / "src" / "new.ts").write_text("", encoding="utf-8")
    assert stale(ui)
    (ui / "src" / "new.ts").unlink()
    assert not stale(ui)
    main.rename(main.with_name("start.tsx"))
    assert stale(ui)
    main.with_name("start.tsx").unlink()
    assert stale(ui)


def test_a_new_page_makes_it_stale(ui: Path) -> None:
    (ui / "workspace.html").write_text("<!doctype html>", encoding="utf-8")
    assert stale(ui)


def test_what_is_not_a_source_does_not(ui: Path) -> None:
    (ui / "pages.py").write_text("", encoding="utf-8")
    (ui / "node_modules").mkdir()
    (ui / "node_modules" / "x.ts").write_text("", encoding="utf-8")
    (ui / "built" / "graphiql.html").write_text("", encoding="utf-8")
    assert not stale(ui)


def test_no_build_is_stale(ui: Path) -> None:
    (ui / "built" / STAMP).unlink()
    assert stale(ui)


def test_the_order_of_files_does_not_change_the_digest(ui: Path) -> None:
    paths = list(sources(ui))
    assert digest(ui, iter(paths)) == digest(ui, reversed(paths))


def test_text_moved_from_one_file_to_the_next_changes_the_digest(ui: Path) -> None:
    first, second = ui / "src" / "a.ts", ui / "src" / "b.ts"
    first.write_text("xy", encoding="utf-8")
    second.write_text("z", encoding="utf-8")
    before = digest(ui, iter((first, second)))
    first.write_text("x", encoding="utf-8")
    second.write_text("yz", encoding="utf-8")
    assert digest(ui, iter((first, second))) != before


def test_only_the_value_one_skips_the_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OKNO_SKIP_UI", "1")
    assert skipped()
    monkeypatch.setenv("OKNO_SKIP_UI", "0")
    assert not skipped()
    monkeypatch.delenv("OKNO_SKIP_UI")
    assert not skipped()


def test_libraries_are_fetched_once_for_one_lock_file(ui: Path, tmp_path: Path) -> None:
    node = program(tmp_path, f'echo "$@" >> {tmp_path}/calls; mkdir -p node_modules')
    fetch_libraries(ui, node, Path("npm-cli.js"))
    fetch_libraries(ui, node, Path("npm-cli.js"))
    calls = (tmp_path / "calls").read_text(encoding="utf-8").splitlines()
    assert len(calls) == 1
    assert calls[0].startswith("npm-cli.js ci --ignore-scripts ")
    (ui / "package-lock.json").write_text("other", encoding="utf-8")
    fetch_libraries(ui, node, Path("npm-cli.js"))
    assert len((tmp_path / "calls").read_text(encoding="utf-8").splitlines()) == 2


def test_libraries_half_fetched_are_fetched_again(ui: Path, tmp_path: Path) -> None:
    fetch_libraries(ui, program(tmp_path, "mkdir -p node_modules"), Path("npm-cli.js"))
    (ui / "package-lock.json").write_text("other", encoding="utf-8")
    with pytest.raises(BuildFailed):
        fetch_libraries(ui, program(tmp_path, "exit 1"), Path("npm-cli.js"))
    # The lock file goes back to what had once been fetched, but the failed attempt may have removed any of it.
    (ui / "package-lock.json").write_text("package-lock.json", encoding="utf-8")
    fetch_libraries(ui, program(tmp_path, f"touch {tmp_path}/called"), Path("npm-cli.js"))
    assert (tmp_path / "called").exists()


def test_a_failure_shows_the_command_and_the_last_lines_without_colours(ui: Path, tmp_path: Path) -> None:
    node = program(tmp_path, "for i in $(seq 100); do printf 'line %s\\033[31m red\\033[0m\\n' $i; done; exit 3")
    with pytest.raises(BuildFailed) as told:
        run(ui, node, [str(Path("some") / "where" / "npm-cli.js"), "ci"])
    text = str(told.value)
    assert "`npm-cli.js ci` ended with 3" in text
    assert "line 100 red" in text
    assert "line 70 " not in text
    assert "\x1b" not in text


def test_a_node_that_cannot_start_is_told_in_words(ui: Path, tmp_path: Path) -> None:
    with pytest.raises(BuildFailed, match="Node could not be started"):
        run(ui, tmp_path / "missing", ["x"])
