"""The list of what logs may tell: for each line that is written somewhere, the names of what is put into it.

What has no name here is left out: logins, texts of systems, whatever people typed. Who did something stands in the trail,
under the same trace id.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

_HINT: Final = re.compile(r"(HTTP \d{3})\b.*|([A-Z][A-Za-z]*(?:Error|Exception|Timeout|Refused|Denied))\b.*", re.DOTALL)


def hint(said: Any) -> str | None:
    """What kind of failure a system told of: a status of HTTP or the name of an error; never its words."""
    found = _HINT.fullmatch(str(said)) if not isinstance(said, BaseException) else None
    if isinstance(said, BaseException):
        return type(said).__name__
    return None if found is None else found[1] or found[2]


@dataclass(frozen=True, slots=True)
class Listed:
    """What may be told of one line. Shape: `puts` names what is put into its text, in order, None for what is left out; `extra`
    are the names that come beside it.
    """

    puts: tuple[str | None, ...] = ()
    extra: frozenset[str] = frozenset()


def _said(*puts: str | None, extra: str = "") -> Listed:
    return Listed(puts, frozenset(extra.split()))


_GRANT: Final = _said(extra="grant team ticket role until")
_POLICY: Final = _said(extra="hash team base")

LIST: Final[Mapping[str, Listed]] = {
    "request": _said(extra="kind method route status caller ms trace"),
    "unforeseen error, trace %s": _said("trace"),
    "an answer cannot be told of, trace %s": _said("trace"),
    "a connection ends: unforeseen": _said(),
    "a stream ends: unforeseen": _said(),
    "a client has gone before its request was whole": _said(),
    "unforeseen error at %r, trace %s": _said(None, "trace"),
    "%s: %s": _said(None, "why"),
    "%s: no room for another connection": _said(None),
    "%s: a connection is cut: %s": _said(None, "why"),
    "what callers have spent cannot be told now: %s": _said("problem"),
    "reads cannot be recorded (%s): nothing personal is shown, trace %s": _said("hint", "trace"),
    "%s: %s: %s, trace %s": _said("source", "code", "hint", "trace"),
    "%s: an answer that surprised its connector, trace %s": _said("source", "trace"),
    "sweep of %s failed: %s (%s)": _said("source", "code", "hint"),
    "sweep of %s broke": _said("source"),
    "message %s cannot be written down; it is delivered again": _said("message"),
    "message %s cannot be delivered": _said("message"),
    "nobody can be told of anything: the trail cannot be written": _said(),
    "nobody can be told of anything now": _said(),
    "what was done through Okno cannot be looked up: %s": _said("hint"),
    "operation %s is taken up": _said("run"),
    "operation %s cannot be looked after: the trail cannot be written": _said("run"),
    "operation %s cannot be looked after now": _said("run"),
    "runs cannot be looked after: the trail cannot be written": _said(),
    "runs cannot be looked after now": _said(),
    "bulk %s stops: it cannot be recorded; it is taken up when its lease is over": _said("bulk"),
    "bulk %s stops: unforeseen; it is taken up when its lease is over": _said("bulk"),
    "an item of bulk %s stops: unforeseen": _said("bulk"),
    "bulks cannot be looked after: the trail cannot be written": _said(),
    "bulks cannot be looked after now": _said(),
    "operation %s was taken over by another process": _said("run"),
    "operation %s stops: it cannot be recorded; it is taken up when its lease is over": _said("run"),
    "operation %s stops: unforeseen; it is taken up when its lease is over": _said("run"),
    "operation %s is left to whoever takes it up": _said("run"),
    "operation %s cannot be ended either": _said("run"),
    "what is followed cannot be looked at now: %s": _said("hint"),
    "nobody wakes the keeper now, it looks from time to time: %s": _said("hint"),
    "the approver of last resort cannot be called in: the trail cannot be written": _said(),
    "run %s of %s cannot be compared: %s": _said("run", "operation", "hint"),
    "a decision on %s failed: denied": _said("operation"),
    "rights could not be compiled: everything is denied": _said(),
    "facts that can't be compared: everything is denied": _said(),
    "a decision failed: everything is denied": _said(),
    "an anchor of the trail is not reached: %s": _said("hint"),
    "the trail lacks record %s of %s: it was there, and is gone": _said("record", "writer"),
    "the last records of the trail are not signed yet; the next process does it": _said(),
    "the trail cannot be sequenced now; it is tried again": _said(),
    "the sink %s is not told: %s": _said("sink", "hint"),
    "the sink %s has a defect of ours": _said("sink"),
    "the sink %s cannot be looked after now; it is tried again": _said("sink"),
    "the sink %s still cannot be looked after: %s": _said("sink", "hint"),
    "detection %s: %s": _said("detection", None),
    "detection %s cannot go on now: %r": _said("detection", "hint"),
    "policy not run beside": _said(extra="hash"),
    "policy in force": _said(extra="hash version before ms"),
    "policy not taken": _said(extra="hash"),
    "policy not confirmed: %s": _said("hint"),
    "the folder's policy is not the published one": _said(extra="folder published"),
    "glass broken, %s": _said("how", extra="grant role until again"),
    "refused": _said(extra="operation team"),
    "a sign-out of %s cannot be recorded now": _said(None, extra="session"),
    "a session of %s cannot be dropped now": _said(None, extra="session"),
    "sign-outs cannot be recorded yet: %d": _said("count"),
    "sign-in failed: %s: %s": _said("code", None),
    "signed in: %s": _said(None, extra="session"),
    "signed out: %s": _said(None, extra="session"),
    "a sign-in that was denied could not be recorded": _said(),
    "groups of %s: %s; those of %s count": _said(None, "code", None),
    "%s asks on behalf of %s": _said(None, None, extra="token"),
    "figures of the database cannot be looked up: %s": _said("hint"),
    "use cannot be kept now: %s": _said("hint"),
    # what was decided about rights, in the words of its deed
    "grant given": _GRANT,
    "grant waits for approval": _GRANT,
    "grant approved": _GRANT,
    "grant ended": _GRANT,
    "broken glass reviewed": _GRANT,
    "policy published": _POLICY,
    "policy rolled back": _POLICY,
    "policy runs beside": _POLICY,
    "policy runs beside no more": _POLICY,
}
UNLISTED: Final = Listed()
MADE: Final[Mapping[str, Callable[[Any], str | None]]] = {"hint": hint}
"""Names under which no word is told as it came."""
