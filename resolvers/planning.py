"""Planning: what a document needs of each record, and which of its arguments must be looked at first.

Made once per document; a need is the union over the whole document, so one question of one level is one call.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import (
    BooleanValueNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    Undefined,
    get_named_type,
    is_composite_type,
    value_from_ast_untyped,
)

from authz.labels import Coordinate, Labels
from authz.profile import Profile, Verdict
from resolvers import ids
from resolvers.facts import READ, READ_OF_OBJECT
from resolvers.problems import RequestProblem, bad_input
from resolvers.reads import personal_among
from resolvers.windows import MOST, check_first, place_of
from schema.declare import LOOKUP, Boundary, Computed, Lookup, Value, declaration_of, mask_declared, owner_field_of
from sources.ports.catalogue import question_of
from sources.ports.directory import Person
from sources.ports.equipment import Device

Target = tuple[str, type]
"""A port and the record whose attributes are collected."""

_KEYS: Final[Mapping[type, tuple[str, ...]]] = {
    Person: ("employee_id", "login", "email", "directory_id"),
    Device: ("tag", "serial_number", "hostname"),
}
"""Attributes that a `ref` is made of."""

PEOPLE: Final[Target] = ("directory", Person)
"""Where what is known of employees comes from."""

_LONGEST_KEY: Final = 1024
"""Characters of anything that names a node or restricts a list."""

DEFINITION: Final = "strawberry-definition"


@dataclass(frozen=True, slots=True)
class Plan:
    """What one document needs, under one set of rights.

    Shape: `needs` gives, for a port's record, the attributes wanted; None means all. `conditional` says whether what may
    be seen depends on whom it is about; `changes` whether something is done, so that nothing remembered is good enough; `personal` are the fields
    of which every read is recorded, with their labels; `put_by` are fields that nothing but deferred fragments asks for.
    """

    needs: Mapping[Target, frozenset[str] | None]
    checked: tuple[tuple[FieldNode, tuple[str, ...]], ...]
    defaults: Mapping[str, Any]
    conditional: bool
    changes: bool = False
    personal: tuple[tuple[Coordinate, int], ...] = ()
    put_by: frozenset[Coordinate] = frozenset()

    def fields_of(self, port: str, record: type) -> frozenset[str]:
        """Attributes of the record that are wanted; empty for all."""
        return self.needs.get((port, record)) or frozenset()

    def check(self, variables: Mapping[str, Any]) -> None:
        """Look at ids, cursors and sizes before anything is asked. Raises: RequestProblem BAD_INPUT."""
        given = {**self.defaults, **variables}
        for node, path in self.checked:
            for argument in node.arguments or ():
                value = value_from_ast_untyped(argument.value, given)
                if value is Undefined:
                    continue
                try:
                    _check(argument.name.value, value)
                except RequestProblem as problem:
                    raise bad_input(f"{'.'.join(path)}: {problem.message}") from None


def _text(value: Any) -> str:
    """An id as it was written; numbers are ids too, anything else never was one."""
    return str(value) if isinstance(value, str | int) else ""


def _check(name: str, value: Any) -> None:
    if name == "first" and value is not None:
        check_first(value)
    elif name == "after" and value is not None:
        place_of(value if isinstance(value, str) else "")
    elif name in ("id", "requester") and value is not None:
        ids.decode(_text(value))
    elif name == "ids" and value is not None:
        several = value if isinstance(value, list | tuple) else [value]  # one value is a list of one
        if len(several) > MOST:
            raise bad_input(f"ids: {MOST} at most")
        for each in several:
            ids.decode(_text(each))
    elif name == "representations" and isinstance(value, list | tuple) and len(value) > MOST:
        raise bad_input(f"representations: {MOST} at most")
    elif name == "text" and isinstance(value, str) and len(value) > 200:
        raise bad_input("text: 200 characters at most")
    elif name in ("by", "filter") and isinstance(value, Mapping):
        for inner, given in value.items():
            _check(inner, given)
            if isinstance(given, str) and len(given) > _LONGEST_KEY:
                raise bad_input(f"{inner}: {_LONGEST_KEY} characters at most")


_LOOKED_AT: Final = frozenset({"first", "after", "id", "ids", "text", "by", "filter", "representations"})


@dataclass(slots=True)
class _Walk:
    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    labels: Labels
    profile: Profile
    conditional: bool = False
    needs: defaultdict[Target, set[str]] = field(default_factory=lambda: defaultdict(set))
    whole: set[Target] = field(default_factory=set)
    checked: list[tuple[FieldNode, tuple[str, ...]]] = field(default_factory=list)
    spread: set[tuple[str, Target | None, bool]] = field(default_factory=set)
    selected: set[Coordinate] = field(default_factory=set)
    at_once: set[Coordinate] = field(default_factory=set)
    later: bool = False

    def selection(
        self, chosen: SelectionSetNode | None, parent: Any, target: Target | None, path: tuple[str, ...]
    ) -> None:
        """Collect what a selection set of a type needs of the record behind it."""
        if chosen is None:
            return
        own = target_of(parent)
        target = own or target
        if own is not None:
            self._enter(parent, own)
        for node in chosen.selections:
            if isinstance(node, FieldNode):
                self._field(node, parent, target, path)
                continue
            before, self.later = self.later, self.later or is_deferred(node)
            if isinstance(node, InlineFragmentNode):
                kind = self.schema.type_map[node.type_condition.name.value] if node.type_condition else parent
                self.selection(node.selection_set, kind, target, path)
            elif isinstance(node, FragmentSpreadNode) and (node.name.value, target, self.later) not in self.spread:
                # once is enough: the same needs again, and fragments that spread each other twice would double for ever
                self.spread.add((node.name.value, target, self.later))
                fragment = self.fragments[node.name.value]
                kind = self.schema.type_map[fragment.type_condition.name.value]
                self.selection(fragment.selection_set, kind, target, path)
            self.later = before

    def _field(self, node: FieldNode, parent: Any, target: Target | None, path: tuple[str, ...]) -> None:
        if not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) or node.name.value not in parent.fields:
            return
        here = (*path, node.alias.value if node.alias else node.name.value)
        if any(argument.name.value in _LOOKED_AT for argument in node.arguments or ()):
            self.checked.append((node, here))
        if node.name.value == "_entities":  # no declaration of ours: whatever is below is about whom it names
            self.conditional = True
            self.selection(node.selection_set, get_named_type(parent.fields["_entities"].type), None, here)
            return
        self.selected.add((parent.name, node.name.value))
        if not self.later:
            self.at_once.add((parent.name, node.name.value))
        graphql_field = parent.fields[node.name.value]
        declared = graphql_field.extensions.get(DEFINITION)
        verdict = self._verdict(parent.name, node.name.value)
        if verdict is Verdict.DENY or (verdict is Verdict.MASK and _nothing_left(graphql_field, declared)):
            return  # never shown, so neither it nor what is below it is fetched
        kind = get_named_type(graphql_field.type)
        declaration = declaration_of(declared) if declared is not None else None
        through = target if _is_page(parent) or _is_page(kind) else None
        if isinstance(declaration, Value):
            if target is not None and not _is_page(parent):
                lookup = lookup_of(parent) if declared.python_name == "id" else None
                self.needs[target].add(lookup.key if lookup else declared.python_name)
            self.selection(node.selection_set, kind, through, here)
        elif isinstance(declaration, Boundary):
            self._need_key(target, declaration.key)
            answered = (declaration.port, question_of(declaration.port, declaration.question).record)
            if declaration.filters:
                self.whole.add(answered)
            if declaration.leads is not None:
                lead = declaration.leads
                self.needs[answered].add(lead.key)
                answered = (lead.port, question_of(lead.port, lead.question).record)
            self.selection(node.selection_set, kind, answered, here)
        elif isinstance(declaration, Computed):
            self._computed(declaration, target)
            self.selection(node.selection_set, kind, None, here)

    def _enter(self, kind: Any, target: Target) -> None:
        """What rights look at in a node: the employee's facts, or the key of its owner and its own attributes."""
        self._depends(self.labels.entrance[kind.name])
        if not self.profile.attrs:
            return
        owner = owner_of(kind)
        if owner is not None:
            self.needs[target].add(owner.key)
            self.needs[target].update(
                READ_OF_OBJECT[name]
                for name in self.profile.attrs
                if name in READ_OF_OBJECT and READ_OF_OBJECT[name] in target[1].__dataclass_fields__  # type: ignore[attr-defined]  # records are dataclasses
            )

    def _verdict(self, type_name: str, field_name: str) -> Verdict:
        place = self.labels.of.get((type_name, field_name))
        return Verdict.ALLOW if place is None else self._depends(place)

    def _depends(self, place: int) -> Verdict:
        verdict = self.profile.verdicts[place]
        self.conditional = self.conditional or verdict is Verdict.DEPENDS
        return verdict

    def _computed(self, declaration: Computed, target: Target | None) -> None:
        if declaration.asks or target is None:
            self.conditional = True  # what it asks for and shows is decided by whom it is about
        if target is not None and declaration.reads is None:
            self.whole.add(target)
        for name in declaration.reads or ():
            if target is not None:
                self.needs[target].add(name)
        for asked in declaration.asks:
            port, question = asked.split(".")
            self.whole.add((port, question_of(port, question).record))

    def _need_key(self, target: Target | None, key: str) -> None:
        if target is not None:
            self.needs[target].update(_KEYS.get(target[1], ()) if key == "ref" else (key,))


def _nothing_left(field: GraphQLField, declared: Any) -> bool:
    """Whether nothing is shown of a field to those who may see no more than its mask: there is none, nor a field below."""
    return not is_composite_type(get_named_type(field.type)) and (declared is None or mask_declared(declared) is None)


def _is_page(kind: Any) -> bool:
    """Whether a type is part of a page: these stand around a record, not for one."""
    return isinstance(kind, GraphQLObjectType) and kind.name.endswith(("Connection", "Edge", "PageInfo"))


def target_of(kind: Any) -> Target | None:
    """The record that stands for a type, for types that can be looked up."""
    lookup = lookup_of(kind)
    return (lookup.port, question_of(lookup.port, lookup.question).record) if lookup else None


def lookup_of(kind: Any) -> Lookup | None:
    """How nodes of a type are found by their key; None for what is no node."""
    definition = getattr(kind, "extensions", {}).get(DEFINITION)
    found: Lookup | None = getattr(getattr(definition, "origin", None), LOOKUP, None)
    return found


def owner_of(kind: Any) -> Boundary | None:
    """The boundary that leads from a type's nodes to their nearest owner; None where there is none."""
    definition = kind.extensions.get(DEFINITION)
    name = owner_field_of(definition.origin)
    if name is None:
        return None
    found = next(each for each in definition.fields if each.python_name == name)
    declared = declaration_of(found)
    assert isinstance(declared, Boundary), name
    return declared


def plan_document(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    labels: Labels,
    profile: Profile,
    *,
    every_fact: bool = False,
) -> Plan:
    """The plan of one operation of a valid document, for whoever has these rights; with `every_fact` for other policies too."""
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    walk = _Walk(schema, fragments, labels, profile)
    root: Callable[..., Any] = schema.get_root_type
    walk.selection(operation.selection_set, root(operation.operation), None, ())
    conditional = every_fact or (walk.conditional and bool(profile.attrs))
    if conditional:
        wanted = READ if every_fact else profile.attrs
        walk.needs[PEOPLE].update(_KEYS[Person], (READ[name] for name in wanted if name in READ))
    needs: dict[Target, frozenset[str] | None] = {target: frozenset(names) for target, names in walk.needs.items()}
    needs.update(dict.fromkeys(walk.whole, None))
    defaults = {
        each.variable.name.value: value_from_ast_untyped(each.default_value)
        for each in operation.variable_definitions or ()
        if each.default_value is not None
    }
    return Plan(
        needs,
        tuple(walk.checked),
        defaults,
        conditional,
        operation.operation is OperationType.MUTATION,
        personal_among(sorted(walk.selected), labels, profile),
        frozenset(walk.selected - walk.at_once),
    )


def is_deferred(node: SelectionNode) -> bool:
    """Whether a fragment may surely come later; one that only may under a condition counts as one that comes at once."""
    found = next((each for each in node.directives or () if each.name.value == "defer"), None)
    if found is None:
        return False
    said = next((each.value for each in found.arguments or () if each.name.value == "if"), None)
    return said is None or (isinstance(said, BooleanValueNode) and said.value)
