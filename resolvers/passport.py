"""Passports: what a document asks for, told from its text alone, for whoever decides whether others may run it."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import orjson
from graphql import (
    FieldNode,
    GraphQLSchema,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    parse,
    validate,
    visit,
)

from resolvers.costing import price_of
from resolvers.documents import changes_in
from resolvers.limits import MOST_TOKENS, check_extent, check_text
from resolvers.planning import DEFINITION
from resolvers.problems import bad_input
from resolvers.sight import Guards
from schema.declare import Boundary, Computed, declaration_of


@dataclass(frozen=True, slots=True)
class Passport:
    """What a document asks for.

    Shape: `kind` is query, mutation or subscription; `fields` as `Type.field`; `labels` as `domain sensitivity`; `sources` are the
    ports that it asks; `operations` what it changes; `hidden` whether it names fields that not everybody may know of. Units:
    `cost` in points, at most, as long as lists are as long as they are when nothing is said.
    """

    name: str
    kind: str
    fields: tuple[str, ...]
    labels: tuple[str, ...]
    sources: tuple[str, ...]
    operations: tuple[str, ...]
    cost: int
    hidden: bool

    def written(self) -> dict[str, Any]:
        """The passport as JSON has it."""
        return {name: list(said) if isinstance(said, tuple) else said for name, said in asdict(self).items()}

    @property
    def hash(self) -> str:
        """What tells two passports apart."""
        return hashlib.sha256(orjson.dumps(self.written(), option=orjson.OPT_SORT_KEYS)).hexdigest()


class Passports:
    """Writes them for one schema."""

    def __init__(self, schema: GraphQLSchema, guards: Guards) -> None:
        self._schema = schema
        self._guards = guards

    def of(self, text: str) -> Passport:
        """The passport of a document with one operation, that has a name. Raises: GraphQLError for what is none."""
        check_text(text)
        document = parse(text, max_tokens=MOST_TOKENS)
        check_extent(document)
        wrong = validate(self._schema, document, max_errors=1, hide_suggestions=True)
        if wrong:
            raise wrong[0]
        operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
        if len(operations) != 1 or operations[0].name is None:
            raise bad_input("a registered document has one operation, and that has a name")
        if operations[0].operation.value == "mutation" and changes_in(operations[0], document) > 1:
            raise bad_input("one change a request: each is authorized and recorded by itself")
        asked = _Asked(TypeInfo(self._schema))
        visit(document, TypeInfoVisitor(asked.types, asked))
        labels = self._guards.labels
        places = [labels.of[each] for each in sorted(asked.fields) if each in labels.of]
        return Passport(
            operations[0].name.value,
            str(operations[0].operation.value),
            tuple(sorted(".".join(each) for each in asked.fields)),
            tuple(sorted({f"{labels.all[place].domain} {labels.all[place].sensitivity}" for place in places})),
            tuple(sorted(asked.ports)),
            tuple(sorted(name for kind, name in asked.fields if kind == "Mutation")),
            price_of(self._schema, document, operations[0]).estimate({}),
            any(labels.all[place].hidden for place in places),
        )


class _Asked(Visitor):
    """Gathers the fields of a document, and the ports behind them."""

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self.types = types
        self.fields: set[tuple[str, str]] = set()
        self.ports: set[str] = set()

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        parent, field = self.types.get_parent_type(), self.types.get_field_def()
        if parent is None or field is None or node.name.value.startswith("__"):
            return
        self.fields.add((parent.name, node.name.value))
        extensions: Mapping[str, Any] = field.extensions
        declared = extensions.get(DEFINITION)
        declaration = declaration_of(declared) if declared is not None else None
        if isinstance(declaration, Boundary):
            self.ports.add(declaration.port)
            if declaration.leads is not None:
                self.ports.add(declaration.leads.port)
        elif isinstance(declaration, Computed):
            self.ports.update(each.partition(".")[0] for each in declaration.asks)
