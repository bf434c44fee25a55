"""Notifying: follows runs up and delivers what has to be told; what is not taken is tried again, and shown as long."""

import asyncio
import logging
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

from audit.event import Event, Outcome
from audit.trail import TrailUnavailable
from operations.kit.cases_tables import (
    APPROVAL,
    ASKED,
    CHANGED,
    CODE,
    COMMENT,
    ENDED,
    MAIL,
    TICKET,
    WEBHOOK,
    OperationMessage,
)
from operations.kit.casework import OKNO, Casework
from operations.kit.deciding import Deciding
from operations.kit.journal import Journal
from operations.kit.last_resort import RESORT, TOLD
from operations.kit.notices import (
    Words,
    facts_of_approval,
    facts_of_change,
    facts_of_code,
    language_of,
    posted,
    worded,
)
from operations.kit.notices_outbox import Outbox
from operations.kit.notices_ports import Letter, Undelivered, Ways
from operations.kit.notices_words import LAST_RESORT, LAST_RESORT_TEXT, said
from operations.kit.operation import Operation
from operations.kit.tables import DONE, SUCCEEDED, OperationRun
from operations.kit.verifying import CODE_GOOD_FOR, Verifying
from sources.ports.call import CallContext
from sources.ports.directory import Person
from sources.ports.errors import Partial, SourceError
from sources.ports.question import EVERYTHING, Desk

log = logging.getLogger("okno.notices")

_AT_ONCE: Final = 8
_MOST_ASKED: Final = 20
"""Colleagues at most who get a letter that one of them is wanted."""
_PATIENCE: Final = 10.0


@dataclass(frozen=True, slots=True)
class Insistence:
    """How often is tried. Units: seconds; `first` doubles with each try up to `longest`, `most` is when it is given up."""

    every: float = 1.0
    first: float = 5.0
    longest: float = 1800.0
    most: float = 259_200.0


class Notifying:
    """One of each process; the outbox sees to it that each message is delivered by one."""

    def __init__(
        self,
        outbox: Outbox,
        journal: Journal,
        deciding: Deciding,
        verifying: Verifying,
        casework: Casework,
        operations: Mapping[str, Operation[Any]],
        desk: Desk,
        ways: Ways,
        *,
        language: str = "en",
        insistence: Insistence | None = None,
    ) -> None:
        self.outbox = outbox
        self._journal = journal
        self._deciding = deciding
        self._verifying = verifying
        self._casework = casework
        self._notifying = [name for name, each in operations.items() if each.notifies]
        self._desk = desk
        self._ways = ways
        self._language = language
        self.insistence = insistence or Insistence()
        self._task: asyncio.Task[None] | None = None
        self._under_way: dict[str, asyncio.Task[None]] = {}

    @property
    def reaches_people(self) -> bool:
        """Whether there is any way out to people."""
        return self._ways.mail is not None or self._ways.webhook is not None

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._keep(), name="notices")

    async def close(self) -> None:
        """Stop looking. What is under way is told again by whoever comes next."""
        tasks = [each for each in (self._task, *self._under_way.values()) if each is not None]
        for each in tasks:
            each.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)

    async def code(self, verification: str, employee_id: str) -> bool:
        """Send the code of a verification to its employee. Returns: whether there is any way. Raises: TrailUnavailable."""
        until = self.outbox.clock() + CODE_GOOD_FOR
        messages = self._to_each(CODE, verification, employee_id, facts_of_code(until))
        if messages:
            await self.outbox.add(messages)
        return bool(messages)

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(self.insistence.every)
            try:
                await self.look()
            except TrailUnavailable:
                log.warning("nobody can be told of anything: the trail cannot be written")
            except Exception:
                log.exception("nobody can be told of anything now")

    async def look(self) -> None:
        """One look: whom has what was done to be told to, and what is due."""
        for run in await self.outbox.ended(self._notifying):
            await self.outbox.follow(run.id, ENDED, await self._of_end(run))
        if self.reaches_people:
            for run in await self.outbox.asked():
                await self.outbox.follow(run.id, ASKED, await self._of_asking(run))
        resort = self._deciding.last_resort
        if resort is not None and resort.team is not None and self.reaches_people:
            for run in await resort.untold():
                await self.outbox.follow(run.id, TOLD, await self._of_calling_in(run, resort.team))
        for message in await self.outbox.due():
            if len(self._under_way) >= _AT_ONCE:
                return
            if message.id not in self._under_way and await self.outbox.claim(message):
                task = asyncio.create_task(self._delivered(message), name=f"notice {message.id}")
                self._under_way[message.id] = task
                task.add_done_callback(partial(self._forget, message.id))

    def _forget(self, id_: str, _task: "asyncio.Task[None]") -> None:
        del self._under_way[id_]

    async def _of_end(self, run: OperationRun) -> list[OperationMessage]:
        messages: list[OperationMessage] = []
        if run.ticket is not None and run.employee_id and not self._is_about_tickets(run):
            number = run.ticket.strip().lstrip("#")
            messages.append(self.outbox.message(COMMENT, TICKET, run.id, number, {}))
        if run.name in self._notifying and run.state == SUCCEEDED:
            steps = await self._journal.steps(run.id)
            if any(each.state == DONE for each in steps):
                facts = facts_of_change(run, self._titles(run))
                messages += self._to_each(CHANGED, run.id, run.employee_id, facts)
        return messages

    async def _of_asking(self, run: OperationRun) -> list[OperationMessage]:
        messages: list[OperationMessage] = []
        for approval in await self._journal.approvals(run.id):
            if approval.decision is not None:
                continue
            facts = facts_of_approval(run, approval, self._titles(run))
            if self._ways.webhook is not None:
                asked_of = approval.asked_of or f"team:{run.team}"
                messages.append(self.outbox.message(APPROVAL, WEBHOOK, run.id, asked_of, facts))
            if self._ways.mail is not None:
                logins = self._asked(run, approval.asked_of)
                messages += [self.outbox.message(APPROVAL, MAIL, run.id, each, facts) for each in logins]
        return list({each.id: each for each in messages}.values())

    async def _of_calling_in(self, run: OperationRun, team: str) -> list[OperationMessage]:
        """To the approver of last resort: what waits still, and that they may decide."""
        asked_of = f"team:{team}"
        open_ = [each for each in await self._journal.approvals(run.id) if each.decision is None]
        if not open_:
            return []
        told = facts_of_approval(run, open_[0], self._titles(run))
        facts = {**told, "asked_of": asked_of, "last_resort": True}
        messages: list[OperationMessage] = []
        if self._ways.webhook is not None:
            messages.append(self.outbox.message(RESORT, WEBHOOK, run.id, asked_of, facts))
        if self._ways.mail is not None:
            messages += [self.outbox.message(RESORT, MAIL, run.id, each, facts) for each in self._asked(run, asked_of)]
        return messages

    def _asked(self, run: OperationRun, asked_of: str | None) -> list[str]:
        """Logins of those who may agree: whoever is named, or the colleagues of whoever asked, of one team."""
        kind, _, name = (asked_of or f"team:{run.team}").partition(":")
        if kind == "login":
            return [name]
        viewer = self._deciding.again(run)
        team = None if viewer is None else viewer.policy.rights.teams.get(name)
        theirs = {each.casefold() for each in (run.caller, run.employee_login, run.holder) if each}
        members = [] if team is None else sorted(each for each in team.members if each.casefold() not in theirs)
        return members[:_MOST_ASKED]

    def _to_each(self, kind: str, about: str, recipient: str, facts: dict[str, Any]) -> list[OperationMessage]:
        ways = ((MAIL, self._ways.mail), (WEBHOOK, self._ways.webhook))
        return [self.outbox.message(kind, channel, about, recipient, facts) for channel, way in ways if way is not None]

    def _is_about_tickets(self, run: OperationRun) -> bool:
        """Whether a run shows in the ticket already, by what it does."""
        return run.name in ("create_ticket", "comment_ticket", "move_ticket")

    def _titles(self, run: OperationRun) -> Mapping[str, str]:
        viewer = self._deciding.again(run)
        team = None if viewer is None or run.team is None else viewer.policy.rights.teams.get(run.team)
        return {} if team is None else team.titles

    async def _delivered(self, message: OperationMessage) -> None:
        """Deliver one, and write down what came of it."""
        try:
            await self._told(message)
        except Undelivered as problem:
            await self._settled(message, problem)
        except TrailUnavailable:
            log.warning("message %s cannot be written down; it is delivered again", message.id)
        except Exception:
            log.exception("message %s cannot be delivered", message.id)
            await self._settled(message, Undelivered("unforeseen"))
        else:
            # what a ticket was told is recorded by the run that told it
            events = [] if message.kind == COMMENT else [self._event(message, "notice.sent", "success")]
            with suppress(TrailUnavailable):
                await self.outbox.sent(message, *events)

    async def _settled(self, message: OperationMessage, problem: Undelivered) -> None:
        now, told = self.outbox.clock(), self.insistence
        failed = self._event(message, "notice.failed", "failure", str(problem))
        pause = min(told.first * 2 ** min(message.attempts - 1, 30), told.longest)
        with suppress(TrailUnavailable):
            if problem.for_good or (now - message.created_at).total_seconds() + pause > told.most:
                await self.outbox.give_up(message, str(problem), failed)
            else:
                # the first failure and the last are recorded, not each between
                events = [failed] if message.attempts == 1 else []
                await self.outbox.again(message, str(problem), now + timedelta(seconds=pause), *events)

    async def _told(self, message: OperationMessage) -> None:
        """Deliver one. Raises: Undelivered; TrailUnavailable."""
        if message.kind == COMMENT:
            await self._casework.write_back(message.about, message.recipient)
            return
        code = await self._code_of(message) if message.kind == CODE else None
        if message.channel == WEBHOOK and self._ways.webhook is not None:
            words = self._worded(message, self._language, code)
            kind = APPROVAL if message.kind == RESORT else message.kind
            body = posted(message.id, kind, message.facts, words, message.recipient, message.created_at)
            await self._ways.webhook.post(message.id, body)
            return
        if message.channel != MAIL or self._ways.mail is None:
            raise Undelivered("there is no such way out any more", for_good=True)
        person = await self._person(message)
        if person.email is None:
            raise Undelivered("whom it is for has no address", for_good=True)
        language = language_of(person.languages, self._language)
        words = self._worded(message, language, code)
        await self._ways.mail.send(Letter(message.id, person.email, words.subject, words.text, language))

    @staticmethod
    def _worded(message: OperationMessage, language: str, code: str | None) -> Words:
        if message.kind != RESORT:
            return worded(message.kind, message.facts, language, code=code)
        told = worded(APPROVAL, message.facts, language)
        return Words(said(LAST_RESORT, language), f"{said(LAST_RESORT_TEXT, language)}\n\n{told.text}")

    async def _code_of(self, message: OperationMessage) -> str:
        found = await self._verifying.code_of(message.about)
        if found is None:
            raise Undelivered("the code is not good any more", for_good=True)
        return found

    async def _person(self, message: OperationMessage) -> Person:
        by_login = message.kind in (APPROVAL, RESORT)
        question = "people_by_login" if by_login else "people_by_id"
        key = message.recipient.casefold() if by_login else message.recipient
        call = CallContext("okno", time.monotonic() + _PATIENCE, message.id, OKNO, fresh=True)
        (answer,) = await self._desk.ask("directory", question, [key], EVERYTHING, call)
        if isinstance(answer, SourceError | Partial):
            raise Undelivered("the directory cannot be asked")
        if not isinstance(answer, Person):
            raise Undelivered("there is nobody of that name", for_good=True)
        return answer

    def _event(self, message: OperationMessage, code: str, outcome: Outcome, problem: str | None = None) -> Event:
        about = message.kind in (CHANGED, CODE)
        return Event(
            code=code,
            stage="outcome",
            outcome=outcome,
            operator=OKNO,
            employee=message.recipient if about else None,
            operation=None if message.kind == CODE else message.about,
            detail={
                "kind": message.kind,
                "channel": message.channel,
                "message": message.id,
                "attempts": message.attempts,
                "to": None if about else message.recipient,
                **({} if problem is None else {"problem": problem}),
            },
        )
