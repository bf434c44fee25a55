"""Bringing servers up in the right order, each in its own thread, and taking down exactly what was brought up."""

import importlib
import json
import os
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache

from tests.real.servers import packages, process
from tests.real.servers.place import FIXTURES, Place, write_private
from tests.real.servers.server import Facts, Server, Site
from tests.real.servers.wire import Refused

AT_ONCE = 2  # heavy work at a time


@cache
def servers() -> dict[str, Server]:
    """Every folder here that has a `server.py`: the folders are the list."""
    found = sorted(path.parent.name for path in FIXTURES.glob("*/server.py"))
    return {name: importlib.import_module(f"tests.real.servers.{name}.server").SERVER for name in found}


def read(place: Place) -> dict[str, Facts]:
    """What is written of the started servers, alive or not."""
    if not place.facts.exists():
        return {}
    written: dict[str, Facts] = json.loads(place.facts.read_text())
    return written


def living(place: Place) -> dict[str, Facts]:
    return {name: facts for name, facts in read(place).items() if _lives(facts)}


def debian(names: Sequence[str]) -> list[str]:
    """Debian packages this machine lacks for these servers."""
    return sorted({package for name in _with_needs(names) for package in servers()[name].debian()})


class Ascent:
    """One `up`: a thread for each server, two of them at work at a time."""

    def __init__(self, place: Place, names: Sequence[str]) -> None:
        self.place = place
        self.facts = living(place)
        self.names = names
        self.slots = threading.Semaphore(AT_ONCE)
        self.lock = threading.Lock()
        self.done: dict[str, Future[Facts]] = {}
        self.debian: dict[str, tuple[str, ...]] = {}

    def run(self) -> list[str]:
        """Bring all up; returns the names of those that failed."""
        new = [name for name in self.names if name not in self.facts]
        for name in self.names:
            if name in self.facts:
                print(f"{name:<16} already running, pid {self.facts[name]['pid']}", flush=True)
        self.debian = {name: servers()[name].debian() for name in new}
        with ThreadPoolExecutor(max_workers=len(new) + 1) as pool:
            self.apt = pool.submit(self._apt)
            gate = threading.Event()
            self.done = {name: pool.submit(self._raise, name, gate) for name in new}
            gate.set()
        return [name for name, future in self.done.items() if future.exception()]

    def _apt(self) -> None:
        wanted = {package for lacking in self.debian.values() for package in lacking}
        if not wanted or os.geteuid() != 0:
            return
        began = time.monotonic()
        with self.slots:
            packages.install_debian(wanted, self.place.log("apt"))
        print(f"{'(Debian)':<16} {len(wanted)} packages in {time.monotonic() - began:.1f} s", flush=True)

    def _raise(self, name: str, gate: threading.Event) -> Facts:
        gate.wait()
        server, site = servers()[name], Site(name, self.place, servers()[name].ports, self.facts)
        try:
            return self._install_and_start(server, site)
        except Exception as failure:  # whatever it was, nothing may stay behind and the others go on
            if site.started is not None and site.started.poll() is None:
                pid = site.started.pid
                process.stop(pid, process.born(pid), server.stop_signal)
            known = isinstance(failure, process.ServerFailed | Refused | OSError)
            said = str(failure) if known else f"{type(failure).__name__}: {failure}"
            with self.lock:
                print(
                    f"{name:<16} FAILED: {said}\n  last lines of {site.log}:\n{process.last_lines(site.log)}",
                    file=sys.stderr,
                    flush=True,
                )
            raise

    def _install_and_start(self, server: Server, site: Site) -> Facts:
        if server.root_because and os.geteuid() != 0:
            raise process.ServerFailed(f"only root can start it: {server.root_because}")
        site.log.parent.mkdir(parents=True, exist_ok=True)
        site.log.write_text("")
        if self.debian[site.name] and os.geteuid() != 0:
            packages.install_debian(self.debian[site.name], site.log)
        with self.slots:
            began = time.monotonic()
            server.install(site)
            installed = time.monotonic() - began
        if self.debian[site.name]:
            self.apt.result()
        for other in (*server.needs, *server.after):
            if other in self.done and self.done[other].exception() and other in server.needs:
                raise process.ServerFailed(f"{other} did not start, and it stands on that")
        with self.slots:
            began = time.monotonic()
            facts = server.start(site)
            seconds = time.monotonic() - began
        assert site.started is not None
        pid = site.started.pid
        told: Facts = {
            **facts,
            "pid": pid,
            "born": process.born(pid),
            "log": str(site.log),
            "seconds": {"install": round(installed, 1), "start": round(seconds, 1)},
        }
        with self.lock:
            self.facts[site.name] = told
            _write(self.place, self.facts)
        print(
            f"{site.name:<16} ready in {seconds:.1f} s (install {installed:.1f} s)  "
            f"{facts.get('url') or facts.get('address') or facts['port']}",
            flush=True,
        )
        return told


def up(place: Place, names: Sequence[str]) -> int:
    """Install and start what is not running; the others still start when one fails."""
    began = time.monotonic()
    failed = Ascent(place, _with_needs(names)).run()
    if failed:
        print(f"did not start: {', '.join(failed)}", file=sys.stderr)
        return 1
    print(f"all up in {time.monotonic() - began:.1f} s; written to {place.facts}")
    return 0


def down(place: Place, names: Sequence[str], forget: bool) -> int:
    """Stop what `up` started, and first what stands on it."""
    facts = read(place)
    leaving = _with_dependents(names or list(servers()))
    for name in leaving:
        if name in facts:
            known = facts.pop(name)
            servers()[name].before_stop(known)
            was = process.stop(int(str(known["pid"])), str(known["born"]), servers()[name].stop_signal)
            print(f"{name:<16} {'stopped' if was else 'was not running'}")
            _write(place, facts)
        if forget:
            place.forget(name)
    return 0


def status(place: Place, names: Sequence[str]) -> int:
    """Says of each server whether it runs; non-zero when one of those asked for does not."""
    facts = read(place)
    missing = 0
    for name in names or servers():
        lives = name in facts and _lives(facts[name])
        missing += not lives
        where = facts[name].get("url") or facts[name].get("address") or facts[name]["port"] if lives else ""
        state = f"running, pid {facts[name]['pid']}" if lives else "died" if name in facts else "not running"
        print(f"{name:<16} {state:<22} {servers()[name].title}  {where}")
    return 1 if missing else 0


def smoke(place: Place, names: Sequence[str]) -> int:
    """A write and a read on each running server; non-zero when one fails, or when one asked for is not running."""
    facts = living(place)
    wrong = 0
    for name in names or sorted(facts):
        began = time.monotonic()
        try:
            if name not in facts:
                raise Refused("it is not running")
            said = servers()[name].prove(facts[name])
        except Exception as failure:  # an answer of an unexpected shape is a failed proof too, and the next goes on
            wrong += 1
            said = f"FAILED: {type(failure).__name__}: {failure}"
        print(f"{name:<16} {said} ({time.monotonic() - began:.1f} s)", flush=True)
    return 1 if wrong or not facts else 0


def _lives(facts: Facts) -> bool:
    return process.alive(int(str(facts["pid"])), str(facts["born"]))


def _write(place: Place, facts: dict[str, Facts]) -> None:
    write_private(place.facts, json.dumps(dict(sorted(facts.items())), indent=2, ensure_ascii=False) + "\n")


def _with_needs(names: Sequence[str]) -> list[str]:
    wanted = set(names or servers())
    for name in list(wanted):
        wanted.update(servers()[name].needs)
    return sorted(wanted)


def _with_dependents(names: Iterable[str]) -> list[str]:
    """The named servers and those that stand on them, these first."""
    leaving = set(names)
    leaving.update(name for name, server in servers().items() if leaving & set(server.needs))
    return sorted(leaving, key=lambda name: (not servers()[name].needs, name))
