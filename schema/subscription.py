"""Subscription: what is told again whenever it changes."""

import strawberry

from schema.bulk import Bulk, BulkId
from schema.declare import DOMAIN, PUBLIC, computed, definition_of, label
from schema.operation import Operation, RunId


@strawberry.type(description="What is told at once, and again whenever it has changed, to whoever may know of it then.")
class Subscription:
    @computed()
    def operation(self, id: RunId) -> Operation | None:  # noqa: A002  # the contract's word
        """One run of an operation until it has ended; null, and no more, when there is none that the viewer may know of."""

    @computed()
    def bulk(self, id: BulkId) -> Bulk | None:  # noqa: A002  # as above
        """One bulk until it has ended; null, and no more, when there is none that the viewer may know of."""


for _field in definition_of(Subscription).fields:
    label(_field, "structure", PUBLIC)
setattr(Subscription, DOMAIN, "structure")
