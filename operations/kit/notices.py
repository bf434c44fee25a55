"""Notices: what is told, to whom and in which words; never a secret, never more of a person than it takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from operations.kit import notices_words as texts
from operations.kit.cases_tables import APPROVAL, CHANGED, CODE
from operations.kit.notices_words import LANGUAGES, said
from operations.kit.tables import OperationApproval, OperationRun

_BACK: Final = ("UNDO", "REVERT")


@dataclass(frozen=True, slots=True)
class Words:
    """A notice in one language."""

    subject: str
    text: str


def facts_of_change(run: OperationRun, team: Mapping[str, str]) -> dict[str, Any]:
    """What is told of a change. Shape: `team` are the titles of the team that made it, by language."""
    at = run.ended_at or run.changed_at
    return {
        "name": run.name,
        "operation": run.id,
        "at": _minute(at),
        "team": dict(team),
        "back": run.origin in _BACK,
    }


def facts_of_approval(run: OperationRun, approval: OperationApproval, team: Mapping[str, str]) -> dict[str, Any]:
    """What is told of a run that waits for somebody."""
    until = _minute(approval.deadline)
    return {
        "name": run.name,
        "operation": run.id,
        "until": until,
        "team": dict(team),
        "kind": approval.kind,
        "asked_of": approval.asked_of,
    }


def facts_of_code(until: datetime) -> dict[str, Any]:
    """What is told with a code; the code itself is made when it is sent, and kept nowhere."""
    return {"until": _minute(until)}


def worded(kind: str, facts: Mapping[str, Any], language: str, *, code: str | None = None) -> Words:
    """A notice of a kind, in one language."""
    if kind == CODE:
        return Words(
            said(texts.CODE, language), said(texts.CODE_TEXT, language).format(code=code, until=facts["until"])
        )
    told = {**facts, "team": _team(facts["team"], language)}
    if kind == APPROVAL:
        return Words(said(texts.APPROVAL, language), said(texts.APPROVAL_TEXT, language).format(**told))
    assert kind == CHANGED, kind
    what = said(texts.CHANGES.get(str(facts["name"]), texts.CHANGED), language)
    if facts["back"]:
        what = said(texts.TAKEN_BACK, language).format(what=what[:1].lower() + what[1:])
    return Words(what, said(texts.CHANGED_TEXT, language).format(**{**told, "what": what}))


def language_of(languages: Sequence[str], otherwise: str) -> str:
    """The first of somebody's languages that notices are written in. Shape: `languages` by BCP 47, the preferred first."""
    mine = (each.partition("-")[0].casefold() for each in languages)
    return next((each for each in mine if each in LANGUAGES), otherwise)


def posted(id_: str, kind: str, facts: Mapping[str, Any], words: Words, recipient: str, at: datetime) -> dict[str, Any]:
    """The same for another system. Shape: `recipient` an employee's number or a login, empty for a whole team."""
    told = {name: value for name, value in facts.items() if name != "team"}
    return {
        "id": id_,
        "type": _TYPES[kind],
        "timestamp": at.isoformat(),
        "data": {**told, "recipient": recipient, "subject": words.subject, "text": words.text},
    }


_TYPES: Final[Mapping[str, str]] = {CHANGED: "change.made", APPROVAL: "approval.asked", CODE: "code.sent"}


def _team(titles: Mapping[str, str], language: str) -> str:
    return titles.get(language) or titles.get("en") or next(iter(titles.values()), said(texts.SUPPORT, language))


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
