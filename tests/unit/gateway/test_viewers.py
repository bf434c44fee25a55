"""Whom a login stands for in an installation."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from authz.labels import labels_of_schema
from authz.policy import Policy
from authz.rights import Assignment, Grant, Rights, Role, TeamRights
from gateway.identity.viewers import LiveGrant, Viewers
from gateway.settings import Installation
from gateway.whole_graph import whole_graph
from tests.unit.gateway.conftest import NobodyGranted, Standing, viewers_of


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


class OneHour:
    """A grant that ends at a moment."""

    def __init__(self, until: datetime) -> None:
        self._until = until
        self._grant = Lent(Assignment("everything", (), "grant:1"), ("vip",))

    def live(self, login: str, now: datetime) -> tuple[LiveGrant, ...]:
        return (self._grant,) if login == "ann" and now < self._until else ()


@dataclass(frozen=True, slots=True)
class Lent:
    assignment: Assignment
    clearance: tuple[str, ...]


def test_a_grant_counts_in_requests_until_its_moment_and_not_after(installation: Installation) -> None:
    """Between two requests of one session: nobody signs in again."""
    role = Role("everything", {}, (Grant("read", "*", "restricted", "anyone"),))
    teams = {"north": TeamRights("north", (), (), members=("ann", "bob"))}
    policy = Policy.of(Rights({"everything": role}, teams, ("br",)), labels_of_schema(whole_graph()[0]))
    now = datetime(2026, 11, 1, 12, tzinfo=UTC)
    moments = iter([now, now + timedelta(minutes=59, seconds=59), now + timedelta(hours=1), now])
    viewers = Viewers(installation, Standing(policy), OneHour(now + timedelta(hours=1)), lambda: next(moments))
    place = policy.labels.of["Employee", "vip"]
    seen = []
    for login in ("ann", "ann", "ann", "bob"):
        viewer = viewers.viewer(login)
        assert viewer is not None
        seen.append(viewer.profile.verdicts[place].name)
    assert seen == ["ALLOW", "ALLOW", "DENY", "DENY"]


def test_a_team_published_while_it_runs_shows_its_title_and_queue(installation: Installation) -> None:
    team = TeamRights("east", (), ("br",), members=("eve",), titles={"en": "East", "ru": "Восток"}, queue="East")
    policy = Policy.of(Rights({}, {"east": team}, ("br",)), labels_of_schema(whole_graph()[0]))
    eve = Viewers(installation, Standing(policy), NobodyGranted()).viewer("eve")
    assert eve is not None
    assert eve.active_team is not None
    assert "east" not in {each.id for each in installation.teams}, "its folder knows nothing of it"
    shown = eve.active_team
    assert (shown.id, shown.title, shown.queue, shown.region) == ("east", "East", "East", "br")


def test_a_service_is_unattended_unless_it_names_an_end_user(installation: Installation) -> None:
    viewers = viewers_of(installation)
    place = viewers._rules.current.labels.of["PersonalDetails", "birthDate"]
    seen = []
    for login, end_user in (("robot", None), ("robot", "ann"), ("bob", None)):
        viewer = viewers.viewer(login, "south", on_behalf_of=end_user)
        assert viewer is not None
        seen.append((viewer.actor.unattended, viewer.profile.verdicts[place].name))
    assert seen == [(True, "DENY"), (False, "ALLOW"), (False, "ALLOW")]
