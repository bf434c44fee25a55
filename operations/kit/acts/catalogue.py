"""Catalogue: every act there is."""

from typing import Final

from operations.kit.acts.callers import CALLER_ACTS
from operations.kit.acts.freezes import FREEZE_ACTS
from operations.kit.acts.runs import RUN_ACTS

ACTS: Final = (*RUN_ACTS, *CALLER_ACTS, *FREEZE_ACTS)
"""All of them, in the order of the graph."""
