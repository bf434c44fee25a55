"""The made-up company's directory says the same of teams as the teams' files do."""

import pytest

from sandbox.company.demo import TEAM_MEMBERS, team_group
from tests.sandbox import Sandbox


@pytest.mark.parametrize("login", sorted({login for members in TEAM_MEMBERS.values() for login in members}))
async def test_people_are_in_the_groups_of_their_teams(sandbox: Sandbox, login: str) -> None:
    known = await sandbox.gateway.identity.memberships.groups_of(login, 5)
    theirs = {team_group(team) for team, members in TEAM_MEMBERS.items() if login in members}
    assert {each for each in known.groups if each.startswith("okno-")} == theirs
    assert known.login == login


async def test_others_are_in_none_of_them(sandbox: Sandbox) -> None:
    for login in ("employee", "integrator", "nobody"):
        known = await sandbox.gateway.identity.memberships.groups_of(login, 5)
        assert not any(each.startswith("okno-") for each in known.groups), login


async def test_a_member_by_group_alone_has_the_team(sandbox: Sandbox) -> None:
    memberships, viewers = sandbox.gateway.identity.memberships, sandbox.gateway.viewers
    known = await memberships.groups_of("pki", 5)
    viewer = viewers.viewer("somebody.else", None, known.groups)
    assert viewer is not None
    assert [team.id for team in viewer.teams] == ["pki"]
    assert viewers.viewer("somebody.else", None, frozenset({"pki", "OKNO-PKI"})) is None
