"""Control: faults by switch while the sandbox runs, over loopback with a key of this run."""

import hmac
import json
import os
import secrets
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from sandbox.world import World
from sources.kit.twin.faults import FAULT_KINDS, GARBAGE_KINDS, Fault

STATE: Final = Path(".okno/sandbox.json")


class Control:
    """A small server that switches faults; where it listens stands in a file that only this user reads."""

    def __init__(self, world: World, state: Path = STATE) -> None:
        self._world = world
        self._state = state
        self._key = secrets.token_urlsafe(24)
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen and leave word."""
        application = web.Application()
        application.add_routes([web.get("/faults", self._tell), web.post("/faults/{source}", self._switch)])
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        address = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self._state.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._state, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump({"control": address, "key": self._key, "pid": os.getpid()}, file)

    async def stop(self) -> None:
        """Stop listening and take the word away."""
        if self._ours():
            self._state.unlink(missing_ok=True)
        if self._runner is not None:
            await self._runner.cleanup()

    def _ours(self) -> bool:
        """Whether the word left is of this run; another sandbox may have been started in the folder since."""
        try:
            return bool(json.loads(self._state.read_text(encoding="utf-8"))["pid"] == os.getpid())
        except (OSError, ValueError, KeyError):
            return False

    def _admits(self, request: web.Request) -> bool:
        return hmac.compare_digest(request.headers.get("X-Okno-Sandbox", ""), self._key)

    async def _tell(self, request: web.Request) -> web.Response:
        if not self._admits(request):
            return web.json_response({"error": "wrong key"}, status=403)
        return web.json_response({name: _told(twin.switch.fault) for name, twin in self._world.twins.items()})

    async def _switch(self, request: web.Request) -> web.Response:
        if not self._admits(request):
            return web.json_response({"error": "wrong key"}, status=403)
        try:
            fault = _fault(await request.json())
            await self._world.break_with(request.match_info["source"], fault)
        except (KeyError, TypeError, ValueError) as problem:
            return web.json_response({"error": str(problem.args[0] if problem.args else problem)}, status=400)
        return web.json_response(_told(fault))


def _told(fault: Fault | None) -> dict[str, Any] | None:
    return asdict(fault) if fault is not None else None


def _fault(body: dict[str, Any] | None) -> Fault | None:
    if body is None:
        return None
    fault = Fault(**body)
    if fault.kind not in FAULT_KINDS or fault.garbage not in GARBAGE_KINDS:
        raise ValueError(f"a fault is one of {', '.join(FAULT_KINDS)}; garbage one of {', '.join(GARBAGE_KINDS)}")
    return fault
