"""SCIM users to people. Source: RFC 7643, 4.1 (User) and 4.3 (enterprise extension)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sources.kit.reading import BadData, moment, optional_rows, optional_text, part, text, truth
from sources.ports.directory import Person, PersonName, Phone, Workplace
from sources.ports.identifiers import Identifier

ENTERPRISE: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

_PHONES: Final = {"mobile": "MOBILE", "work": "WORK"}
_KINDS: Final = {kind: word for word, kind in _PHONES.items()}

_ATTRIBUTES: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("name", "displayName", "{extension}"),
    "email": ("emails",),
    "photo": ("photos",),
    "phones": ("phoneNumbers",),
    "workplace": ("addresses", "{extension}"),
    "time_zone": ("timezone",),
    "languages": ("preferredLanguage", "{extension}"),
    "vip": ("{extension}",),
    "title": ("title",),
    "department": (f"{ENTERPRISE}:department",),
    "manager_id": (f"{ENTERPRISE}:manager",),
    "previous_login": ("{extension}",),
    "created_at": ("meta",),
    "changed_at": ("meta",),
}
_ALWAYS: Final = ("id", "userName", "externalId", "active", "emails", "displayName", "name")


def attributes_for(fields: frozenset[str], extension: str) -> tuple[str, ...]:
    """SCIM attributes to ask for so that these record attributes can be told; all when nothing is named."""
    wanted = set(_ALWAYS)
    for name in fields or _ATTRIBUTES:
        wanted.update(each.format(extension=extension) for each in _ATTRIBUTES.get(name, ()))
    return tuple(sorted(wanted))


def key_by_id(user: Any) -> str | None:
    """The employee id of a user; people the company has not numbered are no employees."""
    return optional_text(user, "externalId") if text(user, "id") else None


def key_by_login(user: Any) -> str:
    """The login, in lower case."""
    return text(user, "userName").casefold()


def key_by_email(user: Any) -> str:
    """The address, in lower case."""
    found = _primary(optional_rows(user, "emails"))
    if found is None:
        raise BadData("emails: asked for by address, shows none")
    return text(found, "value").casefold()


def person_of(user: Any, source: str, extension: str, region: str | None) -> Person:
    """One person. Raises: BadData where the user is not what RFC 7643 promises."""
    own = part(user, extension)
    enterprise = part(user, ENTERPRISE)
    meta = part(user, "meta")
    email = _primary(optional_rows(user, "emails"))
    photo = _primary(optional_rows(user, "photos"))
    active = truth(user, "active")
    return Person(
        source=source,
        employee_id=text(user, "externalId"),
        login=text(user, "userName"),
        directory_id=text(user, "id"),
        name=name_of(user, own),
        active=True if active is None else active,
        email=text(email, "value") if email else None,
        photo=optional_text(photo, "value") if photo else None,
        phones=tuple(_phone(each) for each in optional_rows(user, "phoneNumbers")),
        workplace=_workplace(user, own, region),
        time_zone=optional_text(user, "timezone"),
        languages=_languages(user, own),
        vip=truth(own, "vip"),
        title=optional_text(user, "title"),
        department=optional_text(enterprise, "department"),
        manager_id=optional_text(part(enterprise, "manager"), "value"),
        previous_login=optional_text(own, "previousLogin"),
        created_at=moment(meta, "created"),
        changed_at=moment(meta, "lastModified"),
    )


def contact_changes(phones: tuple[Phone, ...] | None, desk: str | None, extension: str) -> list[dict[str, Any]]:
    """Steps of a PATCH that set telephones and desk, or take them away. Source: RFC 7644, 3.5.2."""
    numbers = [{"type": _KINDS.get(each.kind, "other"), "value": each.number} for each in phones or ()]
    wanted = {"phoneNumbers": None if phones is None else numbers, f"{extension}:desk": desk}
    return [
        {"op": "replace", "path": path, "value": value} if value else {"op": "remove", "path": path}
        for path, value in wanted.items()
        if value is not None
    ]


def etag_of(user: Any) -> str | None:
    """The version that a change must present; None where the server keeps none. Source: RFC 7643, 3.1."""
    return optional_text(part(user, "meta"), "version")


def name_of(user: Any, own: Mapping[str, Any]) -> PersonName:
    """How the person writes their name."""
    name = part(user, "name")
    given, family = optional_text(name, "givenName"), optional_text(name, "familyName")
    display = optional_text(user, "displayName") or optional_text(name, "formatted")
    return PersonName(
        display=display or " ".join(each for each in (given, family) if each) or text(user, "userName"),
        given=given,
        family=family,
        middle=optional_text(name, "middleName"),
        latin=optional_text(own, "latinName"),
    )


def identifiers_of(person: Person) -> Sequence[Identifier]:
    """Everything a caller can say of this person."""
    name = person.name
    written = [name.display, name.latin, " ".join(each for each in (name.family, name.given, name.middle) if each)]
    said = [("LOGIN", person.login), ("LOGIN", person.previous_login), ("PERSONNEL_NUMBER", person.employee_id)]
    said += [("EMAIL", person.email), *(("NAME", each) for each in dict.fromkeys(written))]
    said += [("PHONE", phone.number) for phone in person.phones]
    return [Identifier(kind, each, "Employee", person.employee_id) for kind, each in said if each]


def _primary(rows: Sequence[Any]) -> Any:
    """The primary value of a multi-valued attribute, or the first."""
    return next((row for row in rows if truth(row, "primary")), rows[0] if rows else None)


def _phone(row: Any) -> Phone:
    return Phone(_PHONES.get(optional_text(row, "type") or "", "OTHER"), text(row, "value").removeprefix("tel:"))


def _workplace(user: Any, own: Mapping[str, Any], region: str | None) -> Workplace | None:
    addresses = optional_rows(user, "addresses")
    address = next((row for row in addresses if optional_text(row, "type") == "work"), None) or _primary(addresses)
    if address is None and region is None:
        return None
    address = address or {}
    return Workplace(
        region=optional_text(address, "region") or region,
        country=optional_text(address, "country"),
        city=optional_text(address, "locality"),
        office=optional_text(address, "streetAddress"),
        floor=optional_text(own, "floor"),
        desk=optional_text(own, "desk"),
    )


def _languages(user: Any, own: Mapping[str, Any]) -> tuple[str, ...]:
    preferred = optional_text(user, "preferredLanguage")
    spoken = [each for each in optional_rows(own, "languages") if isinstance(each, str)]
    return tuple(dict.fromkeys([preferred, *spoken] if preferred else spoken))
