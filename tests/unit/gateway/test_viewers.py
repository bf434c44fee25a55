"""Whom a login stands for in an installation."""

from dataclasses import replace

from gateway.settings import Installation
from tests.unit.gateway.conftest import viewers_of


def test_the_first_team_counts_unless_another_is_chosen(installation: Installation) -> None:
    viewers = viewers_of(installation)
    for chosen, active in ((None, "north"), ("north", "north"), ("south", "south")):
        bob = viewers.viewer("bob", chosen)
        assert bob is not None
        assert bob.active_team is not None
        assert (bob.active_team.id, [team.id for team in bob.teams]) == (active, ["north", "south"])
        assert (bob.service, bob.region) == (False, "br")


def test_a_team_of_others_or_of_nobody_gives_no_viewer(installation: Installation) -> None:
    viewers = viewers_of(installation)
    assert viewers.viewer("ann", "south") is None
    assert viewers.viewer("ann", "east") is None


def test_whom_no_team_names_is_nobody(installation: Installation) -> None:
    viewers = viewers_of(installation)
    assert not viewers.knows("stranger")
    assert viewers.viewer("stranger") is None
    assert viewers.viewer("ANN") is None, "logins are taken as they are written"


def test_a_service_is_told_from_a_person(installation: Installation) -> None:
    robot = viewers_of(installation).viewer("robot")
    assert robot is not None
    assert robot.service


def test_a_team_is_titled_in_the_language_of_the_installation(installation: Installation) -> None:
    for language, title in (("en", "North"), ("ru", "Команда"), ("fr", "North")):
        file = installation.file.model_copy(update={"language": language})
        ann = viewers_of(replace(installation, file=file)).viewer("ann")
        assert ann is not None
        assert ann.active_team is not None
        assert ann.active_team.title == title
