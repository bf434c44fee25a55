"""Query: where every read begins."""

from enum import Enum
from typing import Annotated

import strawberry

from schema.access import FieldAccess, FieldReader, FieldsArgument, OperationRunner, TeamArgument
from schema.audit import AuditOrder, AuditRecord, LookAtMe, Order, Records, Since, Values
from schema.bulk import Bulk, BulkId, Mine
from schema.case import Case
from schema.connection import After, Connection, First
from schema.costs import QUESTION
from schema.declare import DOMAIN, INTERNAL, PUBLIC, RESTRICTED, argument, computed, definition_of, label
from schema.desk import CallerCode, Freeze
from schema.document import DocumentState, TrustedDocument
from schema.employee import Employee
from schema.node import Node
from schema.operation import Operation, OperationFilter, OperationType, RunId
from schema.rights_acts import Everybody, Hold, LoginArgument, PolicyVersion, RightsGrant, SignIn
from schema.search import SearchConnection, SearchKind
from schema.source_status import SourceStatus
from schema.ticket import Ticket, TicketKey, TicketsArgument
from schema.viewer import Viewer


@strawberry.input(one_of=True, description="How an employee is named.")
class EmployeeKey:
    id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="By the id in the graph.")
    login: str | None = strawberry.field(default=strawberry.UNSET, description="By sign-in name.")
    email: str | None = strawberry.field(default=strawberry.UNSET, description="By work address.")
    personnel_number: str | None = strawberry.field(
        default=strawberry.UNSET, description="By employee number; leading zeros may be left out."
    )


@strawberry.input(description="Which employees to list; all given conditions hold at once.")
class EmployeeFilter:
    region: str | None = strawberry.field(default=None, description="Only of this region.")
    department: str | None = strawberry.field(default=None, description="Only of the department with this code.")
    office: str | None = strawberry.field(default=None, description="Only of this office.")
    city: str | None = strawberry.field(default=None, description="Only of this city.")
    active: bool | None = strawberry.field(default=None, description="Only those that work here now, or only others.")


@strawberry.enum(description="In which order to list employees.")
class EmployeeOrder(Enum):
    LOGIN = strawberry.enum_value("LOGIN", description="By sign-in name.")
    NAME = strawberry.enum_value("NAME", description="By family name, then sign-in name.")


@strawberry.type(description="Where every read begins.")
class Query:
    @computed()
    def viewer(self) -> Viewer:
        """Who asks."""

    @computed(domain="directory", cost=QUESTION)
    def employee(self, by: Annotated[EmployeeKey, argument("How the employee is named.")]) -> Employee | None:
        """One employee; null when there is none."""

    @computed(domain="directory", cost=5 * QUESTION)
    def employees(
        self,
        filter: Annotated[EmployeeFilter | None, argument("Which employees; all without it.")] = None,  # noqa: A002  # the contract's word
        order_by: Annotated[EmployeeOrder, argument("In which order.")] = EmployeeOrder.LOGIN,
        first: First = 25,
        after: After = None,
    ) -> Connection[Employee] | None:
        """Employees, page by page."""

    @computed(domain="ticket", cost=QUESTION)
    def ticket(self, by: Annotated[TicketKey, argument("How the ticket is named.")]) -> Ticket | None:
        """One ticket; null when there is none."""

    @computed(domain="ticket", cost=5 * QUESTION)
    def tickets(
        self,
        filter: TicketsArgument = None,  # noqa: A002  # the contract's word
        first: First = 25,
        after: After = None,
    ) -> Connection[Ticket] | None:
        """Tickets, the newest first: the active team's queue, the viewer's own, or one person's."""

    @computed(domain="search", cost=10 * QUESTION)
    def search(
        self,
        text: Annotated[str, argument("Anything a caller can say: a name, login, phone, host, serial, tag, number.")],
        kinds: Annotated[list[SearchKind] | None, argument("What to look for; everything without it.")] = None,
        first: First = 20,
    ) -> SearchConnection | None:
        """Whatever the text may mean, the likeliest first."""

    @computed(cost=QUESTION)
    def node(self, id: Annotated[strawberry.ID, argument("The node's id.")]) -> Node | None:  # noqa: A002  # Relay's word
        """A node by its id; null when there is none."""

    @computed(cost=QUESTION)
    def nodes(self, ids: Annotated[list[strawberry.ID], argument("The nodes' ids, 200 at most.")]) -> list[Node | None]:
        """Nodes by their ids, in the order asked for; null where there is none."""

    @computed(asks=("directory.people_by_login",), domain="policy", sensitivity=INTERNAL)
    def access(
        self,
        by: Annotated[EmployeeKey, argument("How the employee is named.")],
        fields: FieldsArgument,
        team: TeamArgument = None,
    ) -> list[FieldAccess] | None:
        """What of an employee is shown to the viewer and why, without the data; null when there is no such employee."""

    @computed(asks=("directory.people_by_login",), domain="policy", sensitivity=RESTRICTED)
    def field_readers(
        self,
        field: Annotated[str, argument("The field, as `Type.field`.")],
        by: Annotated[EmployeeKey, argument("How the employee is named.")],
    ) -> list[FieldReader] | None:
        """Who sees a field of an employee; null when there is no such employee."""

    @computed(asks=("directory.people_by_login",), domain="policy", sensitivity=RESTRICTED)
    def operation_runners(
        self,
        operation: Annotated[str, argument("The operation's name.")],
        by: Annotated[EmployeeKey, argument("How the employee is named.")],
    ) -> list[OperationRunner] | None:
        """Who may run an operation on an employee, and what they must fulfil; null when there is no such employee."""

    @computed()
    def operation_types(self) -> list[OperationType]:
        """What can be done here, and whether the viewer may."""

    @computed()
    def operation(self, id: RunId) -> Operation | None:  # noqa: A002  # the contract's word
        """One run of an operation; null when there is none that the viewer may know of."""

    @computed(cost=5)
    def operations(
        self,
        filter: Annotated[OperationFilter | None, argument("Which runs; all without it.")] = None,  # noqa: A002  # the contract's word
        first: First = 25,
        after: After = None,
    ) -> Connection[Operation]:
        """Runs that the viewer may know of, the newest first."""

    @computed(cost=5)
    def approvals(self, first: First = 25, after: After = None) -> Connection[Operation]:
        """Runs that wait for the viewer's agreement, the one that waits longest first."""

    @computed()
    def bulk(self, id: BulkId) -> Bulk | None:  # noqa: A002  # the contract's word
        """One operation for many employees; null when there is none that the viewer may know of."""

    @computed(cost=5)
    def bulks(self, first: First = 25, after: After = None, mine: Mine = False) -> Connection[Bulk]:
        """Bulks of the viewer, or of everybody for whoever may freeze; the newest first."""

    @computed(cost=25)
    def audit(
        self,
        filter: Records = None,  # noqa: A002  # the contract's word
        order: Order = AuditOrder.NEWEST,
        values: Values = False,  # an argument of the graph, given by its name
        first: First = 25,
        after: After = None,
    ) -> Connection[AuditRecord] | None:
        """The trail, for those who may read it. Reading it is recorded too."""

    @computed(asks=("directory.people_by_login",))
    def who_looked_at_me(
        self, since: Since = None, first: First = 25, after: After = None
    ) -> Connection[LookAtMe] | None:
        """Who has looked at the viewer's own data, or changed it; the newest first."""

    @computed()
    def case(self) -> Case | None:
        """The ticket that the viewer has in hand; null where there is none."""

    @computed(asks=("directory.people_by_login",))
    def caller_codes(self) -> list[CallerCode]:
        """Codes that prove to the service desk that the viewer is on the phone; empty where none is asked for."""

    @computed(cost=5)
    def grants(self, first: First = 25, after: After = None) -> Connection[RightsGrant]:
        """Roles for a time that the viewer has or gave, the newest first; all of them for whoever gives or reviews such."""

    @computed()
    def policy_versions(self, first: First = 25) -> list[PolicyVersion]:
        """Versions of the policy, the newest first; for whoever proposes, approves or publishes them."""

    @computed()
    def sign_ins(self, login: LoginArgument = None, everybody: Everybody = False) -> list[SignIn]:
        """Sign-ins that are good: the viewer's own, or somebody else's for whoever may end them."""

    @computed()
    def holds(self) -> list[Hold]:
        """Cases of which nothing is erased; for whoever may place or lift holds."""

    @computed(cost=5)
    def documents(
        self,
        state: Annotated[DocumentState | None, argument("Only those in this state.")] = None,
        first: First = 25,
        after: After = None,
    ) -> Connection[TrustedDocument]:
        """Registered documents, the newest first; for whoever registers, agrees to or retires such."""

    @computed()
    def freezes(self) -> list[Freeze]:
        """What is stopped now; for whoever may freeze."""

    @computed(domain="gateway")
    def sources(self) -> list[SourceStatus] | None:
        """How each source is doing."""


for _field in definition_of(Query).fields:
    label(_field, "structure", PUBLIC)
setattr(Query, DOMAIN, "structure")
