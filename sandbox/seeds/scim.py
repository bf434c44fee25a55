"""The directory's people, as SCIM users."""

from typing import Any, Final

from sandbox.company.model import Company
from sandbox.company.person import Person
from sources.scim.twin import ScimTwin

CORE: Final = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
WORKPLACE: Final = "urn:okno:params:scim:schemas:extension:workplace:2.0:User"


def twin(company: Company) -> ScimTwin:
    """The directory's twin, filled."""
    return ScimTwin(seed(company))


def seed(company: Company) -> list[dict[str, Any]]:
    """Everyone the directory knows; a changed surname reaches it late."""
    return [_user(person, company) for person in company.people]


def _user(person: Person, company: Company) -> dict[str, Any]:
    office = company.office_by_code[person.office]
    employment = {"employeeNumber": person.employee_id, "department": person.department, "division": person.region}
    if person.manager_id:
        employment["manager"] = {"value": person.manager_id}  # type: ignore[assignment]
    latin = f"{person.given_latin} {person.directory_family_latin}"
    return {
        "schemas": [CORE, ENTERPRISE, WORKPLACE],
        "id": person.uid,
        "externalId": person.employee_id,
        "userName": person.login,
        "displayName": person.directory_display_name,
        "name": {
            "givenName": person.given_name,
            "familyName": person.directory_family_name,
            **({"middleName": person.patronymic} if person.patronymic else {}),
        },
        "title": person.title,
        "active": person.status in ("ACTIVE", "ON_LEAVE"),
        "preferredLanguage": person.preferred_language,
        "timezone": person.time_zone,
        "emails": [{"value": person.email, "type": "work", "primary": True}],
        "phoneNumbers": [
            {"value": person.mobile, "type": "mobile"},
            {"value": f"{person.desk_phone};ext={person.extension}", "type": "work"},
        ],
        "addresses": [
            {
                "type": "work",
                "streetAddress": office.name,
                "locality": person.city,
                "region": person.region,
                "country": person.country,
            }
        ],
        "meta": {
            "resourceType": "User",
            "created": f"{person.hire_date.isoformat()}T08:00:00Z",
            "lastModified": company.now.isoformat(),
        },
        ENTERPRISE: employment,
        WORKPLACE: {
            "floor": str(person.floor),
            "desk": person.desk,
            "vip": person.vip,
            "languages": list(person.languages),
            "latinName": latin,
            **({"previousLogin": person.previous_login} if person.previous_login else {}),
        },
    }
