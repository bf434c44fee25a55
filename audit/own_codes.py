"""Own codes: what the trail records besides operations: reads, denials, searches, rights, sessions, its own affairs."""

from typing import Final

from audit.catalogue import About, Catalogue, Keeping
from audit.event import Stage
from audit.ocsf import ACTIVITIES

_Line = tuple[str, str, tuple[Stage, ...], str, Keeping]

_LINES: Final[tuple[_Line, ...]] = (
    ("employee.read", "Personal data of an employee were shown.", ("read",), "entity.read", "nothing"),
    ("search.made", "Employees were searched for.", ("read",), "store.queried", "searches"),
    ("field.revealed", "A masked value was shown, once.", ("read", "denied"), "entity.read", "operations"),
    ("request.denied", "What was asked for is not allowed.", ("denied",), "entity.read", "nothing"),
    ("operation.denied", "An operation was refused.", ("denied",), "other", "operations"),
    ("operation.planned", "An operation was prepared and waits.", ("intent", "decision"), "other", "operations"),
    ("operation.ended", "An operation came to its end.", ("intent", "outcome", "decision"), "other", "operations"),
    ("operation.undone", "What an operation did was taken back.", ("intent", "outcome", "decision"), "other", "operations"),
    ("operation.reverted", "A change for a time came to its end.", ("intent", "outcome", "decision"), "other", "operations"),
    ("operation.resolved", "A person found out how a run had ended.", ("decision", "outcome"), "other", "operations"),
    ("operation.handed_over", "A run was given to somebody else.", ("decision",), "other", "nothing"),
    ("operation.taken_up", "A run of a process that is gone was gone on with.", ("decision",), "other", "nothing"),
    ("operation.cancelled", "A run was called off before it began.", ("decision",), "other", "nothing"),
    ("bulk.begun", "An operation was asked for on many employees.", ("decision",), "other", "nothing"),
    ("bulk.paused", "A bulk rests; no more of it begins.", ("decision",), "other", "nothing"),
    ("bulk.resumed", "A bulk goes on.", ("decision",), "other", "nothing"),
    ("bulk.repeated", "What had failed of a bulk is done again.", ("decision",), "other", "nothing"),
    ("bulk.cancelled", "What had not begun of a bulk was called off.", ("decision",), "other", "nothing"),
    ("bulk.taken_up", "A bulk of a process that is gone was gone on with.", ("decision",), "other", "nothing"),
    ("bulk.ended", "Every employee of a bulk has had their turn.", ("outcome",), "other", "nothing"),
    ("approval.asked", "Another person's consent was asked for.", ("decision",), "other", "nothing"),
    ("approval.given", "Another person agreed to a plan.", ("decision",), "other", "nothing"),
    ("approval.refused", "Another person did not agree to a plan.", ("decision",), "other", "nothing"),
    (
        "approval.escalated",
        "Nobody had agreed to a plan and its time was nearly over: the approver of last resort was called in.",
        ("decision",),
        "other",
        "nothing",
    ),
    ("approval.expired", "Nobody agreed to a plan in time.", ("decision",), "other", "nothing"),
    ("caller.checked", "Who is calling was checked.", ("intent", "decision", "outcome"), "other", "operations"),
    ("caller.verified", "Who is calling was made sure of.", ("decision", "outcome"), "other", "operations"),
    ("case.opened", "An operator took a ticket in hand.", ("decision",), "other", "nothing"),
    ("case.closed", "An operator put a ticket down.", ("decision",), "other", "nothing"),
    ("notice.sent", "Somebody was told outside of the screen.", ("outcome",), "other", "nothing"),
    ("notice.failed", "Somebody could not be told outside of the screen.", ("outcome",), "other", "nothing"),
    ("exposure.exceeded", "An operator looked at more people than they may in an hour.", ("denied",), "entity.read", "nothing"),
    ("secret.shown", "A secret was shown once; it is kept nowhere.", ("outcome", "read"), "entity.read", "nothing"),
    ("freeze.placed", "Changes were stopped for a person, team, operation or system.", ("decision",), "access.taken", "nothing"),
    ("freeze.lifted", "Changes were allowed again.", ("decision",), "access.given", "nothing"),
    ("policy.proposed", "A change of rights was proposed.", ("decision",), "entity.created", "nothing"),
    ("policy.approved", "Another person agreed to a change of rights.", ("decision",), "entity.updated", "nothing"),
    ("policy.published", "A change of rights came into force.", ("decision",), "entity.updated", "nothing"),
    ("policy.rolled_back", "Earlier rights came into force again.", ("decision",), "entity.updated", "nothing"),
    ("policy.compared", "A proposed change of rights was compared anew.", ("decision",), "entity.updated", "nothing"),
    ("policy.rejected", "A proposed change of rights was put aside.", ("decision",), "entity.updated", "nothing"),
    ("policy.shadowed", "A version of the rights runs beside the one in force, or not any more.", ("decision",), "entity.updated", "nothing"),
    ("grant.given", "A person got a role for a time.", ("decision",), "access.given", "rights"),
    ("grant.approved", "Another person agreed to a role for a time.", ("decision",), "access.given", "rights"),
    ("grant.ended", "A role for a time was taken back.", ("decision",), "access.taken", "rights"),
    ("glass.broken", "A person took a role in an emergency.", ("decision",), "access.given", "rights"),
    ("glass.reviewed", "Another person looked at a role taken in an emergency.", ("decision",), "entity.read", "rights"),
    ("token.issued", "A service got a token.", ("decision",), "access.given", "nothing"),
    ("token.revoked", "A service's token was taken back.", ("decision",), "access.taken", "nothing"),
    ("session.started", "Somebody signed in.", ("outcome", "denied"), "session.started", "nothing"),
    ("session.denied", "Somebody was not let in.", ("denied",), "session.started", "nothing"),
    ("session.ended", "Somebody signed out, or a session ran out.", ("outcome",), "session.ended", "nothing"),
    ("session.revoked", "A session was ended by somebody else.", ("decision",), "session.ended", "nothing"),
    ("team.chosen", "A person went on in another of their teams.", ("decision",), "other", "nothing"),
    ("setting.changed", "A setting was changed.", ("decision", "outcome"), "entity.updated", "operations"),
    ("change.orphaned", "A system has a change that did not come from here.", ("outcome",), "entity.updated", "operations"),
    ("claim.orphaned", "A change of ours is not in its system any more.", ("outcome",), "entity.updated", "operations"),
    ("orphan.settled", "A change of ours that was not in its system is there again, or was overtaken.", ("outcome",), "entity.updated", "operations"),
    ("comparison.made", "What we claim was held against what the systems show.", ("outcome",), "entity.read", "nothing"),
    ("trail.read", "The trail was read.", ("read", "denied"), "store.read", "nothing"),
    ("audit.exported", "A copy of the trail was taken.", ("intent", "outcome", "read", "denied"), "store.read", "nothing"),
    ("detection.raised", "What stands in the trail looks wrong; a person has to look at it.", ("outcome",), "finding.raised", "nothing"),
    ("backup.made", "A copy of everything was put aside.", ("outcome",), "store.read", "nothing"),
    ("trail.restored", "A backup was put back; what came after it is gone from here.", ("outcome",), "store.updated", "nothing"),
    ("key.rotated", "Checkpoints are signed by another key from now on.", ("outcome",), "entity.updated", "nothing"),
    ("value.erased", "Personal values beside old records were erased.", ("intent", "outcome"), "store.deleted", "nothing"),
    ("document.registered", "Somebody put a document forward that others are to run.", ("decision",), "entity.created", "rights"),
    ("document.approved", "Another person agreed to what a registered document asks for.", ("decision",), "entity.updated", "rights"),
    ("document.retired", "A registered document may be run no more.", ("decision",), "entity.deleted", "rights"),
    ("hold.placed", "Nothing of a case is erased from now on.", ("decision",), "entity.created", "nothing"),
    ("hold.lifted", "A case is kept no longer than others.", ("decision",), "entity.deleted", "nothing"),
)  # fmt: skip


def own_codes() -> Catalogue:
    """A catalogue with all codes that are not an operation's."""
    catalogue = Catalogue()
    for code, sentence, stages, activity, keeping in _LINES:
        catalogue.register(code, About(sentence, stages, ACTIVITIES[activity], keeping))
    return catalogue
