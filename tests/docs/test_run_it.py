"""What the page on running it gives away: systemd and nginx take their files, the image is made of what there is."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest
import yaml
from typer.testing import CliRunner

from gateway import cli
from gateway.doctor.program import KNOWN
from gateway.founding.asking import Answers, asked
from tests.docs.reading import DOCS, ROOT, blocks

PAGE: Final = DOCS / "how-to" / "run-it.md"
FILES: Final = DOCS / "how-to" / "run-it"
CONTAINER: Final = (FILES / "Containerfile").read_text(encoding="utf-8")


def ran(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units, with a program that is there in place of Okno's."""
    for name in ("okno.socket", "okno@.service"):
        text = (FILES / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace("/opt/okno/bin/okno", "/bin/true"), encoding="utf-8")
    shutil.copy(tmp_path / "okno@.service", tmp_path / "okno@blue.service")
    return tmp_path


def test_systemd_takes_the_units(units: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed (Debian package systemd)")
    done = ran("systemd-analyze", "verify", "--man=no", units / "okno@blue.service", units / "okno.socket")
    ours = [line for line in (done.stdout + done.stderr).splitlines() if "okno" in line]
    assert ours == []
    # and it does find mistakes
    spoilt = units / "okno@blue.service"
    spoilt.write_text(spoilt.read_text(encoding="utf-8").replace("Type=notify", "Tpye=notify"), encoding="utf-8")
    assert "Tpye" in ran("systemd-analyze", "verify", "--man=no", spoilt).stderr


def test_the_unit_leaves_little_to_whoever_breaks_in(units: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed (Debian package systemd)")
    # in tenths: 0 is everything closed, 100 everything open
    done = ran("systemd-analyze", "security", "--offline=true", "--threshold=25", units / "okno@blue.service")
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr


def test_what_units_and_image_set_is_read() -> None:
    said = (FILES / "okno@.service").read_text(encoding="utf-8") + CONTAINER
    assert set(re.findall(r"\bOKNO_[A-Z]+", said)) <= KNOWN


def test_nginx_takes_its_file(tmp_path: Path) -> None:
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None or shutil.which("openssl") is None:
        pytest.skip("nginx or openssl is not installed (Debian packages nginx-light, openssl)")
    certificate = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=okno.example")
    made = ran("openssl", *certificate, "-keyout", tmp_path / "okno.key", "-out", tmp_path / "okno.pem")
    assert made.returncode == 0, made.stderr
    text = (FILES / "nginx.conf").read_text(encoding="utf-8").replace("/etc/ssl/okno/", f"{tmp_path}/")
    (tmp_path / "okno.conf").write_text(text, encoding="utf-8")
    whole = (
        f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off; include {tmp_path}/okno.conf; }}"
    )
    (tmp_path / "nginx.conf").write_text(whole, encoding="utf-8")
    done = ran(nginx, "-t", "-c", tmp_path / "nginx.conf", "-p", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr, done.stderr


def instructions() -> list[tuple[str, str]]:
    """The image's instructions. Shape: word and rest, lines that go on joined."""
    joined = CONTAINER.replace("\\\n", " ")
    lines = [line.strip() for line in joined.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in lines]


def test_the_image_is_made_of_what_there_is() -> None:
    known = {
        "FROM",
        "RUN",
        "COPY",
        "WORKDIR",
        "ENV",
        "USER",
        "VOLUME",
        "EXPOSE",
        "STOPSIGNAL",
        "HEALTHCHECK",
        "ENTRYPOINT",
        "CMD",
    }
    assert {word for word, _ in instructions()} <= known
    copied: set[str] = set()
    for word, rest in instructions():
        if word == "COPY" and not rest.startswith("--from="):
            *sources, _place = rest.split()
            assert [each for each in sources if not (ROOT / each).exists()] == []
            copied |= set(sources)
    packages = re.search(r"^packages = \[(.*)\]$", (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert packages is not None
    assert set(re.findall(r'"(\w+)"', packages[1])) <= copied
    users = [rest for word, rest in instructions() if word == "USER"]
    assert users == ["10001"]


def test_the_image_installs_as_the_project_does() -> None:
    """Word by word as `requirements/install` does, which every developer runs; but for a copy in place of a link to the sources."""
    ours = (ROOT / "requirements" / "install").read_text(encoding="utf-8")
    (run,) = re.findall(r"^  run\)\n(.*?)^    ;;", ours, re.MULTILINE | re.DOTALL)
    wanted = [line.strip().removeprefix("pip install ") for line in run.splitlines() if "pip install" in line]
    runs = " && ".join(rest for word, rest in instructions() if word == "RUN")
    steps = [shlex.split(each) for each in runs.split("&&")]
    pips = [" ".join(each[4:]) for each in steps if each[1:4] == ["-m", "pip", "install"]]
    assert [each.removeprefix("--no-cache-dir ") for each in pips] == [
        each.replace("--editable ", "") for each in wanted
    ]


def test_every_command_and_option_of_the_page_exists() -> None:
    cli.mount()
    text = "\n".join(block.text for block in blocks(PAGE) if block.language == "console")
    lines = [line.split("#")[0] for line in text.splitlines() if line.startswith("okno ")]
    named = re.findall(r"`okno ([a-z][a-z -]+)`", PAGE.read_text(encoding="utf-8"))
    assert len(lines) >= 7
    for line in [*(line.removeprefix("okno ") for line in lines), *named]:
        words = line.split()
        groups = {group.name for group in cli.app.registered_groups}
        asked_for = words[:2] if words[0] in groups else words[:1]
        shown = CliRunner().invoke(cli.app, [*asked_for, "--help"], env={"COLUMNS": "200", "TERM": "dumb"})
        assert shown.exit_code == 0, line
        assert [each for each in words if each.startswith("--") and each not in shown.output] == []


def test_the_shown_answers_are_answers() -> None:
    (text,) = [block.text for block in blocks(PAGE) if block.language == "yaml"]
    found = asked(Answers(yaml.safe_load(text)))
    assert found["sources"]["hr"]["system"] == "odata_hr"
