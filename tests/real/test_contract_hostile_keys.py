"""No key breaks out of a question to a real server."""

import pytest

from tests.contract.test_hostile_keys import (
    test_a_hostile_key_finds_nothing_and_harms_no_neighbour,
    test_a_star_in_one_word_of_an_employee_is_not_everybody,
    test_all_hostile_keys_at_once_find_nothing,
)

pytestmark = pytest.mark.real

__all__ = [
    "test_a_hostile_key_finds_nothing_and_harms_no_neighbour",
    "test_all_hostile_keys_at_once_find_nothing",
    "test_a_star_in_one_word_of_an_employee_is_not_everybody",
]
