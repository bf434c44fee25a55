"""What looks wrong is found in each sample, once, with its evidence; and nothing is found in what is ordinary."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import orjson
import pytest

from audit.detections.kinds import detectors
from audit.detections.replaying import Unreadable, detect, recorded_in
from audit.detections.seen import Finding, Seen
from audit.detections.thresholds import MassLookup, NoCase, OddHours, TakeOver, Thresholds, Vip

SAMPLES: Final = Path(__file__).parent / "detections"
NIGHTS: Final = OddHours(time(22), time(6), ZoneInfo("UTC"), {"helpdesk-jp": ZoneInfo("Asia/Tokyo")})
ALL: Final = Thresholds(odd_hours=NIGHTS)
PROTECTED: Final = frozenset({"0000007", "@vera.r"})
START: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)


def found(sample: str, said: Thresholds = ALL) -> list[Finding]:
    return list(detect(recorded_in(SAMPLES / f"{sample}.jsonl"), said, PROTECTED.__contains__))


def lines(sample: str) -> list[dict[str, object]]:
    return [orjson.loads(line)["record"] for line in (SAMPLES / f"{sample}.jsonl").read_bytes().splitlines()]


def test_one_who_copies_the_directory_is_found_with_a_record_for_each_employee() -> None:
    (only,) = found("mass_lookup")
    assert (only.kind, only.operators, only.employee, len(only.evidence)) == ("mass_lookup", ("cy",), None, 100)
    records = lines("mass_lookup")
    shown = [records[place] for place in only.evidence]
    assert {each["operator"] for each in shown} == {"cy"}
    assert len({each["employee"] for each in shown}) == 100
    assert only.until - only.since < timedelta(hours=1)


def test_one_under_special_protection_looked_at_without_a_ticket_is_told_once_in_an_hour() -> None:
    said = [(each.kind, each.operators, each.employee, each.evidence) for each in found("vip")]
    records = lines("vip")
    assert said == [
        ("vip", ("cy",), "0000007", (0,)),
        ("vip", ("ben",), None, (4,)),
        ("vip", ("cy",), "0000007", (6,)),
    ]
    assert records[4]["object"] == "vera.r"


def test_reads_of_many_without_a_case_are_found() -> None:
    (only,) = found("no_case")
    assert (only.kind, only.operators, len(only.evidence)) == ("no_case", ("cy",), 20)
    assert not any("ticket" in lines("no_case")[place] for place in only.evidence)


def test_work_at_night_where_the_team_is_is_found() -> None:
    (only,) = found("odd_hours")
    assert (only.kind, only.operators, len(only.evidence)) == ("odd_hours", ("cy",), 10)
    assert found("odd_hours", Thresholds(odd_hours=None)) == []


def test_second_factor_and_password_of_one_employee_are_found_whoever_changed_them_and_in_any_order() -> None:
    said = [(each.kind, each.operators, each.employee) for each in found("take_over")]
    assert said == [("take_over", ("ann",), "0000013"), ("take_over", ("ben", "cy"), "0000007")]


def test_an_ordinary_day_has_nothing() -> None:
    assert found("ordinary_day") == []


@pytest.mark.parametrize("sample", ["mass_lookup", "vip", "no_case", "odd_hours", "take_over"])
def test_a_detection_that_is_turned_off_says_nothing_and_those_left_out_are_not_counted(sample: str) -> None:
    off = Thresholds(**{sample: None})  # type: ignore[arg-type]
    assert [each for each in found(sample, off) if each.kind == sample] == []
    but = Thresholds(odd_hours=NIGHTS, but=frozenset({"cy", "ben", "ann"}))
    assert found(sample, but) == []


@pytest.mark.parametrize("sample", ["mass_lookup", "vip", "no_case", "odd_hours", "take_over"])
def test_a_sample_says_the_same_each_time_and_begun_anew_at_any_place_says_nothing_twice(sample: str) -> None:
    whole = found(sample)
    assert whole == found(sample)
    records = list(recorded_in(SAMPLES / f"{sample}.jsonl"))
    for cut in range(0, len(records) + 1, max(1, len(records) // 40)):
        assert said_with_a_restart(records, cut) == whole, cut


def said_with_a_restart(records: list[Seen], cut: int) -> list[Finding]:
    """What two processes say, of which the second knows only marks and what a window may reach."""
    first = detectors(ALL, PROTECTED.__contains__)
    said = each_seen(first, records[:cut])
    marks = {each.kind: dict(each.marks) for each in first}
    second = detectors(ALL, PROTECTED.__contains__, marks)
    each_seen(second, records[:cut])
    return said + each_seen(second, records[cut:])


def each_seen(looking: list, records: Iterable[Seen]) -> list[Finding]:
    return [one for each in records for detector in looking if (one := detector.see(each)) is not None]


def shown(place: int, minute: float, whose: str, operator: str = "cy", ticket: str | None = None) -> Seen:
    return Seen(place, START + timedelta(minutes=minute), "employee.read", operator, None, whose, ticket, reading=True)


def say(records: Iterable[Seen], **said: object) -> list[Finding]:
    none = {"mass_lookup": None, "vip": None, "no_case": None, "odd_hours": None, "take_over": None}
    return list(detect(records, Thresholds(**{**none, **said}), PROTECTED.__contains__))  # type: ignore[arg-type]


def test_evidence_counts_once_and_new_evidence_is_found_again() -> None:
    records = [shown(number, number * 0.1, str(number)) for number in range(25)]
    both = say(records, mass_lookup=MassLookup(10))
    assert [each.evidence for each in both] == [tuple(range(10)), tuple(range(10, 20))]


def test_what_is_older_than_the_window_is_no_evidence() -> None:
    slow = [shown(number, number * 7, str(number)) for number in range(100)]
    assert say(slow, mass_lookup=MassLookup(10), no_case=NoCase(10)) == []
    assert len(say(slow, mass_lookup=MassLookup(9))) == 11


def test_the_same_person_again_and_again_is_no_mass() -> None:
    assert say([shown(number, number * 0.1, "1") for number in range(500)], mass_lookup=MassLookup(2)) == []


def test_a_ticket_makes_a_read_a_case() -> None:
    with_one = [shown(number, 0, str(number), ticket="T1") for number in range(50)]
    assert say(with_one, no_case=NoCase(5), vip=Vip()) == []


def test_records_a_little_out_of_order_are_still_one_window() -> None:
    records = [shown(number, 30 + (number % 3) * 0.5, str(number)) for number in range(10)]
    (only,) = say(records, mass_lookup=MassLookup(10))
    assert only.evidence == tuple(range(10))
    assert only.until - only.since == timedelta(minutes=1)


@pytest.mark.parametrize(
    ("hour", "weekday", "odd"),
    [(23, 0, True), (3, 0, True), (22, 0, True), (6, 0, False), (12, 0, False), (12, 5, True)],
)
def test_nights_go_over_midnight_and_days_off_are_whole_days(hour: int, weekday: int, odd: bool) -> None:
    said = OddHours(time(22), time(6), ZoneInfo("UTC"), days_off=(5, 6), records=1)
    at = datetime(2026, 3, 2 + weekday, hour, tzinfo=UTC)
    assert bool(say([Seen(0, at, "employee.read", "cy", whose="1", reading=True)], odd_hours=said)) is odd


def test_a_change_of_the_same_factor_twice_is_no_take_over() -> None:
    def done(place: int, code: str) -> Seen:
        return Seen(place, START, code, "cy", whose="1", done=True)

    assert say([done(0, "password.reset"), done(1, "password.reset")], take_over=TakeOver()) == []
    both = [done(0, "password.reset"), done(1, "second_factor.reset"), done(2, "second_factor.reset")]
    assert [each.evidence for each in say(both, take_over=TakeOver())] == [(0, 1)]


def test_a_finding_is_an_event_that_names_kind_operators_employee_and_evidence() -> None:
    (_, finding) = found("take_over")
    event = finding.event()
    assert (event.code, event.stage, event.operator, event.employee) == (
        "detection.raised", "outcome", "okno", "0000007",
    )  # fmt: skip
    assert event.detail["kind"] == "take_over"
    assert event.detail["operators"] == ["ben", "cy"]
    assert event.detail["evidence"] == list(finding.evidence)


def test_a_file_that_is_no_trail_is_told(tmp_path: Path) -> None:
    for text in ("[1]\n", '{"a": 1}\n', "nothing\n"):
        (tmp_path / "f").write_text(text)
        with pytest.raises(Unreadable, match="line 1"):
            list(recorded_in(tmp_path / "f"))


def test_what_was_delivered_twice_was_done_once(tmp_path: Path) -> None:
    text = (SAMPLES / "no_case.jsonl").read_text()
    (tmp_path / "twice.jsonl").write_text(text + text)
    assert list(recorded_in(tmp_path / "twice.jsonl")) == list(recorded_in(SAMPLES / "no_case.jsonl"))
