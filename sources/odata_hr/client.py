"""Employment, personal files and reports over OData v4: one call per batch."""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any, ClassVar, Final, TypeVar

from sources.kit.key_text import can_be_key
from sources.kit.odata import Asked, ODataRefused, ODataService, any_of
from sources.kit.odata_model import ODataModel, Projection
from sources.kit.reading import BadData, match, match_many
from sources.kit.source import Instance, Source
from sources.odata_hr import mapping
from sources.ports.call import CallContext, utc_now
from sources.ports.errors import Answer, SourceError
from sources.ports.hr import Employment, PersonalDetails, Report
from sources.ports.keys import EmployeeRef
from sources.ports.question import Need
from sources.ports.write import TAKEN, Written

EMPLOYEES: Final = "Employees"
DEPARTMENTS: Final = "Departments"
_BAD_REQUEST: Final = 400
T = TypeVar("T")


class ODataHr(Source):
    """The personnel file. `$metadata` is read once, at the start or with the first question, and again after the
    service has refused one: only columns that it has are asked for.
    """

    system: ClassVar[str] = "odata_hr"

    def __init__(self, instance: Instance) -> None:
        super().__init__(instance)
        url = self.settings["url"]
        self._http = self.http(url, user=self.settings.get("user"), password=self.settings.get("password"))
        self._service = ODataService(self._http, url)
        writer, secret = self.settings.get("write_user"), self.settings.get("write_password")
        self._write_http = self.http(url, user=writer, password=secret) if writer else self._http
        self._writes = ODataService(self._write_http, url)
        width = self.settings.get("id_width")
        self._numbers = mapping.Numbers(int(width) if width else None)
        self._model: ODataModel | None = None
        self._reading_model = asyncio.Lock()

    async def start(self, call: CallContext) -> None:
        """Learn which columns the service has."""
        await self._known_model(call)

    async def close(self) -> None:
        """Close all connections."""
        await self._http.close()
        await self._write_http.close()

    async def employment_of(
        self, keys: Sequence[EmployeeRef], need: Need, call: CallContext
    ) -> Sequence[Answer[Employment]]:
        """The employment of each; where departments refer to each other by code, their table comes in the same call."""
        model = await self._known_model(call)
        ids = [key.employee_id for key in keys]
        people = self._among(mapping.KEY, ids, self._fitted(model, EMPLOYEES, mapping.employment_projection(need)))
        today = utc_now().date()
        tree: dict[str, mapping.DepartmentRow] = {}
        if people is None:
            found: list[Any] = []
        elif mapping.wants_chain(need) and _parents_are_codes(model):
            table = Asked(DEPARTMENTS, projection=self._fitted(model, DEPARTMENTS, mapping.TREE))
            found, departments = await self._heard(self._service.find_together([people, table], call))
            tree = mapping.tree_of(departments, self._numbers)
        else:
            found = await self._heard(self._service.find(people, call)) if people else []
        return match(
            self.name,
            ids,
            found,
            self._key_of,
            lambda row: mapping.employment_of(row, self.name, self._numbers, today, tree),
        )

    async def personal_of(
        self, keys: Sequence[EmployeeRef], need: Need, call: CallContext
    ) -> Sequence[Answer[PersonalDetails]]:
        """The restricted part of the file of each."""
        model = await self._known_model(call)
        ids = [key.employee_id for key in keys]
        people = self._among(mapping.KEY, ids, self._fitted(model, EMPLOYEES, mapping.personal_projection(need)))
        found = await self._heard(self._service.find(people, call)) if people else []
        return match(
            self.name, ids, found, self._key_of, lambda row: mapping.personal_of(row, self.name, self._numbers)
        )

    async def reports_of(
        self,
        keys: Sequence[str],
        need: Need,  # noqa: ARG002 - a line of the list is an id and nothing else
        call: CallContext,
    ) -> Sequence[Answer[tuple[Report, ...]]]:
        """Who reports to each and has not left."""
        model = await self._known_model(call)
        asked = self._among("managerId", keys, self._fitted(model, EMPLOYEES, mapping.REPORT))
        found = await self._heard(self._service.find(asked, call)) if asked else []
        today = utc_now().date()
        answers = match_many(
            self.name,
            keys,
            [row for row in found if mapping.works_here(row, today)],
            lambda row: mapping.manager_of(row, self._numbers),
            lambda row: mapping.report_of(row, self.name, self._numbers),
        )
        return [_in_order(answer) for answer in answers]

    async def update_personal(
        self, employee: EmployeeRef, personal_email: str | None, home_address: str | None, call: CallContext
    ) -> Written:
        """Change contact data of the personal file, if nobody else does meanwhile; an empty text takes it away."""
        changes = mapping.personal_changes(personal_email, home_address)
        lacking = changes.keys() - (await self._known_model(call)).shape_of(EMPLOYEES).properties
        if not changes or lacking or not can_be_key(employee.employee_id):
            raise SourceError("SOURCE_REJECTED", self.name, f"nothing to change, or no column {sorted(lacking)}")
        key = self._numbers.outward(employee.employee_id)
        found = await self._service.read(EMPLOYEES, key, call)
        if found is None or self._key_of(found.row) != employee.employee_id:
            raise SourceError("SOURCE_REJECTED", self.name, "no such employee")
        await self._heard(
            self._writes.change(EMPLOYEES, key, changes, found.etag or "*", call, write="update_personal")
        )
        return TAKEN

    def _among(self, column: str, ids: Sequence[str], projection: Projection) -> Asked | None:
        """People in whose column stands one of these employee ids; None when none of the texts can be an id."""
        written = [self._numbers.outward(each) for each in ids if can_be_key(each)]
        return Asked(EMPLOYEES, any_of(column, written), projection) if written else None

    def _key_of(self, row: Any) -> str:
        return mapping.key_of(row, self._numbers)

    def _fitted(self, model: ODataModel, entity_set: str, wanted: Projection) -> Projection:
        return model.within(wanted, model.shape_of(entity_set))

    async def _known_model(self, call: CallContext) -> ODataModel:
        if self._model is None:
            async with self._reading_model:
                if self._model is None:
                    model = await self._service.model(call)
                    if mapping.KEY not in model.shape_of(EMPLOYEES).properties:
                        raise BadData(f"$metadata: {EMPLOYEES} has no {mapping.KEY}")
                    self._model = model
        return self._model

    async def _heard(self, answer: Awaitable[T]) -> T:
        """An answer; a refused question makes the model doubtful, so the next question reads it again."""
        try:
            return await answer
        except ODataRefused as problem:
            if problem.status == _BAD_REQUEST:
                self._model = None
            raise


def _parents_are_codes(model: ODataModel) -> bool:
    """Whether a department names the one above by its code, so that the chain needs the table."""
    own = model.neighbour(model.shape_of(EMPLOYEES), "department")
    return own is not None and "parent" in own.properties


def _in_order(answer: Answer[tuple[Report, ...]]) -> Answer[tuple[Report, ...]]:
    if answer is None or isinstance(answer, SourceError):
        return answer
    return tuple(sorted(answer, key=lambda report: report.employee_id))
