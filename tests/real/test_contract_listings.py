"""Real servers list page by page: everything once, in order, and only what was wanted."""

import pytest

from tests.contract.test_listings import (
    test_a_hostile_condition_leaves_nothing,
    test_each_condition_leaves_what_fulfils_it,
    test_pages_bring_everything_once_and_in_order,
    test_the_same_cursor_gives_the_same_page,
    test_the_size_of_pages_changes_nothing_else,
    test_the_total_is_the_number_of_all,
)

pytestmark = pytest.mark.real

__all__ = [
    "test_pages_bring_everything_once_and_in_order",
    "test_the_size_of_pages_changes_nothing_else",
    "test_the_same_cursor_gives_the_same_page",
    "test_the_total_is_the_number_of_all",
    "test_each_condition_leaves_what_fulfils_it",
    "test_a_hostile_condition_leaves_nothing",
]
