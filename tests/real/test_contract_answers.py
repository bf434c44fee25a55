"""Real servers answer as the contract says. Faults and garbage are for twins: nobody breaks a real server here."""

import pytest

from tests.contract.test_answers import (
    test_a_key_asked_alone_is_answered_as_among_others,
    test_a_key_asked_twice_is_answered_twice,
    test_answers_stand_in_the_order_of_the_keys,
    test_known_keys_are_answered_with_the_declared_record,
    test_logins_and_addresses_are_known_in_any_case,
    test_no_keys_are_no_answers,
    test_records_name_the_instance_they_come_from,
    test_unknown_keys_are_answered_with_nothing,
)

pytestmark = pytest.mark.real

__all__ = [
    "test_known_keys_are_answered_with_the_declared_record",
    "test_records_name_the_instance_they_come_from",
    "test_unknown_keys_are_answered_with_nothing",
    "test_answers_stand_in_the_order_of_the_keys",
    "test_a_key_asked_twice_is_answered_twice",
    "test_a_key_asked_alone_is_answered_as_among_others",
    "test_no_keys_are_no_answers",
    "test_logins_and_addresses_are_known_in_any_case",
]
