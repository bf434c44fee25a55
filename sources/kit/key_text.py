"""Which texts can be a key at all: what no system would ever have given out is unknown without being asked."""

from typing import Final

LONGEST_KEY: Final = 256
"""Characters; fifty keys of this length still fit into an address."""


def can_be_key(text: str) -> bool:
    """Whether a text could be somebody's key: printable whole characters, not too many.

    Half a surrogate pair cannot be encoded and a NUL makes databases refuse the whole batch, so one such key would cost
    its neighbours their answers.
    """
    return 0 < len(text) <= LONGEST_KEY and text.isprintable()
