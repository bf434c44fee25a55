"""Look: what an operation may ask of the systems while it is planned; always past every cache, never a write."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from operations.kit.drafting import Call, Proof
from operations.kit.json_values import typed
from operations.kit.problems import problem
from resolvers.ids import NodeId
from sources.ports.accounts import Account
from sources.ports.call import CallContext, utc_now
from sources.ports.catalogue import question_of
from sources.ports.device_management import Management
from sources.ports.directory import Person
from sources.ports.equipment import Device
from sources.ports.errors import Partial, SourceError
from sources.ports.question import EVERYTHING, Desk
from sources.ports.tickets import Ticket
from sources.ports.write import RetryClass

R = TypeVar("R")


class Look:
    """Fresh reads of one employee's things. What is not theirs is not found."""

    def __init__(self, desk: Desk, call: CallContext, clock: Callable[[], datetime] = utc_now) -> None:
        self.desk = desk
        self.call = call
        self._clock = clock

    async def ask(self, port: str, question: str, key: object, *, source: str | None = None) -> Any:
        """One answer. Raises: SourceError."""
        (answer,) = await self.desk.ask(port, question, [key], EVERYTHING, self.call, source=source)
        if isinstance(answer, SourceError):
            raise answer
        if isinstance(answer, Partial):
            raise answer.failures[0]  # half of the truth is not enough to act on
        return answer

    async def one_of(
        self,
        record: type[R],
        port: str,
        question: str,
        key: object,
        pick: Callable[[R], bool],
        name: str,
        *,
        source: str | None = None,
    ) -> R:
        """The one of the employee's things that is meant. Raises: OperationProblem NotFound; SourceError."""
        answer = await self.ask(port, question, key, source=source)
        several: tuple[R, ...] = answer if isinstance(answer, tuple) else () if answer is None else (answer,)
        found = [each for each in several if isinstance(each, record) and pick(each)]
        if not found:
            raise problem("NotFound", f"the employee has no such {name}", path=("input", name))
        return found[0]

    async def account(self, employee: Person, node: NodeId) -> Account:
        """One of the employee's accounts, by its id. Raises: OperationProblem NotFound; SourceError."""
        if node.source not in self.desk.sources_of("accounts"):
            raise problem("NotFound", "the employee has no such account", path=("input", "account"))
        return await self.one_of(
            Account,
            "accounts",
            "accounts_of",
            employee.ref,
            lambda each: each.object_id == node.key,
            "account",
            source=node.source,
        )

    async def personal_account(self, employee: Person, source: str) -> Account:
        """The employee's own account in one domain. Raises: OperationProblem NotFound; SourceError."""
        return await self.one_of(
            Account,
            "accounts",
            "accounts_of",
            employee.ref,
            lambda each: each.kind == "PERSONAL",
            "account",
            source=source,
        )

    async def device(self, employee: Person, node: NodeId) -> Device:
        """One of the employee's devices, by its id. Raises: OperationProblem NotFound; SourceError."""
        return await self.one_of(
            Device,
            "equipment",
            "devices_of",
            employee.ref,
            lambda each: each.tag == node.key and each.source == node.source,
            "device",
        )

    async def management(self, device: Device) -> Management:
        """What device management knows of a device. Raises: OperationProblem NotFound; SourceError."""
        found = await self.ask("device_management", "management_of", device.ref)
        if not isinstance(found, Management):
            raise problem("NotPossible", "the device is not managed", path=("input", "device"))
        return found

    async def ticket(self, employee: Person, node: NodeId) -> Ticket:
        """One of the employee's tickets, by its id. Raises: OperationProblem NotFound; SourceError."""
        ticket = await self.node(Ticket, "tickets", "ticket_by_number", node, "ticket")
        if (ticket.requester_email or "").casefold() != (employee.email or "-").casefold():
            raise problem("NotFound", "the employee has no such ticket", path=("input", "ticket"))
        return ticket

    def now(self) -> datetime:
        """The moment."""
        return self._clock()

    async def node(self, record: type[R], port: str, question: str, node: NodeId, name: str) -> R:
        """The thing that an id names, from its own source. Raises: OperationProblem NotFound; SourceError."""
        if node.source not in self.desk.sources_of(port):
            raise problem("NotFound", f"there is no such {name}", path=("input", name))
        answer = await self.ask(port, question, node.key, source=node.source)
        if not isinstance(answer, record):
            raise problem("NotFound", f"there is no such {name}", path=("input", name))
        return answer

    def only_source(self, port: str, write: str) -> str:
        """The one instance that can do a write of a port. Raises: OperationProblem NotPossible."""
        able = [each for each in self.desk.sources_of(port) if self.retry(each, write) is not None]
        if not able:
            raise problem("NotPossible", "no system of this installation can do it")
        return able[0]

    def retry(self, source: str, write: str) -> RetryClass | None:
        """What may be done after a lost answer; None where the source cannot do it at all."""
        return self.desk.retry_of(source, write)

    async def seen(self, call: Call, proof: Proof | None = None) -> Any:
        """The answer that the proof of a call looks at. Raises: SourceError."""
        wanted = proof or call.proof
        question = question_of(call.port, wanted.question)
        return await self.ask(call.port, wanted.question, typed(question.key, wanted.key), source=call.source)
