"""Add to a group."""

from datetime import UTC, datetime

from operations.kit.drafting import Draft, reverting, step, write
from operations.kit.expecting import shows
from operations.kit.given import asked, given
from operations.kit.looking import Look
from operations.kit.node import NodeId
from operations.kit.operation import Operation
from operations.kit.problems import problem
from sources.ports.directory import Person
from sources.ports.groups import Group


@given
class Given:
    """Which group, and until when."""

    group: NodeId = asked("The group.", node="Group")
    until: datetime | None = asked("Until when; without it, for good.", default=None)


class AddToGroup(Operation[Given]):
    """Put somebody into a group, for good or until a moment."""

    name = "add_to_group"
    event = "group_member.added"
    ports = ("groups", "accounts")
    given = Given
    undone_by = "remove_from_group"

    async def draft(self, employee: Person, given: Given, look: Look) -> Draft:
        """One call; proven by the group's members. With an end it is taken back by itself."""
        group = await look.node(Group, "groups", "group_by_id", given.group, "group")
        account = await look.personal_account(employee, group.source)
        if given.until is not None and given.until <= look.now():
            raise problem("BadInput", "until: lies in the past", path=("input", "until"))
        there = (shows("login", account.login),)
        add = write("groups", group.source, "add_to_group", group_id=group.object_id, login=account.login)
        remove = write("groups", group.source, "remove_from_group", group_id=group.object_id, login=account.login)
        member = step("add", "GroupMember", add.showing(where=there), remove.showing(where=there, exists=False))
        draft = Draft.of(member, about=group, owner=group.owner_login)
        return reverting(draft, None if given.until is None else given.until.astimezone(UTC).isoformat())
