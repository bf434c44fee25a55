"""Issue a temporary badge."""

from datetime import UTC, datetime, timedelta
from typing import Final

from operations.kit.drafting import MADE, Draft, step, write
from operations.kit.expecting import is_set, is_unset, shows
from operations.kit.given import asked, given
from operations.kit.looking import Look
from operations.kit.mark import Mark
from operations.kit.operation import Operation
from operations.kit.problems import problem
from sources.ports.directory import Person

LONGEST: Final = timedelta(days=14)


@given
class Given:
    """Where it opens, and until when."""

    zones: tuple[str, ...] = asked("The zones it opens.", most=20)
    until: datetime = asked("Until when, at most two weeks from now.")


class IssueTemporaryBadge(Operation[Given]):
    """Issue a badge for a few days."""

    name = "issue_temporary_badge"
    event = "badge.issued"
    ports = ("badges",)
    given = Given
    mark = Mark("badges", "badges_of", "issued_at", "number", everyday=True)
    notifies = True
    undone_by = "block_badge"

    async def draft(self, employee: Person, given: Given, look: Look) -> Draft:
        """One call; proven by the employee's badges, taken back by blocking it."""
        source = look.only_source("badges", "issue_temporary")
        until = given.until.astimezone(UTC).replace(microsecond=0)
        if not look.now() < until <= look.now() + LONGEST:
            raise problem("BadInput", f"until: lies within the next {LONGEST.days} days", path=("input", "until"))
        issue = write("badges", source, "issue_temporary", holder=employee.ref, zones=given.zones, valid_until=until)
        block = write("badges", source, "block", holder=employee.ref, number={MADE: "issue"})
        theirs = (shows("kind", "TEMPORARY"), shows("valid_until", until.isoformat()))
        badge = issue.showing(is_unset("blocked_at"), where=theirs)
        return Draft.of(step("issue", "Badge", badge, block.showing(is_set("blocked_at"), where=theirs), passes=True))
