"""A device management service whose commands are pending first and carried out when the device calls in."""

import itertools
import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NotRequired, TypedDict

from aiohttp import web

from sources.kit.twin.http import HttpTwin
from sources.kit.twin.oauth import CLIENT_ID, CLIENT_SECRET, TokenDesk

MOST: Final = 100
"""Serial numbers in one query."""
COMMANDS: Final = frozenset({"LOCK", "WIPE", "RECOVERY_KEY"})


class Device(TypedDict):
    """One device in the service's words. Units: moments in milliseconds since 1970.

    `reachable` and `recoveryKey` are not shown: whether it still calls in, and what RECOVERY_KEY reveals.
    """

    id: str
    serialNumber: str
    deviceName: str | None
    enrollmentState: str
    platform: str
    osVersion: str
    compliance: dict[str, Any]
    encryption: str
    lockState: str
    recoveryKeyEscrowed: bool
    assignedUser: dict[str, str] | None
    lastCheckIn: int
    reachable: bool
    recoveryKey: str | None
    wipedAt: NotRequired[int | None]
    recoveryKeyShownAt: NotRequired[int | None]


_HIDDEN: Final = frozenset({"reachable", "recoveryKey"})
_WORKED_OUT: Final = frozenset({"pendingCommands"})
FIELDS: Final = (frozenset(Device.__annotations__) | _WORKED_OUT) - _HIDDEN


@dataclass(slots=True)
class Command:
    """A command on its way to a device. Units: `due` in seconds of `time.monotonic()`."""

    id: str
    device_id: str
    kind: str
    due: float
    state: str = "PENDING"
    result: dict[str, str] | None = None


class DeviceManagementTwin(HttpTwin):
    """The service. Seed: devices. Units: `delay` is how many seconds a reachable device takes to obey.

    Devices whose id is among `refuses` answer that they will not obey.
    """

    passing = frozenset({"tokens"})

    def __init__(self, devices: Iterable[Device], *, delay: float = 0.5, token_life: int = 3600) -> None:
        super().__init__()
        self.devices: dict[str, dict[str, Any]] = {device["id"]: dict(device) for device in devices}
        self.commands: dict[str, Command] = {}
        self.refuses: set[str] = set()
        self.delay = delay
        self.tokens = TokenDesk("/oauth/token", life=token_life)
        self._numbers = itertools.count(1)

    def settings(self) -> Mapping[str, str]:
        """Address and client."""
        return {"url": self.url, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}

    def application(self) -> web.Application:
        """Login, query, commands."""
        application = web.Application(middlewares=[self.tokens.check])
        application.add_routes(
            [
                web.post(self.tokens.login_path, self.tokens.log_in),
                web.post("/api/v2/devices/query", self._query),
                web.post("/api/v2/devices/{id}/commands", self._command),
                web.get("/api/v2/devices/{id}/commands/{command}", self._progress),
            ]
        )
        return application

    async def _query(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        serials, fields = wanted.get("serialNumbers"), wanted.get("fields") or sorted(FIELDS)
        if not isinstance(serials, list) or not all(isinstance(each, str) for each in serials):
            return _error(400, "INVALID_REQUEST", "serialNumbers: a list of strings is required")
        if len(serials) > MOST:
            return _error(400, "TOO_MANY_ITEMS", f"serialNumbers: at most {MOST}")
        if strange := sorted(set(fields) - FIELDS):
            return _error(400, "UNKNOWN_FIELD", f"fields: {', '.join(strange)}")
        self._settle()
        by_serial = {device["serialNumber"].casefold(): device for device in self.devices.values()}
        found = [by_serial[each.casefold()] for each in serials if each.casefold() in by_serial]
        return web.json_response(
            {
                "devices": [self._told(device, fields) for device in found],
                "notFound": [each for each in serials if each.casefold() not in by_serial],
            }
        )

    def _told(self, device: dict[str, Any], fields: Iterable[str]) -> dict[str, Any]:
        under_way = (each for each in self.commands.values() if each.state == "PENDING")
        pending = [each.kind for each in under_way if each.device_id == device["id"]]
        return {name: ({**device, "pendingCommands": pending}).get(name) for name in ("serialNumber", *fields)}

    async def _command(self, request: web.Request) -> web.Response:
        self._settle()
        device = self.devices.get(request.match_info["id"])
        kind = (await request.json()).get("command")
        if device is None:
            return _error(404, "NOT_FOUND", "no such device")
        if kind not in COMMANDS:
            return _error(400, "UNKNOWN_COMMAND", "command: one of LOCK, WIPE, RECOVERY_KEY")
        if device["enrollmentState"] != "ENROLLED":
            return _error(409, "NOT_ENROLLED", "the device takes no commands")
        if kind == "RECOVERY_KEY" and not device["recoveryKeyEscrowed"]:
            return _error(409, "NO_KEY", "no recovery key is held")
        command = Command(f"c-{next(self._numbers)}", device["id"], kind, time.monotonic() + self.delay)
        if kind == "LOCK":
            device["lockState"] = "LOCKED" if device["lockState"] == "LOCKED" else "LOCK_PENDING"
        self.commands[command.id] = command
        return web.json_response(_shown(command), status=202)

    async def _progress(self, request: web.Request) -> web.Response:
        self._settle()
        command = self.commands.get(request.match_info["command"])
        if command is None or command.device_id != request.match_info["id"]:
            return _error(404, "NOT_FOUND", "no such command")
        return web.json_response(_shown(command))

    def _settle(self) -> None:
        """Carry out what reachable devices have heard of by now."""
        for command in self.commands.values():
            device = self.devices[command.device_id]
            if command.state == "PENDING" and device["reachable"] and time.monotonic() >= command.due:
                command.state = "FAILED" if command.device_id in self.refuses else "DONE"
                if command.state == "DONE":
                    self._obey(device, command)

    def _obey(self, device: dict[str, Any], command: Command) -> None:
        now = device["lastCheckIn"] = int(time.time() * 1000)
        if command.kind == "LOCK":
            device["lockState"] = "LOCKED"
        elif command.kind == "WIPE":
            device.update(
                enrollmentState="UNENROLLED",
                lockState="UNKNOWN",
                assignedUser=None,
                recoveryKeyEscrowed=False,
                wipedAt=now,
            )
        else:
            command.result = {"recoveryKey": str(device["recoveryKey"])}
            device["recoveryKeyShownAt"] = now
            device["recoveryKey"] = "-".join(f"{secrets.randbelow(10**6):06}" for _ in range(8))


def _shown(command: Command) -> dict[str, Any]:
    return {"commandId": command.id, "command": command.kind, "state": command.state, "result": command.result}


def _error(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"error": {"code": code, "message": message}}, status=status)
