"""Viewers: whom a bearer is in this installation, with one active team."""

from gateway.settings import Installation
from resolvers.asking import Team, Viewer


class Viewers:
    """The people and services of an installation, by login."""

    def __init__(self, installation: Installation) -> None:
        language = installation.file.language
        self._teams: dict[str, list[Team]] = {}
        self._services: set[str] = set()
        for each in installation.teams:
            titles = dict(each.file.title)
            title = titles.get(language) or next(iter(titles.values()), each.id)
            team = Team(
                each.id, {str(key): text for key, text in titles.items()}, each.file.region, each.file.queue, title
            )
            self._services.update(each.file.services)
            for login in (*each.file.members, *each.file.services):
                self._teams.setdefault(login, []).append(team)

    def knows(self, login: str) -> bool:
        """Whether any team names this login."""
        return login in self._teams

    def viewer(self, login: str, team: str | None = None) -> Viewer | None:
        """The viewer for a login; `team` chooses among several, the first counts otherwise. None for a team not theirs.

        Whom no team names is nobody here, whatever token they hold.
        """
        teams = tuple(self._teams.get(login, ()))
        active = next((each for each in teams if team in (None, each.id)), None)
        if active is None:
            return None
        return Viewer(login, login in self._services, teams, active)
