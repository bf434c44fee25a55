"""Mailbox: where an employee's mail lives."""

from datetime import datetime

from schema.declare import PERSONAL, noun, value
from schema.scalars import Long


@noun(domain="mail")
class OutOfOffice:
    """The automatic reply of a mailbox."""

    enabled: bool = value("Whether it is switched on.")
    starts_at: datetime | None = value("From when.")
    ends_at: datetime | None = value("Until when.")
    message: str | None = value("What it says.", PERSONAL)


@noun(domain="mail")
class Mailbox:
    """A mailbox."""

    address: str = value("Its main address.")
    enabled: bool = value("Whether it takes mail.")
    aliases: list[str] = value("Further addresses.")
    quota_bytes: Long | None = value("How much it may hold, in bytes.")
    used_bytes: Long | None = value("How much it holds, in bytes.")
    forwards_to: str | None = value("Where it sends everything on to.", PERSONAL)
    out_of_office: OutOfOffice | None = value("Its automatic reply.")
    last_opened_at: datetime | None = value("When it was last opened.", PERSONAL)
