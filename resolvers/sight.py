"""Sight: what one viewer may see in one request, employee by employee. Decided before anything is fetched."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Final

from graphql import GraphQLError, GraphQLObjectType, GraphQLSchema
from graphql.pyutils import Path

from authz.explaining import NOT_FOR_THIS_EMPLOYEE, NOT_FOR_YOUR_TEAM
from authz.labels import Coordinate, Labels, labels_of_schema
from authz.profile import ALLOWED, DENIED, MASKED, Profile, Verdict
from authz.vocabulary import ATTRIBUTES, LATER, UNKNOWN, Fact
from resolvers.facts import OBJECT, SUBJECT, Circumstances, facts_of
from resolvers.loaders import Loaders
from resolvers.planning import lookup_of, owner_of
from resolvers.problems import RequestProblem
from resolvers.reads import LIMITED, PERSONAL, Reads
from sources.ports.catalogue import question_of
from sources.ports.directory import Person
from sources.ports.errors import SourceError
from sources.ports.groups import Group

_MOST_PATHS: Final = 5
"""Places named for each withheld field; the others are counted."""
_CODES: Final = {MASKED: "MASKED", DENIED: "FORBIDDEN_FIELD", LIMITED: "LIMIT_REACHED"}
_AT_BEST: Final = {
    Verdict.ALLOW: ALLOWED,
    Verdict.DEPENDS: ALLOWED,
    Verdict.MASK: MASKED,
    Verdict.DENY: DENIED,
}


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of nodes as rights see it.

    Shape: `owner` is the question that leads to its nearest owner and the record's attribute that is its key; None
    where the record is the employee. `objects` are the attributes of its own that conditions may ask for.
    """

    name: str
    record: type
    entrance: int
    owner: tuple[str, str] | None
    objects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Guards:
    """What rights need to know of a schema, made once."""

    labels: Labels
    kinds: Mapping[str, Kind]

    @classmethod
    def of(cls, schema: GraphQLSchema) -> "Guards":
        """The guards of a schema. Raises: LookupError naming every field without a label."""
        labels = labels_of_schema(schema)
        kinds: dict[str, Kind] = {}
        for name, kind in schema.type_map.items():
            lookup = lookup_of(kind)
            if lookup is None or not isinstance(kind, GraphQLObjectType):
                continue
            record = question_of(lookup.port, lookup.question).record
            boundary = owner_of(kind)
            owner = (boundary.question, boundary.key) if boundary is not None else None
            kinds[name] = Kind(name, record, labels.entrance[name], owner, tuple(OBJECT.get(record, ())))
        return cls(labels, kinds)


class Subject:
    """The employee looked at, or nobody in particular, and what of them may be seen.

    Shape: `row` as a profile's; with `limited` nothing personal, since the viewer has looked at too many people lately.
    """

    __slots__ = ("limited", "person", "row", "sight")

    def __init__(self, sight: "Sight", person: Person | None, row: bytes, *, limited: bool = False) -> None:
        self.sight = sight
        self.person = person
        self.row = row
        self.limited = limited

    def sees(self, type_name: str, field_name: str) -> bool:
        """Whether a field may be read in full; what only a mask leaves of it does not count."""
        return self.row[self.sight.guards.labels.of[type_name, field_name]] == ALLOWED


@dataclass(slots=True)
class Withheld:
    """A field that was not shown, or not in full. Shape: `paths` are the first few places, `count` all of them."""

    label: int
    outcome: int
    count: int = 0
    paths: list[list[str | int]] = field(default_factory=list)


class Sight:
    """One viewer's eyes for one request.

    Shape: `unspoken` are fields, as `Type.field`, that are withheld without a word; `root` is where nobody is looked at yet, what is shown there is decided again at whoever comes; `nobody` is
    somebody of whom nothing is known, and that counts against; `anybody` is whoever most may be read of.
    """

    def __init__(
        self,
        guards: Guards,
        profile: Profile,
        moment: Circumstances,
        loaders: Loaders,
        *,
        conditional: bool,
        beside: Callable[[Mapping[str, Fact]], None] | None = None,
        reads: Reads | None = None,
    ) -> None:
        self.reads = reads
        self.guards = guards
        self.profile = profile
        self.moment = moment
        self.withheld: dict[tuple[str, int], Withheld] = {}
        self.unspoken: frozenset[str] = frozenset()
        self._loaders = loaders
        self._conditional = conditional
        self._beside = beside
        self._compared: set[str] = set()
        self._found: tuple[Callable[[Person | None, Circumstances], Fact], ...] = tuple(
            SUBJECT.get(name) or _unfound(name) for name in profile.attrs
        )
        self._objects = frozenset(name for name in profile.attrs if ATTRIBUTES[name].kind == "object")
        self.nobody = self.of(None)
        self.anybody = Subject(self, None, bytes(_AT_BEST[each] for each in profile.verdicts))
        self.root = Subject(
            self,
            None,
            profile.row(
                tuple(
                    LATER if ATTRIBUTES[name].kind != "moment" else found(None, moment)
                    for name, found in zip(profile.attrs, self._found, strict=True)
                )
            ),
        )

    def of(self, person: Person | None) -> Subject:
        """Who is looked at; None: nothing is known of them."""
        facts = tuple(found(person, self.moment) for found in self._found)
        return Subject(self, person, self.profile.row(facts))

    def about(self, subject: Subject, kind: Kind, record: Any) -> Subject:
        """The same subject, looked at in one of their objects, whose own attributes are known now."""
        if self._objects.isdisjoint(kind.objects):
            return subject
        found = OBJECT[kind.record]
        facts = tuple(
            found[name](record, self.moment) if name in found else whose(subject.person, self.moment)
            for name, whose in zip(self.profile.attrs, self._found, strict=True)
        )
        row = self.profile.row(facts)
        if subject.limited:
            return Subject(self, subject.person, self._limited(row), limited=True)
        return Subject(self, subject.person, row)

    def _limited(self, row: bytes) -> bytes:
        """A row less what is personal."""
        return bytes(
            LIMITED if outcome == ALLOWED and label.sensitivity in PERSONAL else outcome
            for outcome, label in zip(row, self.guards.labels.all, strict=True)
        )

    def _one_too_many(self, subject: Subject) -> Subject:
        """The same subject, of whom nothing personal is shown."""
        return Subject(self, subject.person, self._limited(subject.row), limited=True)

    def _is_viewer(self, person: Person) -> bool:
        return person.login.casefold() == self.moment.login.casefold()

    async def owner(self, kind: Kind, record: Any) -> Subject:
        """Who is looked at when an object was reached on its own: its nearest owner, nobody where none is known."""
        if kind.owner is None:
            return self.of(record)
        return self.about(await self._owner(kind, record), kind, record)

    async def _owner(self, kind: Kind, record: Any) -> Subject:
        assert kind.owner is not None
        question, attribute = kind.owner
        key = attrgetter(attribute)(record)
        if key is None or not self._conditional:
            return self.nobody
        folded = key if question == "people_by_id" else key.casefold()
        try:
            return self.of(await self._loaders.load("directory", question, folded))
        except SourceError:
            return self.nobody  # who it is cannot be told now: narrower, never wider

    def begun(self, kind: Kind, record: Any, subject: Subject | None) -> Subject | Awaitable[Subject]:
        """The subject from this object on: an employee is one of their own, other objects are their owner's."""
        if not self._conditional:  # whatever is read of them is read of everybody, or of nobody
            return self.nobody if self.reads is None else self._noted(kind, record, subject)
        if kind.owner is None:
            if self.reads is not None:
                return self._noted(kind, record, subject)
            if self._beside is not None and record.employee_id not in self._compared:
                self._compared.add(record.employee_id)
                self._beside(facts_of(record, self.moment))
            return self.of(record)
        if subject is None or subject.person is None or not is_of(kind, record, subject.person):
            return self.owner(kind, record) if self.reads is None else self._owner_noted(kind, record)
        return self.about(subject, kind, record)

    def _noted(self, kind: Kind, record: Any, subject: Subject | None) -> Subject:
        """The same, of which it is noted whose personal data is about to be shown."""
        assert self.reads is not None
        if kind.owner is None:
            if self._beside is not None and record.employee_id not in self._compared:
                self._compared.add(record.employee_id)
                self._beside(facts_of(record, self.moment))
            whose = self.of(record) if self._conditional else Subject(self, record, self.nobody.row)
            told = self.reads.person(record.employee_id, whose.row, own=self._is_viewer(record))
            return whose if told else self._one_too_many(whose)
        if subject is not None and subject.person is not None:
            return subject
        told = self.reads.thing(kind.owner, record, self.nobody.row, self.moment.login)
        return self.nobody if told else self._one_too_many(self.nobody)

    async def _owner_noted(self, kind: Kind, record: Any) -> Subject:
        assert self.reads is not None
        assert kind.owner is not None
        subject = await self.owner(kind, record)
        if subject.person is not None:
            own = self._is_viewer(subject.person)
            told = self.reads.person(subject.person.employee_id, subject.row, own=own)
        else:
            told = self.reads.thing(kind.owner, record, subject.row, self.moment.login)
        return subject if told else self._one_too_many(subject)

    async def knows(self, type_name: str, record: Any) -> bool:
        """Whether the viewer may know at all of a node reached on its own; that there are employees, all may."""
        kind = self.guards.kinds[type_name]
        if kind.owner is None:
            return True
        return self.enters(type_name, await self.owner(kind, record))

    def enters(self, type_name: str, subject: Subject) -> bool:
        """Whether objects of a type may be known of, of this subject."""
        return subject.row[self.guards.kinds[type_name].entrance] == ALLOWED

    async def among(self, type_name: str, records: Any, person: Person, show: Callable[[Any], Any]) -> Any:
        """One employee's objects of a type, less those that may not be known of: by their own attributes, or since they
        are somebody else's as well.
        """
        kind = self.guards.kinds.get(type_name)
        if kind is None or not self._conditional:
            return records
        mine = self.of(person)
        shown = [show(each) for each in records]
        if self._objects.isdisjoint(kind.objects) and all(is_of(kind, each, person) for each in shown):
            return records
        subjects = [
            self.about(mine, kind, each) if is_of(kind, each, person) else await self.owner(kind, each)
            for each in shown
        ]
        return tuple(each for each, subject in zip(records, subjects, strict=True) if self.enters(type_name, subject))

    def always(self, label: int) -> bool:
        """Whether a label may be read of everybody."""
        return self.profile.verdicts[label] is Verdict.ALLOW

    def searchable(self, coordinate: Coordinate) -> bool | None:
        """Whether a field may be read of everybody (True), of nobody (False), or depending on whom (None)."""
        verdict = self.profile.verdicts[self.guards.labels.of[coordinate]]
        return None if verdict is Verdict.DEPENDS else verdict is Verdict.ALLOW

    def may_use(self, places: Sequence[Coordinate]) -> tuple[Coordinate, ...]:
        """Those fields, used to choose or order by, that may be read of some only. Raises: RequestProblem for any never read."""
        for place in places:
            if self.searchable(place) is False:
                raise self.forbidden(".".join(place), self.guards.labels.of[place])
        return tuple(place for place in places if self.searchable(place) is None)

    def might_see(self, places: Sequence[Coordinate], **known: Fact) -> bool:
        """Whether fields may be read of anybody at all of whom this much is known."""
        row = self.profile.row(tuple(known.get(name, LATER) for name in self.profile.attrs))
        return all(row[self.guards.labels.of[place]] == ALLOWED for place in places)

    def withhold(self, name: str, label: int, outcome: int, path: Path) -> None:
        """Note that a field, `Type.field`, was not shown, or only masked; nothing of one that the viewer may not know of."""
        if name in self.unspoken:
            return
        noted = self.withheld.get((name, outcome))
        if noted is None:
            noted = self.withheld[name, outcome] = Withheld(label, outcome)
        noted.count += 1
        if len(noted.paths) < _MOST_PATHS:
            noted.paths.append(path.as_list())

    def shut(self, type_name: str, path: Path, outcome: int = DENIED) -> RequestProblem:
        """Note that an object may not be known of, and say so."""
        entrance = self.guards.kinds[type_name].entrance
        why = LIMITED if outcome == LIMITED else DENIED
        self.withhold(type_name, entrance, why, path)
        return self.forbidden(type_name, entrance, why)

    def forbidden(self, name: str, label: int, outcome: int = DENIED) -> RequestProblem:
        """A field that may not be read, nor used to choose or order by."""
        if outcome == LIMITED and self.reads is not None and self.reads.exceeded is not None:
            return self.reads.limit(self.reads.exceeded, name)
        return RequestProblem("FORBIDDEN_FIELD", f"{name}: {self._reason(label)}", field=name)

    def problems(self, told: set[str]) -> list[GraphQLError]:
        """One problem for each field that was withheld, at the first of its places; not for those told already."""
        return [
            GraphQLError(str(problem), path=noted.paths[0], original_error=problem)
            for (name, _outcome), noted in self.withheld.items()
            if noted.outcome != MASKED and name not in told
            for problem in [self.forbidden(name, noted.label, noted.outcome)]
        ]

    def access(self) -> dict[str, Any]:
        """What was withheld and masked and why, as `extensions.access` shows it."""
        return {
            "policy": self.profile.version,
            "withheld": [self._told(name, each) for (name, how), each in self.withheld.items() if how != MASKED],
            "masked": [self._told(name, each) for (name, how), each in self.withheld.items() if how == MASKED],
        }

    def _told(self, name: str, noted: Withheld) -> dict[str, Any]:
        exceeded = self.reads.exceeded if self.reads is not None and noted.outcome == LIMITED else None
        return {
            "field": name,
            "code": _CODES[noted.outcome],
            "reason": str(exceeded or self._reason(noted.label)),
            "count": noted.count,
            "paths": noted.paths,
        }

    def _reason(self, label: int) -> str:
        """Fit for any viewer: says whether it depends on the employee, never on what."""
        depends = self.profile.verdicts[label] is Verdict.DEPENDS
        return NOT_FOR_THIS_EMPLOYEE if depends else NOT_FOR_YOUR_TEAM


def is_of(kind: Kind, record: Any, person: Person) -> bool:
    """Whether an object that was reached through an employee is theirs; a group is whoever's one comes from."""
    if kind.owner is None or kind.record is Group:
        return True
    question, attribute = kind.owner
    key = attrgetter(attribute)(record)
    if key is None:
        return True  # its source says no more than that it is theirs
    if question == "people_by_id":
        return bool(key == person.employee_id)
    mine = person.login if question == "people_by_login" else person.email
    return mine is not None and bool(key.casefold() == mine.casefold())


def _unfound(name: str) -> Callable[[Person | None, Circumstances], Fact]:
    """An attribute that the employee does not have: an object's is looked at later, anything else is not known."""
    fact = LATER if ATTRIBUTES[name].kind == "object" else UNKNOWN
    return lambda _person, _moment: fact
