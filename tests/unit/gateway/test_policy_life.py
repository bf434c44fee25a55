"""The policy's life: two persons to widen, one to narrow, never on a stale comparison, and back again by the same rule."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable
from datetime import timedelta
from pathlib import Path

import pytest

from authz.policy import PolicyError
from gateway.granting import Granting, Order
from gateway.policies import Policies
from gateway.policy_life import APPROVED, PROPOSED, PUBLISHED, REJECTED, RETIRED, PolicyLife
from gateway.policy_making import hash_of, publish_first
from gateway.standing import Refused, Standing, Who
from gateway.store import Store
from tests.unit.gateway.rights_world import ELSEWHERE, Clock, Texts, build_once, changed, store_in

FIRST = Texts().bundle()
NARROW = changed(reads="public")
WIDE = changed(reads="personal")
WIDER = changed(reads="personal", hr="personal")
OLGA, OLEG, ANNA = (Who(login, "officers") for login in ("olga", "oleg", "anna"))
OLGA_ON_THE_BOARD = Who("olga", "board")
ANN = Who("ann", "north")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    made = store_in(tmp_path)
    await publish_first(made, build_once, FIRST)
    yield made
    await made.close()


@pytest.fixture
def life(store: Store) -> PolicyLife:
    return PolicyLife(Standing(store, build_once, Clock()))


async def in_force(store: Store) -> str:
    return (await Standing(store, build_once).in_force()).hash


async def states(life: PolicyLife) -> dict[str, str]:
    return {each.hash: each.state for each in await life.versions()}


async def refusal(work: Awaitable[object]) -> str:
    with pytest.raises(Refused) as refused:
        await work
    return refused.value.code


async def test_a_candidate_is_kept_with_what_it_would_change(life: PolicyLife, store: Store) -> None:
    proposed = await life.propose(OLGA, WIDE, "the helpdesk calls back")
    assert proposed.difference.widening
    assert proposed.difference.gains
    kept = await life.version(hash_of(WIDE)[:8])
    assert (kept.state, kept.by, kept.note, kept.widening) == (PROPOSED, "olga", "the helpdesk calls back", True)
    assert (kept.base, kept.bundle) == (hash_of(FIRST), WIDE)
    assert await in_force(store) == hash_of(FIRST)


async def test_the_proposer_alone_widens_nothing(life: PolicyLife, store: Store) -> None:
    proposed = await life.propose(OLGA, WIDE, "why")
    name = proposed.version.hash
    assert await refusal(life.publish(OLGA, name)) == "TWO_PERSONS"
    assert await refusal(life.approve(OLGA, name)) == "SAME_PERSON"
    assert await refusal(life.approve(OLGA_ON_THE_BOARD, name)) == "SAME_PERSON"
    assert await refusal(life.approve(Who("OLGA", "officers"), name)) == "SAME_PERSON"
    assert await refusal(life.publish(OLGA_ON_THE_BOARD, name)) == "TWO_PERSONS"
    assert await in_force(store) == hash_of(FIRST)
    assert (await states(life))[name] == PROPOSED


async def test_another_who_publishes_is_not_yet_another_who_approves(life: PolicyLife, store: Store) -> None:
    name = (await life.propose(OLGA, WIDE, "why")).version.hash
    assert await refusal(life.publish(OLEG, name)) == "TWO_PERSONS"
    assert await in_force(store) == hash_of(FIRST)


@pytest.mark.parametrize("publisher", [OLGA, OLEG, ANNA])
async def test_two_persons_widen(life: PolicyLife, store: Store, publisher: Who) -> None:
    name = (await life.propose(OLGA, WIDE, "why")).version.hash
    assert (await life.approve(OLEG, name)).state == APPROVED
    published = await life.publish(publisher, name)
    assert (published.version.state, published.version.decided_by) == (PUBLISHED, publisher.login)
    assert await in_force(store) == name
    assert await states(life) == {name: PUBLISHED, hash_of(FIRST): RETIRED}


async def test_one_person_narrows(life: PolicyLife, store: Store) -> None:
    proposed = await life.propose(OLGA, NARROW, "less is enough")
    assert not proposed.difference.widening
    await life.publish(OLGA, proposed.version.hash)
    assert await in_force(store) == hash_of(NARROW)


@pytest.mark.parametrize("act", ["propose", "approve", "publish", "rollback", "shadow", "reject"])
async def test_who_may_not_changes_nothing(life: PolicyLife, store: Store, act: str) -> None:
    name = (await life.propose(OLGA, NARROW, "why")).version.hash
    before = await states(life)
    work = {
        "propose": lambda: life.propose(ANN, WIDE, "why"),
        "approve": lambda: life.approve(ANN, name),
        "publish": lambda: life.publish(ANN, name),
        "rollback": lambda: life.rollback(ANN, hash_of(FIRST)),
        "shadow": lambda: life.shadow(ANN, name, on=True),
        "reject": lambda: life.reject(ANN, name),
    }
    if act == "rollback":
        await life.publish(OLGA, name)
        before = await states(life)
    assert await refusal(work[act]()) == "NOT_ALLOWED"
    assert await states(life) == before


async def test_somebody_who_names_a_team_not_theirs_may_nothing(life: PolicyLife, store: Store) -> None:
    assert await refusal(life.propose(Who("ann", "officers"), WIDE, "why")) == "NOT_ALLOWED"
    assert set(await states(life)) == {hash_of(FIRST)}


async def test_a_comparison_with_another_base_is_stale(life: PolicyLife, store: Store) -> None:
    wide = (await life.propose(OLGA, WIDE, "why")).version.hash
    await life.approve(OLEG, wide)
    narrow = (await life.propose(OLEG, NARROW, "why")).version.hash
    await life.publish(OLEG, narrow)
    assert await refusal(life.publish(OLGA, wide)) == "STALE"
    assert await refusal(life.approve(ANNA, wide)) == "STALE"
    assert await in_force(store) == narrow
    assert (await life.compare(wide)).stale
    again = await life.compare_again(OLGA, wide)
    assert not again.stale
    assert (again.version.state, again.version.base) == (PROPOSED, narrow)
    assert await refusal(life.publish(OLGA, wide)) == "TWO_PERSONS", "what was agreed to before counts no more"
    await life.approve(OLEG, wide)
    await life.publish(OLGA, wide)
    assert await in_force(store) == wide


async def test_of_two_who_publish_at_once_one_is_stale(life: PolicyLife, store: Store) -> None:
    names = [
        (await life.propose(OLGA, texts, "why")).version.hash
        for texts in (NARROW, changed(reads="public", north=("ann",)))
    ]
    results = await asyncio.gather(*(life.publish(OLGA, name) for name in names), return_exceptions=True)
    refused = [each for each in results if isinstance(each, Refused)]
    assert [each.code for each in refused] == ["STALE"]
    assert sorted((await states(life)).values()) == sorted([RETIRED, PUBLISHED, PROPOSED])
    assert (await states(life))[await in_force(store)] == PUBLISHED


async def test_an_approver_counts_only_as_long_as_they_may(store: Store) -> None:
    clock = Clock()
    standing = Standing(store, build_once, clock)
    life, granting = PolicyLife(standing), Granting(standing)
    for_two_hours = Order("officer", timedelta(hours=2), "stands in", ("br",), ticket="T-1")
    await granting.approve(OLEG, (await granting.give(OLGA, "ann", for_two_hours, ELSEWHERE)).id)
    name = (await life.propose(OLGA, WIDE, "why")).version.hash
    await life.approve(ANN, name)
    clock.pass_(hours=2)
    assert await refusal(life.publish(OLGA, name)) == "TWO_PERSONS"
    assert await in_force(store) == hash_of(FIRST)
    await life.approve(OLEG, name)
    await life.publish(OLGA, name)
    assert await in_force(store) == name


async def test_a_broken_candidate_is_refused_and_not_kept(life: PolicyLife, store: Store) -> None:
    policies = Policies(store, build_once)
    await policies.start(FIRST)
    running = policies.current
    with pytest.raises(PolicyError, match="no_such_domain"):
        await life.propose(OLGA, changed(broken=True), "why")
    await policies.look()
    assert policies.current is running
    assert policies.confirmed
    assert set(await states(life)) == {hash_of(FIRST)}
    await policies.close()


async def test_rolling_back_follows_the_same_rule(life: PolicyLife, store: Store) -> None:
    await life.publish(OLGA, (await life.propose(OLGA, NARROW, "why")).version.hash)
    first = hash_of(FIRST)
    assert await refusal(life.rollback(OLGA, first)) == "TWO_PERSONS", "going back to more is widening"
    await life.approve(OLGA, first)
    assert await refusal(life.rollback(OLGA, first)) == "TWO_PERSONS", "still one person"
    assert await in_force(store) == hash_of(NARROW)
    assert (await life.rollback(OLEG, first)).version.state == PUBLISHED
    assert await in_force(store) == first
    await life.rollback(OLEG, hash_of(NARROW))
    assert await in_force(store) == hash_of(NARROW), "going back to less needs one"


async def test_an_agreement_is_good_for_one_act(life: PolicyLife, store: Store) -> None:
    first = hash_of(FIRST)
    await life.publish(OLGA, (await life.propose(OLGA, NARROW, "why")).version.hash)
    await life.approve(OLEG, first)
    await life.rollback(OLGA, first)
    await life.rollback(OLGA, hash_of(NARROW))
    assert await refusal(life.rollback(OLGA, first)) == "TWO_PERSONS", "it was agreed to once, and done once"
    assert await in_force(store) == hash_of(NARROW)


async def test_what_was_agreed_to_and_then_rejected_has_to_be_agreed_to_anew(life: PolicyLife, store: Store) -> None:
    name = (await life.propose(OLGA, WIDE, "why")).version.hash
    await life.approve(OLEG, name)
    await life.reject(OLEG, name)
    await life.propose(OLGA, WIDE, "again")
    assert await refusal(life.publish(OLGA, name)) == "TWO_PERSONS"
    assert await in_force(store) == hash_of(FIRST)


async def test_only_what_was_published_comes_back(life: PolicyLife) -> None:
    name = (await life.propose(OLGA, NARROW, "why")).version.hash
    assert await refusal(life.rollback(OLGA, name)) == "STATE"
    assert await refusal(life.publish(OLGA, hash_of(FIRST))) == "STATE"
    assert await refusal(life.rollback(OLGA, hash_of(FIRST))) == "STATE"


async def test_a_rejected_candidate_is_not_published_and_may_be_proposed_again(life: PolicyLife, store: Store) -> None:
    name = (await life.propose(OLGA, NARROW, "why")).version.hash
    assert (await life.reject(OLEG, name)).state == REJECTED
    assert await refusal(life.publish(OLGA, name)) == "STATE"
    assert await refusal(life.approve(OLEG, name)) == "STATE"
    assert await in_force(store) == hash_of(FIRST)
    assert (await life.propose(ANNA, NARROW, "again")).version.state == PROPOSED
    await life.publish(ANNA, name)
    assert await in_force(store) == name


async def test_the_same_is_not_proposed_twice(life: PolicyLife) -> None:
    assert await refusal(life.propose(OLGA, FIRST, "why")) == "SAME"
    await life.propose(OLGA, NARROW, "why")
    assert await refusal(life.propose(OLEG, NARROW, "why")) == "SAME"
    assert await refusal(life.propose(OLGA, WIDE, "  ")) == "REASON_NEEDED"


async def test_a_new_member_widens(life: PolicyLife, store: Store) -> None:
    proposed = await life.propose(OLGA, changed(officers=("olga", "oleg", "anna", "ann")), "ann joins")
    assert proposed.difference.widening
    assert await refusal(life.publish(OLGA, proposed.version.hash)) == "TWO_PERSONS"
    assert await in_force(store) == hash_of(FIRST)


async def test_texts_are_compared_without_being_kept(life: PolicyLife) -> None:
    compared = await life.compare_texts(WIDER)
    assert compared.difference.widening
    assert set(await states(life)) == {hash_of(FIRST)}


async def test_a_version_runs_beside_until_it_is_stopped_or_published(life: PolicyLife, store: Store) -> None:
    name = (await life.propose(OLGA, NARROW, "why")).version.hash
    policies = Policies(store, build_once)
    await policies.start(FIRST)
    assert (await life.shadow(OLGA, name, on=True)).shadowed
    await policies.look()
    assert [each.version for each in policies.shadows] == [build_once(NARROW).version]
    await life.shadow(OLGA, name, on=False)
    await policies.look()
    assert policies.shadows == ()
    await life.shadow(OLGA, name, on=True)
    await life.publish(OLGA, name)
    await policies.look()
    assert policies.shadows == ()
    assert policies.hash == name
    await policies.close()


async def test_versions_are_found_by_their_own_hash_or_the_policys(life: PolicyLife) -> None:
    first = hash_of(FIRST)
    assert (await life.version(first[:6])).hash == first
    assert (await life.version(build_once(FIRST).version)).hash == first
    for name in ("", first[:5], "zzzzzz", "%"):
        assert await refusal(life.version(name)) == "UNKNOWN_VERSION"


async def test_every_act_is_logged_with_who_and_what(life: PolicyLife, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "okno.rights"):
        name = (await life.propose(OLGA, WIDE, "why")).version.hash
        await life.approve(OLEG, name)
        await life.publish(OLGA, name)
    told = [(each.getMessage(), each.by, each.hash) for each in caplog.records if hasattr(each, "by")]
    assert told == [
        ("policy proposed", "olga", name),
        ("policy approved", "oleg", name),
        ("policy published", "olga", name),
    ]
    assert caplog.records[-1].approved_by == ["oleg"]


async def test_who_somebody_is_comes_from_the_version_in_force(life: PolicyLife, store: Store) -> None:
    standing = Standing(store, build_once)
    assert await standing.who("olga") == OLGA
    assert await standing.who("olga", "board") == OLGA_ON_THE_BOARD
    assert await refusal(standing.who("olga", "north")) == "NOT_IN_A_TEAM"
    assert await refusal(standing.who("stranger")) == "NOT_IN_A_TEAM"


@pytest.mark.parametrize("left", [[], ["olga"]])
async def test_a_version_that_leaves_nobody_to_change_it_again_is_refused(
    life: PolicyLife, store: Store, left: list[str]
) -> None:
    """It takes rights away and gives none, so one person might have published it."""
    with pytest.raises(PolicyError, match="otherwise nobody could change rights again"):
        await life.propose(OLGA, changed(officers=left, lone=[]), "why")
    assert await in_force(store) == hash_of(FIRST)
    assert list(await states(life)) == [hash_of(FIRST)]
