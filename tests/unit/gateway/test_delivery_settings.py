"""Sinks, anchors and detections are refused at once where they are wrong, and become what they say where they are right."""

from datetime import time, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from audit.anchors import FileAnchor, HttpAnchor
from audit.detections.thresholds import Thresholds
from audit.sinks.http import Http
from audit.sinks.json_lines import JsonLines
from audit.sinks.syslog import Syslog
from gateway.delivery import DeliverySettings, delivery_of
from gateway.delivery_settings import SinkSettings
from gateway.settings import load_installation
from sources.kit.yaml_file import ConfigError
from tests.docs.reading import DOCS, blocks

BEGIN = "name: Test\nsources: {}\naudit:\n"


def loaded(folder: Path, text: str, **environment: str) -> DeliverySettings:
    (folder / "teams").mkdir(exist_ok=True)
    (folder / "teams" / "jp.yaml").write_text("title: {en: JP}\nregion: jp\n", encoding="utf-8")
    (folder / "okno.yaml").write_text(BEGIN + text, encoding="utf-8")
    return delivery_of(load_installation(folder, environment), environment)


def refused(folder: Path, text: str, **environment: str) -> tuple[int | None, str]:
    with pytest.raises(ConfigError) as caught:
        loaded(folder, text, **environment)
    return caught.value.line, str(caught.value).split(": ", 1)[1]


def test_without_a_word_nobody_is_told_and_the_usual_is_looked_for(tmp_path: Path) -> None:
    said = loaded(tmp_path, "  keys: k\n")
    assert said.outlets == ()
    assert [each.name for each in said.anchors] == ["file:audit-anchor.txt"]
    assert said.thresholds == Thresholds()


def test_each_kind_of_sink_is_made(tmp_path: Path) -> None:
    said = loaded(
        tmp_path,
        "  sinks:\n"
        "    - {name: file, kind: json_lines, file: out/trail.jsonl, personal: true}\n"
        "    - {name: siem, kind: syslog, host: log.example, format: ocsf, start: now}\n"
        "    - {name: post, kind: http, url: https://siem.example/in, headers: {authorization: 'env:TOKEN'}, batch: lines}\n",
        TOKEN="Bearer x",
    )
    assert [(each.name, type(each.sink), each.personal, each.fresh) for each in said.outlets] == [
        ("file", JsonLines, True, False),
        ("siem", Syslog, False, True),
        ("post", Http, False, False),
    ]
    assert "Bearer x" not in repr(said)


async def test_checkpoints_go_to_each_anchor_with_its_secret(tmp_path: Path) -> None:
    got: list[str | None] = []

    async def take(request: web.Request) -> web.Response:
        got.append(request.headers.get("x-key"))
        return web.Response()

    app = web.Application()
    app.router.add_post("/a", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/a"
    (tmp_path / "key").write_text("s3\n")
    said = loaded(
        tmp_path, f"  anchor: null\n  anchors:\n    - url: {url}\n      headers: {{x-key: 'file:{tmp_path}/key'}}\n"
    )
    (anchor,) = said.anchors
    assert isinstance(anchor, HttpAnchor)
    from audit.checkpoint import Published

    await anchor.publish([Published("2026-01-01T00:00:00.000000Z", 1, "note", {}, b"")])
    await runner.cleanup()
    assert got == ["s3"]
    assert not any(isinstance(each, FileAnchor) for each in said.anchors)


def test_the_example_of_the_guide_is_right(tmp_path: Path) -> None:
    page = DOCS / "how-to" / "deliver-the-trail.md"
    (example,) = [block.text for block in blocks(page) if block.language == "yaml"]
    said = loaded(tmp_path, example.removeprefix("audit:\n"), OKNO_ANCHOR_TOKEN="t", OKNO_LAKE_TOKEN="t")
    assert [each.name for each in said.outlets] == ["archive", "siem", "lake"]
    named = {
        line.split("|")[1].strip().replace("`", "") for line in page.read_text().splitlines() if line.startswith("| `")
    }
    assert {name for each in named for name in each.split(", ")} >= set(SinkSettings.model_fields)


def test_thresholds_are_read(tmp_path: Path) -> None:
    said = loaded(
        tmp_path,
        "  detections:\n    mass_lookup: {employees: 30, within: 10m}\n    vip: null\n    except: [robot]\n"
        "    odd_hours: {from: 22:00, to: 06:30, zone: America/Sao_Paulo, teams: {jp: Asia/Tokyo}, days_off: [sat, sun], records: 3}\n",
    ).thresholds
    assert said is not None
    assert said.mass_lookup is not None
    assert said.odd_hours is not None
    assert (said.mass_lookup.employees, said.mass_lookup.within, said.vip) == (30, timedelta(minutes=10), None)
    assert (said.odd_hours.begin, said.odd_hours.end, said.odd_hours.days_off) == (time(22), time(6, 30), (5, 6))
    assert (str(said.odd_hours.zone), str(said.odd_hours.teams["jp"]), said.but) == (
        "America/Sao_Paulo", "Asia/Tokyo", frozenset({"robot"}),
    )  # fmt: skip
    assert loaded(tmp_path, "  detections: null\n").thresholds is None


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("  sinks:\n    - {name: a, kind: carrier}\n", 5, "audit.sinks.0.kind: "),
        ("  sinks:\n    - {name: A b, kind: json_lines, file: f}\n", 5, "audit.sinks.0.name: "),
        ("  sinks:\n    - {name: a, kind: json_lines}\n", 5, "audit.sinks.0: expected file"),
        ("  sinks:\n    - {name: a, kind: json_lines, file: f, url: https://x.example}\n", 5, "has no url"),
        ("  sinks:\n    - {name: a, kind: http, url: 'http://x.example'}\n", 5, "audit.sinks.0.url: expected https://"),
        ("  sinks:\n    - {name: a, kind: http, url: 'https://me:pw@x.example'}\n", 5, "without user"),
        ("  sinks:\n    - {name: a, kind: http, url: 'https://x.example', headers: {k: secret}}\n", 5, "headers.k: "),
        ("  sinks:\n    - name: a\n      kind: http\n      url: https://x.example\n      headers:\n        k: env:GONE\n", 9,
         "audit.sinks.0.headers.k: expected the environment variable GONE"),
        ("  sinks:\n    - {name: a, kind: http, url: 'https://x.example', headers: {k: 'file:/nowhere'}}\n", 5, "readable file"),
        ("  sinks:\n    - {name: a, kind: syslog, host: h, ca: /nowhere}\n", 5, "audit.sinks.0.ca: expected certificates"),
        ("  sinks:\n    - {name: a, kind: syslog, host: far.example, security: none, personal: true}\n", 5, "security tls"),
        ("  sinks:\n    - {name: a, kind: json_lines, file: f}\n    - {name: a, kind: json_lines, file: g}\n", 6,
         "audit.sinks.1.name: another sink"),
        ("  sinks:\n    - {name: a, kind: json_lines, fil: f}\n", 5, "did you mean 'file'"),
        ("  anchors:\n    - {url: 'ftp://x.example'}\n", 5, "audit.anchors.0.url"),
        ("  detections: {mass_lookup: {employees: 1}}\n", 4, "audit.detections.mass_lookup.employees"),
        ("  detections: {odd_hours: {from: '22:00', to: '06:00', zone: Mars/Base}}\n", 4, "time zone"),
        ("  detections: {odd_hours: {from: late, to: '06:00'}}\n", 4, "audit.detections.odd_hours.from"),
        ("  detections: {odd_hours: {from: 2.5, to: '06:00'}}\n", 4, "expected a time of day"),
        ("  detections: {odd_hours: {from: '22:00', to: '06:00', teams: {gone: UTC}}}\n", 4, "no team has this name"),
        ("  detections: {odd_hour: null}\n", 4, "did you mean 'odd_hours'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    found = refused(tmp_path, text)
    assert found[0] == line, found
    assert said in found[1], found


def test_a_secret_of_several_lines_is_no_header(tmp_path: Path) -> None:
    text = "  sinks:\n    - {name: a, kind: http, url: 'https://x.example', headers: {k: 'env:K'}}\n"
    assert "one line" in refused(tmp_path, text, K="a\r\nb: c")[1]
