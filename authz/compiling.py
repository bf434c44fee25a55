"""Compiling: rows of an actor become a profile, so that no decision is thought through twice."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from authz.labels import Label, Labels
from authz.profile import ALLOWED, DENIED, MASKED, Facts, Profile, Verdict
from authz.rows import EVERY, SENSITIVITIES, Forbid, Permit, When
from authz.vocabulary import ATTRIBUTES, LATER, UNKNOWN, Fact

_LEVEL: Final = {word: place for place, word in enumerate(SENSITIVITIES)}

_ALWAYS: Final = 1
"""The bit of having no condition at all."""

Side = tuple[int, int]
"""What opens a label for one action, and what closes it: conditions as bits."""

Reach = tuple[str, int, int]
"""What a row comes to: its domain, the level it reaches to or begins at, and the bit of its condition."""

Tests = tuple[tuple[int, frozenset[Fact]], ...]
"""A condition by place in the facts: each must be one of these."""


def permitting(when: When, facts: Mapping[str, Fact]) -> bool:
    """Say whether a permit holds: what is not known does not open, what comes later may."""
    return all((fact := facts.get(each.attr, UNKNOWN)) in each.any or fact == LATER for each in when)


def forbidding(when: When, facts: Mapping[str, Fact]) -> bool:
    """Say whether a forbid or an obligation holds: what is not known closes, what comes later does not yet."""
    return all((fact := facts.get(each.attr, UNKNOWN)) in each.any or fact == UNKNOWN for each in when)


def compiled(
    name: str,
    version: str,
    labels: Labels,
    read: tuple[Sequence[Permit], Sequence[Forbid]],
    mask: tuple[Sequence[Permit], Sequence[Forbid]],
) -> Profile:
    """Compile a set of rights. Shape: `read` and `mask` are the rows of the two actions."""
    bits: dict[When, int] = {(): _ALWAYS}
    reading = _permits(read[0], bits), _forbids(read[1], bits)
    masking = _permits(mask[0], bits), _forbids(mask[1], bits)
    sides = [(_side(label, *reading), _side(label, *masking)) for label in labels.all]
    verdicts = tuple(_verdict(*pair) for pair in sides)
    named = {bit: frozenset(each.attr for each in when) for when, bit in bits.items()}
    depends = tuple(
        frozenset[str]().union(*(attrs for bit, attrs in named.items() if bit & _all(*pair)))
        if verdict is Verdict.DEPENDS
        else frozenset[str]()
        for pair, verdict in zip(sides, verdicts, strict=True)
    )
    wanted = frozenset[str]().union(*depends)
    attrs = tuple(each for each in ATTRIBUTES if each in wanted)
    return Profile(name, version, labels, verdicts, attrs, depends, _judge(attrs, bits, verdicts, sides))


def _permits(rows: Sequence[Permit], bits: dict[When, int]) -> list[Reach]:
    return [(row.domain, _LEVEL[row.ceiling], _bit(row.when, bits)) for row in rows]


def _forbids(rows: Sequence[Forbid], bits: dict[When, int]) -> list[Reach]:
    return [(row.domain, _LEVEL[row.floor], _bit(row.when, bits)) for row in rows]


def _bit(when: When, bits: dict[When, int]) -> int:
    # Equal conditions have one bit: ten roles of one team differ in little but their domains.
    return bits.setdefault(when, 1 << len(bits))


def _side(label: Label, permits: Sequence[Reach], forbids: Sequence[Reach]) -> Side:
    here, level = (label.domain, EVERY), _LEVEL[label.sensitivity]
    opens = closes = 0
    for domain, ceiling, bit in permits:
        if domain in here and ceiling >= level:
            opens |= bit
    for domain, floor, bit in forbids:
        if domain in here and floor <= level:
            closes |= bit
    if not opens or closes & _ALWAYS:
        return 0, 0
    return _ALWAYS if opens & _ALWAYS else opens, closes


def _verdict(read: Side, mask: Side) -> Verdict:
    if _open(read):
        return Verdict.ALLOW
    if read[0]:
        return Verdict.DEPENDS
    if _open(mask):
        return Verdict.MASK
    return Verdict.DEPENDS if mask[0] else Verdict.DENY


def _open(side: Side) -> bool:
    return side == (_ALWAYS, 0)


def _all(read: Side, mask: Side) -> int:
    return read[0] | read[1] | mask[0] | mask[1]


def _judge(
    attrs: tuple[str, ...], bits: Mapping[When, int], verdicts: tuple[Verdict, ...], sides: Sequence[tuple[Side, Side]]
) -> Callable[[Facts], bytes]:
    """Make what answers every label at once.

    Labels that hang on the same conditions are decided once, and so is each condition: that is what keeps a new kind
    of employee within some tens of microseconds.
    """
    start = bytes([DENIED if each is Verdict.DEPENDS else int(each) for each in verdicts])
    groups: dict[tuple[Side, Side], list[int]] = {}
    for place, (pair, verdict) in enumerate(zip(sides, verdicts, strict=True)):
        if verdict is Verdict.DEPENDS:
            groups.setdefault(pair, []).append(place)
    place_of = {name: place for place, name in enumerate(attrs)}
    opening = closing = 0
    for read, mask in groups:
        opening |= read[0] | mask[0]
        closing |= read[1] | mask[1]
    open_tests = [(bit, _tests(when, place_of, LATER)) for when, bit in bits.items() if bit & opening]
    close_tests = [(bit, _tests(when, place_of, UNKNOWN)) for when, bit in bits.items() if bit & closing]
    outcomes = [(*read, *mask, tuple(places)) for (read, mask), places in groups.items()]

    def judge(facts: Facts) -> bytes:
        opened = _holding(open_tests, facts)
        closed = _holding(close_tests, facts)
        row = bytearray(start)
        for read_opens, read_closes, mask_opens, mask_closes, places in outcomes:
            if opened & read_opens and not closed & read_closes:
                outcome = ALLOWED
            elif opened & mask_opens and not closed & mask_closes:
                outcome = MASKED
            else:
                continue
            for place in places:
                row[place] = outcome
        return bytes(row)

    return judge


def _holding(tests: Sequence[tuple[int, Tests]], facts: Facts) -> int:
    """Say which conditions hold. Shape: a number with the bits of those that do."""
    holding = 0
    for bit, each in tests:
        for place, words in each:
            if facts[place] not in words:
                break
        else:
            holding |= bit
    return holding


def _tests(when: When, place_of: Mapping[str, int], beside: str) -> Tests:
    return tuple((place_of[each.attr], frozenset([*each.any, beside])) for each in when)
