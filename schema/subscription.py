"""Subscription: what is told again whenever it changes."""

from typing import Annotated

import strawberry

from schema.bulk import Bulk, BulkId
from schema.connection import After, Connection, First
from schema.costs import QUESTION
from schema.declare import DOMAIN, PUBLIC, argument, computed, definition_of, label
from schema.employee import Employee
from schema.operation import Operation, RunId
from schema.source_status import SourceStatus


@strawberry.type(description="What is told at once, and again whenever it has changed, to whoever may know of it then.")
class Subscription:
    @computed()
    def operation(self, id: RunId) -> Operation | None:  # noqa: A002  # the contract's word
        """One run of an operation until it has ended; null, and no more, when there is none that the viewer may know of."""

    @computed()
    def bulk(self, id: BulkId) -> Bulk | None:  # noqa: A002  # as above
        """One bulk until it has ended; null, and no more, when there is none that the viewer may know of."""

    @computed(cost=QUESTION)
    def employee(self, id: Annotated[strawberry.ID, argument("The employee's id.")]) -> Employee | None:  # noqa: A002  # as above
        """One employee, their timeline above all: told again when something has been done to them here, and twice a minute."""

    @computed(cost=5)
    def approvals(self, first: First = 25, after: After = None) -> Connection[Operation]:
        """Runs that wait for the viewer's agreement, the one that waits longest first."""

    @computed(domain="gateway")
    def sources(self) -> list[SourceStatus] | None:
        """How each source is doing."""


for _field in definition_of(Subscription).fields:
    label(_field, "structure", PUBLIC)
setattr(Subscription, DOMAIN, "structure")
