"""Kinds: employees, objects and moments, told apart exactly as far as some condition tells them apart."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Final

from authz.rows import Condition
from authz.vocabulary import ATTRIBUTES, LATER, UNKNOWN, Fact
from authz.words import ALWAYS, choice, condition_in_words

MOST_KINDS: Final = 50_000
"""More than this are not gone through: whoever asks is told so, rather than given half of an answer."""

Kind = tuple[int, ...]
"""One kind: a place in each axis."""
Box = tuple[frozenset[int], ...]
"""Kinds that differ freely within some places of each axis."""


class TooManyKinds(Exception):
    """Conditions tell more kinds apart than can be gone through."""

    def __init__(self, axes: Sequence["Axis"]) -> None:
        sizes = " × ".join(f"{axis.attr} {len(axis.sorts)}" for axis in axes)
        super().__init__(
            f"conditions tell {prod(len(axis.sorts) for axis in axes)} kinds apart ({sizes}), "
            f"at most {MOST_KINDS} can be gone through: use fewer attributes in the conditions of one domain"
        )


@dataclass(frozen=True, slots=True)
class Axis:
    """One attribute, and the sorts of values that conditions tell apart.

    Shape: `sorts[i]` are the values that belong together; the empty sort is any word that no condition names.
    """

    attr: str
    sorts: tuple[tuple[Fact, ...], ...]

    def fact(self, place: int) -> Fact:
        """Give a value that stands for its sort."""
        if self.sorts[place]:
            return self.sorts[place][0]
        named = {value for sort in self.sorts for value in sort}
        other = "other"
        while other in named:
            other += "'"
        return other


def axes_of(conditions: Iterable[Condition]) -> tuple[Axis, ...]:
    """Find what conditions tell apart. Shape: in the vocabulary's order.

    Not known is always a sort of its own; what comes later is one for attributes of objects.
    """
    by_attr: dict[str, dict[tuple[Fact, ...], None]] = {}
    for each in conditions:
        by_attr.setdefault(each.attr, {})[each.any] = None
    return tuple(_axis(name, tuple(by_attr[name])) for name in ATTRIBUTES if name in by_attr)


def _axis(name: str, alternatives: tuple[tuple[Fact, ...], ...]) -> Axis:
    attribute = ATTRIBUTES[name]
    values = dict.fromkeys([*itertools.chain.from_iterable(alternatives), *(attribute.values or ())])
    alike: dict[tuple[bool, ...], list[Fact]] = {}
    for value in values:
        alike.setdefault(tuple(value in words for words in alternatives), []).append(value)
    sorts = [tuple(sorted(sort, key=str)) for sort in alike.values()]
    if attribute.values is None:
        sorts.append(())
    sorts.append((UNKNOWN,))
    if attribute.kind == "object":
        sorts.append((LATER,))
    return Axis(name, tuple(sorts))


def kinds(axes: Sequence[Axis]) -> Iterator[tuple[Kind, Mapping[str, Fact]]]:
    """Go through every kind, with facts that stand for it. Raises: TooManyKinds."""
    if prod(len(axis.sorts) for axis in axes) > MOST_KINDS:
        raise TooManyKinds(axes)
    for kind in itertools.product(*(range(len(axis.sorts)) for axis in axes)):
        yield kind, {axis.attr: axis.fact(place) for axis, place in zip(axes, kind, strict=True)}


def boxes_of(axes: Sequence[Axis], wanted: Iterable[Kind]) -> list[Box]:
    """Describe a set of kinds by few boxes, which may overlap and leave none out and take none in."""
    whole = frozenset(wanted)
    wide = {_widened(axes, box, whole) for box in _merged(axes, whole)}
    boxes = sorted(wide, key=lambda box: (-prod(map(len, box)), [sorted(each) for each in box]))
    covered = [frozenset(itertools.product(*box)) for box in boxes]
    left = set(whole)
    kept: list[Box] = []
    for box, inside in zip(boxes, covered, strict=True):
        if left & inside:
            kept.append(box)
            left -= inside
    return kept


def _merged(axes: Sequence[Axis], whole: frozenset[Kind]) -> list[Box]:
    """Put kinds together that differ in one attribute alone, attribute by attribute; nothing overlaps yet."""
    boxes: list[Box] = [tuple(frozenset([place]) for place in kind) for kind in sorted(whole)]
    for which in range(len(axes)):
        beside: dict[tuple[Box, Box], frozenset[int]] = {}
        for box in boxes:
            key = box[:which], box[which + 1 :]
            beside[key] = beside.get(key, frozenset()) | box[which]
        boxes = [(*before, places, *after) for (before, after), places in beside.items()]
    return boxes


def _widened(axes: Sequence[Axis], box: Box, whole: frozenset[Kind]) -> Box:
    """Let a box grow, place by place, as far as it stays inside."""
    for which, axis in enumerate(axes):
        for place in range(len(axis.sorts)):
            if place not in box[which]:
                slab = (*box[:which], frozenset([place]), *box[which + 1 :])
                if all(kind in whole for kind in itertools.product(*slab)):
                    box = (*box[:which], box[which] | {place}, *box[which + 1 :])
    return box


def told(axes: Sequence[Axis], wanted: Iterable[Kind]) -> str:
    """Put a set of kinds into words. Shape: what all of them share is said once, first."""
    boxes = boxes_of(axes, wanted)
    shared = [len({box[which] for box in boxes}) == 1 for which in range(len(axes))]
    parts = _parts(axes, boxes[0], shared, on=True)
    if len(boxes) > 1:
        parts.append("either " + ", or ".join(" and ".join(_parts(axes, box, shared, on=False)) for box in boxes))
    return ", and ".join(parts) or ALWAYS


def _parts(axes: Sequence[Axis], box: Box, shared: Sequence[bool], *, on: bool) -> list[str]:
    return [
        _sorts(axis, places)
        for axis, places, alike in zip(axes, box, shared, strict=True)
        if alike is on and len(places) < len(axis.sorts)
    ]


def _sorts(axis: Axis, places: frozenset[int]) -> str:
    about = ATTRIBUTES[axis.attr].about
    inside = [axis.sorts[place] for place in sorted(places)]
    outside = [sort for place, sort in enumerate(axis.sorts) if place not in places]
    if outside == [(UNKNOWN,)]:
        return f"{about} is known"
    besides = [word for sort, word in ((UNKNOWN, "not known"), (LATER, "not looked at yet")) if (sort,) in inside]
    words = tuple(value for sort in inside for value in sort if value not in (UNKNOWN, LATER))
    if () in inside:
        # Whatever is left out is easier to say than whatever is not.
        missing = tuple(value for sort in outside for value in sort if value not in (UNKNOWN, LATER))
        words = (f"other than {choice(missing)}",) if missing else ("whatever",)
    if not words:
        return f"{about} is {' or '.join(besides)}"
    said = condition_in_words(Condition(axis.attr, words))
    return f"{said} (or {' or '.join(besides)})" if besides else said
