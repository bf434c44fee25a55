"""Delivery: sinks, anchors and detections of an installation, opened together."""

import os
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo

from audit.anchors import Anchor, FileAnchor, HttpAnchor
from audit.delivering import Delivering
from audit.detections.thresholds import MassLookup, NoCase, OddHours, TakeOver, Thresholds, Vip
from audit.detections.watching import People, Watching, nobody
from audit.sinks.forms import form_of
from audit.sinks.http import Http
from audit.sinks.json_lines import JsonLines
from audit.sinks.sink import Outlet, Sink
from audit.sinks.syslog import Syslog
from audit.trail import Trail
from gateway.delivery_settings import DetectionSettings, SinkSettings
from gateway.references import path_of
from gateway.settings import AuditFile, Installation
from operations.kit.catalogue import events
from sources.kit.yaml_file import ConfigError, mistake_at
from sources.ports.call import utc_now

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class _Mistake(Exception):
    """Something that only shows when it is used. Shape: `path` as in `okno.yaml`."""

    def __init__(self, path: list[str | int], expected: str) -> None:
        super().__init__(expected)
        self.path = path


@dataclass(frozen=True, slots=True)
class DeliverySettings:
    """What an installation says of it, with its secrets. Shape: `thresholds` None: nothing is looked for."""

    outlets: tuple[Outlet, ...] = ()
    anchors: tuple[Anchor, ...] = ()
    thresholds: Thresholds | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """What carries the trail outside and looks through it. Shape: `watching` None where nothing is looked for."""

    delivering: Delivering
    watching: Watching | None

    @classmethod
    def open(
        cls,
        trail: Trail,
        said: DeliverySettings,
        people: People = nobody,
        clock: Callable[[], datetime] = utc_now,
    ) -> "Delivery":
        """Begin to deliver and to look."""
        made = cls(
            Delivering(trail.reading, said.outlets, owner=trail.writer, clock=clock),
            None
            if said.thresholds is None
            else Watching(trail, said.thresholds, people, owner=trail.writer, clock=clock),
        )
        made.delivering.start()
        if made.watching is not None:
            made.watching.start()
        return made

    async def close(self) -> None:
        """Stop; what was not delivered is delivered after the next start."""
        if self.watching is not None:
            await self.watching.close()
        await self.delivering.close()


def delivery_of(installation: Installation, environment: Mapping[str, str] = os.environ) -> DeliverySettings:
    """What an installation says of it. Raises: ConfigError for a secret or a certificate that is not there."""
    audit = installation.file.audit
    try:
        _refuse_twice(audit)
        _refuse_unknown_teams(installation)
        about = events().all()
        sinks = tuple(
            Outlet(
                each.name,
                _sink(each, ["audit", "sinks", at], environment),
                form_of(each.format, about, version("okno")),
                personal=each.personal,
                fresh=each.start == "now",
            )
            for at, each in enumerate(audit.sinks)
        )
        return DeliverySettings(sinks, anchors_of(audit, environment), thresholds_of(audit.detections))
    except _Mistake as problem:
        path = installation.folder / "okno.yaml"
        raise _told(path, problem) from None


def anchors_of(audit: AuditFile, environment: Mapping[str, str] = os.environ) -> tuple[Anchor, ...]:
    """The anchors of an installation: the file, then the addresses. Raises: a mistake that `delivery_of` tells of."""
    files: list[Anchor] = [] if audit.anchor is None else [FileAnchor(Path(audit.anchor))]
    return (
        *files,
        *(
            HttpAnchor(each.url, _headers(each.headers, ["audit", "anchors", at], environment))
            for at, each in enumerate(audit.anchors)
        ),
    )


def thresholds_of(said: DetectionSettings | None) -> Thresholds | None:
    """From where on something looks wrong."""
    if said is None:
        return None
    odd = said.odd_hours
    return Thresholds(
        None if (mass := said.mass_lookup) is None else MassLookup(mass.employees, timedelta(seconds=mass.within)),
        None if said.vip is None else Vip(timedelta(seconds=said.vip.within)),
        None if (caseless := said.no_case) is None else NoCase(caseless.employees, timedelta(seconds=caseless.within)),
        None
        if odd is None
        else OddHours(
            odd.begin,
            odd.end,
            ZoneInfo(odd.zone),
            {team: ZoneInfo(zone) for team, zone in odd.teams.items()},
            tuple(_DAYS.index(each) for each in odd.days_off),
            odd.records,
            timedelta(seconds=odd.within),
        ),
        None if said.take_over is None else TakeOver(timedelta(seconds=said.take_over.within)),
        frozenset(said.but),
    )


def _sink(said: SinkSettings, path: list[str | int], environment: Mapping[str, str]) -> Sink:
    if said.kind == "json_lines":
        assert said.file is not None
        return JsonLines(Path(said.file))
    if said.kind == "http":
        assert said.url is not None
        return Http(said.url, _headers(said.headers, path, environment), batch=said.batch)
    assert said.host is not None
    tls = None
    if said.security == "tls":
        try:
            tls = ssl.create_default_context(cafile=said.ca)
        except (OSError, ValueError) as problem:
            raise _Mistake([*path, "ca"], f"expected certificates in PEM ({type(problem).__name__})") from None
    return Syslog(said.host, said.port, tls=tls, enterprise=said.enterprise)


def _headers(said: Mapping[str, str], path: list[str | int], environment: Mapping[str, str]) -> dict[str, str]:
    return {name: _followed(each, [*path, "headers", name], environment) for name, each in said.items()}


def _followed(reference: str, path: list[str | int], environment: Mapping[str, str]) -> str:
    """What a reference leads to."""
    kind, _, name = reference.partition(":")
    if kind == "env":
        if not environment.get(name):
            raise _Mistake(path, f"expected the environment variable {name} to be set")
        found = environment[name]
    else:
        try:
            found = path_of(name, environment).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as problem:  # ValueError: not UTF-8, or no path at all
            raise _Mistake(path, f"expected a readable file ({type(problem).__name__})") from None
    if not found or not found.isprintable():
        raise _Mistake(path, "expected one line of text")
    return found


def _refuse_twice(audit: AuditFile) -> None:
    known: set[str] = set()
    for at, each in enumerate(audit.sinks):
        if each.name in known:
            raise _Mistake(["audit", "sinks", at, "name"], "another sink has this name")
        known.add(each.name)


def _refuse_unknown_teams(installation: Installation) -> None:
    said = installation.file.audit.detections
    known = {each.id for each in installation.teams}
    for team in said.odd_hours.teams if said is not None and said.odd_hours is not None else ():
        if team not in known:
            raise _Mistake(["audit", "detections", "odd_hours", "teams", team], "no team has this name")


def _told(file: Path, problem: _Mistake) -> ConfigError:
    return mistake_at(file, file.read_text(encoding="utf-8"), problem.path, str(problem))
