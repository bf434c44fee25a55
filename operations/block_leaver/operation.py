"""Block a leaver."""

from collections.abc import Mapping, Sequence

from operations.block_leaver.belongings import (
    accounts,
    badges,
    certificates,
    devices_in_words,
    licences,
    second_factors,
)
from operations.kit.given import asked, given
from operations.kit.looking import Look
from operations.kit.scenario import Part, Scenario, for_each, part
from sources.ports.directory import Person


@given
class Given:
    """What is said of it, and where the devices are asked back."""

    reply: str | None = asked("What the mailbox answers from now on.", most=4000, default=None)
    queue: str | None = asked("The queue in which a ticket asks for the devices back.", most=100, default=None)


class BlockLeaver(Scenario[Given]):
    """Close everything to somebody who has left; nothing of it is destroyed but certificates."""

    name = "block_leaver"
    event = "leaver.blocked"
    ports = ("accounts",)
    given = Given
    notifies = True
    limit = 30
    on_failure = "go_on"
    made_of = (
        "disable_account",
        "terminate_sessions",
        "disconnect_vpn",
        "disable_second_factor",
        "revoke_certificate",
        "block_badge",
        "revoke_licence",
        "set_out_of_office",
        "create_ticket",
    )

    def parts(self, given: Given) -> tuple[Part, ...]:
        """The ways in first, then what is open, then doors and seats, then what others have to be told."""

        async def asked_back(employee: Person, look: Look) -> Sequence[Mapping[str, object]]:
            words = await devices_in_words(employee, look)
            subject = f"Devices to be returned by {employee.login}"
            return [{"queue": given.queue, "subject": subject, "text": words}] if words else []

        told = () if given.reply is None else (part("set_out_of_office", message=given.reply),)
        back = () if given.queue is None else (for_each("create_ticket", asked_back),)
        return (
            for_each("disable_account", accounts),
            part("terminate_sessions"),
            part("disconnect_vpn"),
            for_each("disable_second_factor", second_factors),
            for_each("revoke_certificate", certificates),
            for_each("block_badge", badges),
            for_each("revoke_licence", licences),
            *told,
            *back,
        )
