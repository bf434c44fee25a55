"""A gateway carries its trail outside and looks through it while it serves; commands say how far it has come."""

import asyncio
import json
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from audit.cursor import CursorState, states
from audit.delivery_check import check
from audit.detections.watching import cursor_of
from audit.sinks.sink import cursor_of as sink_cursor
from gateway.commands.audit import audit_app
from tests.sandbox import ALL_SEEING, NOW, Sandbox, company_of, running

READ = "query($login: String!) { employee(by: {login: $login}) { personal { birthDate } phones { number } } }"


def audit_of(folder: Path, **more: Any) -> dict[str, Any]:
    return {
        "keys": f"{folder}/audit-keys",
        "anchor": f"{folder}/anchor.txt",
        "sinks": [{"name": "file", "kind": "json_lines", "file": f"{folder}/out/trail.jsonl"}],
        **more,
    }


async def until(sandbox: Sandbox, name: str, done: Callable[[CursorState], bool]) -> CursorState:
    async with asyncio.timeout(30):
        while True:
            (found,) = await states(sandbox.gateway.store.engine, [name])
            if done(found):
                return found
            await asyncio.sleep(0.05)


def okno(*words: str, code: int = 0, **environment: str) -> str:
    done = CliRunner().invoke(audit_app, list(words), env=environment)
    assert done.exit_code == code, (done.output, done.exception)
    return done.output


async def read_by_everyone(sandbox: Sandbox, logins: list[str]) -> None:
    for login in logins:
        body = (await sandbox.ask(READ, {"login": login})).body
        assert "errors" not in body, body


async def test_what_was_read_is_delivered_and_one_under_protection_is_found_by_the_directorys_word(
    tmp_path: Path,
) -> None:
    company = company_of(200)
    protected = next(each for each in company.people if each.vip and each.termination_date is None)
    others = [each.login for each in company.people if not each.vip and each.login != ALL_SEEING][:4]
    async with running(company, tmp_path, audit=audit_of(tmp_path)) as sandbox:
        await until(sandbox, cursor_of("vip"), lambda each: each.begun)
        await read_by_everyone(sandbox, [*others, protected.login])
        await sandbox.gateway.operating.sequencer.settle()
        await until(sandbox, cursor_of("vip"), lambda each: each.behind == 0)
        await sandbox.gateway.operating.sequencer.settle()
        await until(sandbox, sink_cursor("file"), lambda each: each.behind == 0)
        await asyncio.to_thread(the_commands_say_so, tmp_path)
    received = check([tmp_path / "out/trail.jsonl"], 0)
    assert received.amiss == []
    said = [orjson.loads(line)["record"] for line in (tmp_path / "out/trail.jsonl").read_bytes().splitlines()]
    assert len([each for each in said if each["code"] == "employee.read"]) == 5
    (raised,) = [each for each in said if each["code"] == "detection.raised"]
    assert (raised["detail"]["kind"], raised["employee"], raised["object"]) == (
        "vip",
        protected.employee_id,
        ALL_SEEING,
    )
    (evidence,) = raised["detail"]["evidence"]
    assert (said[evidence]["code"], said[evidence]["employee"]) == ("employee.read", protected.employee_id)


def the_commands_say_so(folder: Path) -> None:
    place = {"OKNO_INSTALLATION": str(folder / "installation")}
    lines = okno("sinks", **place).splitlines()
    assert [line.split(": ")[0] for line in lines] == [
        "sink:file", "detection:mass_lookup", "detection:vip", "detection:no_case", "detection:take_over",
    ]  # fmt: skip
    assert " records done, 0 to come, last " in lines[0]
    assert okno("check-delivery", str(folder / "out/trail.jsonl"), "--from", "0").endswith("ok\n")


async def test_an_outage_of_a_sink_holds_nobody_up_and_is_shown(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/trail.jsonl").symlink_to("/nowhere/at/all")
    company = company_of(200)
    async with running(company, tmp_path, audit=audit_of(tmp_path, detections=None)) as sandbox:
        await read_by_everyone(sandbox, [company.people[0].login])
        await sandbox.gateway.operating.sequencer.settle()
        stopped = await until(sandbox, sink_cursor("file"), lambda each: each.problem is not None)
        assert "ENOENT" in str(stopped.problem)
        shown = await asyncio.to_thread(okno, "sinks", OKNO_INSTALLATION=str(tmp_path / "installation"))
        assert "FAILS since" in shown
        await read_by_everyone(sandbox, [company.people[1].login])
        (tmp_path / "out/trail.jsonl").unlink()
        await sandbox.gateway.operating.sequencer.settle()
        await until(sandbox, sink_cursor("file"), lambda each: each.behind == 0)
    assert check([tmp_path / "out/trail.jsonl"], 0).amiss == []


SAMPLES = Path(__file__).parents[1] / "audit" / "detections"


def test_a_sample_is_replayed_by_the_installations_thresholds_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "teams").mkdir()
    (tmp_path / "okno.yaml").write_text(
        "name: Test\nsources: {}\ndatabase: sqlite:///okno.db\naudit: {detections: {mass_lookup: {employees: 50}, no_case: null}}\n"
    )
    (tmp_path / "vips").write_text("0000007\n")
    place = {"OKNO_INSTALLATION": str(tmp_path)}
    mass = okno("detect", "--replay", str(SAMPLES / "mass_lookup.jsonl"), **place)
    assert mass.count(" mass_lookup cy: personal data of 50 employees") == 2
    vip = okno("detect", "--replay", str(SAMPLES / "vip.jsonl"), "--vip", str(tmp_path / "vips"), **place)
    assert vip.count(" vip cy 0000007: ") == 2
    assert okno("detect", "--replay", str(SAMPLES / "ordinary_day.jsonl"), **place).endswith("\n0 found\n")
    (tmp_path / "other").write_text("{}\n")
    okno("detect", "--replay", str(tmp_path / "other"), code=2, **place)
    assert not (tmp_path / "okno.db").exists()


async def test_a_copy_of_the_trail_is_replayed_to_the_same_findings(tmp_path: Path) -> None:
    company = company_of(200)
    async with running(
        company, tmp_path, audit=audit_of(tmp_path, detections={"no_case": {"employees": 3}})
    ) as sandbox:
        await until(sandbox, cursor_of("no_case"), lambda each: each.begun)
        await read_by_everyone(sandbox, [each.login for each in company.people[:4]])
        await sandbox.gateway.operating.sequencer.settle()
        await until(sandbox, cursor_of("no_case"), lambda each: each.behind == 0)
        await sandbox.gateway.operating.sequencer.settle()
        from audit.export import export

        with (tmp_path / "copy.jsonl").open("wb") as out:
            await export(sandbox.gateway.store.engine, (), NOW + timedelta(days=1), out.write)
    with sqlite3.connect(tmp_path / "okno.db") as database:
        rows = database.execute("select body from audit_record where code = 'detection.raised'").fetchall()
    database.close()
    (detail,) = [json.loads(row[0])["detail"] for row in rows]
    said = await asyncio.to_thread(
        okno, "detect", "--replay", str(tmp_path / "copy.jsonl"), OKNO_INSTALLATION=str(tmp_path / "installation")
    )
    assert f"records {', '.join(map(str, detail['evidence']))}\n" in said
    assert "1 found" in said
