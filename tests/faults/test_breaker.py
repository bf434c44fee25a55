"""A system that keeps failing is given a pause, told as such, and is asked once to see whether it is back."""

from dataclasses import dataclass
from typing import Any, Final

import pytest

from sources.kit.resilience.breaker import Breaker
from tests.faults.card import LOGIN
from tests.faults.ward import Ward

MAILBOX: Final = "query($login: String!) { employee(by: {login: $login}) { login mailbox { address } } }"
HEALTH: Final = "{ sources { name state breaker lastError } }"


@dataclass(slots=True)
class Clock:
    """A clock set by hand. Units: seconds."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def clock(ward: Ward) -> Any:
    """The clock of the breaker of `mail`."""
    clock = Clock()
    ward.sandbox.gateway.desk.lines["mail"].breaker = Breaker(threshold=5, shortest=2.0, longest=30.0, clock=clock)
    yield clock
    await ward.mend()


Asked = tuple[Any, dict[str, Any] | None, int]


async def asked(ward: Ward) -> Asked:
    """The mailbox, the error in its place, and how many calls reached the system."""
    ward.sandbox.forget_calls()
    body = (await ward.sandbox.ask(MAILBOX, {"login": LOGIN})).body
    errors = body.get("errors", [])
    assert body["data"]["employee"]["login"] == LOGIN
    assert [error["path"] for error in errors] == [["employee", "mailbox"]] * len(errors)
    said = errors[0]["extensions"] if errors else None
    return body["data"]["employee"]["mailbox"], said, ward.sandbox.calls().get("mail", 0)


def code_of(answer: Asked) -> str | None:
    """The code of the error, if there is one."""
    return answer[1]["code"] if answer[1] else None


async def health(ward: Ward) -> dict[str, Any]:
    """How `mail` is shown to be doing."""
    body = (await ward.sandbox.ask(HEALTH)).body
    return next(each for each in body["data"]["sources"] if each["name"] == "mail")


async def opened(ward: Ward) -> None:
    """Refuse connections until the breaker opens, then listen again."""
    await ward.break_with({"mail": "refused"})
    codes = [code_of(await asked(ward)) for _ in range(4)]
    # a refused read is tried twice: the fifth failure is the first try of the third question
    assert codes == ["SOURCE_UNAVAILABLE", "SOURCE_UNAVAILABLE", "CIRCUIT_OPEN", "CIRCUIT_OPEN"]
    await ward.sandbox.world.break_with("mail", None)


async def test_during_the_pause_nothing_reaches_the_system(ward: Ward, clock: Clock) -> None:
    await opened(ward)
    mailbox, said, calls = await asked(ward)
    assert (mailbox, calls) == (None, 0)
    assert said is not None
    assert (said["code"], said["source"], said["retryable"]) == ("CIRCUIT_OPEN", "mail", True)
    assert said["retryAfterMs"] == 2000
    shown = await health(ward)
    assert (shown["state"], shown["breaker"], shown["lastError"]) == ("DOWN", "OPEN", "SOURCE_UNAVAILABLE")
    clock.now += 1.5
    _, said, _ = await asked(ward)
    assert said is not None
    assert said["retryAfterMs"] == 500


async def test_after_the_pause_one_good_answer_closes_it(ward: Ward, clock: Clock) -> None:
    await opened(ward)
    clock.now += 2.0
    assert (await health(ward))["breaker"] == "HALF_OPEN"
    mailbox, said, calls = await asked(ward)
    assert (said, calls) == (None, 1)
    assert mailbox == {"address": ward.golden["mailbox"]["address"]}
    assert (await health(ward))["breaker"] == "CLOSED"
    assert (await asked(ward))[1:] == (None, 1)


async def test_a_failing_probe_doubles_the_pause(ward: Ward, clock: Clock) -> None:
    await opened(ward)
    await ward.break_with({"mail": "refused"})
    clock.now += 2.0
    # the probe itself was refused, and its repetition already fell into the next pause
    assert code_of(await asked(ward)) == "CIRCUIT_OPEN"
    await ward.sandbox.world.break_with("mail", None)
    clock.now += 3.9
    _, said, calls = await asked(ward)
    assert said is not None
    assert (said["code"], said["retryAfterMs"], calls) == ("CIRCUIT_OPEN", 100, 0)
    clock.now += 0.1
    assert (await asked(ward))[1:] == (None, 1)


async def test_unreadable_answers_do_not_open_it(ward: Ward, clock: Clock) -> None:
    await ward.break_with({"mail": "html"})
    for _ in range(8):
        answer = await asked(ward)
        assert (code_of(answer), answer[2]) == ("BAD_SOURCE_DATA", 1)
    assert (await health(ward))["breaker"] == "CLOSED"
