"""Reveal: one masked value shown in full, once."""

from schema.declare import PUBLIC, noun, value
from schema.operation import Obligation
from schema.problem import Problem


@noun(domain="structure", sensitivity=PUBLIC)
class RevealPayload:
    """What comes of asking for a masked value."""

    field: str | None = value("What is shown, as `Type.field`.")
    replayed: bool = value("Whether the key stood for this before: it was shown then, and is not shown again.")
    obligations: list[Obligation] = value("What had to be fulfilled first.")
    problems: list[Problem] = value("Why nothing was shown; empty where it was.")
    value: str | None = value("The value itself, this once; null where there is none, and on every replay.")
