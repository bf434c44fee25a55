"""Grants: roles until a moment, given by another person, ended by the clock; broken glass rings until it is looked at."""

import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from authz.profile import ALLOWED, DENIED
from authz.tables import RightsGrant
from gateway.granting import Granting, Order
from gateway.grants import BREAK_GLASS, GRANT, REMIND, Grants
from gateway.policies import Policies
from gateway.standing import Refused, Standing, Who
from gateway.store import Store
from tests.unit.gateway.rights_world import ELSEWHERE, NOON, Clock, Texts, build_once, store_in
from tests.unit.gateway.waiting import until

OLGA, OLEG, ANNA = (Who(login, "officers") for login in ("olga", "oleg", "anna"))
ANN, BOB = Who("ann", "north"), Who("bob", "north")
LEA, LEO = Who("lea", "leads"), Who("leo", "leads")
HR = Order("hr", timedelta(hours=4), "covers for a colleague", ("br",), ticket="T-1")
GLASS = Order("hr", timedelta(hours=1), "nobody of HR is there", ("br",))
BR = {"region": "br", "vip": False, "is_self": False, "is_my_manager": False}


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    made = store_in(tmp_path)
    yield made
    await made.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def grants(store: Store, clock: Clock) -> Grants:
    return Grants(store, clock)


@pytest.fixture
async def policies(store: Store, grants: Grants) -> AsyncIterator[Policies]:
    made = Policies(store, build_once, grants)
    await made.start(Texts().bundle())
    yield made
    await made.close()


@pytest.fixture
def granting(store: Store, clock: Clock, policies: Policies) -> Granting:
    return Granting(Standing(store, build_once, clock))


async def kept(store: Store) -> list[RightsGrant]:
    async with store.session() as session:
        return list((await session.execute(select(RightsGrant))).scalars())


def sees_hr(policies: Policies, grants: Grants, clock: Clock, region: str = "br") -> int:
    """What ann sees of a contract, as a request asks it."""
    policy = policies.current
    live = grants.live("ann", clock())
    actor = policy.actor("north", "ann", [each.assignment for each in live])
    return policy.profile(actor).row_of({**BR, "region": region})[policy.labels.of["Employment", "contract"]]


async def test_a_grant_opens_until_its_moment_and_no_longer(
    granting: Granting, policies: Policies, grants: Grants, clock: Clock
) -> None:
    assert sees_hr(policies, grants, clock) == DENIED
    row = await granting.give(OLGA, "ann", HR, ELSEWHERE)
    assert (row.kind, row.approved_by, row.until) == (GRANT, "olga", NOON + timedelta(hours=4))
    await policies.look()
    assert sees_hr(policies, grants, clock) == ALLOWED
    assert sees_hr(policies, grants, clock, "cis") == DENIED, "only where it was given"
    clock.pass_(hours=3, minutes=59, seconds=59)
    assert sees_hr(policies, grants, clock) == ALLOWED
    clock.pass_(seconds=1)
    assert sees_hr(policies, grants, clock) == DENIED, "by the clock alone: nothing was read again"


async def test_a_grant_reaches_a_process_that_only_watches(
    granting: Granting, policies: Policies, grants: Grants, clock: Clock
) -> None:
    await granting.give(OLGA, "ann", HR, ELSEWHERE)
    await until(lambda: bool(grants.live("ann", clock())))
    assert sees_hr(policies, grants, clock) == ALLOWED


async def test_a_grant_that_is_ended_closes_in_mid_session(
    granting: Granting, policies: Policies, grants: Grants, clock: Clock
) -> None:
    row = await granting.give(OLGA, "ann", HR, ELSEWHERE)
    await policies.look()
    assert sees_hr(policies, grants, clock) == ALLOWED
    await granting.end(ANN, row.id[:8])
    await policies.look()
    assert sees_hr(policies, grants, clock) == DENIED
    with pytest.raises(Refused, match="ended already"):
        await granting.end(ANN, row.id)


async def test_only_those_concerned_end_a_grant(granting: Granting, store: Store) -> None:
    row = await granting.give(OLGA, "ann", HR, ELSEWHERE)
    with pytest.raises(Refused, match="may not run grant_rights"):
        await granting.end(BOB, row.id)
    assert (await kept(store))[0].ended_at is None
    assert (await granting.end(OLEG, row.id)).ended_by == "oleg"


async def test_a_forbid_holds_whatever_is_granted(
    granting: Granting, policies: Policies, grants: Grants, clock: Clock
) -> None:
    await granting.give(OLGA, "ann", HR, ELSEWHERE)
    await policies.look()
    policy = policies.current
    actor = policy.actor("north", "ann", [each.assignment for each in grants.live("ann", clock())])
    row = policy.profile(actor).row_of({**BR, "vip": True})
    assert row[policy.labels.of["Employment", "contract"]] == DENIED


@pytest.mark.parametrize("login", ["olga", "OLGA"])
async def test_nobody_gives_to_themselves(granting: Granting, store: Store, login: str) -> None:
    for who in (OLGA, Who("olga", "board")):
        with pytest.raises(Refused) as refused:
            await granting.give(who, login, HR, ELSEWHERE)
        assert refused.value.code == "SAME_PERSON"
    assert await kept(store) == []


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (Order("no_such", timedelta(hours=1), "why", ("br",)), "UNKNOWN_ROLE"),
        (Order("hr", timedelta(hours=1), "why", ("mars",)), "UNKNOWN_REGION"),
        (Order("hr", timedelta(hours=1), "why", ("br",), ("royal",)), "UNKNOWN_CLEARANCE"),
        (Order("hr", timedelta(hours=1), " ", ("br",)), "REASON_NEEDED"),
        (Order("hr", timedelta(days=30, seconds=1), "why", ("br",)), "TOO_LONG"),
        (Order("hr", timedelta(0), "why", ("br",)), "TOO_LONG"),
    ],
)
async def test_an_order_that_makes_no_sense_is_refused(
    granting: Granting, store: Store, order: Order, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        await granting.give(OLGA, "ann", order, ELSEWHERE)
    assert refused.value.code == code
    assert await kept(store) == []


async def test_who_may_not_grant_grants_nothing(granting: Granting, store: Store) -> None:
    with pytest.raises(Refused) as refused:
        await granting.give(ANN, "bob", HR, ELSEWHERE)
    assert refused.value.code == "NOT_ALLOWED"
    assert await kept(store) == []


async def test_nobody_gives_to_their_own_manager(granting: Granting, store: Store) -> None:
    for fact in (True, "unknown"):
        with pytest.raises(Refused, match="may not run"):
            await granting.give(OLGA, "ann", HR, {**ELSEWHERE, "is_my_manager": fact})
    assert await kept(store) == []


async def test_a_regional_giver_gives_only_in_their_regions(granting: Granting, store: Store) -> None:
    for regions in (("cis",), ("br", "cis"), ()):
        with pytest.raises(Refused, match="may not run"):
            await granting.give(LEA, "ann", Order("hr", timedelta(hours=1), "why", regions), ELSEWHERE)
    assert await kept(store) == []
    row = await granting.give(LEA, "ann", HR, ELSEWHERE)
    assert (row.regions, row.approved_by) == (["br"], None), "a role that she does not hold waits for a third person"


async def test_a_regional_giver_approves_and_ends_within_their_regions(
    granting: Granting, policies: Policies, grants: Grants, clock: Clock
) -> None:
    theirs = await granting.give(OLGA, "ann", HR, ELSEWHERE)
    assert theirs.approved_by == "olga", "an officer approves policies, and so gives alone"
    waits = await granting.give(LEA, "bob", HR, ELSEWHERE)
    with pytest.raises(Refused) as refused:
        await granting.approve(LEA, waits.id)
    assert refused.value.code == "SAME_PERSON"
    assert (await granting.approve(LEO, waits.id)).approved_by == "leo"
    assert (await granting.end(LEO, theirs.id)).ended_by == "leo"
    await policies.look()
    assert sees_hr(policies, grants, clock) == DENIED


@pytest.mark.parametrize(
    "order",
    [
        Order("hr", timedelta(hours=1), "why", ("cis",)),
        Order("hr", timedelta(hours=1), "why", ("br", "cis")),
        Order("hr", timedelta(hours=1), "why", ()),
        Order("hr", timedelta(hours=1), "why", ("br",), ("vip",)),
        Order("officer", timedelta(hours=1), "why", ("br",)),
    ],
    ids=["another region", "one of two", "every region", "clearance", "a role that no region bounds"],
)
async def test_and_nothing_that_reaches_further(granting: Granting, store: Store, order: Order) -> None:
    async with store.session() as session:
        session.add(granting._row(OLGA, "ann", order, GRANT, approved_by=None))
    [row] = await kept(store)
    with pytest.raises(Refused, match="may not run"):
        await granting.approve(LEO, row.id)
    assert (await kept(store))[0].approved_by is None
    if order.regions == ("br",):
        assert (await granting.end(LEO, row.id)).ended_by == "leo", "less is always theirs to say within their regions"
    else:
        with pytest.raises(Refused, match="may not run"):
            await granting.end(LEO, row.id)
        assert (await kept(store))[0].ended_at is None


@pytest.mark.parametrize(
    "order",
    [Order("officer", timedelta(hours=1), "why", ("br",)), Order("hr", timedelta(hours=1), "why", ("br",), ("vip",))],
)
async def test_a_grave_grant_waits_for_a_third_person(
    granting: Granting, policies: Policies, grants: Grants, clock: Clock, order: Order
) -> None:
    row = await granting.give(OLGA, "ann", order, ELSEWHERE)
    await policies.look()
    assert grants.live("ann", clock()) == ()
    for who in (OLGA, Who("olga", "board"), ANN):
        with pytest.raises(Refused) as refused:
            await granting.approve(who, row.id)
        assert refused.value.code == "SAME_PERSON"
    with pytest.raises(Refused, match="may not run"):
        await granting.approve(BOB, row.id)
    await policies.look()
    assert grants.live("ann", clock()) == ()
    assert (await granting.approve(OLEG, row.id)).approved_by == "oleg"
    await policies.look()
    (live,) = grants.live("ann", clock())
    assert (live.assignment.role, live.clearance) == (order.role, order.clearance)
    with pytest.raises(Refused, match="does not wait"):
        await granting.approve(ANNA, row.id)


async def test_broken_glass_opens_at_once_and_rings(
    granting: Granting, policies: Policies, grants: Grants, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "okno.rights"):
        row = await granting.break_glass(ANN, GLASS)
    rung = [each for each in caplog.records if each.levelno == logging.WARNING]
    assert [(each.login, each.role, each.grant, each.again) for each in rung] == [("ann", "hr", row.id, False)]
    await policies.look()
    assert sees_hr(policies, grants, clock) == ALLOWED
    assert grants.live("ann", clock())[0].kind == BREAK_GLASS
    clock.pass_(hours=1)
    assert sees_hr(policies, grants, clock) == DENIED


async def test_broken_glass_rings_again_until_another_person_has_looked(
    granting: Granting, store: Store, policies: Policies, grants: Grants, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    row = await granting.break_glass(ANN, GLASS)
    second = Grants(store, clock)
    await policies.look()
    await second.refresh()

    async def rings() -> int:
        caplog.clear()
        for each in (grants, second):
            await each.alert()
        return len([each for each in caplog.records if each.levelno == logging.WARNING])

    with caplog.at_level(logging.WARNING, "okno.rights"):
        assert await rings() == 0
        clock.now += REMIND
        assert await rings() == 1, "one of all processes"
        assert await rings() == 0
        clock.pass_(hours=2)
        assert await rings() == 1, "also when it has long ended"
        with pytest.raises(Refused, match="may not run"):
            await granting.review(BOB, row.id, "looks fine")
        clock.now += REMIND
        assert await rings() == 1
        reviewed = await granting.review(OLGA, row.id[:8], "called back, was needed")
        assert (reviewed.reviewed_by, reviewed.reviewed_at) == ("olga", clock())
        clock.now += REMIND
        assert await rings() == 0, "the store says that it was looked at"
        await policies.look()
        clock.now += REMIND
        assert await rings() == 0


async def test_whoever_broke_the_glass_does_not_review_it(granting: Granting, store: Store) -> None:
    row = await granting.break_glass(ANN, GLASS)
    for who in (ANN, Who("ANN", "officers")):
        with pytest.raises(Refused) as refused:
            await granting.review(who, row.id, "was fine")
        assert refused.value.code == "SAME_PERSON"
    with pytest.raises(Refused, match="note"):
        await granting.review(OLGA, row.id, "  ")
    assert (await kept(store))[0].reviewed_at is None


async def test_breaking_glass_has_its_limits(granting: Granting, store: Store) -> None:
    for who, order, code in (
        (ANN, Order("hr", timedelta(hours=4, seconds=1), "why", ("br",)), "TOO_LONG"),
        (ANN, Order("hr", timedelta(hours=1), "", ("br",)), "REASON_NEEDED"),
        (ANN, Order("officer", timedelta(hours=1), "why", ("br",)), "NOT_ALLOWED"),
        (ANN, Order("hr", timedelta(hours=1), "why", ("br",), ("vip",)), "NOT_ALLOWED"),
        (ANN, Order("hr", timedelta(hours=1), "why", ("cis",)), "NOT_ALLOWED"),
        (ANN, Order("hr", timedelta(hours=1), "why"), "NOT_ALLOWED"),
        (LEA, GLASS, "NOT_ALLOWED"),
        (Who("ann", "officers"), GLASS, "NOT_ALLOWED"),
    ):
        with pytest.raises(Refused) as refused:
            await granting.break_glass(who, order)
        assert refused.value.code == code, order
    assert await kept(store) == []


async def test_a_granted_role_gives_its_holder_standing(granting: Granting, store: Store) -> None:
    row = await granting.give(OLGA, "ann", Order("regional", timedelta(hours=1), "on leave", ("br",)), ELSEWHERE)
    assert row.approved_by is None, "a role that gives rights is grave"
    with pytest.raises(Refused, match="may not run"):
        await granting.give(ANN, "bob", HR, ELSEWHERE)
    await granting.approve(OLEG, row.id)
    row = await granting.give(ANN, "bob", HR, ELSEWHERE)
    assert (row.by, row.approved_by) == ("ann", None)


async def test_a_grant_is_named_by_enough_of_its_id(granting: Granting) -> None:
    row = await granting.give(OLGA, "ann", HR, ELSEWHERE)
    assert (await granting.grant(row.id[:4])).id == row.id
    for name in ("", row.id[:3], "zzzz"):
        with pytest.raises(Refused) as refused:
            await granting.grant(name)
        assert refused.value.code == "UNKNOWN_GRANT"
