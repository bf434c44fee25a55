"""The people source over SCIM 2.0."""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any, ClassVar, Final

from sources.kit.reading import match, text
from sources.kit.scim import ScimResources, any_of, quoted
from sources.kit.source import Instance, Source
from sources.ports.call import CallContext
from sources.ports.directory import PeopleFilter, Person, Phone
from sources.ports.errors import Answer, SourceError
from sources.ports.identifiers import Identifier
from sources.ports.question import Need, Page, Window
from sources.ports.write import TAKEN, Written
from sources.scim import mapping

_EMPLOYEES: Final = "externalId pr"
"""Accounts that the company has not numbered are no employees."""
_NAMELESS: Final = "not (name.familyName pr)"
"""They come last. Source: RFC 7644, 3.4.2.3."""
_NAMESAKES: Final = 20
"""People to ask for beyond a page by name, so that namesakes at its end mostly come with it."""


class ScimDirectory(Source):
    """People by id, login or address: one filtered GET per batch."""

    system: ClassVar[str] = "scim"

    def __init__(self, instance: Instance) -> None:
        super().__init__(instance)
        self._http = self.http(self.settings["url"], headers=_bearer(self.settings.get("token")))
        self._users = ScimResources(self._http, "/Users")
        writer = self.settings.get("write_token")
        self._write_http = self.http(self.settings["url"], headers=_bearer(writer)) if writer else self._http
        self._writes = ScimResources(self._write_http, "/Users")
        self._extension = self.settings["extension"]
        self._region = self.settings.get("region")

    async def close(self) -> None:
        """Close all connections."""
        await self._http.close()
        await self._write_http.close()

    async def people_by_id(self, keys: Sequence[str], need: Need, call: CallContext) -> Sequence[Answer[Person]]:
        """People by employee id (`externalId`)."""
        return await self._people("externalId", keys, mapping.key_by_id, need, call)

    async def people_by_login(self, keys: Sequence[str], need: Need, call: CallContext) -> Sequence[Answer[Person]]:
        """People by login (`userName`), case-insensitively."""
        lowered = [key.casefold() for key in keys]
        return await self._people("userName", lowered, mapping.key_by_login, need, call)

    async def people_by_email(self, keys: Sequence[str], need: Need, call: CallContext) -> Sequence[Answer[Person]]:
        """People by address (`emails.value`), case-insensitively."""
        lowered = [key.casefold() for key in keys]
        return await self._people("emails.value", lowered, mapping.key_by_email, need, call)

    async def people(self, page: Page, call: CallContext, *, wanted: PeopleFilter, order: str) -> Window[Person]:
        """A page of people by login or by family name; the place is kept by value, so new people do not shift it."""
        conditions = [_EMPLOYEES, *self._conditions(wanted)]
        by_name = order == "NAME"
        if page.after is not None:
            conditions.append(_beyond(page.after, by_name))
        people, total = await self._listed(conditions, by_name, page.first + (_NAMESAKES if by_name else 0), call)
        if by_name:
            people = await self._namesakes_by_login(people, total, conditions, page.first, call)
        people = people[: page.first]
        cursors = tuple((each.name.family or "", each.login) if by_name else (each.login,) for each in people)
        return Window(tuple(people), cursors, total > len(people), total if page.after is None else None)

    async def _listed(
        self, conditions: Sequence[str], by_name: bool, count: int, call: CallContext
    ) -> tuple[list[Person], int]:
        found, total = await self._users.find(
            call,
            where=" and ".join(f"({each})" for each in conditions),
            attributes=mapping.attributes_for(frozenset(), self._extension),
            order="name.familyName" if by_name else "userName",
            count=count,
        )
        return [self._person(user) for user in found], total

    async def _namesakes_by_login(
        self, people: Sequence[Person], total: int, conditions: Sequence[str], first: int, call: CallContext
    ) -> list[Person]:
        """People with namesakes by login: servers sort by one attribute and leave ties in an order of their own.

        Where the page ends among namesakes who did not all come, they are asked for once more, by login.
        """
        groups = [sorted(group, key=_login) for _, group in groupby(people, _family)]
        ordered = [each for group in groups for each in group]
        if (
            total == len(people)
            or not groups
            or _family(ordered[min(first, len(ordered)) - 1]) != _family(groups[-1][0])
        ):
            return ordered
        before = ordered[: -len(groups[-1])]
        family = groups[-1][0].name.family
        same = f"name.familyName eq {quoted(family)}" if family else _NAMELESS
        last, _ = await self._listed([*conditions, same], False, first - len(before), call)
        return [*before, *last]

    async def identifiers(self, call: CallContext) -> Sequence[Identifier]:
        """Logins, names, numbers, addresses and phones of everyone."""
        users = await self._users.sweep(call)
        employees = (self._person(user) for user in users if mapping.key_by_id(user) is not None)
        return [identifier for person in employees for identifier in mapping.identifiers_of(person)]

    async def update_contact(
        self, employee_id: str, phones: tuple[Phone, ...] | None, desk: str | None, call: CallContext
    ) -> Written:
        """Change telephones and desk, if nobody else changes the person meanwhile and the server can tell."""
        steps = mapping.contact_changes(phones, desk, self._extension)
        found, _ = await self._users.find(
            call, where=any_of("externalId", [employee_id]), attributes=("id", "externalId", "meta"), count=2
        )
        people = [user for user in found if mapping.key_by_id(user) == employee_id]
        if not steps or len(people) != 1:
            raise SourceError("SOURCE_REJECTED", self.name, f"{len(people)} people, {len(steps)} changes")
        tag = mapping.etag_of(people[0])
        await self._writes.patch(text(people[0], "id"), steps, tag, call, write="update_contact")
        return TAKEN

    async def _people(
        self, attribute: str, keys: Sequence[str], key_of: Callable[[Any], str | None], need: Need, call: CallContext
    ) -> Sequence[Answer[Person]]:
        found, _ = await self._users.find(
            call,
            where=any_of(attribute, keys),
            attributes=mapping.attributes_for(need.fields, self._extension),
            count=max(50, len(keys) * 2),
        )
        return match(self.name, keys, found, key_of, self._person)

    def _person(self, user: Any) -> Person:
        return mapping.person_of(user, self.name, self._extension, self._region)

    def _conditions(self, wanted: PeopleFilter) -> list[str]:
        said = {
            "addresses.region": wanted.region,
            "addresses.locality": wanted.city,
            "addresses.streetAddress": wanted.office,
            f"{mapping.ENTERPRISE}:department": wanted.department,
        }
        conditions = [f"{attribute} eq {quoted(value)}" for attribute, value in said.items() if value is not None]
        if wanted.active is not None:
            conditions.append(f"active eq {str(wanted.active).lower()}")
        return conditions


def _bearer(token: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def _beyond(after: tuple[str, ...], by_name: bool) -> str:
    if not by_name:
        return f"userName gt {quoted(after[-1])}"
    family, login = after
    if not family:
        return f"{_NAMELESS} and userName gt {quoted(login)}"
    return (
        f"name.familyName gt {quoted(family)} or "
        f"(name.familyName eq {quoted(family)} and userName gt {quoted(login)}) or {_NAMELESS}"
    )


def _family(person: Person) -> str:
    return (person.name.family or "").casefold()


def _login(person: Person) -> str:
    return person.login.casefold()
