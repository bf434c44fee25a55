"""The keys by which ports are asked: each names one thing in every way a system may know it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EmployeeRef:
    """One employee, in all the words systems use for a person; a source picks the one its manifest names.

    `employee_id` is the immutable employee number with its leading zeros; `directory_id` the directory's own id.
    """

    employee_id: str
    login: str
    email: str | None = None
    directory_id: str | None = None

    def __hash__(self) -> int:
        return hash(self.employee_id)


@dataclass(frozen=True, slots=True)
class DeviceRef:
    """One device: by asset tag, serial number or host name."""

    tag: str
    serial_number: str | None = None
    hostname: str | None = None

    def __hash__(self) -> int:
        return hash(self.tag)
