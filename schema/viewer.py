"""Viewer: who asks."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from schema.declare import PUBLIC, boundary, noun, value

if TYPE_CHECKING:
    from schema.employee import Employee


@noun(domain="viewer", sensitivity=PUBLIC)
class Team:
    """A support team."""

    id: strawberry.ID = value("Its id, a word.")
    title: str = value("Its name.")
    region: str = value("The region it works for; `all` for every one.")
    queue: str | None = value("Its queue of tickets.")


@noun(domain="viewer", sensitivity=PUBLIC)
class Viewer:
    """Who asks: a person with one active team, or a service."""

    login: str = value("Sign-in name.")
    service: bool = value("Whether it is a program.")
    teams: list[Team] = value("Teams it belongs to.")
    active_team: Team | None = value("The team it works for now; rights are that team's.")
    region: str | None = value("Region of the active team.")

    @boundary("directory", "people_by_login", key="login")
    def employee(self) -> Annotated["Employee", strawberry.lazy("schema.employee")] | None:
        """The viewer as an employee; null for a service."""
