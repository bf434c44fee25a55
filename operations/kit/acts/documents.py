"""Acts on documents: one person registers a document, another agrees to what it asks for; either way it can be retired."""

import hashlib
from dataclasses import MISSING, dataclass, field
from typing import Any, Final

import strawberry

from operations.kit.acts.act import Act, Given, Room, demand
from operations.kit.acts.board import may_any
from operations.kit.documents import DocumentRegister
from operations.kit.documents_tables import PROPOSED, TrustedDocument
from operations.kit.problems import problem
from operations.kit.telling import decided, told
from operations.kit.views import ProblemView
from resolvers.asking import Asking
from resolvers.trusted import SHA256
from resolvers.windows import Listed, check_first, window
from schema.document import DocumentPayload
from sources.ports.call import utc_now

REGISTER, APPROVE, RETIRE = "register_document", "approve_document", "retire_document"
_ALL: Final = (REGISTER, APPROVE, RETIRE)
MOST: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class PassportView:
    """What a document asks for."""

    said: Any
    hash: str

    def __getattr__(self, name: str) -> Any:
        return self.said[name]


class DocumentView:
    """A registered document."""

    def __init__(self, row: TrustedDocument, *, has_grown: bool) -> None:
        self.row = row
        self.id = SHA256 + row.digest
        self.passport = PassportView(row.passport, row.passport_hash)
        self.has_grown = has_grown

    @property
    def identity(self) -> str:
        """What tells it from the others of a list."""
        return self.row.digest

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


@dataclass(frozen=True, slots=True)
class DocumentAnswer:
    """What comes of an act on a document."""

    document: DocumentView | None = None
    problems: list[ProblemView] = field(default_factory=list)


def register_of(room: Room) -> DocumentRegister:
    """Where documents are registered."""
    assert room.documents is not None, "the room is filled before anything is served"
    return room.documents


def proposed(
    register: DocumentRegister, text: str, by: str, reason: str, *, roles: list[str], ceiling: int | None
) -> TrustedDocument:
    """A document to be put forward. Raises: OperationProblem for what is none."""
    passport = register.examined(text)
    if len(reason.strip()) < 5:
        raise problem("ReasonRequired", "say what the document is for", path=("input", "reason"))
    if ceiling is not None and not 0 < ceiling <= MOST:
        raise problem("BadInput", f"a ceiling is between 1 and {MOST} points", path=("input", "ceiling"))
    return TrustedDocument(
        digest=hashlib.sha256(text.encode()).hexdigest(),
        name=passport.name,
        text=text,
        passport=passport.written(),
        passport_hash=passport.hash,
        roles=sorted(set(roles)),
        ceiling=ceiling or max(1, passport.cost),
        state=PROPOSED,
        proposed_by=by,
        proposed_at=utc_now(),
        reason=reason.strip(),
    )


async def _register(room: Room, asking: Asking, given: Given) -> DocumentAnswer:
    async def act() -> DocumentAnswer:
        demand(asking, REGISTER)
        register, roles = register_of(room), [str(each) for each in given.get("roles") or ()]
        known = asking.viewer.policy.rights.roles
        for each in roles:
            if each not in known:
                raise problem("BadInput", f"there is no role {each}", path=("input", "roles"))
        row = proposed(
            register,
            str(given["text"]),
            asking.viewer.login,
            str(given["reason"]),
            roles=roles,
            ceiling=given.get("ceiling"),
        )
        detail = {"document": row.digest, "name": row.name, "passport": row.passport_hash, "ceiling": row.ceiling}
        made = await register.propose(row, decided(asking, "document.registered", None, detail, row.reason))
        return DocumentAnswer(DocumentView(made, has_grown=False))

    return await told(room.acting, asking, REGISTER, act, lambda problems: DocumentAnswer(problems=problems))


async def _found(room: Room, named: object) -> TrustedDocument:
    row = await register_of(room).one(str(named))
    if row is None:
        raise problem("NotFound", "there is no such document", path=("input", "document"))
    return row


async def _approve(room: Room, asking: Asking, given: Given) -> DocumentAnswer:
    async def act() -> DocumentAnswer:
        demand(asking, APPROVE)
        row = await _found(room, given["document"])
        if str(given["passport_hash"]) != row.passport_hash:
            raise problem("StalePlan", "this is not the passport of this document", path=("input", "passportHash"))
        detail = {"document": row.digest, "name": row.name, "passport": row.passport_hash}
        event = decided(asking, "document.approved", None, detail, given.get("reason"))
        await register_of(room).approve(row, asking.viewer.login, event)
        return DocumentAnswer(DocumentView(await _found(room, row.digest), has_grown=False))

    return await told(room.acting, asking, APPROVE, act, lambda problems: DocumentAnswer(problems=problems))


async def _retire(room: Room, asking: Asking, given: Given) -> DocumentAnswer:
    async def act() -> DocumentAnswer:
        demand(asking, RETIRE)
        row = await _found(room, given["document"])
        detail = {"document": row.digest, "name": row.name}
        event = decided(asking, "document.retired", None, detail, str(given["reason"]))
        await register_of(room).retire(row, asking.viewer.login, event)
        return DocumentAnswer(DocumentView(await _found(room, row.digest), has_grown=False))

    return await told(room.acting, asking, RETIRE, act, lambda problems: DocumentAnswer(problems=problems))


async def documents(
    room: Room, _root: Any, asking: Asking, _info: Any, *, first: int, after: str | None = None, state: Any = None
) -> Listed:
    """A page of the documents, for those who register, agree to or retire such."""
    check_first(first)
    register = register_of(room)
    rows = await register.all() if may_any(asking, _ALL) else []
    wanted = None if state is None else state.value
    shown = [
        DocumentView(each, has_grown=register.has_grown(each))
        for each in rows
        if wanted is None or each.state == wanted
    ]
    return window(shown, first, after)


_DOCUMENT: Final = (strawberry.ID, "The document.", MISSING)
DOCUMENT_ACTS: Final = (
    Act(
        REGISTER,
        "Put a document forward, to be run by people who may send no free text.",
        "document.registered",
        "LOW",
        {
            "text": (str, "The document: one operation, that has a name, and its fragments.", MISSING),
            "reason": (str, "What it is for.", MISSING),
            "roles": (list[str] | None, "Roles of which one is needed to run it; nobody needs one without it.", None),
            "ceiling": (int | None, "Points that one run of it may cost; what it costs at most without it.", None),
        },
        DocumentPayload,
        _register,
    ),
    Act(
        APPROVE,
        "Agree, as another person, to what a document asks for: it may be run from then on.",
        "document.approved",
        "MEDIUM",
        {
            "document": _DOCUMENT,
            "passport_hash": (str, "The hash of the passport that you have seen.", MISSING),
            "reason": (str | None, "Why.", None),
        },
        DocumentPayload,
        _approve,
    ),
    Act(
        RETIRE,
        "Let a document be run no more, for good.",
        "document.retired",
        "LOW",
        {"document": _DOCUMENT, "reason": (str, "Why.", MISSING)},
        DocumentPayload,
        _retire,
    ),
)
