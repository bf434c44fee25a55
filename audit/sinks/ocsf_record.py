"""A record in the Open Cybersecurity Schema Framework. Source: OCSF 1.4, classes 2004, 3001 to 3006 and 6005."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import orjson

from audit.catalogue import About
from audit.ocsf import ACTIVITIES, OTHER, VERSION, Activity
from audit.placed import Placed

_SEVERITIES: Final = {
    "success": (1, "Informational"),
    "denied": (2, "Low"),
    "failure": (2, "Low"),
    "unknown": (3, "Medium"),
}
_FOUND: Final = (4, "High")
_STATUSES: Final = {
    "success": (1, "Success"),
    "failure": (2, "Failure"),
    "denied": (2, "Failure"),
    "unknown": (0, "Unknown"),
}
_CATEGORIES: Final = {2: "Findings", 3: "Identity & Access Management", 6: "Application Activity"}
_CREATED: Final = 1
_FINDING: Final = 2004
_MAPPED: Final = frozenset(
    {"at", "writer", "seq", "code", "operator", "outcome", "address", "session", "operation", "trace"}
)
"""What of a record has a place in OCSF; all else stands under `unmapped` by its own name."""
_USER, _SYSTEM = 1, 3
_ITSELF: Final = "okno"


def ocsf(
    record: Placed, about: Mapping[str, About], version: str, values: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """One record. Shape: `metadata.sequence` is its number in the tree; `values` stand under `unmapped` where there are any."""
    body: dict[str, Any] = orjson.loads(record.body)
    known = about.get(record.code)
    activity = known.activity if known is not None else Activity(3004, "Entity Management", OTHER)
    found = activity.class_uid == _FINDING
    severity, severity_name = _FOUND if found else _SEVERITIES.get(record.outcome, (0, "Unknown"))
    status, status_name = _STATUSES.get(record.outcome, (0, "Unknown"))
    said: dict[str, Any] = {
        "activity_id": activity.activity_id,
        "category_uid": activity.class_uid // 1000,
        "category_name": _CATEGORIES[activity.class_uid // 1000],
        "class_uid": activity.class_uid,
        "class_name": activity.class_name,
        "type_uid": activity.class_uid * 100 + activity.activity_id,
        "time": int(datetime.fromisoformat(record.at).timestamp() * 1000),
        "severity_id": severity,
        "severity": severity_name,
        "metadata": _metadata(record, body, version),
        "actor": _actor(body),
        "unmapped": _unmapped(record, body, values),
    }
    if activity.activity_id == OTHER:
        said["activity_name"] = record.code
    if known is not None:
        said["message"] = known.sentence
    if "address" in body and not found:
        said["src_endpoint"] = {"ip": body["address"]}
    if found:
        return said | _finding(record, body, known)
    return said | {"status_id": status, "status": status_name} | _OF_CLASS[activity.class_uid](body)


def _metadata(record: Placed, body: Mapping[str, Any], version: str) -> dict[str, Any]:
    said = {
        "version": VERSION,
        "profiles": ["host"],  # by which every class has an actor
        "product": {"name": "Okno", "vendor_name": "Okno", "version": version},
        "uid": f"{record.writer}/{record.seq}",
        "sequence": record.place,
        "event_code": record.code,
        "log_name": "trail",
        "original_time": record.at,
    }
    if "operation" in body:
        said["correlation_uid"] = body["operation"]
    return said


def _actor(body: Mapping[str, Any]) -> dict[str, Any]:
    who = str(body.get("operator", _ITSELF))
    said: dict[str, Any] = {"user": {"name": who, "type_id": _SYSTEM if who == _ITSELF else _USER}}
    if "session" in body:
        said["session"] = {"uid": body["session"]}
    return said


def _unmapped(record: Placed, body: Mapping[str, Any], values: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    said = {name: value for name, value in body.items() if name not in _MAPPED}
    if "trace" in body:
        said["trace"] = body["trace"]
    said |= {"leaf": record.leaf, "hash": record.hash}
    if values:
        said["values"] = list(values)
    return said


def _whom(body: Mapping[str, Any]) -> dict[str, Any]:
    """The user whom it is about: by number, by what names them otherwise, or whoever acts."""
    if "employee" in body:
        return {"uid": str(body["employee"])}
    return {"name": str(body.get("object", body.get("operator", _ITSELF)))}


def _thing(body: Mapping[str, Any]) -> dict[str, Any]:
    name = str(body.get("object", body.get("employee", body.get("source", _ITSELF))))
    kind = "Employee" if name == body.get("employee") else str(body.get("source", "Record"))
    return {"entity": {"name": name, "type": kind}}


def _account(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"user": _whom(body)}


def _sign_in(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"user": _whom(body), "service": {"name": str(body.get("source", _ITSELF))}}


def _access(body: Mapping[str, Any]) -> dict[str, Any]:
    given = body.get("detail", {}).get("role") if isinstance(body.get("detail"), dict) else None
    return {"user": _whom(body), "privileges": [str(given or body.get("object", body["code"]))]}


def _group(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"group": {"name": str(body.get("object", "unknown"))}, "user": _whom(body)}


def _stored(body: Mapping[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {
        "database": {
            "name": "trail" if body["code"] != "search.made" else "employees",
            "type_id": OTHER,
            "type": "Records",
        }
    }
    if "address" not in body:
        said["src_endpoint"] = {"name": str(body.get("session", _ITSELF))}
    return said


def _finding(record: Placed, body: Mapping[str, Any], known: About | None) -> dict[str, Any]:
    detail = body.get("detail", {})
    title = known.sentence if known is not None else record.code
    info = {"title": title, "uid": f"{record.writer}/{record.seq}", "types": [str(detail.get("kind", record.code))]}
    return {"finding_info": info, "status_id": 1, "status": "New", "is_alert": True}


_OF_CLASS: Final[Mapping[int, Callable[[Mapping[str, Any]], dict[str, Any]]]] = {
    3001: _account,
    3002: _sign_in,
    3004: _thing,
    3005: _access,
    3006: _group,
    6005: _stored,
}
assert {each.class_uid for each in ACTIVITIES.values()} <= {*_OF_CLASS, _FINDING}, "each class has its objects"
