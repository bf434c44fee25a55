"""How far two words are apart, counted in slips of the finger."""


def slips(said: str, meant: str, most: int) -> int:
    """Letters missing, doubled, wrong, or swapped with the next one between two words.

    Shape: 0 for equal; `most + 1` for anything farther than `most`.
    Source: optimal string alignment distance, computed in a band of `2 * most + 1` cells.
    """
    if said == meant:
        return 0
    if most <= 0 or abs(len(said) - len(meant)) > most:
        return most + 1
    # What both begin or end with costs nothing and is most of a word.
    start = 0
    shorter = min(len(said), len(meant))
    while start < shorter and said[start] == meant[start]:
        start += 1
    end = 0
    while end < shorter - start and said[-1 - end] == meant[-1 - end]:
        end += 1
    said, meant = said[start : len(said) - end], meant[start : len(meant) - end]
    far = most + 1
    width = len(meant)
    before: list[int] = []
    above = [column if column <= most else far for column in range(width + 1)]
    for row, letter in enumerate(said, 1):
        low, high = max(1, row - most), min(width, row + most)
        line = [far] * (width + 1)
        if row <= most:
            line[0] = row
        nearest = line[0]
        for column in range(low, high + 1):
            other = meant[column - 1]
            cost = above[column - 1] + (letter != other)
            cost = min(cost, above[column] + 1, line[column - 1] + 1)
            if before and column > 1 and letter == meant[column - 2] and said[row - 2] == other:
                cost = min(cost, before[column - 2] + 1)
            line[column] = min(cost, far)
            nearest = min(nearest, line[column])
        if nearest > most:
            return far
        before, above = above, line
    return above[width]


def tolerated(length: int) -> int:
    """How many slips a word of this length may carry and still be recognised."""
    if length < 3:
        return 0
    if length < 6:
        return 1
    return 2 if length < 12 else 3


def with_one_left_out(word: str) -> frozenset[str]:
    """The word with each one of its letters left out.

    Shape: words a single slip apart share one of these forms, or one of them is such a form of the other.
    """
    return frozenset(word[:at] + word[at + 1 :] for at in range(len(word)))
