"""One try to sign in: all of it follows from the browser's own secret, and it leads nowhere else."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from gateway.identity.attempt import LIFE, Attempt, local

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def test_an_attempt_is_read_again_from_its_cookie() -> None:
    attempt = Attempt.begun("/page?a=b#c", NOW)
    assert Attempt.read(attempt.cookie, attempt.state, NOW + LIFE) == attempt


def test_attempts_share_nothing() -> None:
    made = [Attempt.begun("/", NOW) for _ in range(10)]
    for part in ("secret", "state", "nonce", "verifier"):
        assert len({getattr(each, part) for each in made}) == 10, part
    one = made[0]
    assert len({one.secret, one.state, one.nonce, one.verifier}) == 4
    assert 43 <= len(one.verifier) <= 128, "RFC 7636, 4.1"


def test_a_state_that_is_not_the_cookies_is_refused() -> None:
    mine, other = Attempt.begun("/", NOW), Attempt.begun("/", NOW)
    for state in (other.state, "", mine.state[:-1], f"{mine.state}=", mine.nonce, "ж"):
        assert Attempt.read(mine.cookie, state, NOW) is None, state


def test_a_changed_target_or_moment_is_refused() -> None:
    mine = Attempt.begun("/", NOW)
    secret, began, _ = mine.cookie.split(".")
    elsewhere = base64.urlsafe_b64encode(b"https://evil.example").decode()
    later = str(int(began) + 1)
    for cookie in (f"{secret}.{began}.{elsewhere}", f"{secret}.{later}.{mine.cookie.split('.')[2]}"):
        assert Attempt.read(cookie, mine.state, NOW + timedelta(seconds=5)) is None


def test_an_old_attempt_is_refused_and_so_is_one_of_tomorrow() -> None:
    mine = Attempt.begun("/", NOW)
    assert Attempt.read(mine.cookie, mine.state, NOW + LIFE + timedelta(seconds=1)) is None
    assert Attempt.read(mine.cookie, mine.state, NOW - timedelta(seconds=1)) is None


@pytest.mark.parametrize(
    "cookie", ["", "..", "a.b", "a.b.c", "a.1.!", f"a.{10**30}.Lw==", "a.-1.Lw==", "a.1.Lw==.d", "a.1./w=="]
)
def test_a_cookie_that_is_none_is_refused(cookie: str) -> None:
    assert Attempt.read(cookie, "x", NOW) is None


@pytest.mark.parametrize(
    "target", ["/", "/graphiql", "/page?next=https://evil.example", "/a/b#c", "/%2F%2Fevil.example"]
)
def test_a_local_target_is_kept(target: str) -> None:
    assert local(target) == target


@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        "page",
        "https://evil.example/",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "\t//evil.example",
        " //evil.example",
        "/ /evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "/ж",
        "/a\x00b",
        "/a\r\nSet-Cookie: a=b",
        "//[",
        "/" + "a" * 2_000,
        "/auth/login",
        "/auth/callback?code=x",
    ],
)
def test_any_other_target_leads_home(target: str | None) -> None:
    assert local(target) == "/"
