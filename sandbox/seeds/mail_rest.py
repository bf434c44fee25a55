"""Mailboxes, as the mail system shows them."""

from typing import Any, Final

from sandbox.company.model import Company, Mailbox, OutOfOffice
from sources.mail_rest import twin as mail

_KIBIBYTE: Final = 1024
_MEBIBYTE: Final = 1024 * _KIBIBYTE
_CAPITAL: Final = 6
"""Every so many mailboxes were made with a capital letter, unlike the directory's spelling."""


def twin(company: Company) -> mail.MailTwin:
    """The mail system's twin, filled."""
    return mail.MailTwin(seed(company))


def seed(company: Company) -> list[mail.Mailbox]:
    """Mailboxes, shared and abandoned ones included."""
    return [_mailbox(box, number) for number, box in enumerate(company.mailboxes)]


def _mailbox(box: Mailbox, number: int) -> mail.Mailbox:
    return mail.Mailbox(
        address=box.address.capitalize() if number % _CAPITAL == _CAPITAL - 1 else box.address,
        displayName=box.display_name,
        state="active",
        aliases=list(box.aliases),
        quotaMiB=box.quota_bytes // _MEBIBYTE,
        usedKiB=box.used_bytes // _KIBIBYTE,
        forwarding={"to": box.forwarding, "keepCopy": True} if box.forwarding else None,
        outOfOffice=_reply(box.out_of_office) if box.out_of_office else None,
        lastLogon=box.last_access_at.isoformat() if box.last_access_at else None,
    )


def _reply(reply: OutOfOffice) -> dict[str, Any]:
    return {
        "state": "SCHEDULED" if reply.enabled else "DISABLED",
        "from": reply.starts.isoformat(),
        "until": reply.ends.isoformat(),
        "text": reply.text,
    }
