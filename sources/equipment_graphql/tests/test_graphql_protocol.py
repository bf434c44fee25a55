"""GraphQL as a protocol: what is not a query never leaves without a permit, however it is dressed."""

from typing import Any

import pytest

from sources.equipment_graphql.tests.conftest import asset, context, permit_for
from sources.kit.graphql_document import ask_each, only_reads
from sources.ports.errors import SourceError, WriteRefused

BLOCK = "mutation block($tag: String!) { blockAsset(input: {tag: $tag}) { asset { tag status } } }"

NOT_READS = [
    BLOCK,
    'mutation { blockAsset(input: {tag: "NB-1"}) { asset { tag } } }',
    'query Q { assetByTag(tag: "NB-1") { tag } } mutation M { blockAsset(input: {tag: "NB-1"}) { asset { tag } } }',
    'mutation M { ...Go } fragment Go on Mutation { blockAsset(input: {tag: "NB-1"}) { asset { tag } } }',
    'query Q { ...Go } fragment Go on Mutation { blockAsset(input: {tag: "NB-1"}) { asset { tag } } }',
    'query Q { ... on Mutation { blockAsset(input: {tag: "NB-1"}) { asset { tag } } } }',
    "subscription { assets { tag } }",
    "# query\nmutation { x }",
    '"""query"""mutation { x }',
    "\ufeffmutation { x }",
    "{ a } { b }",
    "fragment F on Query { a }",
    "type Query { a: Int }",
    "query { a",
    "",
    "{" * 50_000,
]


@pytest.mark.parametrize("document", NOT_READS)
@pytest.mark.parametrize("name", [None, "Q", "M"])
async def test_what_is_not_a_query_never_leaves(opened: Any, document: str, name: str | None) -> None:
    house = await opened(asset("NB-1", "1001"), writing=True)
    with pytest.raises(WriteRefused):
        await house.source._graphql.query(document, {"tag": "NB-1"}, context(), operation_name=name)
    # past the transport's own check the manifest's rule holds just the same
    body = {"query": document, "variables": {"tag": "NB-1"}, **({"operationName": name} if name else {})}
    with pytest.raises(WriteRefused):
        await house.source._graphql._http.request("POST", "/graphql", context(), json=body)
    assert house.twin.calls == 0
    assert house.twin.assets["NB-1"]["status"] == "assigned"


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"query": 1},
        [{"query": "{ a }"}, {"query": BLOCK}],
        {"mutation": BLOCK},
        {"query": "{ a }", "operationName": 1},
    ],
)
async def test_a_body_that_is_no_query_never_leaves(opened: Any, body: Any) -> None:
    house = await opened(asset("NB-1", "1001"))
    with pytest.raises(WriteRefused):
        await house.source._graphql._http.request("POST", "/graphql", context(), json=body)
    assert house.twin.calls == 0


async def test_a_query_passes(opened: Any) -> None:
    house = await opened(asset("NB-1", "1001"))
    answer = await house.source._graphql.query('{ assetByTag(tag: "NB-1") { tag } }', {}, context())
    assert answer.data == {"assetByTag": {"tag": "NB-1"}}
    assert house.twin.calls == 1


async def test_a_query_elsewhere_is_not_declared(opened: Any) -> None:
    house = await opened(asset("NB-1", "1001"))
    with pytest.raises(WriteRefused):
        await house.source._graphql._http.request("POST", "/admin", context(), json={"query": "{ a }"})
    assert house.twin.calls == 0


async def test_a_permit_lets_one_mutation_pass_and_no_second(opened: Any) -> None:
    house = await opened(asset("NB-1", "1001"), writing=True)
    call = context(permit=permit_for("block"))
    answer = await house.source._graphql.query(BLOCK, {"tag": "NB-1"}, call, operation_name="block", write="block")
    assert answer.data["blockAsset"]["asset"] == {"tag": "NB-1", "status": "lost"}
    with pytest.raises(WriteRefused):
        await house.source._graphql.query(BLOCK, {"tag": "NB-1"}, call, operation_name="block", write="block")
    with pytest.raises(WriteRefused):
        wrong = context(permit=permit_for("assign"))
        await house.source._graphql.query(BLOCK, {"tag": "NB-1"}, wrong, operation_name="block", write="block")
    with pytest.raises(WriteRefused):
        right = context(permit=permit_for("block"))
        await house.source._graphql.query(BLOCK, {"tag": "NB-1"}, right, operation_name="assign", write="block")
    with pytest.raises(WriteRefused):
        await house.source._graphql.query(BLOCK, {"tag": "NB-1"}, context(permit=permit_for("block")))
    assert house.twin.calls == 1


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        (
            "mutation assign($t: String!, $e: String!) { assignAsset(input: {tag: $t, employeeId: $e}) { asset { tag } } }",
            {"t": "NB-1", "e": "77"},
        ),
        ("mutation assign($t: String!) { returnAsset(input: {tag: $t}) { asset { tag } } }", {"t": "NB-404"}),
    ],
)
async def test_the_twin_says_no_as_the_database_would(opened: Any, document: str, variables: dict[str, Any]) -> None:
    house = await opened(asset("NB-1", "1001"), writing=True)
    call = context(permit=permit_for("assign"))
    answer = await house.source._graphql.query(document, variables, call, operation_name="assign", write="assign")
    (problem,) = answer.problems.values()
    assert "foreign key" in problem or "No values were updated" in problem
    assert house.twin.assets["NB-1"]["assigned_to"] == "1001"


async def test_a_return_and_an_assignment_move_the_device(opened: Any) -> None:
    house = await opened(asset("NB-1", "1001"), writing=True)
    give = "mutation assign($t: String!, $e: String!) { assignAsset(input: {tag: $t, employeeId: $e}) { asset { assignedTo } } }"
    take = "mutation return_to_stock($t: String!) { returnAsset(input: {tag: $t}) { asset { assignedTo status } } }"
    call = context(permit=permit_for("return_to_stock"))
    answer = await house.source._graphql.query(
        take, {"t": "NB-1"}, call, operation_name="return_to_stock", write="return_to_stock"
    )
    assert answer.data["returnAsset"]["asset"] == {"assignedTo": None, "status": "in_stock"}
    call = context(permit=permit_for("assign"))
    await house.source._graphql.query(give, {"t": "NB-1", "e": "1002"}, call, operation_name="assign", write="assign")
    assert [row["tag"] for row in house.twin.owned("1002")] == ["NB-1"]
    assert house.twin.owned("1001") == []


async def test_a_refused_document_says_why_to_the_log_only(opened: Any) -> None:
    house = await opened(asset("NB-1", "1001"))
    with pytest.raises(SourceError) as refused:
        await house.source._graphql.query("{ bogus }", {}, context())
    assert refused.value.code == "SOURCE_REJECTED"
    assert "bogus" in refused.value.detail and "bogus" not in str(refused.value)


def test_keys_travel_as_variables() -> None:
    asked = ask_each("assetByTag", "tag", "String!", ["a", 'b"){'], "tag")
    assert asked.variables == {"k0": "a", "k1": 'b"){'}
    assert 'b"){' not in asked.document
    assert only_reads(asked.document)


def test_the_operation_run_must_be_among_those_sent() -> None:
    assert only_reads("query A { a } query B { b }", "A")
    assert not only_reads("query A { a } query B { b }", "C")
    assert not only_reads("query A { a } query B { b }")
