"""An object that is somebody else's as well is shown only where their side of it may be read too."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import pytest

from authz.labels import labels_of_schema
from authz.policy import Policy
from authz.rights import Grant, Rights, Role, TeamRights
from resolvers.facts import Circumstances
from resolvers.loaders import Loaders
from resolvers.sight import Guards, Sight
from schema.assemble import build
from sources.ports.directory import Person, PersonName, Workplace
from sources.ports.equipment import Device
from sources.ports.errors import SourceError

SCHEMA: Final = build()._schema  # the graphql-core schema that Strawberry made
DESK: Final = Role(
    "desk", {"en": "Desk"}, (Grant("read", "directory", "internal"), Grant("read", "device", "internal"))
)


def person(number: str, region: str, *, vip: bool = False) -> Person:
    """Somebody of a region."""
    return Person(
        "directory", number, f"login{number}", number, PersonName(number), True, workplace=Workplace(region), vip=vip
    )


MINE: Final = person("1", "br")
OWNERS: Final[Mapping[str, Person]] = {
    "2": person("2", "br"),
    "3": person("3", "br", vip=True),
    "4": person("4", "cis"),
}


@dataclass
class Directory:
    """Who is who. Shape: `asked` are the keys that were asked for."""

    asked: list[str]

    async def load(self, _port: str, _question: str, key: str) -> Person | None:
        self.asked.append(key)
        if key == "lost":
            raise SourceError("SOURCE_UNAVAILABLE", "directory", "is away")
        return OWNERS.get(key)


@pytest.fixture
def directory() -> Directory:
    return Directory([])


@pytest.fixture
def sight(directory: Directory) -> Sight:
    """The eyes of a desk for one region, without clearance."""
    teams = {"desk": TeamRights("desk", ("desk",), ("br",), members=("ann",))}
    policy = Policy.of(Rights({"desk": DESK}, teams, ("br", "cis")), labels_of_schema(SCHEMA))
    profile = policy.profile(policy.actor("desk", "ann"))
    moment = Circumstances("ann", manager_id=None)
    return Sight(Guards.of(SCHEMA), profile, moment, cast(Loaders, directory), conditional=True)


def device(owner: str | None) -> Device:
    """A device of somebody's."""
    return Device("equipment", f"tag-{owner}", "LAPTOP", "ASSIGNED", owner_id=owner)


async def among(sight: Sight, *owners: str | None) -> list[str | None]:
    """Whose devices are left of those that one employee's list leads to."""

    def as_it_is(record: Any) -> Any:
        return record

    left = await sight.among("Device", tuple(map(device, owners)), MINE, as_it_is)
    return [each.owner_id for each in left]


async def test_what_is_only_theirs_needs_nobody_else(sight: Sight, directory: Directory) -> None:
    assert await among(sight, "1", None) == ["1", None]
    assert directory.asked == []


async def test_what_is_somebody_elses_as_well_is_decided_by_them(sight: Sight, directory: Directory) -> None:
    assert await among(sight, "1", "2") == ["1", "2"], "of the same region, and nothing special"
    assert await among(sight, "1", "3") == ["1"], "under special protection"
    assert await among(sight, "1", "4") == ["1"], "of another region"
    assert directory.asked == ["2", "3", "4"]


async def test_a_second_owner_of_whom_nothing_is_known_closes(sight: Sight) -> None:
    assert await among(sight, "1", "nobody") == ["1"]
    assert await among(sight, "1", "lost") == ["1"], "the directory does not answer: narrower, never wider"
