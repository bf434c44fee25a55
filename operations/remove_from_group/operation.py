"""Remove from a group."""

from operations.kit.drafting import Draft, step, write
from operations.kit.expecting import shows
from operations.kit.given import asked, given
from operations.kit.looking import Look
from operations.kit.node import NodeId
from operations.kit.operation import Operation
from sources.ports.directory import Person
from sources.ports.groups import Group


@given
class Given:
    """Which group."""

    group: NodeId = asked("The group.", node="Group")


class RemoveFromGroup(Operation[Given]):
    """Take somebody out of a group."""

    name = "remove_from_group"
    event = "group_member.removed"
    ports = ("groups", "accounts")
    given = Given
    undone_by = "add_to_group"

    async def draft(self, employee: Person, given: Given, look: Look) -> Draft:
        """One call; proven by the group's members."""
        group = await look.node(Group, "groups", "group_by_id", given.group, "group")
        account = await look.personal_account(employee, group.source)
        there = (shows("login", account.login),)
        remove = write("groups", group.source, "remove_from_group", group_id=group.object_id, login=account.login)
        add = write("groups", group.source, "add_to_group", group_id=group.object_id, login=account.login)
        gone = step("remove", "GroupMember", remove.showing(where=there, exists=False), add.showing(where=there))
        return Draft.of(gone, about=group, owner=group.owner_login)
