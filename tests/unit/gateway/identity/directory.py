"""A desk behind which only people and groups are."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from sources.ports.call import CallContext, SourceHealth
from sources.ports.directory import Person, PersonName
from sources.ports.errors import SourceError
from sources.ports.groups import Group, Membership
from sources.ports.question import Need, Page, Window


class Directory:
    """Shape: `groups` by login; a group is `name`, `name@source`, `list:name` or `admin:name` (of another account)."""

    def __init__(self, groups: Mapping[str, set[str]]) -> None:
        self.groups = dict(groups)
        self.down = False
        self.left: set[str] = set()
        self.asked: list[str] = []
        self.needs: list[Need] = []
        self.gate: asyncio.Event | None = None

    async def ask(
        self, port: str, question: str, keys: Sequence[Any], need: Need, call: CallContext, *, source: str | None = None
    ) -> Sequence[Any]:
        self.asked.append(f"{port}.{question}")
        self.needs.append(need)
        if self.gate is not None:
            await self.gate.wait()
        if self.down:
            return [SourceError("SOURCE_UNAVAILABLE", source or port) for _ in keys]
        if question == "people_by_login":
            return [self._person(key) for key in keys]
        return [tuple(self._memberships(key.login, source or "domain")) for key in keys]

    def _person(self, key: str) -> Person | None:
        login = next((each for each in self.groups if each.casefold() == key), None)
        if login is None:
            return None
        return Person("scim", f"0{login}", login, login, PersonName(login), login not in self.left)

    def _memberships(self, login: str, source: str) -> list[Membership]:
        found = []
        for name in sorted(self.groups[login]):
            kind, _, rest = name.rpartition(":")
            plain, _, where = rest.partition("@")
            if (where or "domain") == source:
                group = Group(source, plain, plain, source, "DISTRIBUTION" if kind == "list" else "SECURITY", False)
                found.append(Membership(group, f"adm.{login}" if kind == "admin" else login, True))
        return found

    async def list(self, port: str, listing: str, page: Page, call: CallContext, **wanted: object) -> Window[Any]:
        raise AssertionError("nothing is listed here")

    def sources_of(self, port: str) -> tuple[str, ...]:
        return ("domain", "lab") if port == "groups" else ("scim",)

    def health(self) -> tuple[SourceHealth, ...]:
        return ()
