"""What is kept of an identifier, and what is looked up for a query: the two sides that must meet."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from resolvers.search import codes
from resolvers.search.normalise import clean, repair_layout, skeleton, skeleton_variants, skeletons, words

NAMES = frozenset({"NAME", "GROUP_NAME"})
LOGINS = frozenset({"LOGIN", "ACCOUNT_LOGIN"})
LABELLED = frozenset({"ASSET_TAG", "TICKET_NUMBER"})
"""Codes whose number alone is said: `NB-000123` is "one two three"."""

MOST_CHUNKS = 8
REPAIRED_LAYOUT = 0.95
"""What a repaired reading is worth beside the text as typed: less than the same match without a repair."""


class Role(IntEnum):
    """What a form is of its identifier."""

    FULL = 0
    SHORT = 1  # a part that is said for the whole: the first label of a host, the name before the @
    PART = 2  # one word of several
    INITIAL = 3  # the first letter of a word
    EXACT = 4  # the whole, but so alike in all identifiers that only its beginning is worth comparing


@dataclass(frozen=True, slots=True)
class Code:
    """A code to look up. Shape: `kinds` says where; None: in every kind that is no name and has no form of its own."""

    text: str
    weight: float
    kinds: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """What stands between two spaces of a query. Shape: for each word its skeleton first, then other readings of it."""

    words: tuple[tuple[str, ...], ...]
    codes: tuple[Code, ...]
    weight: float
    initial: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to understand the query: as typed, or with the layout repaired.

    Shape: `whole` is all of it read as one code, empty for a query of one chunk.
    """

    chunks: tuple[Chunk, ...]
    whole: tuple[Code, ...]
    folded: frozenset[str]
    worth: float


OF_THEIR_OWN = frozenset({"PHONE", "CERTIFICATE_SERIAL", "IP"}) | NAMES


def stored_forms(kind: str, text: str) -> frozenset[tuple[Role, str]]:
    """All forms by which an identifier can be found."""
    return frozenset((role, form) for role, form in _stored(kind, text) if form)


def _stored(kind: str, text: str) -> Iterator[tuple[Role, str]]:
    if kind in NAMES:
        yield from _words_of(text)
    elif kind == "PHONE":
        yield Role.FULL, codes.phone(text)
        yield Role.SHORT, codes.split_extension(text)[1]
    elif kind == "CERTIFICATE_SERIAL":
        yield Role.FULL, codes.hex_serial(text) or codes.code(text)
    elif kind == "IP":
        yield Role.EXACT, codes.address(text)
    elif kind == "HOST":
        full, short = codes.host(text)
        yield Role.EXACT, full
        yield Role.SHORT if full != short else Role.FULL, short
    elif kind == "EMAIL":
        full, local = codes.email(text)
        yield Role.EXACT, full or codes.code(text)
        yield Role.SHORT, local
        yield Role.SHORT, skeleton(local)
        yield from _parts_of(text.partition("@")[0])
    else:
        yield Role.FULL, codes.code(text)
        if kind in LOGINS:
            yield Role.SHORT, skeleton(codes.code(text))
            yield from _parts_of(text)
        if kind in LABELLED:
            yield Role.SHORT, codes.number_of(text)


def _words_of(text: str) -> Iterator[tuple[Role, str]]:
    for chunk in clean(text).split():
        bones = skeletons(chunk)
        for word in bones:
            yield Role.PART, word
        if 1 < len(bones) <= 3:  # Anne-Marie is also typed Annemarie
            yield Role.PART, skeleton("".join(bones))
        for folded in words(chunk):
            unmarked = skeleton(folded)  # differs where a mark stands for a Cyrillic letter and is not typed
            yield Role.PART, unmarked
            if not folded.isascii():
                yield Role.PART, folded  # one slip in щ is one slip here, and three in its Latin spelling
            yield Role.INITIAL, folded[0]
            yield Role.INITIAL, unmarked[:1]


def _parts_of(text: str) -> Iterator[tuple[Role, str]]:
    parts = skeletons(text)
    if len(parts) > 1:
        for part in parts:
            if len(part) > 2:
                yield Role.PART, part


def readings(text: str) -> tuple[Reading, ...]:
    """Every way to understand a query, the text as typed first; empty for a text with no letter and no digit."""
    typed = clean(text)
    found = [_reading(typed, 1.0)]
    found.extend(_reading(repaired, REPAIRED_LAYOUT) for repaired in repair_layout(typed))
    return tuple(reading for reading in found if reading.chunks or reading.whole)


def _reading(text: str, worth: float) -> Reading:
    pieces = text.split()[:MOST_CHUNKS]
    chunks = tuple(chunk for chunk in (_chunk(piece, alone=len(pieces) == 1) for piece in pieces) if chunk is not None)
    whole = tuple(_codes_of(text)) if len(pieces) > 1 else ()
    return Reading(chunks, whole, frozenset(words(text)), worth)


def _chunk(piece: str, alone: bool) -> Chunk | None:
    folded = words(piece)
    if not folded:
        return None
    bones = skeletons(piece)
    initial = not alone and all(len(word) == 1 and word.isalpha() for word in folded)
    spelt = tuple(_spellings(bone, word) for bone, word in zip(bones, folded, strict=False))
    if codes.address(piece):
        spelt = ()  # the numbers of an address begin half of all numbers and name none
    if initial:
        spelt = tuple(tuple(dict.fromkeys((word, skeleton(word)[:1] or word))) for word in folded)
    weight = 1.0 if initial else 1.0 + min(sum(map(len, folded)), 8)
    return Chunk(spelt, () if initial else tuple(_codes_of(piece)), weight, initial)


def _spellings(bones: str, folded: str) -> tuple[str, ...]:
    if folded.isascii():
        return (bones, *skeleton_variants(folded))
    return (bones, folded)


def _codes_of(text: str) -> Iterator[Code]:
    plain = codes.code(text)
    if plain:
        yield Code(plain, 1.0)
        respelt = skeleton(plain)
        if respelt and respelt != plain:
            yield Code(respelt, 0.97, LOGINS | {"EMAIL"})
        alike = codes.look_alike_code(text)
        if alike != plain and alike.isascii():
            yield Code(alike, 0.98, frozenset({"SERIAL", "ASSET_TAG", "HOST"}))
    for number in codes.phone_queries(text):
        yield Code(number, 1.0, frozenset({"PHONE"}))
    for serial in codes.hex_queries(text):
        yield Code(serial, 1.0, frozenset({"CERTIFICATE_SERIAL"}))
    if ip := codes.address(text):
        yield Code(ip, 1.0, frozenset({"IP"}))
    if "@" in text:
        yield Code(codes.email(text)[1], 0.9, LOGINS | {"EMAIL"})
    elif "." in text:
        yield Code(codes.host(text)[1], 0.9, frozenset({"HOST"}))
    if (number := codes.number_of(text)) and number != plain:
        yield Code(number, 0.95, frozenset({"TICKET_NUMBER"}))
        yield Code(number, 0.85, frozenset({"ASSET_TAG"}))
