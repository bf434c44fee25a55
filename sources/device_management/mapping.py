"""Managed devices to what the graph says of them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sources.kit.reading import BadData, match, optional_rows, optional_text, part, rows, text, truth, whole
from sources.ports.device_management import Management
from sources.ports.errors import Answer, SourceError
from sources.ports.question import Need
from sources.ports.write import Secret

_ALWAYS: Final = ("serialNumber", "enrollmentState", "platform")
_FIELDS: Final[Mapping[str, str]] = {
    "os_version": "osVersion",
    "compliant": "compliance",
    "issues": "compliance",
    "encrypted": "encryption",
    "locked": "lockState",
    "recovery_key_held": "recoveryKeyEscrowed",
    "user_login": "assignedUser",
    "last_seen_at": "lastCheckIn",
    "pending": "pendingCommands",
    "wiped_at": "wipedAt",
    "recovery_key_shown_at": "recoveryKeyShownAt",
}
_PLATFORMS: Final = {"Windows": "WINDOWS", "macOS": "MACOS", "Linux": "LINUX", "Android": "ANDROID", "iOS": "IOS"}
_ENROLLED: Final = frozenset({"ENROLLED"})
_COMPLIANT: Final = {"COMPLIANT": True, "NON_COMPLIANT": False}
_ENCRYPTED: Final = {"FULL": True, "PARTIAL": False, "NONE": False}
_DONE: Final = "DONE"
_FAILED: Final = "FAILED"
_LOCKED: Final = {"LOCKED": True, "UNLOCKED": False, "LOCK_PENDING": False}


class CommandFailed(Exception):
    """A device has answered that it will not obey."""


def fields_for(need: Need) -> list[str]:
    """The service's fields that these record attributes are made of; those that make a record are always there."""
    return sorted({*_ALWAYS, *(_FIELDS[name] for name in need.fields or _FIELDS if name in _FIELDS)})


def folded(serial: str) -> str:
    """A serial number as it is compared: the books and the device write it in different case."""
    return serial.strip().casefold()


def management(source: str, serials: Sequence[str], body: Any) -> list[Answer[Management]]:
    """Devices for serial numbers. Shape: `serials[i] -> Management`, not managed -> None.

    The service accounts for every serial number asked, so one that is neither found nor unknown to it was lost on the way.
    """
    unknown = {folded(_text(each)) for each in rows(body, "notFound")}
    keys = [folded(serial) for serial in serials]
    found = match(source, keys, rows(body, "devices"), _key, lambda row: device(row, source))
    lost = SourceError("BAD_SOURCE_DATA", source, "a device is neither found nor unknown")
    return [lost if each is None and key not in unknown else each for key, each in zip(keys, found, strict=True)]


def device(row: Any, source: str) -> Management:
    """One device. Raises: BadData."""
    compliance = part(row, "compliance")
    user = optional_text(part(row, "assignedUser"), "userName")
    return Management(
        source=source,
        serial_number=text(row, "serialNumber"),
        enrolled=text(row, "enrollmentState") in _ENROLLED,
        platform=_PLATFORMS.get(text(row, "platform"), "OTHER"),
        os_version=optional_text(row, "osVersion"),
        compliant=_COMPLIANT.get(optional_text(compliance, "state") or ""),
        issues=tuple(_text(each) for each in optional_rows(compliance, "reasons")),
        encrypted=_ENCRYPTED.get(optional_text(row, "encryption") or ""),
        locked=_LOCKED.get(optional_text(row, "lockState") or ""),
        recovery_key_held=truth(row, "recoveryKeyEscrowed"),
        user_login=user and _login(user),
        last_seen_at=_milliseconds(row, "lastCheckIn"),
        pending=tuple(_text(each) for each in optional_rows(row, "pendingCommands")),
        wiped_at=_milliseconds(row, "wipedAt"),
        recovery_key_shown_at=_milliseconds(row, "recoveryKeyShownAt"),
    )


def device_id(serial: str, body: Any) -> str | None:
    """The service's own id of a device, None where it is not managed. Raises: BadData."""
    ids = {text(row, "id") for row in rows(body, "devices") if _key(row) == folded(serial)}
    if len(ids) > 1:
        raise BadData("several devices of one serial number")
    return next(iter(ids), None)


def recovery_key_of(progress: Any) -> Secret | None:
    """The key that a command has brought; None while it is under way. Raises: BadData; CommandFailed."""
    state = text(progress, "state")
    if state == _FAILED:
        raise CommandFailed
    return Secret(text(part(progress, "result"), "recoveryKey")) if state == _DONE else None


def _key(row: Any) -> str:
    return folded(text(row, "serialNumber"))


def _text(value: Any) -> str:
    return text({"value": value}, "value")


def _login(user: str) -> str:
    """The login of a name with its domain before a backslash or after an at sign."""
    return user.rpartition("\\")[2].partition("@")[0]


def _milliseconds(row: Any, name: str) -> datetime | None:
    value = whole(row, name)
    try:
        return datetime.fromtimestamp(value / 1000, UTC) if value else None
    except (OverflowError, ValueError, OSError):
        raise BadData(f"{name}: not a moment in milliseconds") from None
