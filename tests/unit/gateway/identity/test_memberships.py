"""Which groups count: those of the one source, asked once a minute, remembered while it is down, and not for ever."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import select

from gateway.identity.memberships import Memberships
from gateway.identity.tables import KnownGroups
from gateway.store import Store
from tests.unit.gateway.identity.conftest import Clock
from tests.unit.gateway.identity.directory import Directory


@pytest.fixture
def memberships(directory: Directory, empty: Store, clock: Clock) -> Memberships:
    return Memberships(directory, empty, None, clock)


async def test_groups_are_asked_of_the_directory_nested(
    memberships: Memberships, directory: Directory, clock: Clock
) -> None:
    known = await memberships.groups_of("dan")
    assert (known.groups, known.as_of, known.login) == ({"okno-south"}, clock(), "dan")
    assert directory.asked == ["directory.people_by_login", "groups.memberships_of"]
    assert directory.needs[1].arg("nested") is True


async def test_an_answer_counts_for_a_minute(memberships: Memberships, directory: Directory, clock: Clock) -> None:
    await memberships.groups_of("dan")
    directory.groups["dan"] = {"okno-north"}
    clock.forward(seconds=59)
    assert (await memberships.groups_of("dan")).groups == {"okno-south"}
    assert len(directory.asked) == 2
    clock.forward(seconds=1)
    assert (await memberships.groups_of("dan")).groups == {"okno-north"}
    assert len(directory.asked) == 4


async def test_who_is_taken_out_of_all_groups_is_in_none(
    memberships: Memberships, directory: Directory, clock: Clock
) -> None:
    await memberships.groups_of("dan")
    directory.groups["dan"] = set()
    clock.forward(minutes=1)
    assert (await memberships.groups_of("dan")).groups == frozenset()
    directory.down = True
    clock.forward(minutes=1)
    assert (await memberships.groups_of("dan")).groups == frozenset(), "nor does an older copy come back"


@pytest.mark.parametrize("group", ["okno-south@lab", "list:okno-south", "admin:okno-south"])
async def test_a_group_that_others_may_fill_gives_nothing(
    memberships: Memberships, directory: Directory, group: str
) -> None:
    directory.groups["dan"] = {group, "plain"}
    assert (await memberships.groups_of("dan")).groups == {"plain"}


async def test_the_source_that_counts_can_be_named(directory: Directory, empty: Store) -> None:
    directory.groups["dan"] = {"here@lab", "there"}
    assert (await Memberships(directory, empty, "lab").groups_of("dan")).groups == {"here"}


async def test_who_has_left_is_in_no_group(memberships: Memberships, directory: Directory) -> None:
    directory.left.add("dan")
    assert (await memberships.groups_of("dan")).groups == frozenset()
    assert directory.asked == ["directory.people_by_login"]


async def test_whom_the_directory_does_not_know_is_in_no_group(memberships: Memberships, clock: Clock) -> None:
    known = await memberships.groups_of("nobody")
    assert (known.groups, known.as_of) == (frozenset(), clock()), "that much is known"


async def test_ten_who_ask_at_once_cost_one_question(memberships: Memberships, directory: Directory) -> None:
    directory.gate = asyncio.Event()
    asking = [asyncio.create_task(memberships.groups_of("dan")) for _ in range(10)]
    await asyncio.sleep(0)
    directory.gate.set()
    assert {(await each).groups for each in asking} == {frozenset({"okno-south"})}
    assert len(directory.asked) == 2


async def test_one_who_gives_up_does_not_spoil_it_for_others(memberships: Memberships, directory: Directory) -> None:
    directory.gate = asyncio.Event()
    first, second = (asyncio.create_task(memberships.groups_of("dan")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    directory.gate.set()
    assert (await second).groups == {"okno-south"}


async def test_the_last_known_groups_count_for_eight_hours_while_it_is_down(
    memberships: Memberships, directory: Directory, clock: Clock
) -> None:
    learnt = (await memberships.groups_of("dan")).as_of
    directory.down = True
    clock.forward(hours=8)
    known = await memberships.groups_of("dan")
    assert (known.groups, known.as_of) == ({"okno-south"}, learnt), "its age is told"
    clock.forward(seconds=1)
    after = await memberships.groups_of("dan")
    assert (after.groups, after.as_of) == (frozenset(), None)


async def test_the_last_known_groups_outlive_the_process(
    memberships: Memberships, directory: Directory, empty: Store, clock: Clock
) -> None:
    await memberships.groups_of("dan")
    directory.down = True
    clock.forward(hours=7)
    assert (await Memberships(directory, empty, None, clock).groups_of("dan")).groups == {"okno-south"}
    clock.forward(hours=2)
    assert (await Memberships(directory, empty, None, clock).groups_of("dan")).groups == frozenset()


async def test_a_directory_that_hangs_holds_nobody_up(
    memberships: Memberships, directory: Directory, clock: Clock
) -> None:
    learnt = (await memberships.groups_of("dan")).as_of
    directory.gate = asyncio.Event()
    clock.forward(minutes=5)
    known = await memberships.groups_of("dan", 0)
    assert (known.groups, known.as_of) == ({"okno-south"}, learnt)
    directory.groups["dan"] = set()
    directory.gate.set()
    assert (await memberships.groups_of("dan")).groups == frozenset(), "the question went on meanwhile"
    assert directory.asked.count("directory.people_by_login") == 2


async def test_nothing_known_of_somebody_is_no_group(memberships: Memberships, directory: Directory) -> None:
    directory.down = True
    known = await memberships.groups_of("dan")
    assert (known.groups, known.as_of) == (frozenset(), None)


async def test_a_directory_that_is_down_is_asked_again_after_ten_seconds(
    memberships: Memberships, directory: Directory, clock: Clock
) -> None:
    directory.down = True
    for _ in range(3):
        await memberships.groups_of("dan")
    assert len(directory.asked) == 1
    directory.down = False
    clock.forward(seconds=10)
    assert (await memberships.groups_of("dan")).groups == {"okno-south"}


async def test_a_copy_is_written_when_there_is_something_new(
    memberships: Memberships, empty: Store, clock: Clock
) -> None:
    await memberships.groups_of("dan")
    async with empty.session() as session:
        (row,) = (await session.execute(select(KnownGroups))).scalars().all()
    assert (row.login, row.groups) == ("dan", ["okno-south"])
    assert abs(row.as_of.replace(tzinfo=clock().tzinfo) - clock()) < timedelta(seconds=1)
