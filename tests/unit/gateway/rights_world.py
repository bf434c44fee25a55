"""A small world of rights: texts that a policy is made of, a store of their own, people who act on it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from authz.labels import Label, Labels
from authz.policy import Policy
from authz.rights import Grant, Operation, Rights, Role, Run, TeamRights
from gateway.store import Store

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
LABELS = Labels(
    (
        Label("directory", "public"),
        Label("directory", "internal"),
        Label("directory", "personal"),
        Label("hr", "personal"),
        Label("policy", "restricted"),
    ),
    {
        ("Employee", "login"): 0,
        ("Employee", "title"): 1,
        ("Employee", "phone"): 2,
        ("Employment", "contract"): 3,
        ("Query", "policy"): 4,
    },
    {"Employee": 0, "Employment": 3, "Query": 4},
)
RIGHTS = (
    "propose_policy",
    "approve_policy",
    "publish_policy",
    "rollback_policy",
    "grant_rights",
    "break_glass",
    "review_break_glass",
)
OPERATIONS = {
    **{name: Operation(name, "policy", "low") for name in RIGHTS},
    "unlock_account": Operation("unlock_account", "account", "low"),
}


@dataclass(frozen=True)
class Texts:
    """What the texts say, in the shape in which tests change it. `reads` is the ceiling of the helpdesk's directory."""

    reads: str = "internal"
    north: tuple[str, ...] = ("ann", "bob")
    officers: tuple[str, ...] = ("olga", "oleg", "anna")
    lone: tuple[str, ...] = ("olga",)
    hr: str | None = None
    broken: bool = False

    def bundle(self) -> dict[str, str]:
        """The texts."""
        return {"rights.json": json.dumps(self.__dict__)}


def build(bundle: Mapping[str, str]) -> Policy:
    """The policy of such texts."""
    said: dict[str, Any] = json.loads(bundle["rights.json"])
    helpdesk = [Grant("read", "directory", said["reads"])]
    if said["hr"]:
        helpdesk.append(Grant("read", "hr", said["hr"]))
    if said["broken"]:
        helpdesk.append(Grant("read", "no_such_domain", "internal"))
    rights = Rights(
        roles={
            "everyone": Role("everyone", {"en": "Everyone"}, (Grant("read", "directory", "public", "anyone"),)),
            "helpdesk": Role("helpdesk", {"en": "Helpdesk"}, tuple(helpdesk), (Run("break_glass"),)),
            "hr": Role("hr", {"en": "HR"}, (Grant("read", "hr", "personal"),)),
            "officer": Role(
                "officer",
                {"en": "Officers"},
                (Grant("read", "policy", "restricted", "anyone"),),
                tuple(Run(name, "anyone") for name in RIGHTS if name != "break_glass"),
            ),
            "regional": Role("regional", {"en": "Regional givers"}, (), (Run("grant_rights"),)),
        },
        teams={
            "north": TeamRights("north", ("helpdesk",), ("br",), members=tuple(said["north"])),
            "officers": TeamRights("officers", ("officer",), clearance=("vip",), members=tuple(said["officers"])),
            "board": TeamRights("board", ("officer",), members=tuple(said["lone"])),
            "leads": TeamRights("leads", ("regional",), ("br",), members=("lea", "leo")),
        },
        regions=("br", "cis"),
        everyone=("everyone",),
        operations=OPERATIONS,
    )
    return Policy.of(rights, LABELS)


@cache
def _made(text: str) -> Policy:
    return build({"rights.json": text})


def build_once(bundle: Mapping[str, str]) -> Policy:
    """The policy of such texts, made once for all tests that do not change it."""
    return _made(bundle["rights.json"])


@dataclass
class Clock:
    """A clock that tests set."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **time: float) -> None:
        """Let time pass."""
        self.now += timedelta(**time)


ELSEWHERE: Mapping[str, Any] = {"is_self": False, "is_my_manager": False, "vip": False, "region": "br"}
"""Facts of another employee, who is nobody in particular to whoever acts."""


@cache
def _empty() -> bytes:
    """A store's file with its tables and nothing in them; made once, for making it takes longer than most tests."""
    with TemporaryDirectory() as folder:
        Store(f"sqlite:///{folder}/okno.db").migrate()
        return (Path(folder) / "okno.db").read_bytes()


def empty_in(folder: Path) -> str:
    """Where an empty store is."""
    (folder / "okno.db").write_bytes(_empty())
    return f"sqlite:///{folder}/okno.db"


def store_in(folder: Path) -> Store:
    """An empty store."""
    return Store(empty_in(folder))


def changed(**what: Any) -> dict[str, str]:
    """Texts with a change."""
    return replace(Texts(), **what).bundle()
