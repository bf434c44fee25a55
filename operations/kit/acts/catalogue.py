"""Catalogue: every act there is."""

from typing import Final

from operations.kit.acts.bulk import BULK_ACTS
from operations.kit.acts.callers import CALLER_ACTS
from operations.kit.acts.cases import CASE_ACTS
from operations.kit.acts.documents import DOCUMENT_ACTS
from operations.kit.acts.freezes import FREEZE_ACTS
from operations.kit.acts.grants import GRANT_ACTS
from operations.kit.acts.holds import HOLD_ACTS
from operations.kit.acts.policies import POLICY_ACTS
from operations.kit.acts.reveals import REVEAL_ACTS
from operations.kit.acts.runs import RUN_ACTS
from operations.kit.acts.sessions import SESSION_ACTS

ACTS: Final = (
    *RUN_ACTS,
    *BULK_ACTS,
    *CALLER_ACTS,
    *CASE_ACTS,
    *REVEAL_ACTS,
    *FREEZE_ACTS,
    *POLICY_ACTS,
    *GRANT_ACTS,
    *SESSION_ACTS,
    *HOLD_ACTS,
    *DOCUMENT_ACTS,
)
"""All of them, in the order of the graph."""
