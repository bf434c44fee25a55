"""What hurts in a real company, and how often: who left but lives on in the systems, who is not in step, who is twice.

Shares are of all people; at least one of each is met in the smallest company.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil
from random import Random

from sandbox.company.person import Person

LEAVERS = 0.06
FUTURE_HIRES = 0.015
ON_LEAVE = 0.05
RENAMED = 0.02  # half of them: HR has the new surname, the directory the old one
OUTLIVING = 0.015  # of each: leavers with a living account, certificate, badge, device
WITHOUT_ACCOUNT = 0.01
ADMIN_ACCOUNT = 0.02
OTHER_MANAGED_OWNER = 0.02  # device management names somebody else than the books do
UNKNOWN_DEVICE_OWNER = 0.01  # a device booked to a number nobody has
ORPHAN_MAILBOX = 0.01
NAMESAKES = 0.0025  # each of the two names below


@dataclass(frozen=True, slots=True)
class Fates:
    """What becomes of the people by their place in line, decided before they have names."""

    leavers: frozenset[int]
    future: frozenset[int]
    on_leave: frozenset[int]
    renamed: frozenset[int]
    behind: frozenset[int]
    ivanovs: frozenset[int]  # Иванов Сергей
    souzas: frozenset[int]  # Ana Souza


@dataclass(frozen=True, slots=True)
class Oddities:
    """Employee numbers of those whose records disagree."""

    account_outlives: frozenset[str]
    certificate_outlives: frozenset[str]
    badge_outlives: frozenset[str]
    device_outlives: frozenset[str]
    without_account: frozenset[str]
    admin_account: frozenset[str]
    other_managed_owner: frozenset[str]
    unknown_owner_devices: int
    orphan_mailboxes: int


def count(share: float, people: int, least: int = 1) -> int:
    """How many a share makes, never fewer than `least`."""
    return max(least, ceil(share * people))


def choose_fates(people: int, settled: int, rng: Random) -> Fates:
    """Fates of everyone after the first `settled` people, each person meeting one at most."""
    line = list(range(settled, people))
    rng.shuffle(line)

    def take(share: float, least: int) -> frozenset[int]:
        amount = count(share, people, least)
        taken, line[:] = line[:amount], line[amount:]
        return frozenset(taken)

    ivanovs, souzas = take(NAMESAKES, 2), take(NAMESAKES, 2)
    leavers = take(LEAVERS, 4)
    future, on_leave, renamed = take(FUTURE_HIRES, 1), take(ON_LEAVE, 2), take(RENAMED, 2)
    behind = frozenset(sorted(renamed)[::2])
    return Fates(leavers, future, on_leave, renamed, behind, ivanovs, souzas)


def choose_oddities(people: tuple[Person, ...], settled: int, seed: int) -> Oddities:
    """Whose records disagree; the first `settled` people are left in good order."""
    total, rng = len(people), Random(f"{seed}:oddities")

    def some(among: Iterable[str], share: float) -> frozenset[str]:
        pool = list(among)
        return frozenset(rng.sample(pool, min(len(pool), count(share, total))))

    leavers = [person.employee_id for person in people if person.status == "TERMINATED"]
    working = [person for person in people[settled:] if person.status == "ACTIVE"]
    ids = [person.employee_id for person in working]
    without = some(ids, WITHOUT_ACCOUNT)
    rest = [number for number in ids if number not in without]
    engineers = [person.employee_id for person in working if person.department.startswith(("IT", "SEC", "ENG"))]
    return Oddities(
        account_outlives=some(leavers, OUTLIVING),
        certificate_outlives=some(leavers, OUTLIVING),
        badge_outlives=some(leavers, OUTLIVING),
        device_outlives=some(leavers, OUTLIVING),
        without_account=without,
        admin_account=some([number for number in engineers if number not in without] or rest, ADMIN_ACCOUNT),
        other_managed_owner=some(rest, OTHER_MANAGED_OWNER),
        unknown_owner_devices=count(UNKNOWN_DEVICE_OWNER, total),
        orphan_mailboxes=count(ORPHAN_MAILBOX, total),
    )
