"""Oracle: decides every case one by one by the policy's own text. Slow, plain, and what the compiler is held against."""

from collections.abc import Mapping

from authz.engine import Engine
from authz.labels import Labels
from authz.profile import ALLOWED, DENIED, MASKED
from authz.rights import Actor
from authz.rows import MASK, READ
from authz.vocabulary import Fact


class Oracle:
    """The reference decision, label by label."""

    __slots__ = ("_engine",)

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def row(self, actor: Actor, facts: Mapping[str, Fact], labels: Labels) -> bytes:
        """Answer every label. Shape: one byte a label; an attribute that is missing is UNKNOWN."""
        row = bytearray()
        for label in labels.all:
            if self._engine.allow(actor, READ, facts, label):
                row.append(ALLOWED)
            elif self._engine.allow(actor, MASK, facts, label):
                row.append(MASKED)
            else:
                row.append(DENIED)
        return bytes(row)
