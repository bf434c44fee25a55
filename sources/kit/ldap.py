"""LDAP, to one configured server: the only way a connector speaks LDAP."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, TypeVar

from sources.kit.ldap_twin import TwinWire
from sources.kit.ldap_wire import (
    DOWN,
    TIMED_OUT,
    UNREADABLE,
    Change,
    DirectoryWire,
    Entry,
    Query,
    Refusal,
    Scope,
)
from sources.kit.reads import ReadRules
from sources.ports.call import CallContext
from sources.ports.errors import SourceCode, SourceError

_CODES: Final[Mapping[int, SourceCode]] = {
    DOWN: "SOURCE_UNAVAILABLE",
    UNREADABLE: "BAD_SOURCE_DATA",
    3: "SOURCE_TIMEOUT",
    TIMED_OUT: "SOURCE_TIMEOUT",
    51: "SOURCE_UNAVAILABLE",
    52: "SOURCE_UNAVAILABLE",
    80: "SOURCE_UNAVAILABLE",
}
"""Result codes that are not a plain refusal: time limit, busy, unavailable, other. Source: RFC 4511, appendix A."""

T = TypeVar("T")


class LdapRefused(SourceError):
    """The server said no. Shape: `result` is its result code as in RFC 4511, appendix A."""

    def __init__(self, source: str, result: int, detail: str) -> None:
        super().__init__("SOURCE_REJECTED", source, detail)
        self.result = result


class LdapTransport:
    """Operations at one server. Bounded answers, no referrals followed, no unpermitted write.

    Reads and writes go by connections of their own, each with its own credentials where two are given.
    Units: `max_answer` in bytes, `timeout` in seconds per exchange.
    """

    def __init__(
        self,
        source: str,
        url: str,
        rules: ReadRules,
        *,
        user: str,
        password: str,
        write_user: str | None = None,
        write_password: str | None = None,
        ca: str | None = None,
        timeout: float = 2.0,
        page_size: int = 500,
        connections: int = 4,
        max_answer: int = 1_048_576,
    ) -> None:
        self.source = source
        self._rules = rules
        self._timeout = timeout
        self._page_size = page_size
        self._max_answer = max_answer
        self._reads = _wire(source, url, user, password, ca, connections, max_answer)
        self._writes = _wire(source, url, write_user or user, write_password or password, ca, 1, max_answer)

    async def search(
        self, base: str, where: str, attributes: Sequence[str], call: CallContext, *, scope: Scope = "sub"
    ) -> list[Entry]:
        """All entries that match, with these attributes only. Raises: SourceError."""
        query = Query(base, scope, where, tuple(attributes), self._page_size, self._max_answer)
        entry = call.ledger.of(self.source)

        def sent() -> None:
            entry.calls += 1

        return await self._answer(lambda: self._reads.search(query, self._seconds(call), sent))

    async def check(self, user: str, password: str, call: CallContext) -> None:
        """Whether these credentials sign in. Raises: SourceError whose detail carries the server's own sub-code."""
        call.ledger.of(self.source).calls += 1
        await self._answer(lambda: self._reads.bind(user, password, self._seconds(call)))

    async def compare(self, dn: str, attribute: str, value: str, call: CallContext) -> bool:
        """Whether the entry's attribute has this value. Raises: SourceError."""
        call.ledger.of(self.source).calls += 1
        return await self._answer(lambda: self._reads.compare(dn, attribute, value, self._seconds(call)))

    async def modify(
        self,
        dn: str,
        changes: Sequence[Change],
        call: CallContext,
        *,
        write: str | None = None,
        hidden: Sequence[str] = (),
    ) -> None:
        """Change an entry; texts `hidden` stand in no error. Raises: SourceError; WriteRefused before anything is sent."""
        self._admit("modify", call, write)
        await self._answer(lambda: self._writes.modify(dn, changes, self._seconds(call)), hidden=hidden)

    async def add(
        self, dn: str, attributes: Mapping[str, tuple[bytes, ...]], call: CallContext, *, write: str | None = None
    ) -> None:
        """Make an entry. Raises: SourceError; WriteRefused before anything is sent."""
        self._admit("add", call, write)
        await self._answer(lambda: self._writes.add(dn, attributes, self._seconds(call)))

    async def delete(self, dn: str, call: CallContext, *, write: str | None = None) -> None:
        """Remove an entry. Raises: SourceError; WriteRefused before anything is sent."""
        self._admit("delete", call, write)
        await self._answer(lambda: self._writes.delete(dn, self._seconds(call)))

    async def modify_password(self, dn: str, password: str, call: CallContext, *, write: str | None = None) -> None:
        """Set a password (RFC 3062). Raises: SourceError; WriteRefused before anything is sent."""
        self._admit("modify password", call, write)
        await self._answer(lambda: self._writes.modify_password(dn, password, self._seconds(call)), hidden=(password,))

    async def close(self) -> None:
        """Close all connections."""
        await self._reads.close()
        await self._writes.close()

    def _admit(self, what: str, call: CallContext, write: str | None) -> None:
        self._rules.admit(False, f"LDAP {what}", call, write)
        call.ledger.of(self.source).calls += 1

    def _seconds(self, call: CallContext) -> float:
        return max(0.001, min(self._timeout, call.remaining()))

    async def _answer(self, send: Callable[[], Awaitable[T]], *, hidden: Sequence[str] = ()) -> T:
        try:
            return await send()
        except Refusal as refusal:
            detail = str(refusal)
            for each in hidden:
                detail = detail.replace(each, "***")
            code = _CODES.get(refusal.code)
            if code is None:
                raise LdapRefused(self.source, refusal.code, detail) from None
            raise SourceError(code, self.source, detail) from None
        except TimeoutError:
            raise SourceError("SOURCE_TIMEOUT", self.source) from None


def _wire(
    source: str, url: str, user: str, password: str, ca: str | None, connections: int, most: int
) -> DirectoryWire:
    if url.startswith("twin+ldap://"):
        return TwinWire(url, user, password, most=most, connections=connections)
    # the real wire is an extra of the distribution: who has no LDAP server needs no LDAP library
    try:
        from sources.kit.ldap_bonsai import BonsaiWire
    except ModuleNotFoundError as missing:
        raise RuntimeError(f"{source}: to speak LDAP, install okno[ldap] (no module {missing.name})") from None

    return BonsaiWire(source, url, user, password, ca=ca, connections=connections)
