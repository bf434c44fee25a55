"""Update contact data."""

from operations.kit.drafting import Draft, step, write
from operations.kit.expecting import has, shows
from operations.kit.given import asked, given
from operations.kit.json_values import plain
from operations.kit.looking import Look
from operations.kit.operation import Operation
from operations.kit.problems import problem
from sources.ports.directory import Person, Phone


@given
class Given:
    """What changes; what is not given stays."""

    mobile: str | None = asked("Mobile telephone, from + on.", pattern=r"\+[0-9 ()-]{6,24}", default=None)
    work: str | None = asked("Telephone at work, from + on.", pattern=r"\+[0-9 ()-]{6,24}", default=None)
    desk: str | None = asked("The desk.", most=40, default=None)


class UpdateContact(Operation[Given]):
    """Change the telephones and the desk of somebody."""

    name = "update_contact"
    event = "contact.updated"
    ports = ("directory",)
    given = Given
    undone_by = "update_contact"

    async def draft(self, employee: Person, given: Given, look: Look) -> Draft:
        """One call; proven by the directory, taken back by what was there before."""
        source = look.only_source("directory", "update_contact")
        wanted = {"MOBILE": given.mobile, "WORK": given.work}
        changed = {kind: number for kind, number in wanted.items() if number is not None}
        if not changed and given.desk is None:
            raise problem("BadInput", "say what changes", path=("input", "mobile"))
        phones = (
            *(Phone(kind, number) for kind, number in changed.items()),
            *(each for each in employee.phones or () if each.kind not in changed),
        )
        before = tuple(employee.phones or ())
        desk = employee.workplace.desk if employee.workplace else None
        call = write(
            "directory",
            source,
            "update_contact",
            employee_id=employee.employee_id,
            phones=phones if changed else None,
            desk=given.desk,
        )
        back = write(
            "directory",
            source,
            "update_contact",
            employee_id=employee.employee_id,
            phones=before if changed else None,
            desk=None if given.desk is None else desk or "",
        )
        shown = [has("phones", plain(Phone(kind, number))) for kind, number in changed.items()]
        was = [has("phones", plain(each)) for each in before] if changed else []
        if given.desk is not None:
            shown.append(shows("workplace.desk", given.desk))
            was.append(shows("workplace.desk", desk))
        return Draft.of(step("update", "Employee", call.showing(*shown), back.showing(*was)))
