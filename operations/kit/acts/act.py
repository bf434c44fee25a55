"""Act: one mutation that is no operation on an employee's things, and the room in which it is done."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from operations.kit.acting import Acting
from operations.kit.acts.rights import Rights
from operations.kit.after import After
from operations.kit.bulk import Bulks
from operations.kit.cases import Cases
from operations.kit.documents import DocumentRegister
from operations.kit.fields import act_field, input_type, pascal
from operations.kit.freezing import Freezing
from operations.kit.notifying import Notifying
from operations.kit.obligations import Purpose
from operations.kit.problems import problem
from operations.kit.revealing import Revealing
from operations.kit.sending import Sender
from operations.kit.tables import OperationRun
from operations.kit.verifying import Verifying
from operations.kit.views import PayloadView, RunView, payload_view, run_view
from operations.kit.wish import Payload
from resolvers import ids
from resolvers.asking import Asking
from sources.ports.directory import Person

Given = Mapping[str, Any]
ABOUT_NOBODY: Final = {"is_self": False, "is_my_manager": False, "vip": False}
"""Facts of an act that is about no employee."""


@dataclass(slots=True)
class Room:
    """Everything that mutations act on, once it is open."""

    acting: Acting | None = None
    after: After | None = None
    verifying: Verifying | None = None
    freezing: Freezing | None = None
    send: Sender | None = None
    codes: Callable[[str, str], Awaitable[None]] | None = None
    cases: Cases | None = None
    notifying: Notifying | None = None
    revealing: Revealing | None = None
    rights: Rights | None = None
    bulks: Bulks | None = None
    documents: DocumentRegister | None = None

    @property
    def sender(self) -> Sender:
        """Who makes calls."""
        assert self.send is not None
        return self.send

    async def purpose(self, asking: Asking, said: Mapping[str, Any] | None, employee: str) -> Purpose:
        """What a wish is for; where it names no ticket, the one in hand, if it is this employee's.

        Shape: `said` as `PurposeInput`, `employee` an id of the graph.
        """
        reason, ticket = (said or {}).get("reason"), (said or {}).get("ticket")
        if ticket is None and self.cases is not None and not asking.viewer.service:
            case = await self.cases.of(asking.viewer.login, asking.viewer.session)
            if case is not None and employee == ids.encode("Employee", "directory", case.employee_id):
                return Purpose(reason, case.ticket, case=True)
        return Purpose(reason, ticket)

    async def payload(self, payload: Payload, asking: Asking) -> PayloadView:
        """What comes of a wish, as the viewer may see it."""
        person = payload.employee
        if person is None and payload.run is not None and payload.run.employee_id:
            person = await asking.quiet.load("directory", "people_by_id", payload.run.employee_id)
        subject = asking.sight.of(person)
        run = None if payload.run is None else await self.shown(payload.run, asking, person)
        return payload_view(payload, run, asking, subject)

    async def shown(self, run: OperationRun, asking: Asking, person: Person | None = None) -> RunView:
        """A run, as the viewer may see it."""
        (view,) = await self.shown_all([run], asking, {} if person is None else {run.employee_id: person})
        return view

    async def shown_all(
        self, runs: Sequence[OperationRun], asking: Asking, people: Mapping[str, Person] | None = None
    ) -> list[RunView]:
        """Runs, as the viewer may see them. Shape: `people` are those that are known already, by number."""
        assert self.acting is not None
        journal, operations = self.acting.journal, self.acting.operations
        known = dict(people or {})
        # an act on rights is about no employee
        new = sorted({each.employee_id for each in runs if each.employee_id} - known.keys())
        found = await asyncio.gather(*(asking.quiet.load("directory", "people_by_id", each) for each in new))
        known.update({key: person for key, person in zip(new, found, strict=True) if isinstance(person, Person)})
        ids_ = [each.id for each in runs]
        steps, approvals = await journal.steps_of(ids_), await journal.approvals_of(ids_)
        return [
            run_view(
                run,
                steps[run.id],
                approvals[run.id],
                operations.get(run.name),
                asking,
                asking.sight.of(known.get(run.employee_id)),
            )
            for run in runs
        ]


@dataclass(frozen=True, slots=True)
class Act:
    """One such mutation. Shape: `fields` by name: type, what it is, default or MISSING."""

    name: str
    about: str
    event: str
    risk: str
    fields: Mapping[str, tuple[Any, str, Any]]
    answer: Any
    run: Callable[[Room, Asking, Given], Awaitable[Any]]

    def field(self) -> Any:
        """The field of `Mutation`."""
        given = input_type(f"{pascal(self.name)}Input", self.about, self.fields)
        return act_field(self.name, self.about, given, self.answer, self.risk, self.event)


def demand(asking: Asking, operation: str) -> None:
    """See that a person, not a program, may run an operation on nobody in particular. Raises: OperationProblem."""
    viewer = asking.viewer
    if viewer.service or not viewer.policy.decide(viewer.actor, operation, ABOUT_NOBODY).allowed:
        raise problem("NotAllowed", f"your rights do not let you run {operation}")


def named(choice: Any) -> str:
    """An enum's name, however it comes."""
    return str(getattr(choice, "value", choice))
