"""Masks: one size whatever they hide, nothing of what is short, and nothing more when masked again."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.masks import MASKS, email, last_four, phone, year
from schema.labels import Mask

TEXTS = st.text(max_size=40)
DIGITS = st.text("0123456789", min_size=9, max_size=15)
TAILS = st.text("0123456789", min_size=2, max_size=2)


def test_every_mask_of_the_contract_is_made_here() -> None:
    assert set(MASKS) == set(Mask)


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+74951234512", "+7 *** ** 12"),
        ("+7 (495) 123-45-12", "+7 *** ** 12"),
        ("+5511987654312;ext=7788", "+5 *** ** 12"),
        ("8 495 123 45 12", "+* *** ** 12"),
        ("4512", "+* *** ** **"),
        ("", "+* *** ** **"),
        ("no number", "+* *** ** **"),
    ],
)
def test_of_a_phone_number_its_zone_and_its_last_two_digits_are_left(number: str, shown: str) -> None:
    assert phone(number) == shown


@given(DIGITS, DIGITS, TAILS)
def test_two_numbers_of_one_zone_and_one_tail_look_alike(one: str, other: str, tail: str) -> None:
    assert phone(f"+7{one}{tail}") == phone(f"+7{other}{tail};ext={one}") == f"+7 *** ** {tail}"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("ivan.petrov@example.org", "i***@***"),
        ("иван@почта.рф", "и***@***"),
        ("ab@example.org", "****@***"),
        ("nobody", "****@***"),
        ("@example.org", "****@***"),
        ("somebody@", "****@***"),
        ("", "****@***"),
    ],
)
def test_of_an_address_its_first_letter_is_left(address: str, shown: str) -> None:
    assert email(address) == shown


@given(st.emails())
def test_nothing_tells_in_whose_house_a_mailbox_is(address: str) -> None:
    mailbox = address.rpartition("@")[0]
    assert email(address) == email(f"{mailbox}@elsewhere.example")


@given(st.dates())
def test_of_a_date_its_year_is_left(day: date) -> None:
    assert year(day.isoformat()) == f"{day.year:04}"


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("4510 123456", "******3456"),
        ("45-10-1234-56", "******3456"),
        ("AB1234567", "******4567"),
        ("1234567", "**********"),
        ("1234", "**********"),
        ("", "**********"),
    ],
)
def test_of_a_document_its_last_four_signs_are_left(number: str, shown: str) -> None:
    assert last_four(number) == shown


@pytest.mark.parametrize("mask", [Mask.PHONE, Mask.EMAIL, Mask.LAST_FOUR])
@given(one=TEXTS, other=TEXTS)
def test_a_mask_has_one_size(mask: Mask, one: str, other: str) -> None:
    assert len(MASKS[mask](one)) == len(MASKS[mask](other))


@pytest.mark.parametrize("mask", list(Mask))
@given(text=TEXTS)
def test_what_is_masked_is_not_masked_again(mask: Mask, text: str) -> None:
    once = MASKS[mask](text)
    assert MASKS[mask](once) == once


@pytest.mark.parametrize("mask", [Mask.PHONE, Mask.EMAIL, Mask.LAST_FOUR])
@given(text=st.text("0123456789abcxyz@+.", max_size=4))
def test_nothing_is_left_of_what_is_short(mask: Mask, text: str) -> None:
    assert re.search(r"[0-9a-z.]", MASKS[mask](text)) is None
