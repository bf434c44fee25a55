"""Real servers answer for one attribute as for all."""

import pytest

from tests.contract.test_projection import (
    test_each_attribute_can_be_asked_for_alone,
)

pytestmark = pytest.mark.real

__all__ = [
    "test_each_attribute_can_be_asked_for_alone",
]
