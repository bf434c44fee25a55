"""The asset register's words to the port's records."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sources.kit.reading import BadData, day, moment, optional_text, rows, text
from sources.ports.call import utc_now
from sources.ports.equipment import Device
from sources.ports.identifiers import Identifier
from sources.ports.question import Need

_FIELDS: Final = {
    "tag": "tag",
    "kind": "kind",
    "status": "status",
    "model": "model",
    "serial_number": "serialNumber",
    "hostname": "hostname",
    "ip": "ip",
    "mac": "mac",
    "owner_id": "assignedTo",
    "assigned_at": "assignedAt",
    "purchased_on": "purchasedOn",
    "warranty_until": "warrantyUntil",
    "location": "location",
    "changed_at": "updatedAt",
}
_ALWAYS: Final = ("tag", "kind", "status", "serialNumber", "hostname")
"""What a device cannot be a record without, and what other systems know it by."""
SWEPT: Final = ("tag", "serialNumber", "hostname", "ip")
_KINDS: Final = frozenset({"LAPTOP", "DESKTOP", "PHONE", "TABLET", "MONITOR"})
_STATUSES: Final = {
    "ASSIGNED": "ASSIGNED",
    "IN_USE": "ASSIGNED",
    "IN_STOCK": "IN_STOCK",
    "REPAIR": "REPAIR",
    "LOST": "LOST",
    "BLOCKED": "LOST",
    "RETIRED": "RETIRED",
}


@dataclass(frozen=True, slots=True)
class Numbers:
    """How the register writes employee ids. Units: `width` in digits; None when it writes them as they are."""

    width: int | None = None

    def outward(self, employee_id: str) -> str:
        """An employee id in the register's words: `0001001` is `1001` there."""
        return employee_id if self.width is None else employee_id.lstrip("0") or "0"

    def inward(self, written: str) -> str:
        """The employee id of what the register writes."""
        return written if self.width is None else written.zfill(self.width)


@dataclass(frozen=True, slots=True)
class Change:
    """One change of an asset. Shape: `function` is the register's own mutation for it, `given` its arguments besides the
    tag; `patch` are the columns to update where there is no such function.
    """

    tag: str
    function: str
    given: Mapping[str, str]
    patch: Mapping[str, str | None]

    def by_function(self, name: str) -> tuple[str, dict[str, object]]:
        """Document and variables of the register's own mutation."""
        kind = f"{self.function[0].upper()}{self.function[1:]}Input!"
        return _document(name, self.function, kind), {"input": {"tag": self.tag, **self.given}}

    def by_update(self, name: str) -> tuple[str, dict[str, object]]:
        """Document and variables of the plain update by tag."""
        given = {"tag": self.tag, "assetPatch": {**self.patch, "updatedAt": utc_now().isoformat()}}
        return _document(name, "updateAssetByTag", "UpdateAssetByTagInput!"), {"input": given}


def assigned(tag: str, owner: str) -> Change:
    """An asset handed out to an employee of the register."""
    patch = {"status": "assigned", "assignedTo": owner, "assignedAt": utc_now().isoformat()}
    return Change(tag, "assignAsset", {"employeeId": owner}, patch)


def returned(tag: str) -> Change:
    """An asset back in stock."""
    return Change(tag, "returnAsset", {}, {"status": "in_stock", "assignedTo": None, "assignedAt": None})


def lost(tag: str) -> Change:
    """An asset marked as lost; who answered for it stays on record."""
    return Change(tag, "blockAsset", {}, {"status": "lost"})


def _document(name: str, mutation: str, kind: str) -> str:
    return f"mutation {name}($input: {kind}) {{ changed: {mutation}(input: $input) {{ asset {{ tag }} }} }}"


def selection(need: Need, offered: frozenset[str]) -> str:
    """The fields of an asset to ask for: those wanted that this register has."""
    wanted = [field for attribute, field in _FIELDS.items() if field in _ALWAYS or need.wants(attribute)]
    return " ".join(field for field in wanted if field in offered)


def device_of(row: Any, source: str, numbers: Numbers) -> Device:
    """One asset. Raises: BadData."""
    owner = optional_text(row, "assignedTo")
    return Device(
        source=source,
        tag=text(row, "tag"),
        kind=_kind(text(row, "kind")),
        status=_STATUSES.get(_word(text(row, "status")), "OTHER"),
        model=optional_text(row, "model"),
        serial_number=optional_text(row, "serialNumber"),
        hostname=optional_text(row, "hostname"),
        ip=optional_text(row, "ip"),
        mac=optional_text(row, "mac"),
        owner_id=numbers.inward(owner) if owner else None,
        assigned_at=moment(row, "assignedAt"),
        purchased_on=day(row, "purchasedOn"),
        warranty_until=day(row, "warrantyUntil"),
        location=optional_text(row, "location"),
        changed_at=moment(row, "updatedAt"),
    )


def devices_of(employee: Any, source: str, numbers: Numbers) -> tuple[Device, ...]:
    """What an employee of the register answers for, by tag. Raises: BadData."""
    if not isinstance(employee.get("assetsByAssignedTo"), dict):
        raise BadData("assetsByAssignedTo: expected an object")
    found = rows(employee["assetsByAssignedTo"], "nodes")
    return tuple(sorted((device_of(row, source, numbers) for row in found), key=lambda device: device.tag))


def identifiers_of(row: Any) -> Iterable[Identifier]:
    """Everything one can say of an asset. Raises: BadData."""
    tag = text(row, "tag")
    said = {
        "ASSET_TAG": tag,
        "SERIAL": optional_text(row, "serialNumber"),
        "HOST": optional_text(row, "hostname"),
        "IP": optional_text(row, "ip"),
    }
    return [Identifier(kind, each, "Device", tag) for kind, each in said.items() if each]


def _kind(written: str) -> str:
    word = _word(written)
    return word if word in _KINDS else "OTHER"


def _word(written: str) -> str:
    return written.upper().replace("-", "_").replace(" ", "_")
