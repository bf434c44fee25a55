"""Rights opening: the road on which rights are changed, put together for a gateway."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from authz.labels import Labels
from authz.vocabulary import Fact
from gateway.employees import Employees
from gateway.granting import Granting
from gateway.identity.identity import Identity
from gateway.policies import Policies
from gateway.policy_life import PolicyLife
from gateway.policy_making import builder
from gateway.rights_acts import RightsRoad
from gateway.rights_deeds import RightsDeeds
from gateway.rights_reading import RightsReading
from gateway.settings import Installation
from gateway.standing import Standing
from gateway.store import Store
from operations.kit.acts.rights import Asker
from operations.kit.freezing import Freezing
from operations.kit.journal import Journal
from operations.kit.problems import OperationProblem, problem
from sources.kit.desk import SourceDesk
from sources.ports.call import CallContext
from sources.ports.errors import Partial, SourceError
from sources.ports.question import EVERYTHING

_PATIENCE: Final = 5.0
_OPEN: Final = ("NEW", "OPEN", "WAITING")


def open_rights(
    installation: Installation,
    store: Store,
    desk: SourceDesk,
    identity: Identity,
    policies: Policies,
    labels: Labels,
    journal: Journal,
    freezing: Freezing | None,
    clock: Callable[[], datetime],
) -> RightsRoad:
    """The road of a gateway; what is published on it is in force here at once."""
    assert freezing is not None, "freezing is opened before"
    standing = Standing(store, builder(labels, installation), clock)
    granting, life = Granting(standing), PolicyLife(standing)

    async def facts(login: str, viewer: str) -> Mapping[str, Fact]:
        classes = (await standing.in_force()).policy.rights.department_classes
        return await Employees(desk, classes, identity.memberships).facts(login, viewer)

    async def ticket(number: str, asker: Asker) -> OperationProblem | None:
        return await _wrong_with(desk, number, asker)

    deeds = RightsDeeds(standing, granting, life, identity.sessions, journal, facts, installation.folder)
    reading = RightsReading(standing, granting, life, identity.sessions)
    return RightsRoad(deeds, reading, journal, freezing, tickets=ticket, then=policies.look)


async def _wrong_with(desk: SourceDesk, number: str, asker: Asker) -> OperationProblem | None:
    """What is wrong with a ticket; None where it is open."""
    path = ("input", "purpose", "ticket")
    call = CallContext("rights", time.monotonic() + _PATIENCE, asker.trace or "rights", asker.login, fresh=True)
    asked = number.lstrip("#")
    (answer,) = await desk.ask("tickets", "ticket_by_number", [asked], EVERYTHING, call)
    if isinstance(answer, SourceError | Partial):
        return problem("SourceUnreachable", "the service desk cannot be asked whether the ticket is open", path=path)
    if answer is None:
        return problem("TicketRequired", f"there is no ticket {asked}", path=path)
    if answer.status not in _OPEN:
        return problem("TicketRequired", f"ticket {asked} is closed", code="TICKET_CLOSED", path=path)
    return None
