"""How a noun is declared: values that come with the record, boundaries that cross to a source, and what is computed.

Nothing here fetches. A declaration says in plain words where a value comes from and how it is labelled; `resolvers`
binds every one of them and refuses to start when one is left over.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar, dataclass_transform

import strawberry
from strawberry.types.field import StrawberryField

from schema.costs import QUESTION, cost_directives
from schema.labels import Data, Mask, Sensitivity, Source

C = TypeVar("C", bound=type)

PUBLIC: Final = Sensitivity.PUBLIC
INTERNAL: Final = Sensitivity.INTERNAL
CONFIDENTIAL: Final = Sensitivity.CONFIDENTIAL
PERSONAL: Final = Sensitivity.PERSONAL
RESTRICTED: Final = Sensitivity.RESTRICTED

MARK: Final = "okno"
LOOKUP: Final = "__okno_lookup__"
OWNER: Final = "__okno_owner__"
DOMAIN: Final = "__okno_domain__"


@dataclass(frozen=True, slots=True)
class Value:
    """A value that comes with the record, as the attribute of the same name."""


@dataclass(frozen=True, slots=True)
class Boundary:
    """A value asked of a port: which question, and which attribute of the parent is its key.

    Shape: `passes` are the arguments that change the question, `filters` those that choose among the answered records
    by the attribute of that name; `shows` is the attribute of each answered record that the field stands for, where it
    is not the record itself; `leads` is a second question that turns each answered record into the node shown.
    """

    port: str
    question: str
    key: str
    passes: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    shows: str | None = None
    leads: "Lead | None" = None


@dataclass(frozen=True, slots=True)
class Lead:
    """The second step of a boundary: the key found in the answered record is asked of another port.

    Shape: `back` is the employee's field that says the same from their side; whoever may not read it of somebody is not
    shown them here.
    """

    port: str
    question: str
    key: str
    back: str


@dataclass(frozen=True, slots=True)
class Lookup:
    """How a node is found again by its id: the question to put, and the record's attribute that is its key."""

    port: str
    question: str
    key: str


@dataclass(frozen=True, slots=True)
class Computed:
    """A value made by a function in `resolvers`.

    Shape: `reads` are the attributes of the parent's record that it looks at (None: all); `asks` are the questions it
    puts, as `port.question`.
    """

    reads: tuple[str, ...] | None = None
    asks: tuple[str, ...] = ()


Declaration = Value | Boundary | Computed


@dataclass(frozen=True, slots=True)
class Marked:
    """What is declared of a field, and of its label what it says itself. Units: `cost` in points, besides that of what it answers."""

    declaration: Declaration
    domain: str | None
    sensitivity: Sensitivity | None
    hidden: bool = False
    mask: Mask | None = None
    cost: int = 0


def value(
    description: str,
    sensitivity: Sensitivity | None = None,
    *,
    domain: str | None = None,
    hidden: bool = False,
    mask: Mask | None = None,
    deprecated: str | None = None,
) -> Any:
    """A field whose value comes with the record.

    Shape: `mask` is what is left of it for those who may see no more; who may never see a `hidden` one may not even know
    that there is such a field.
    """
    return strawberry.federation.field(
        description=description,
        deprecation_reason=deprecated,
        metadata={MARK: Marked(Value(), domain, sensitivity, hidden, mask)},
    )


def boundary(
    port: str,
    question: str,
    *,
    key: str = "ref",
    sensitivity: Sensitivity | None = None,
    domain: str | None = None,
    passes: tuple[str, ...] = (),
    filters: tuple[str, ...] = (),
    shows: str | None = None,
    leads: Lead | None = None,
    hidden: bool = False,
) -> Callable[[Callable[..., Any]], Any]:
    """A field asked of a port; the decorated stub gives arguments, type and, in its docstring, the description."""
    made = Boundary(port, question, key, passes, filters, shows, leads)
    return _stub(Marked(made, domain, sensitivity, hidden, cost=QUESTION * (2 if leads else 1)))


def computed(
    *,
    reads: tuple[str, ...] | None = None,
    asks: tuple[str, ...] = (),
    sensitivity: Sensitivity | None = None,
    domain: str | None = None,
    hidden: bool = False,
    cost: int | None = None,
) -> Callable[[Callable[..., Any]], Any]:
    """A field that a function in `resolvers` computes; declared by a stub as a boundary is.

    Units: `cost` in points, that of its questions where it is not said.
    """
    points = QUESTION * len(asks) if cost is None else cost
    return _stub(Marked(Computed(reads, asks), domain, sensitivity, hidden, cost=points))


def _stub(marked: Marked) -> Callable[[Callable[..., Any]], Any]:
    def declare(stub: Callable[..., Any]) -> Any:
        return strawberry.federation.field(
            resolver=stub,
            description=inspect.cleandoc(stub.__doc__ or ""),
            metadata={MARK: marked},
            directives=cost_directives(stub, marked.cost),
        )

    return declare


@dataclass_transform(field_specifiers=(value,))
def noun(
    *,
    domain: str,
    sensitivity: Sensitivity = INTERNAL,
    keys: tuple[str, ...] = (),
    lookup: Lookup | None = None,
    owner: str | None = None,
    shareable: bool = False,
) -> Callable[[C], C]:
    """A type of the graph. `domain` and `sensitivity` label every field that does not say otherwise.

    `shareable` types may be defined by other subgraphs too. Every node says by `lookup` how it is found again, the record
    that answers it stands for this type as it is; and by `owner`, unless it is an employee, which of its boundaries leads
    to the employee it is about.
    """

    def declare(cls: C) -> C:
        made = strawberry.federation.type(
            keys=list(keys), shareable=shareable, description=inspect.cleandoc(cls.__doc__ or "")
        )(cls)
        for field in definition_of(made).fields:
            label(field, domain, sensitivity)
        setattr(made, LOOKUP, lookup)
        setattr(made, OWNER, owner)
        setattr(made, DOMAIN, domain)
        return made

    return declare


def label(field: StrawberryField, domain: str, sensitivity: Sensitivity) -> None:
    """Label a field with `@data` and `@source` from its declaration; leaves undeclared fields bare, and these fail the build."""
    marked: Marked | None = field.metadata.get(MARK)
    if marked is None or any(isinstance(each, Data) for each in field.directives):
        return
    declaration = marked.declaration
    field.directives = [
        *field.directives,
        Data(
            domain=marked.domain or domain,
            sensitivity=marked.sensitivity or sensitivity,
            hidden=True if marked.hidden else strawberry.UNSET,
            mask=marked.mask or strawberry.UNSET,
        ),
        *([Source(port=declaration.port)] if isinstance(declaration, Boundary) else []),
    ]


def declaration_of(field: StrawberryField) -> Declaration | None:
    """What was declared of a field, None where nothing was."""
    marked: Marked | None = field.metadata.get(MARK)
    return marked.declaration if marked else None


def cost_declared(field: StrawberryField) -> int:
    """What a field costs besides its answer. Units: points."""
    marked: Marked | None = field.metadata.get(MARK)
    return marked.cost if marked else 0


def mask_declared(field: StrawberryField) -> Mask | None:
    """What is left of a field's value for those who may see no more of it."""
    marked: Marked | None = field.metadata.get(MARK)
    return marked.mask if marked else None


def owner_field_of(cls: type) -> str | None:
    """The boundary of a noun that leads to the employee it is about; None where it says none."""
    found: str | None = getattr(cls, OWNER, None)
    return found


def domain_of(cls: type) -> str | None:
    """The domain a noun is declared in; None for what is no noun."""
    found: str | None = getattr(cls, DOMAIN, None)
    return found


def definition_of(cls: type) -> Any:
    """Strawberry's definition of a type."""
    definition: Any = getattr(cls, "__strawberry_definition__")  # noqa: B009  # the attribute is Strawberry's, set at run time
    return definition


def argument(description: str, **more: Any) -> Any:
    """What an argument means, for use inside of `Annotated`."""
    return strawberry.argument(description=description, **more)


def labels_of(field: StrawberryField) -> Mapping[str, object]:
    """Domain, sensitivity and hidden of a field. Raises: LookupError for a field without a label."""
    for each in field.directives:
        if isinstance(each, Data):
            return {"domain": each.domain, "sensitivity": each.sensitivity, "hidden": each.hidden is True}
    raise LookupError(field.name)
