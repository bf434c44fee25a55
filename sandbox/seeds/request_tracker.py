"""The company's requests for help, as Request Tracker keeps them."""

from datetime import datetime

from sandbox.company.model import Company, Ticket
from sources.request_tracker.rows import NEVER, RtSeed, RtTicket, RtTransaction, RtUser
from sources.request_tracker.twin import RequestTrackerTwin


def twin(company: Company) -> RequestTrackerTwin:
    """The service desk's twin, filled."""
    return RequestTrackerTwin(seed(company))


def seed(company: Company) -> RtSeed:
    """Everybody as a user, and every ticket. Who only ever wrote an e-mail is a user named by the address."""
    workers = {ticket.owner_login for ticket in company.tickets}
    users = {
        person.email.casefold(): RtUser(
            person.login, person.email, f"{person.given_latin} {person.directory_family_latin}", person.login in workers
        )
        for person in company.people
    }
    for ticket in company.tickets:
        for address in (ticket.requester_email, *(comment.author for comment in ticket.comments)):
            users.setdefault(address.casefold(), RtUser(address, address))
    names = {address: user.name for address, user in users.items()}
    logins = {user.name for user in users.values()}
    staff = [
        RtUser(login, privileged=True) for login in sorted(each for each in workers if each and each not in logins)
    ]
    queues = sorted({ticket.queue for ticket in company.tickets})
    return RtSeed([*users.values(), *staff], queues, [_ticket(ticket, names) for ticket in company.tickets])


def _ticket(ticket: Ticket, names: dict[str, str]) -> RtTicket:
    requester = names[ticket.requester_email.casefold()]
    return RtTicket(
        id=ticket.id,
        queue=ticket.queue,
        subject=ticket.subject,
        status=ticket.status,
        requestors=[requester],
        owner=ticket.owner_login or "Nobody",
        priority=ticket.priority,
        created=_moment(ticket.created_at),
        last_updated=_moment(ticket.updated_at),
        resolved=_moment(ticket.resolved_at),
        transactions=_history(ticket, names),
    )


def _history(ticket: Ticket, names: dict[str, str]) -> list[RtTransaction]:
    """The request, who took it, what was said, and how it came to its status."""
    found: list[tuple[datetime, RtTransaction]] = []
    for place, comment in enumerate(ticket.comments):
        author = names[comment.author.casefold()]
        kind = "Create" if place == 0 else "Correspond" if comment.author == ticket.requester_email else "Comment"
        found.append((comment.at, RtTransaction(kind, author, _moment(comment.at), content=comment.text)))
    if not found:
        creator = names[ticket.requester_email.casefold()]
        found.append((ticket.created_at, RtTransaction("Create", creator, _moment(ticket.created_at))))
    first = found[0][0]
    if ticket.owner_login is not None:
        owned = RtTransaction("Set", ticket.owner_login, _moment(first), "Owner", "Nobody", ticket.owner_login)
        found.insert(1, (first, owned))
    if ticket.status != "new":
        at = max(ticket.resolved_at or ticket.updated_at, first)
        who = ticket.owner_login or "RT_System"
        found.append((at, RtTransaction("Status", who, _moment(at), "Status", "new", ticket.status)))
    return [each for _, each in sorted(found, key=lambda pair: pair[0])]


def _moment(at: datetime | None) -> str:
    return NEVER if at is None else at.strftime("%Y-%m-%dT%H:%M:%SZ")
