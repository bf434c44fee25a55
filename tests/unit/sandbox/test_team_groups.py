"""The directory says who is in which support team: by a group for each team that its file names."""

from pathlib import Path

import pytest
import yaml

from sandbox.company.demo import TEAM_MEMBERS, team_group
from sandbox.company.model import Company

TEAMS = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((Path(__file__).parents[3] / "sandbox" / "installation" / "teams").glob("*.yaml"))
}
GROUPED = {name: team for name, team in TEAMS.items() if team.get("groups")}


def test_every_team_of_people_has_its_group() -> None:
    assert {team_group(name) for name in GROUPED} == {team_group(team) for team in TEAM_MEMBERS}
    assert sorted(set(TEAMS) - set(GROUPED)) == ["employees", "service_integrators"]


@pytest.mark.parametrize("name", GROUPED)
def test_a_teams_group_has_the_members_that_the_file_names(any_company: Company, name: str) -> None:
    assert GROUPED[name]["groups"] == [team_group(name)]
    group = next(each for each in any_company.groups if each.name == team_group(name))
    assert group.members == tuple(sorted(GROUPED[name]["members"]))
    assert (group.domain, group.kind, group.privileged, group.member_groups) == ("corp", "SECURITY", True, ())


def test_nobody_else_is_in_a_teams_group(any_company: Company) -> None:
    groups = [each for each in any_company.groups if each.name.startswith("okno-")]
    assert len(groups) == len(TEAM_MEMBERS)
    assert not any(set(each.member_groups) & {group.name for group in groups} for each in any_company.groups)
