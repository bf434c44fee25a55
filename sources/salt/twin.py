"""A Salt master behind salt-api: commands to minions, jobs that take a while, the site's runners.

Source: Salt 3008, rest_cherrypy and the NetAPI clients; the runners as the manifest describes them.
"""

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from aiohttp import web

from sources.kit.twin.http import HttpTwin
from sources.salt.rows import LicenceSeat, SaltJob, SaltMinion, SaltPackage, SaltSeed

_CLIENTS: Final = ("local", "local_async", "runner")


class SaltTwin(HttpTwin):
    """The software distribution. Units: `job_seconds` how long an installation takes, `silence` how long the master
    waits for computers that are off (a real one waits for the time the command names).
    """

    def __init__(self, seed: SaltSeed, *, job_seconds: float = 3.0, silence: float = 0.0) -> None:
        super().__init__()
        self.minions = {minion.id: minion for minion in seed.minions}
        self.jobs = list(seed.jobs)
        self.seats = {seat.key: seat for seat in seed.seats}
        self.catalogue = dict(seed.catalogue)
        self.licensed = {*seed.catalogue, *(seat.product for seat in seed.seats)}
        self.suffix = seed.suffix
        self.user, self.password = "okno", "twin-password"
        self.job_seconds, self.silence = job_seconds, silence
        self._sessions: set[str] = set()
        self._running: set[asyncio.Task[None]] = set()

    def settings(self) -> Mapping[str, str]:
        """Address and account."""
        known = {"user": self.user, "password": self.password, "eauth": "sharedsecret", "suffix": self.suffix}
        return {"url": self.url, **known}

    def expire_sessions(self) -> None:
        """Every token given so far is good no longer."""
        self._sessions.clear()

    def application(self) -> web.Application:
        """Login, commands and jobs."""
        application = web.Application()
        application.add_routes(
            [web.post("/login", self._login), web.post("/", self._commands), web.get("/jobs/{jid}", self._job)]
        )
        return application

    async def stop(self) -> None:
        """Stop listening; what was being installed stays undone."""
        for task in self._running:
            task.cancel()
        await super().stop()

    async def _login(self, request: web.Request) -> web.Response:
        given = await request.json()
        if (given.get("username"), given.get("password")) != (self.user, self.password):
            return _html(401, "Could not authenticate using provided credentials")
        token = secrets.token_hex(20)
        self._sessions.add(token)
        now = datetime.now(UTC).timestamp()
        perms = [".*", "@runner", "@jobs"]
        told = {"token": token, "user": self.user, "eauth": given.get("eauth"), "perms": perms}
        return web.json_response(
            {"return": [{**told, "start": now, "expire": now + 43200}]}, headers={"X-Auth-Token": token}
        )

    async def _commands(self, request: web.Request) -> web.Response:
        if request.headers.get("X-Auth-Token") not in self._sessions:
            return _html(401, "No permission -- see authorization schemes")
        commands = await request.json()
        if not isinstance(commands, list):
            return _html(400, "Lowstates must be a list")
        returned = []
        for command in commands:
            if command.get("client") not in _CLIENTS:
                return _html(400, f"Client disabled: '{command.get('client')}'.")
            returned.append(await self._run(command))
        return web.json_response({"return": returned})

    async def _job(self, request: web.Request) -> web.Response:
        if request.headers.get("X-Auth-Token") not in self._sessions:
            return _html(401, "No permission -- see authorization schemes")
        found = [job for job in self.jobs if job.jid == request.match_info["jid"]]
        info = [_info(job) for job in found]
        ended = {job.minion: job.returned for job in found if job.end_time is not None}
        return web.json_response({"info": info or [{"Error": "Cannot contact returner"}], "return": [ended]})

    async def _run(self, command: Mapping[str, Any]) -> object:
        if command["client"] == "runner":
            return self._on_master(command)
        known = [self.minions[name] for name in _targets(command, self.minions) if name in self.minions]
        if command["client"] == "local_async":
            return self._publish(command, known)
        if not all(minion.online for minion in known):
            await asyncio.sleep(self.silence)
        return {minion.id: self._ask(minion, command) if minion.online else False for minion in known}

    def _ask(self, minion: SaltMinion, command: Mapping[str, Any]) -> object:
        """What one computer returns: of several functions a dictionary by function."""
        functions = command["fun"]
        if isinstance(functions, str):
            return _FUNCTIONS.get(functions, _unavailable(functions))(minion)
        return {name: _FUNCTIONS.get(name, _unavailable(name))(minion) for name in functions}

    def _publish(self, command: Mapping[str, Any], known: Sequence[SaltMinion]) -> object:
        """Begin a job on each computer and answer at once."""
        if not known:
            return {}
        jid = self._fresh_jid()
        for minion in known:
            job = SaltJob(jid, minion.id, command["fun"], list(command.get("arg", [])), self.user)
            self.jobs.append(job)
            if minion.online:
                task = asyncio.create_task(self._work(minion, job))
                self._running.add(task)
                task.add_done_callback(self._running.discard)
        return {"jid": jid, "minions": [minion.id for minion in known]}

    async def _work(self, minion: SaltMinion, job: SaltJob) -> None:
        """Carry a job out; what is not in the catalogue cannot be installed, what is not there cannot be removed."""
        await asyncio.sleep(self.job_seconds)
        name = str(job.arg[0]) if job.arg else ""
        before = minion.packages.get(name)
        job.end_time = _salt_time(datetime.now(UTC))
        if job.fun == "pkg.install" and name in self.catalogue:
            version, vendor = self.catalogue[name]
            minion.packages[name] = SaltPackage(version, vendor, int(datetime.now(UTC).timestamp()))
            job.success, job.returned = True, {name: {"old": before.version if before else "", "new": version}}
        elif job.fun in ("pkg.remove", "pkg.purge") and before is not None:
            del minion.packages[name]
            job.success, job.returned = True, {name: {"old": before.version, "new": ""}}
        else:
            job.success, job.returned = False, f"ERROR: Unable to locate package {name}"

    def _on_master(self, command: Mapping[str, Any]) -> object:
        if command["fun"] == "software.jobs":
            return {name: [_row(job) for job in self.jobs if job.minion == name] for name in command["minions"]}
        if command["fun"] == "licences.list":
            return {
                login: [_seat(seat) for seat in self.seats.values() if seat.login == login]
                for login in command["logins"]
            }
        if command["fun"] == "licences.grant":
            if command["product"] not in self.licensed:
                return {"refused": f"no seats of {command['product']} are kept here"}
            key = f"SEAT-{secrets.token_hex(4).upper()}"
            now = datetime.now(UTC).isoformat(timespec="seconds")
            self.seats[key] = LicenceSeat(key, command["product"], command["login"], now, command.get("expires"))
            return {"key": key}
        if command["fun"] == "licences.revoke":
            seat = self.seats.get(command["key"])
            if seat is None or seat.login != command["login"]:
                return {"revoked": False}
            del self.seats[command["key"]]
            return {"revoked": True}
        return f"Exception occurred in runner {command['fun']}: 'Function not found'"

    def _fresh_jid(self) -> str:
        """An id that no job has: the present moment, moved on where that is taken."""
        taken = {job.jid for job in self.jobs}
        jid = int(datetime.now(UTC).strftime("%Y%m%d%H%M%S%f"))
        while str(jid) in taken:
            jid += 1
        return str(jid)


def _targets(command: Mapping[str, Any], minions: Mapping[str, SaltMinion]) -> list[str]:
    target = command["tgt"]
    if command.get("tgt_type", "glob") == "list":
        return [name for name in minions if name in (target.split(",") if isinstance(target, str) else target)]
    return list(minions) if target == "*" else [target]


def _list_pkgs(minion: SaltMinion) -> object:
    return {name: package.version for name, package in minion.packages.items()}


def _info_installed(minion: SaltMinion) -> object:
    if minion.family == "deb":
        return "Traceback (most recent call last): SaltInvocationError: The following keyword arguments are not valid: attr"
    if minion.family != "rpm":
        return "'pkg.info_installed' is not available."
    return {
        name: {"version": each.version, "vendor": each.vendor, "install_date_time_t": each.install_date_time_t}
        for name, each in minion.packages.items()
    }


def _unavailable(name: str) -> Callable[[SaltMinion], object]:
    return lambda _minion: f"'{name}' is not available."


_FUNCTIONS: Final[Mapping[str, Callable[[SaltMinion], object]]] = {
    "pkg.list_pkgs": _list_pkgs,
    "pkg.info_installed": _info_installed,
    "test.ping": lambda _minion: True,
}


def _info(job: SaltJob) -> dict[str, object]:
    told = {"jid": job.jid, "Function": job.fun, "Arguments": job.arg, "Target": [job.minion], "Target-type": "list"}
    return {**told, "User": job.user, "Minions": [job.minion]}


def _row(job: SaltJob) -> dict[str, object]:
    row: dict[str, object] = {"jid": job.jid, "fun": job.fun, "arg": job.arg, "user": job.user}
    if job.end_time is not None:
        row |= {"EndTime": job.end_time, "success": job.success, "return": job.returned}
    return row


def _seat(seat: LicenceSeat) -> dict[str, object]:
    return {"key": seat.key, "product": seat.product, "granted": seat.granted, "expires": seat.expires}


def _salt_time(at: datetime) -> str:
    return at.strftime("%Y, %b %d %H:%M:%S.%f")


def _html(status: int, words: str) -> web.Response:
    """An error as CherryPy words it."""
    body = f"<!DOCTYPE html><html><head><title>{status}</title></head><body><p>{words}</p></body></html>"
    return web.Response(status=status, text=body, content_type="text/html")
