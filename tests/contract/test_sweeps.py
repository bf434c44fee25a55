"""What a source says can be said of its nodes leads to nodes that it answers for."""

from collections import Counter

from schema.assemble import nouns
from schema.declare import LOOKUP, Lookup, definition_of
from schema.search import IdentifierKind
from tests.contract.subjects import Source, call_of

LOOKUPS: dict[str, Lookup] = {definition_of(noun).name: getattr(noun, LOOKUP) for noun in nouns()}


async def test_identifiers_lead_to_nodes(identified: tuple[Source, str]) -> None:
    source, port = identified
    found = list(await source.line.sweep(call_of()))
    people = {each.employee_id for each in source.company.people}
    assert found
    assert {each.kind for each in found} <= {kind.value for kind in IdentifierKind}
    for node_type in sorted({each.node_type for each in found}):
        keys = sorted({each.node_key for each in found if each.node_type == node_type})
        lookup = LOOKUPS[node_type]
        if lookup.port in source.line.manifest.ports:
            answers = await source.ask(lookup.port, lookup.question, keys)
            assert [
                key for key, answer in zip(keys, answers, strict=True) if getattr(answer, lookup.key, None) != key
            ] == []
        else:
            assert node_type == "Employee"
            assert set(keys) <= people


async def test_every_identifier_is_a_text_and_is_told_once(identified: tuple[Source, str]) -> None:
    source, _ = identified
    found = list(await source.line.sweep(call_of()))
    assert [each for each in found if not each.text.strip() or not each.node_key.strip()] == []
    assert [each for each, times in Counter(found).items() if times > 1] == []


async def test_a_sweep_after_a_sweep_tells_the_same(identified: tuple[Source, str]) -> None:
    source, _ = identified
    first = set(await source.line.sweep(call_of()))
    assert set(await source.line.sweep(call_of())) == first
