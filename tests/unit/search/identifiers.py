"""The identifiers of the made-up company, as its sources would sweep them."""

from collections.abc import Iterator

from sandbox.company.model import Company
from sandbox.company.person import Person
from sources.ports.identifiers import Identifier


def identifiers_of(company: Company) -> list[Identifier]:
    """Everything sayable about the people, devices, certificates, groups and tickets of the company."""
    found = [identifier for person in company.people for identifier in _of_person(person)]
    for device in company.devices:
        found.append(Identifier("SERIAL", device.serial_number, "Device", device.asset_tag))
        found.append(Identifier("ASSET_TAG", device.asset_tag, "Device", device.asset_tag))
        if device.hostname:
            found.append(Identifier("HOST", device.hostname, "Device", device.asset_tag))
        if device.ip:
            found.append(Identifier("IP", device.ip, "Device", device.asset_tag))
    found.extend(
        Identifier("CERTIFICATE_SERIAL", one.serial, "Certificate", one.serial) for one in company.certificates
    )
    found.extend(Identifier("GROUP_NAME", one.name, "Group", f"{one.domain}:{one.name}") for one in company.groups)
    return found


def _of_person(person: Person) -> Iterator[Identifier]:
    def said(kind: str, text: str) -> Identifier:
        return Identifier(kind, text, "Employee", person.employee_id)

    yield said("NAME", " ".join(filter(None, (person.family_name, person.given_name, person.patronymic))))
    yield said("NAME", f"{person.given_latin} {person.family_latin}")
    yield said("NAME", person.directory_display_name)
    yield said("LOGIN", person.login)
    yield said("EMAIL", person.email)
    yield said("PHONE", person.mobile)
    yield said("PHONE", f"{person.desk_phone} ext. {person.extension}")
    yield said("PERSONNEL_NUMBER", person.employee_id)
