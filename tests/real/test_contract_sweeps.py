"""Identifiers that real servers tell lead to nodes that they answer for."""

import pytest

from tests.contract.test_sweeps import (
    test_a_sweep_after_a_sweep_tells_the_same,
    test_every_identifier_is_a_text_and_is_told_once,
    test_identifiers_lead_to_nodes,
)

pytestmark = pytest.mark.real

__all__ = [
    "test_identifiers_lead_to_nodes",
    "test_every_identifier_is_a_text_and_is_told_once",
    "test_a_sweep_after_a_sweep_tells_the_same",
]
