"""When a source is given a pause, how long, and how it comes back."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from sources.kit.resilience.breaker import Breaker
from sources.kit.resilience.memory import Memory, Remembered
from sources.kit.resilience.pulse import Pulse
from sources.ports.errors import SourceError


@dataclass
class Clock:
    now: float = 100.0
    breaker: Breaker = field(init=False)

    def __post_init__(self) -> None:
        self.breaker = Breaker(threshold=3, shortest=2.0, longest=10.0, clock=lambda: self.now)

    def fail(self, times: int) -> None:
        for _ in range(times):
            self.breaker.failed()


def test_it_opens_at_the_threshold_and_not_before() -> None:
    clock = Clock()
    clock.fail(2)
    assert (clock.breaker.state, clock.breaker.admits()) == ("CLOSED", True)
    clock.fail(1)
    assert (clock.breaker.state, clock.breaker.admits(), clock.breaker.retry_after()) == ("OPEN", False, 2.0)


def test_an_answer_in_between_starts_the_count_anew() -> None:
    clock = Clock()
    clock.fail(2)
    clock.breaker.succeeded()
    clock.fail(2)
    assert clock.breaker.state == "CLOSED"


def test_after_the_pause_exactly_one_may_probe() -> None:
    clock = Clock()
    clock.fail(3)
    clock.now += 2.0
    assert clock.breaker.state == "HALF_OPEN"
    assert [clock.breaker.admits() for _ in range(3)] == [True, False, False]
    clock.breaker.succeeded()
    assert [clock.breaker.admits() for _ in range(3)] == [True, True, True]


def test_each_failed_probe_doubles_the_pause_up_to_the_longest() -> None:
    clock = Clock()
    clock.fail(3)
    pauses = []
    for _ in range(5):
        pauses.append(clock.breaker.retry_after())
        clock.now += pauses[-1]
        assert clock.breaker.admits()
        clock.fail(1)
    assert pauses == [2.0, 4.0, 8.0, 10.0, 10.0]
    clock.now += 10.0
    clock.breaker.succeeded()
    clock.fail(3)
    assert clock.breaker.retry_after() == 2.0, "after a recovery the first pause is short again"


def test_calls_that_were_under_way_do_not_lengthen_the_pause() -> None:
    clock = Clock()
    clock.fail(8)
    assert clock.breaker.retry_after() == 2.0


def test_a_probe_without_a_verdict_frees_the_place() -> None:
    clock = Clock()
    clock.fail(3)
    clock.now += 2.0
    assert clock.breaker.admits()
    clock.breaker.left()
    assert clock.breaker.admits()


def remembered(heard: float) -> Remembered:
    return Remembered(heard, heard, datetime.now(UTC))


def test_memory_holds_no_more_than_it_may_and_drops_what_was_not_used() -> None:
    memory = Memory(most=2)
    memory.keep("a", remembered(1))
    memory.keep("b", remembered(2))
    assert memory.recall("a", 0) is not None
    memory.keep("c", remembered(3))
    assert [memory.recall(key, 0) is not None for key in "abc"] == [True, False, True]


def test_memory_tells_only_what_was_heard_since() -> None:
    memory = Memory()
    memory.keep("a", remembered(10))
    assert memory.recall("a", 10) is not None
    assert memory.recall("a", 10.001) is None
    memory.forget()
    assert memory.recall("a", 0) is None


def test_pulse_tells_up_degraded_and_down() -> None:
    pulse, wrong = Pulse(), SourceError("SOURCE_TIMEOUT", "desk")
    states = [pulse.state]
    for error in (None, wrong, wrong, wrong, None, *[None] * 19, None):
        pulse.beat(1.0, error)
        states.append(pulse.state)
    assert states[:6] == ["UNKNOWN", "UP", "DEGRADED", "DEGRADED", "DOWN", "DEGRADED"]
    assert states[-1] == "UP", "twenty good calls and the failures are history"
    assert (pulse.calls, pulse.failures, pulse.last_error) == (25, 3, "SOURCE_TIMEOUT")
    assert pulse.last_error_at is not None


def test_pulse_notes_since_when() -> None:
    pulse = Pulse()
    pulse.beat(1.0, None)
    since = pulse.since
    pulse.beat(1.0, None)
    assert pulse.since == since
    pulse.beat(1.0, SourceError("SOURCE_TIMEOUT", "desk"))
    assert pulse.since > since


def test_pulse_tells_percentiles_of_recent_calls() -> None:
    pulse = Pulse(span=100)
    assert pulse.percentile(50) is None
    pulse.beat(7.0, None)
    assert pulse.percentile(95) == 7.0
    for ms in range(1000, 1101):
        pulse.beat(float(ms), None)
    assert pulse.percentile(50) == pytest.approx(1050.5, abs=1)
    assert pulse.percentile(95) == pytest.approx(1095, abs=1)
