"""Finding: from a text to the nodes it may mean, in two passes over the index.

Equal and beginning forms first, and words of names one slip away, through ordinary indexes. Only if nobody is found
for sure, an OR of trigrams proposes words and the count of slips disposes. A node's evidence is summed over the words
of the query, whichever of its identifiers each was found in, so four digits of a phone narrow namesakes down.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from resolvers.search.forms import NAMES, Chunk, Reading, readings
from resolvers.search.lookup import KNOWN, Evidence, Lookup, Withheld, strongest
from resolvers.search.store import Store

SURE = 0.945
"""A node is found for sure if every word of the text as typed is one of its words."""

PLAIN = 0.84
"""From here on the text was understood; other layouts need not be tried with slips."""

WORTH_SHOWING = 0.55
MOST_COMPARED = 400


@dataclass(frozen=True, slots=True)
class Match:
    """A node that the text may mean.

    Shape: `kind` is the kind of identifier that spoke loudest for it, `score` is in (0, 1].
    """

    node_type: str
    node_key: str
    kind: str
    score: float


def find(
    store: Store,
    text: str,
    node_types: frozenset[str] | None,
    limit: int,
    allowed_kinds: frozenset[str] | None,
    withheld: Withheld | None = None,
) -> list[Match]:
    """The nodes a text may mean, best first; ties in the order of type and key."""
    understood = readings(text)
    lookup = Lookup(store, node_types, allowed_kinds, withheld)
    if limit <= 0 or not understood or not lookup.kinds:
        return []
    found: Evidence = {}
    for reading in understood:
        strongest(found, _evidence(lookup, reading, fuzzy=False), reading.worth)
    if not any(score >= SURE for score, _ in found.values()):
        for reading in understood:
            strongest(found, _evidence(lookup, reading, fuzzy=True), reading.worth)
            if any(score >= PLAIN for score, _ in found.values()):
                break  # the text as typed makes sense, slips included: what another layout would make of it is noise
    return _ranked(lookup, found, understood, limit)


def _evidence(lookup: Lookup, reading: Reading, fuzzy: bool) -> Evidence:
    found: Evidence = {}
    for code in reading.whole:
        strongest(found, lookup.code(code, fuzzy, whole=True), 1.0)
    number = any(sign.isdigit() for code in reading.whole for sign in code.text)
    # The pieces of a number found as a whole mean nothing; two words that happen to make a login still name people.
    if not (number and any(score >= SURE for score, _ in found.values())):
        strongest(found, _sum_of_chunks(lookup, reading.chunks, fuzzy), 1.0)
    return {node: evidence for node, evidence in found.items() if evidence[0] >= WORTH_SHOWING}


def _sum_of_chunks(lookup: Lookup, chunks: tuple[Chunk, ...], fuzzy: bool) -> Evidence:
    full = sum(chunk.weight for chunk in chunks)
    alone = len(chunks) == 1 and len(chunks[0].words) == 1
    total: dict[int, float] = {}
    loudest: Evidence = {}
    for chunk in sorted(chunks, key=lambda one: one.initial):
        # Initials come last: they narrow down those already found, on their own they mean a tenth of the company.
        said = lookup.initials(chunk.words, total.keys()) if chunk.initial else _one_chunk(lookup, chunk, fuzzy, alone)
        for node, (score, kind) in said.items():
            total[node] = total.get(node, 0.0) + chunk.weight * score
            if node not in loudest or loudest[node][0] < score:
                loudest[node] = (score, kind)
    return {node: (score / full, loudest[node][1]) for node, score in total.items()}


def _one_chunk(lookup: Lookup, chunk: Chunk, fuzzy: bool, alone: bool) -> Evidence:
    summed: dict[int, tuple[float, int]] = {}
    length = sum(len(spellings[0]) for spellings in chunk.words)
    for spellings in chunk.words:
        for node, (score, kind) in lookup.word(spellings, fuzzy, alone).items():
            before = summed.get(node, (0.0, kind))
            summed[node] = (before[0] + score * len(spellings[0]) / length, kind)
    for code in chunk.codes:
        strongest(summed, lookup.code(code, fuzzy), 1.0)
    return summed


def _ranked(lookup: Lookup, found: Evidence, understood: Iterable[Reading], limit: int) -> list[Match]:
    best = sorted(((score, node) for node, (score, _) in found.items()), reverse=True)
    if not best:
        return []
    # All that may still change places with the last one shown, not just the first ones of many equal.
    cut = best[min(limit, len(best)) - 1][0] - 2 * KNOWN
    compared = [node for score, node in best if score >= cut][:MOST_COMPARED]
    names = lookup.nodes([node for score, node in best if score >= cut])
    finer = lookup.closeness(compared, tuple(reading.folded for reading in understood))
    matches = [
        Match(*names[node], kind, round(min(1.0, score + (finer.get(node, 0.0) if kind in NAMES else 0.0)), 4))
        for node, score, kind in ((node, found[node][0], lookup.kinds[found[node][1]]) for node in names)
    ]
    matches.sort(key=lambda match: (-match.score, match.node_type, match.node_key))
    return matches[:limit]
