"""Every code has a place in OCSF, with the objects that its class asks for, and loses nothing of its record."""

from typing import Any, Final

import orjson
import pytest

from audit.catalogue import About
from audit.ocsf import VERSION
from audit.own_codes import own_codes
from audit.placed import Kept, Placed
from audit.sinks.forms import form_of
from audit.sinks.ocsf_record import ocsf
from operations.kit.catalogue import events

ABOUT: Final = events().all()
NEEDED: Final = {
    2004: ("finding_info",),
    3001: ("user",),
    3002: ("user", "service"),
    3004: ("entity",),
    3005: ("user", "privileges"),
    3006: ("group",),
    6005: ("actor", "src_endpoint", "database"),
}
BASE: Final = ("activity_id", "category_uid", "class_uid", "metadata", "severity_id", "time", "type_uid")


def record(code: str, **more: object) -> Placed:
    body = {
        "at": "2026-03-01T10:00:00.123456Z",
        "code": code,
        "operator": "ann",
        "outcome": "success",
        "stage": "outcome",
        **more,
    }
    text = orjson.dumps({**body, "seq": 7, "v": 1, "writer": "w-1"}, option=orjson.OPT_SORT_KEYS).decode()
    outcome = str(body["outcome"])
    return Placed(41, "w-1", 7, "2026-03-01T10:00:00.123456Z", code, outcome, text, "0" * 64, "1" * 64)


@pytest.mark.parametrize("code", sorted(ABOUT))
@pytest.mark.parametrize("full", [True, False])
def test_each_code_has_what_its_class_asks_for(code: str, full: bool) -> None:
    more: dict[str, Any] = {
        "employee": "0000007", "object": "x", "session": "s", "address": "127.0.0.1", "operation": "op", "detail": {"role": "r"},
    }  # fmt: skip
    said = ocsf(record(code, **(more if full else {})), ABOUT, "1.0")
    activity = ABOUT[code].activity
    assert [name for name in (*BASE, *NEEDED[activity.class_uid]) if not said.get(name) and said.get(name) != 0] == []
    assert said["type_uid"] == activity.class_uid * 100 + activity.activity_id
    assert said["category_uid"] == activity.class_uid // 1000
    assert said["metadata"]["version"] == VERSION == "1.4.0"
    assert ("activity_name" in said) == (activity.activity_id == 99)


def test_number_moment_person_and_outcome_stand_where_ocsf_has_them() -> None:
    said = ocsf(
        record("account.unlocked", employee="0000007", outcome="failure", operation="op_1", session="s1"), ABOUT, "1"
    )
    assert (said["metadata"]["sequence"], said["metadata"]["uid"], said["metadata"]["correlation_uid"]) == (
        41,
        "w-1/7",
        "op_1",
    )
    assert said["time"] == 1772359200123
    assert said["actor"] == {"user": {"name": "ann", "type_id": 1}, "session": {"uid": "s1"}}
    assert said["user"] == {"uid": "0000007"}
    assert (said["status_id"], said["status"]) == (2, "Failure")


def test_whatever_has_no_place_there_is_kept_by_its_own_name() -> None:
    more: dict[str, Any] = {
        "ticket": "T1", "reason": "why", "team": "br", "roles": ["a"], "fields": ["Employee.birthday"], "policy": "v3", "rule": "r",
        "changes": [{"field": "x", "before": {"sha256": "0" * 64}}], "step": "s", "trace": "t", "country": "BR",
    }  # fmt: skip
    said = ocsf(record("employee.read", **more), ABOUT, "1")
    assert {name: said["unmapped"][name] for name in more} == more
    assert (said["unmapped"]["hash"], len(said["unmapped"]["leaf"])) == ("1" * 64, 64)


def test_a_code_that_nobody_knows_any_more_is_still_delivered() -> None:
    said = ocsf(record("thing.forgotten"), ABOUT, "1")
    assert (said["class_uid"], said["activity_id"], said["activity_name"]) == (3004, 99, "thing.forgotten")


def test_personal_values_stand_with_what_has_no_place() -> None:
    each = record("employee.read")
    kept = Placed(*(getattr(each, name) for name in ("place", "writer", "seq", "at", "code", "outcome", "body", "prev_hash", "hash")),
                  kept=(Kept("detail.text", "ab", '"Ivan"'),))  # fmt: skip
    said = orjson.loads(form_of("ocsf", ABOUT, "1")(kept))
    assert said["unmapped"]["values"] == [{"path": "detail.text", "salt": "ab", "value": "Ivan"}]
    assert b"values" not in form_of("ocsf", ABOUT, "1")(each)


def test_a_finding_is_a_detection_finding() -> None:
    about: About = own_codes().all()["detection.raised"]
    said = ocsf(
        record("detection.raised", employee="0000007", detail={"kind": "take_over"}), {"detection.raised": about}, "1"
    )
    assert (said["class_uid"], said["category_name"], said["severity"]) == (2004, "Findings", "High")
    assert said["finding_info"]["types"] == ["take_over"]
