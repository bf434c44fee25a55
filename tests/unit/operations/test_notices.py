"""What notices say, and how their transports sign and refuse."""

import base64
import hashlib
import hmac
import string

import pytest

from operations.kit import notices_words as texts
from operations.kit.cases_tables import APPROVAL, CHANGED, CODE
from operations.kit.catalogue import shipped
from operations.kit.notices import language_of, worded
from operations.kit.notices_ports import Letter, Undelivered
from operations.kit.notices_transport import SignedWebhook, SmtpMail, secret_of, signed

FACTS = {
    CHANGED: {"name": "reset_password", "operation": "run-1", "at": "2026-11-01 10:00", "team": {}, "back": False},
    APPROVAL: {"name": "wipe_device", "operation": "run-1", "until": "2026-11-01 10:00", "team": {"en": "Desk"}},
    CODE: {"until": "2026-11-01 10:00"},
}


@pytest.mark.parametrize("kind", sorted(FACTS))
def test_every_notice_is_written_in_every_language(kind: str) -> None:
    told = {worded(kind, FACTS[kind], language, code="123456").text for language in texts.LANGUAGES}
    assert len(told) == len(texts.LANGUAGES)
    for text in told:
        assert ("123456" if kind == CODE else "run-1") in text
        assert "{" not in text


def test_every_sentence_has_the_same_blanks_in_every_language() -> None:
    sentences = [*texts.CHANGES.values(), *(value for value in vars(texts).values() if _is_sentence(value))]
    for each in sentences:
        blanks = {frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name) for text in each}
        assert len(blanks) == 1, each


def _is_sentence(value: object) -> bool:
    return isinstance(value, tuple) and len(value) == len(texts.LANGUAGES) and value is not texts.LANGUAGES


def test_every_operation_that_tells_people_has_a_sentence_of_its_own() -> None:
    assert {name for name, each in shipped().items() if each.notifies} == set(texts.CHANGES)


def test_a_change_that_was_taken_back_says_so() -> None:
    forth = worded(CHANGED, FACTS[CHANGED], "en").subject
    back = worded(CHANGED, {**FACTS[CHANGED], "back": True}, "en").subject
    assert (forth, back) == ("Your password was reset", "An earlier change was taken back: your password was reset")


def test_an_operation_without_a_sentence_is_told_of_in_general() -> None:
    assert worded(CHANGED, {**FACTS[CHANGED], "name": "something_new"}, "fr").subject == texts.CHANGED[4]


@pytest.mark.parametrize(
    ("languages", "expected"),
    [(("pt-BR", "en"), "pt"), (("de", "FR"), "fr"), (("de",), "es"), ((), "es"), (("ru",), "ru")],
)
def test_somebody_is_told_in_the_first_of_their_languages_that_there_is(
    languages: tuple[str, ...], expected: str
) -> None:
    assert language_of(languages, "es") == expected


def test_a_post_is_signed_over_its_id_its_time_and_its_body() -> None:
    # by hand, from the specification: HMAC-SHA256 over "id.timestamp.body", Base64, after "v1,"
    expected = base64.b64encode(hmac.new(b"key", b"msg_1.1700000000.{}", hashlib.sha256).digest()).decode()
    assert signed("msg_1", 1_700_000_000, b"{}", b"key") == {
        "webhook-id": "msg_1",
        "webhook-timestamp": "1700000000",
        "webhook-signature": f"v1,{expected}",
    }


def test_a_secret_is_taken_in_both_of_its_forms() -> None:
    assert secret_of("whsec_" + base64.b64encode(b"a key").decode()) == b"a key"
    assert secret_of("plain words") == b"plain words"
    with pytest.raises(ValueError, match="."):
        secret_of("whsec_not base64")


async def test_a_server_that_is_not_there_leaves_a_letter_undelivered_without_naming_anybody() -> None:
    mail = SmtpMail("127.0.0.1", 1, "okno@corp.example", "none")
    with pytest.raises(Undelivered) as failed:
        await mail.send(Letter("msg_1", "ann@corp.example", "subject", "text", "en"))
    assert not failed.value.for_good
    assert "corp.example" not in str(failed.value)


async def test_an_address_with_a_line_break_is_sent_nothing() -> None:
    mail = SmtpMail("127.0.0.1", 1, "okno@corp.example", "none")
    with pytest.raises(Undelivered, match="no letter") as failed:
        await mail.send(Letter("msg_1", "ann@corp.example\r\nBcc: eve@corp.example", "subject", "text", "en"))
    assert failed.value.for_good


def test_secrets_are_not_shown_with_what_holds_them() -> None:
    held = (SmtpMail("host", 25, "a@b", user="okno", password="top secret"), SignedWebhook("https://x", b"top secret"))
    assert "top secret" not in str(held)
