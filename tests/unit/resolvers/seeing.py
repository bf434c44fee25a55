"""Real sight over rights written field by field, and loaders that answer as the test says and count what they were asked."""

import asyncio
import dataclasses
from collections import Counter
from collections.abc import Collection, Mapping
from types import SimpleNamespace
from typing import Any, Final

from graphql import GraphQLSchema

from authz.labels import Coordinate, Label, Labels
from authz.profile import ALLOWED, DENIED, Profile, Verdict
from authz.vocabulary import ATTRIBUTES, LATER, Fact
from resolvers.facts import Circumstances
from resolvers.sight import Guards, Sight
from sources.ports.directory import Person, PersonName, Workplace
from tests.sandbox import NOW

ENTRANCE: Final = "*"
"""`Type.*` is whether objects of a type may be known of."""


def person_of(number: str, region: str = "br", **more: Any) -> Person:
    """Somebody who works in a region."""
    login = f"p{number}"
    workplace = Workplace(region=region)
    said: dict[str, Any] = {
        "name": PersonName(login),
        "email": f"{login}@okno.example",
        "workplace": workplace,
        "vip": False,
    }
    return Person(
        source="directory", employee_id=number, login=login, directory_id=f"u{number}", active=True, **{**said, **more}
    )


ANA: Final = person_of("7")


class Answers:
    """Loaders whose answers stand by question and key; what is not there is unknown, an exception is raised."""

    def __init__(self, answers: Mapping[tuple[str, Any], Any] | None = None) -> None:
        self.answers = dict(answers or {})
        self.asked: Counter[str] = Counter()

    def load(self, port: str, question: str, key: Any, _args: Any = ()) -> "asyncio.Future[Any]":
        self.asked[f"{port}.{question}"] += 1
        future = asyncio.get_running_loop().create_future()
        answer = self.answers.get((question, key), self.answers.get((question, "*")))
        if isinstance(answer, Exception):
            future.set_exception(answer)
        else:
            future.set_result(answer)
        return future


def sight_of(
    schema: GraphQLSchema,
    denied: Collection[str] = (),
    when: Mapping[str, tuple[str, Collection[Fact]]] | None = None,
    answers: Answers | None = None,
) -> Sight:
    """Who may read everything but the `denied` fields, and those of `when` only where an attribute is one of some.

    Shape: fields as `Type.field`, `Type.*` for the whole type's entrance.
    """
    guards = Guards.of(schema)
    every = [*guards.labels.of, *((name, ENTRANCE) for name in guards.labels.entrance)]
    place: dict[Coordinate, int] = {each: index for index, each in enumerate(every)}
    limits = {place[_split(each)]: limit for each, limit in (when or {}).items()}
    never = {place[_split(each)] for each in denied}
    attrs = tuple(name for name in ATTRIBUTES if any(name == limit[0] for limit in limits.values()))

    def judge(facts: tuple[Fact, ...]) -> bytes:
        known = dict(zip(attrs, facts, strict=True))
        row = bytearray([ALLOWED]) * len(every)
        for index in range(len(every)):
            attr, accepted = limits.get(index, (None, ()))
            if index in never or (attr is not None and known[attr] not in (LATER, *accepted)):
                row[index] = DENIED
        return bytes(row)

    verdicts = tuple(
        Verdict.DENY if index in never else Verdict.DEPENDS if index in limits else Verdict.ALLOW
        for index in range(len(every))
    )
    labels = Labels(
        tuple(Label(".".join(each), "internal") for each in every),
        {each: index for each, index in place.items() if each[1] != ENTRANCE},
        {name: place[name, ENTRANCE] for name in guards.labels.entrance},
    )
    kinds = {name: dataclasses.replace(kind, entrance=labels.entrance[name]) for name, kind in guards.kinds.items()}
    depends = tuple(frozenset({limits[index][0]} if index in limits else ()) for index in range(len(every)))
    profile = Profile("test", "test", labels, verdicts, attrs, depends, judge)
    loaders: Any = answers or Answers()
    return Sight(Guards(labels, kinds), profile, Circumstances("viewer"), loaders, conditional=bool(attrs))


def _split(name: str) -> Coordinate:
    type_name, _, field_name = name.partition(".")
    return type_name, field_name


def asking_of(sight: Sight, answers: Answers, **more: Any) -> Any:
    """A request under way, as far as what is computed looks at it. Shape: `failures` are those that were noted."""
    failures: list[Any] = []
    return SimpleNamespace(
        sight=sight,
        loaders=answers,
        quiet=answers,
        now=NOW,
        activity=None,
        failures=failures,
        missing=lambda failure, _info: failures.append(failure),
        **more,
    )
