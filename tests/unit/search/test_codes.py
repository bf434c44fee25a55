"""Numbers and codes, however they are dictated."""

import pytest

from resolvers.search import codes


@pytest.mark.parametrize(
    "typed",
    ["+7 (912) 345-67-89", "8 912 345 67 89", "89123456789", "0079123456789", "8107 912 345-67-89", "7.912.345.67.89"],
)
def test_a_russian_phone_has_one_form(typed: str) -> None:
    assert codes.phone(typed) == "79123456789"


@pytest.mark.parametrize("typed", ["+55 (11) 98765-4321", "0055 11 98765 4321", "5511987654321", "+55.11.98765.4321"])
def test_a_brazilian_phone_has_one_form(typed: str) -> None:
    assert codes.phone(typed) == "5511987654321"


def test_the_trunk_zero_is_no_part_of_an_international_number() -> None:
    assert codes.phone("+44 (0)20 7946 0018") == "442079460018"
    assert codes.phone_queries("011 98765-4321") == ("011987654321", "11987654321")


def test_a_chinese_number_is_not_taken_for_a_russian_one() -> None:
    assert codes.phone("+86 131 2345 6789") == "8613123456789"


@pytest.mark.parametrize("typed", ["+7 495 123-45-67 ext. 2001", "+7 495 123-45-67 доб. 2001", "+74951234567 x2001"])
def test_an_extension_is_told_from_the_number(typed: str) -> None:
    assert codes.phone(typed) == "74951234567"
    assert codes.split_extension(typed)[1] == "2001"


def test_words_and_two_digits_are_no_phone() -> None:
    assert codes.phone_queries("Иванов 123456") == ()
    assert codes.phone_queries("12") == ()
    assert codes.phone_queries("") == ()


@pytest.mark.parametrize("typed", ["0a:3f:00:bc", "0A3F00BC", "0a 3f 00 bc", "A3-F0-0B-C", "0xa3f00bc", "SN: 0a3f00bc"])
def test_a_certificate_serial_has_one_form(typed: str) -> None:
    assert codes.hex_serial(typed) == "a3f00bc"


def test_what_is_not_hex_is_no_certificate_serial() -> None:
    assert codes.hex_serial("Иванов") == ""
    assert codes.hex_serial("NB-000123") == ""


def test_a_long_decimal_number_is_also_tried_as_a_serial_in_hex() -> None:
    assert codes.hex_queries(str(0xA3F00BC1299A)) == (str(0xA3F00BC1299A), "a3f00bc1299a")
    assert codes.hex_queries("1001") == ("1001",)


@pytest.mark.parametrize("typed", ["NB-000123", "nb000123", "NB123", "nb 123", "NB_0123", "NB–000123"])
def test_an_asset_tag_has_one_form(typed: str) -> None:
    assert codes.code(typed) == "nb123"


def test_zeros_inside_a_number_are_kept() -> None:
    assert codes.code("NB-100200") == "nb100200"
    assert codes.code("0001001") == "1001"
    assert codes.code("000") == "0"


def test_cyrillic_letters_that_look_like_latin_ones_are_read_so() -> None:
    assert codes.look_alike_code("АВ-012") == "ab12"


@pytest.mark.parametrize("typed", ["123", "#123", "№ 123", "RT-123", "HELP-0123", "help 123"])
def test_the_number_of_a_ticket_is_found_behind_any_label(typed: str) -> None:
    assert codes.number_of(typed) == "123"


def test_a_code_with_letters_behind_has_no_number() -> None:
    assert codes.number_of("5CG0012ABC") == ""
    assert codes.number_of("Иванов") == ""


def test_a_host_is_known_by_its_first_label_too() -> None:
    assert codes.host("LT-000412.corp.example.") == ("lt412corpexample", "lt412")
    assert codes.host("lt-000412") == ("lt412", "lt412")


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("10.1.2.3", "10.1.2.3"),
        ("10,1,2,3", "10.1.2.3"),
        ("10.1.", "10.1."),
        ("2001:0DB8::0001", "2001:db8::1"),
        ("[::1]", "::1"),
        ("1001", ""),
        ("10.1.2.3.4", ""),
        ("Иванов", ""),
    ],
)
def test_addresses_have_one_form_and_nothing_else_is_one(typed: str, address: str) -> None:
    assert codes.address(typed) == address


def test_a_mail_address_is_known_by_what_stands_before_the_at() -> None:
    assert codes.email("S.Ivanov@Corp.Example") == ("sivanovcorpexample", "sivanov")
    assert codes.email("ivanov") == ("", "")
