"""Block a badge."""

from operations.kit.drafting import Draft, step, write
from operations.kit.expecting import is_set, shows
from operations.kit.given import asked, given
from operations.kit.looking import Look
from operations.kit.mark import Mark
from operations.kit.operation import Operation
from sources.ports.badges import Badge
from sources.ports.directory import Person


@given
class Given:
    """Which badge."""

    number: str = asked("The number of the badge.", most=40)


class BlockBadge(Operation[Given]):
    """Let a badge open no door any more."""

    name = "block_badge"
    event = "badge.blocked"
    ports = ("badges",)
    given = Given
    mark = Mark("badges", "badges_of", "blocked_at", "number")
    notifies = True

    async def draft(self, employee: Person, given: Given, look: Look) -> Draft:
        """One call: block; proven when the badge shows since when."""
        badge = await look.one_of(
            Badge, "badges", "badges_of", employee.ref, lambda each: each.number == given.number, "number"
        )
        block = write("badges", badge.source, "block", holder=employee.ref, number=badge.number)
        call = block.showing(is_set("blocked_at"), where=(shows("number", badge.number),))
        return Draft.of(step("block", "Badge", call), side_effects=("Doors may take a minute to know.",))
