"""The short way gives what graphql-core gives: the same data in the same order, the same errors at the same places."""

import asyncio
from dataclasses import dataclass
from operator import attrgetter
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from graphql import (
    ExecutionResult,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLString,
    execute,
    parse,
)

from resolvers.executing import Asked, Kept, QuickExecutor
from tests.unit.resolvers.open_rights import open_context


@dataclass
class Pet:
    """Everything that may be right or wrong with a record."""

    name: Any = "Rex"
    legs: Any = 4
    mood: Any = "CALM"
    names: Any = ("Rex", "Rexy")
    friend: Any = None
    friends: Any = ()
    strict_friends: Any = ()


def kept(kind: GraphQLOutputType, name: str) -> GraphQLField:
    return GraphQLField(kind, resolve=Kept(kind, attrgetter(name), name, 0))


def asked(kind: GraphQLOutputType, resolve: Any) -> GraphQLField:
    return GraphQLField(kind, resolve=Asked(kind, resolve, "asked", 0))


async def later(pet: Pet, _info: Any) -> Any:
    await asyncio.sleep(0)
    if isinstance(pet.name, Exception):
        raise pet.name
    return pet.name


PET: GraphQLObjectType = GraphQLObjectType(
    "Pet",
    lambda: {
        "name": kept(GraphQLString, "name"),
        "strictName": kept(GraphQLNonNull(GraphQLString), "name"),
        "legs": kept(GraphQLInt, "legs"),
        "mood": kept(GraphQLEnumType("Mood", {"CALM": "CALM", "WILD": "WILD"}), "mood"),
        "names": kept(GraphQLNonNull(GraphQLList(GraphQLNonNull(GraphQLString))), "names"),
        "looseNames": kept(GraphQLList(GraphQLString), "names"),
        "friend": kept(PET, "friend"),
        "strictFriend": kept(GraphQLNonNull(PET), "friend"),
        "friends": kept(GraphQLList(GraphQLNonNull(PET)), "friends"),
        "looseFriends": kept(GraphQLList(PET), "friends"),
        "missing": kept(GraphQLString, "missing"),
        "later": asked(GraphQLString, later),
        "strictLater": asked(GraphQLNonNull(GraphQLString), later),
    },
)
SCHEMA = GraphQLSchema(GraphQLObjectType("Query", {"pet": asked(PET, lambda root, _info: root.pet)}))

PETS = {
    "plain": Pet(),
    "befriended": Pet(friend=Pet("Tom"), friends=[Pet("Ann"), Pet("Bob"), Pet("Cid")]),
    "nameless": Pet(None, friend=Pet(None), friends=(Pet(None), Pet("Bob"))),
    "unhappy": Pet("Rex", "four", "BORED", friend=Pet(ValueError("gone")), friends=[Pet("A"), Pet(ValueError("gone"))]),
    "broken lists": Pet(names=("Rex", None), friends=[Pet("A"), None]),
    "no lists": Pet(names=None, friends=None),
    "wrong lists": Pet(names=7, friends=7),
    "generated lists": Pet(names={"Rex": 1}.keys(), friends={"a": Pet("A")}.values()),
    "two failures": Pet(
        ValueError("one"), friends=[Pet(ValueError("two")), Pet("B", friends=[Pet(ValueError("three"))])]
    ),
}
DOCUMENTS = [
    "{ pet { legs name mood strictName names looseNames } }",
    "{ pet { b: name a: name __typename ...More } } fragment More on Pet { legs friend { name } name }",
    "{ pet { later name friend { later name } friends { name later strictName } } }",
    "{ pet { friends { later } looseFriends { later strictLater } name } }",
    "{ pet { friend { strictName } friends { strictLater } legs } }",
    "{ pet { strictFriend { name strictLater } later } }",
    "{ pet { friends { later friends { later strictLater } } missing mood } }",
    "{ pet { friends { name @skip(if: true) legs @include(if: false) } name } }",
]


async def executed(document: str, pet: Pet | None, executor: type[QuickExecutor] | None) -> ExecutionResult:
    result = execute(SCHEMA, parse(document), SimpleNamespace(pet=pet), open_context(), executor_class=executor)
    return result if isinstance(result, ExecutionResult) else await result


def told(result: ExecutionResult) -> tuple[bytes, list[Any]]:
    errors = [
        (error.path, [(each.line, each.column) for each in error.locations or ()]) for error in result.errors or ()
    ]
    return orjson.dumps(result.data), sorted(errors, key=str)


@pytest.mark.parametrize("pet", PETS)
@pytest.mark.parametrize("document", DOCUMENTS)
async def test_the_short_way_gives_what_the_long_way_gives(document: str, pet: str) -> None:
    quick, long = await executed(document, PETS[pet], QuickExecutor), await executed(document, PETS[pet], None)
    assert told(quick) == told(long)


async def test_no_record_is_null() -> None:
    assert told(await executed("{ pet { name } }", None, QuickExecutor)) == (b'{"pet":null}', [])


async def test_what_is_asked_of_sources_is_asked_side_by_side() -> None:
    under_way: list[int] = []
    gate = asyncio.Event()

    async def waits(_pet: Pet, _info: Any) -> str:
        under_way.append(1)
        if len(under_way) == 6:
            gate.set()
        await gate.wait()
        return "came"

    fields = {"a": asked(GraphQLString, waits), "b": asked(GraphQLString, waits)}
    inner = GraphQLObjectType("Inner", fields)
    schema = GraphQLSchema(GraphQLObjectType("Query", {"all": kept(GraphQLList(GraphQLNonNull(inner)), "all")}))
    root = SimpleNamespace(all=[Pet(), Pet(), Pet()])
    result: Any = execute(schema, parse("{ all { a b } }"), root, open_context(), executor_class=QuickExecutor)
    assert (await asyncio.wait_for(result, 5)).data == {"all": [{"a": "came", "b": "came"}] * 3}
