"""The service desk over RT REST 2.0."""

import asyncio
from collections.abc import Sequence
from typing import Any, ClassVar, Final

from sources.kit.reading import BadData, match, match_many
from sources.kit.source import Instance, Source
from sources.ports.call import CallContext
from sources.ports.errors import Answer, SourceError
from sources.ports.keys import EmployeeRef
from sources.ports.question import Need, Page, Window
from sources.ports.tickets import Ticket, TicketEvent, TicketsFilter
from sources.ports.write import TAKEN, Written
from sources.request_tracker import mapping, query

MOST_OF_ONE: Final = 200
"""Tickets of one person that are told."""
_LONGEST_NUMBER: Final = 15
_CREATED: Final = 201


class RequestTracker(Source):
    """Tickets by requester or number: one search per batch, and one more per further hundred tickets."""

    system: ClassVar[str] = "request_tracker"

    def __init__(self, instance: Instance) -> None:
        super().__init__(instance)
        token = self.settings.get("token")
        if token:
            self._http = self.http(self.settings["url"], headers={"Authorization": f"token {token}"})
        else:
            user, password = self.settings.get("user"), self.settings.get("password")
            self._http = self.http(self.settings["url"], user=user or "", password=password)

    async def close(self) -> None:
        """Close all connections."""
        await self._http.close()

    async def tickets_of(
        self, keys: Sequence[EmployeeRef], need: Need, call: CallContext
    ) -> Sequence[Answer[tuple[Ticket, ...]]]:
        """Tickets each asked for, by e-mail address, the newest first."""
        emails = [(key.email or "").casefold() for key in keys]
        found = await self._requested_by(dict.fromkeys(each for each in emails if query.askable(each)), need, call)
        answers = match_many(self.name, emails, found, _requester, self._ticket_of_pair)
        return [self._told(email, answer) for email, answer in zip(emails, answers, strict=True)]

    async def ticket_by_number(self, keys: Sequence[str], need: Need, call: CallContext) -> Sequence[Answer[Ticket]]:
        """Tickets by number; what is not digits is no number."""
        numbers = [_number(key) for key in keys]
        asked = list(dict.fromkeys(number for number in numbers if number is not None))
        if not asked:
            return [None] * len(keys)
        found, _ = await self._search(query.page_of(query.numbered(asked), need.fields), call)
        return match(self.name, numbers, found, mapping.number_of, self._ticket)

    async def history_of(
        self, keys: Sequence[str], need: Need, call: CallContext
    ) -> Sequence[Answer[tuple[TicketEvent, ...]]]:
        """The history of each ticket; one ticket a call, and its attachments in another where words are wanted."""
        return await asyncio.gather(*(self._history(_number(key), need, call) for key in keys))

    async def tickets(self, page: Page, call: CallContext, *, wanted: TicketsFilter) -> Window[Ticket]:
        """A page of tickets, the newest first; the place is kept by number, so new tickets do not shift it."""
        last = int(page.after[-1]) if page.after else None
        conditions, found = query.wanted_by(wanted), list[Ticket]()
        while True:
            where = " AND ".join([query.below(last), *conditions])
            items, total = await self._search(query.page_of(where, frozenset(), first=page.first - len(found)), call)
            found += [self._ticket(item) for item in items]
            more = bool(items) and (total is None or total > len(items))
            if not more or len(found) >= page.first:
                break
            last = int(found[-1].number)
        everything = len(found) + (total - len(items)) if total is not None and page.after is None else None
        return Window(tuple(found), tuple((each.number,) for each in found), more, everything)

    async def create_ticket(
        self, requester: EmployeeRef, queue: str, subject: str, text: str, call: CallContext
    ) -> Written:
        """Open a ticket for somebody, who needs an address. Source: `POST /ticket`."""
        if not requester.email or "@" not in requester.email:
            raise SourceError("SOURCE_REJECTED", self.name, "the requester has no address")
        order = {"Queue": queue, "Requestor": [requester.email], "Subject": subject, **mapping.said(text)}
        answer = await self._http.request(
            "POST", "/ticket", call, json=order, write="create_ticket", accept=(200, _CREATED)
        )
        return Written(key=str(mapping.number_of(answer.body)))

    async def comment_ticket(self, number: str, text: str, call: CallContext) -> Written:
        """Add a comment, its text as it is given. Source: `POST /ticket/{id}/comment`."""
        return await self._say(number, "comment", text, call, "comment_ticket")

    async def reply_ticket(self, number: str, text: str, call: CallContext) -> Written:
        """Answer the requester, the text as it is given. Source: `POST /ticket/{id}/correspond`."""
        return await self._say(number, "correspond", text, call, "reply_ticket")

    async def update_ticket(self, number: str, queue: str | None, status: str | None, call: CallContext) -> Written:
        """Move a ticket. Source: `PUT /ticket/{id}`.

        RT answers 200 also where it changed nothing, and says why in the words of the account's language: only the
        read-back tells.
        """
        changes = mapping.changes(queue, status)
        if changes is None:
            raise SourceError("SOURCE_REJECTED", self.name, "no queue and no status that tickets have here")
        path = f"/ticket/{self._written_to(number)}"
        await self._http.request("PUT", path, call, json=changes, write="update_ticket")
        return TAKEN

    async def _say(self, number: str, into: str, text: str, call: CallContext, write: str) -> Written:
        path = f"/ticket/{self._written_to(number)}/{into}"
        await self._http.request("POST", path, call, json=mapping.said(text), write=write, accept=(200, _CREATED))
        return TAKEN

    def _written_to(self, key: str) -> int:
        """The number of a ticket that is to be changed. Raises: SourceError for what is no number."""
        number = _number(key)
        if number is None:
            raise SourceError("SOURCE_REJECTED", self.name, "no ticket has such a number")
        return number

    async def _requested_by(
        self, emails: dict[str, None], need: Need, call: CallContext
    ) -> list[tuple[str | None, Any]]:
        """Pairs of an address and a ticket, the newest first; who has enough is asked for no longer."""
        pairs: list[tuple[str | None, Any]] = []
        left = dict.fromkeys(emails, MOST_OF_ONE)
        last: int | None = None
        while left:
            where = f"{query.below(last)} AND {query.requested_by(left)}"
            items, total = await self._search(query.page_of(where, need.fields, ("requester_email",)), call)
            for item in items:
                for email in self._requesters(item):
                    if email is None:
                        pairs.append((None, item))
                    elif left.get(email):
                        pairs.append((email, item))
                        left[email] -= 1
            if not items or (total is not None and total <= len(items)):
                break
            oldest = mapping.number_of(items[-1])
            if last is not None and oldest >= last:
                raise BadData("pages do not move on")
            last = oldest
            left = {email: count for email, count in left.items() if count}
        return pairs

    async def _search(self, params: dict[str, str], call: CallContext) -> tuple[list[Any], int | None]:
        answer = await self._http.request("GET", "/tickets", call, params=params)
        return mapping.items_of(answer.body)

    async def _history(
        self, number: int | None, need: Need, call: CallContext
    ) -> tuple[TicketEvent, ...] | SourceError | None:
        if number is None:
            return ()
        fields = {"fields": "Type,Field,OldValue,NewValue,Created,Creator", "fields[Creator]": "Name"}
        reads = [self._all(f"/ticket/{number}/history", fields, call)]
        if need.wants("text"):
            reads.append(
                self._all(f"/ticket/{number}/attachments", {"fields": "Content,ContentType,TransactionId"}, call)
            )
        transactions, *attachments = await asyncio.gather(*reads)
        texts = mapping.texts_of(attachments[0]) if attachments else {}
        events = [mapping.event_of(row, self.name, texts) for row in transactions if mapping.told(row)]
        return tuple(sorted(events, key=lambda event: int(event.event_id)))

    async def _all(self, path: str, fields: dict[str, str], call: CallContext) -> list[Any]:
        """All rows of a listing, page by page."""
        found: list[Any] = []
        for page in range(1, 1000):
            params = {**fields, "orderby": "id", "per_page": str(query.PAGE), "page": str(page)}
            answer = await self._http.request("GET", path, call, params=params)
            items, total = mapping.items_of(answer.body)
            found += items
            # a total that is not told, or rows that may not be seen: only a short way to go remains, an empty page
            if not items or (total is not None and page * query.PAGE >= total):
                break
        return found

    def _requesters(self, item: Any) -> list[str] | list[None]:
        """Addresses of a ticket's requesters; one None where they cannot be read."""
        try:
            return mapping.requesters_of(item)
        except BadData:
            return [None]

    def _told(self, email: str, answer: Answer[tuple[Ticket, ...]]) -> Answer[tuple[Ticket, ...]]:
        if "@" in email and not query.askable(email):
            return SourceError("SOURCE_REJECTED", self.name, "an address that cannot be put into a query as data")
        return answer

    def _ticket(self, item: Any) -> Ticket:
        return mapping.ticket_of(item, self.name)

    def _ticket_of_pair(self, pair: tuple[str | None, Any]) -> Ticket:
        return self._ticket(pair[1])


def _number(key: str) -> int | None:
    return int(key) if key.isascii() and key.isdigit() and len(key) <= _LONGEST_NUMBER and int(key) > 0 else None


def _requester(pair: tuple[str | None, Any]) -> str:
    email, item = pair
    if email is None:
        mapping.requesters_of(item)
        raise BadData("Requestor: cannot be read")
    return email
