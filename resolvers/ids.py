"""Global ids: opaque names of nodes, made of type, source and key."""

import base64
import binascii
from dataclasses import dataclass
from typing import Final

from resolvers.problems import bad_input

_MOST: Final = 1024
_SEPARATOR: Final = "\x1f"


@dataclass(frozen=True, slots=True)
class NodeId:
    """A global id, opened."""

    type_name: str
    source: str
    key: str


def encode(type_name: str, source: str, key: str) -> str:
    """The opaque id of a node."""
    packed = _SEPARATOR.join((type_name, source, key)).encode()
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def decode(text: str) -> NodeId:
    """Open an id. Raises: RequestProblem BAD_INPUT when it was never given out."""
    try:
        if len(text) > _MOST:
            raise ValueError(text)
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
        type_name, source, key = packed.split(_SEPARATOR, 2)
        if not (type_name and source and key) or encode(type_name, source, key) != text:
            raise ValueError(text)
    except (ValueError, binascii.Error):
        raise bad_input("not an id that Okno gave out") from None
    return NodeId(type_name, source, key)
