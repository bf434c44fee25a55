"""Status reports of OpenVPN to tunnels. Source: management-notes of OpenVPN, `status 2` and `status 3`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sources.kit.reading import BadData, epoch, optional_text, text, whole
from sources.ports.vpn import VpnSession

UNNAMED: Final = "UNDEF"
"""How OpenVPN names a client that has not shown who it is."""

_NAMES: Final = {"common_name": "Common Name", "username": "Username"}

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Naming:
    """How a tunnel's name leads to a login. Raises: ValueError for a name OpenVPN does not have."""

    login_from: str = "common_name"
    prefix: str = ""

    def __post_init__(self) -> None:
        if self.login_from not in _NAMES:
            raise ValueError(f"login_from: expected one of {', '.join(_NAMES)}, is {self.login_from!r}")

    def login(self, row: Row) -> str | None:
        """The login of a tunnel; None where the name is not one of an employee. Raises: BadData."""
        name = text(row, _NAMES[self.login_from])
        if name == UNNAMED or not name.casefold().startswith(self.prefix.casefold()):
            return None
        return name[len(self.prefix) :] or None


def common_name(row: Row) -> str:
    """The name that a tunnel is closed by. Raises: BadData."""
    return text(row, _NAMES["common_name"])


def clients(report: Sequence[str]) -> list[Row]:
    """Rows of the client list by column name.

    A report counts only as a whole: title, time, both column headers, statistics and the end mark. Anything else raises
    BadData, since a list cut short would say that people are not connected.
    """
    columns: list[str] | None = None
    found: list[Row] = []
    seen: set[str] = set()
    for line in report:
        word, *values = line.split("\t" if "\t" in line else ",")
        if word == "HEADER" and values and values[0] == "CLIENT_LIST":
            columns = values[1:]
        elif word == "TIME":
            _said_when(values)
        elif word == "CLIENT_LIST":
            found.append(_row(columns, values))
        seen.add(f"HEADER {values[0]}" if word == "HEADER" and values else word)
    needed = ("TITLE", "TIME", "HEADER CLIENT_LIST", "HEADER ROUTING_TABLE", "GLOBAL_STATS", "END")
    if missing := [each for each in needed if each not in seen]:
        raise BadData(f"the report lacks {', '.join(missing)}")
    return found


def _said_when(values: Sequence[str]) -> None:
    if len(values) != 2 or not values[1].isdecimal():
        raise BadData("TIME: expected a moment and its seconds since 1970")


def _row(columns: Sequence[str] | None, values: Sequence[str]) -> Row:
    # a row that does not fit names nobody: whoever is not found elsewhere in the list is then in doubt, not absent
    return dict(zip(columns, values, strict=True)) if columns and len(values) == len(columns) else {}


def session_of(row: Row, login: str, source: str) -> VpnSession:
    """One tunnel. Raises: BadData."""
    connected = epoch(row, "Connected Since (time_t)")
    if connected is None:
        raise BadData("Connected Since (time_t): a moment is missing")
    real = text(row, "Real Address")
    return VpnSession(
        source=source,
        # servers before 2.4 number no clients; their address and port name the tunnel then
        session_id=optional_text(row, "Client ID") or real,
        login=login,
        connected_at=connected,
        real_address=real,
        virtual_address=optional_text(row, "Virtual Address") or optional_text(row, "Virtual IPv6 Address"),
        received_bytes=_bytes(row, "Bytes Received"),
        sent_bytes=_bytes(row, "Bytes Sent"),
    )


def _bytes(row: Row, name: str) -> int:
    count = whole(row, name)
    if count is None or count < 0:
        raise BadData(f"{name}: a number of bytes is missing")
    return count
