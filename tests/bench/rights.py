"""What rights cost: the check of a field, a new kind of employee, a compilation; and what they would cost without one."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Final

from authz.engine import OsoEngine
from authz.labels import Label, Labels
from authz.policy import Policy
from authz.profile import ALLOWED, Profile
from authz.rights import Actor, Assignment, Grant, Rights, Role, Run, TeamRights
from authz.rows import SENSITIVITIES, Condition
from authz.vocabulary import Fact
from tests.bench.measure import Figure
from tests.bench.swapping import swapped

DOMAINS: Final = (
    "account", "badge", "certificate", "device", "device_management", "directory", "disagreement", "gateway", "group",
    "hr", "licence", "mail", "policy", "search", "second_factor", "session", "software", "structure", "ticket",
    "timeline", "viewer", "vpn",
)  # fmt: skip
REGIONS: Final = tuple(f"r{number:02}" for number in range(39))
_FIELDS: Final = 400


def labels() -> Labels:
    """Some sixty labels over four hundred fields."""
    every = tuple(Label(domain, sensitivity) for domain in DOMAINS for sensitivity in SENSITIVITIES[1:4])
    return Labels(every, {("Type", f"field{number}"): number % len(every) for number in range(_FIELDS)}, {})


def rights(times: int = 1) -> Rights:
    """Ten roles for some team, and as many teams; or a multiple of both."""
    roles = {name: _role(name, number) for number in range(10 * times) for name in [f"role{number}"]}
    teams = {
        name: TeamRights(name, tuple(f"role{(number * 10 + each) % (10 * times)}" for each in range(10)), REGIONS)
        for number in range(16 * times)
        for name in [f"team{number}"]
    }
    return Rights(roles, teams, REGIONS)


def _role(name: str, number: int) -> Role:
    case = Condition("case_open", (True,))
    purpose = Condition("certificate_purpose", ("VPN", "WIFI"))
    country = Condition("operator_country", ("BR", "KZ", "ZA"))
    own = [DOMAINS[(number + step) % len(DOMAINS)] for step in range(8)]
    grants = [Grant("read", domain, "internal") for domain in own]
    grants += [Grant("mask", own[0], "personal"), Grant("read", own[1], "personal", "region", (case,))]
    grants += [Grant("read", own[2], "confidential", "anyone", (country,)), Grant("read", own[3], "personal", "self")]
    grants += [Grant("read", "certificate", "internal", "anyone", (purpose,))]
    return Role(name, {}, tuple(grants), (Run("*"),))


@dataclass(frozen=True, slots=True)
class Figures:
    """All of them. Units: nanoseconds, microseconds and milliseconds of processor time, as the names say."""

    check_ns: Figure
    kind_us: Figure
    first_ms: Figure
    compile_ms: Figure
    ten_first_ms: Figure
    ten_compile_ms: Figure
    oso_ms: Figure


def measured(rounds: int = 9) -> Figures:
    """Measure everything, in turn."""
    figures = Figures(*(Figure() for _ in range(7)))
    one, ten = Policy.of(rights(), labels()), Policy.of(rights(10), labels())
    profile = one.profile(one.actor("team0", "somebody"))
    engine = OsoEngine(one.polar, one.rights)
    numbers = count()
    for policy in (one, ten):
        # Once for every role, so that the rounds see compilations alone.
        policy.profile(another(policy, next(numbers)))
    for _ in range(rounds):
        figures.check_ns.rounds.append(_check(profile))
        figures.kind_us.rounds.append(_kinds(one, next(numbers)))
        for policy, first, again in (
            (one, figures.first_ms, figures.compile_ms),
            (ten, figures.ten_first_ms, figures.ten_compile_ms),
        ):
            fresh = Policy(policy.rights, policy.labels, policy.polar, OsoEngine(policy.polar, policy.rights))
            first.rounds.append(_compile(fresh, next(numbers)))
            again.rounds.append(_compile(policy, next(numbers)))
        figures.oso_ms.rounds.append(_oso(engine, one.actor("team0", "somebody")))
    return figures


def another(policy: Policy, number: int) -> Actor:
    """Rights that nobody has had before: the ten roles of a team, in all regions but some, with a clearance of its own."""
    team = policy.rights.teams["team0"]
    regions = REGIONS[: len(REGIONS) - number % 3]
    return Actor(tuple(Assignment(each, regions, "bench") for each in team.roles), (f"word{number}",))


def _spent(work: Callable[[], object]) -> float:
    before = time.process_time_ns()
    work()
    return time.process_time_ns() - before


def _check(profile: Profile) -> float:
    row = profile.row(tuple(_facts(profile, 0)))
    places = [number % len(row) for number in range(5000)] * 40

    def checks() -> None:
        for place in places:
            if row[place] == ALLOWED:
                pass

    def bare() -> None:
        for _place in places:
            pass

    # The loop around the checks is no part of them.
    return max(_spent(checks) - _spent(bare), 0.0) / len(places)


def _kinds(policy: Policy, number: int) -> float:
    profile = policy.profile(another(policy, number))
    kinds = [tuple(_facts(profile, each)) for each in range(300)]
    return _spent(lambda: [profile.row(each) for each in kinds]) / len(kinds) / 1e3


def _facts(profile: Profile, number: int) -> list[Fact]:
    words: dict[str, Fact] = {"region": f"r{number}", "operator_country": "BR", "certificate_purpose": "VPN"}
    return [words.get(name, number % 2 == 0) for name in profile.attrs]


def _compile(policy: Policy, number: int) -> float:
    actor = another(policy, number)
    return _spent(lambda: policy.profile(actor)) / 1e6


def _oso(engine: OsoEngine, actor: Actor) -> float:
    facts: dict[str, Fact] = {"region": "r07", "vip": False, "is_self": False, "case_open": True}
    some = labels().all[::13]
    return _spent(lambda: [engine.allow(actor, "read", facts, each) for each in some]) / len(some) / 1e6


def report(figures: Figures | None = None) -> str:
    """Tell every figure with its spread: the median of the rounds, then the least and the most of them."""
    found = figures or measured()
    lines = [
        "| Rights | Processor time | Target |",
        "|---|---|---|",
        f"| the check of one field, warm | {_told(found.check_ns, 'ns')} | 50 ns |",
        f"| a kind of employee met for the first time | {_told(found.kind_us, 'µs')} | 150 µs |",
        f"| ten roles in 39 regions compiled | {_told(found.compile_ms, 'ms')} | 10 ms |",
        f"| the same, none of the roles asked since the policy was published | {_told(found.first_ms, 'ms')} | |",
        f"| compiled among ten times the roles and teams | {_told(found.ten_compile_ms, 'ms')} | |",
        f"| the ratio of the two | {_told(found.ten_compile_ms.over(found.compile_ms), 'times')} | 5 times |",
        f"| the same, none of the roles asked | {_told(found.ten_first_ms.over(found.first_ms), 'times')} | 5 times |",
        f"| one decision by the policy's text, for comparison | {_told(found.oso_ms, 'ms')} | |",
    ]
    return "\n".join(lines) + "\n"


def _told(figure: Figure, unit: str) -> str:
    return f"{figure.middle:.3g} {unit} ({figure.least:.3g}–{figure.most:.3g})"


if __name__ == "__main__":
    print(report())
    print(asyncio.run(swapped()).text())
