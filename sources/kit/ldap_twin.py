"""LDAP operations as JSON lines: the wire to an LDAP twin."""

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sources.kit.json_lines import JsonLine, JsonLines, LineBroken, LineDown
from sources.kit.ldap_wire import DOWN, UNREADABLE, Change, Entry, Query, Refusal, size_of


class TwinWire:
    """Implements `DirectoryWire` towards a twin. Units: `most` in bytes of one answer."""

    def __init__(self, url: str, user: str, password: str, *, most: int, connections: int) -> None:
        hello = {"op": "bind", "user": user, "password": password}
        self._lines = JsonLines(url, hello, most=most, connections=connections)

    async def bind(self, user: str, password: str, seconds: float) -> None:
        """Sign in with these credentials on a connection of their own, and leave."""
        try:
            _checked(await self._lines.once({"op": "bind", "user": user, "password": password}, seconds))
        except LineDown as problem:
            raise Refusal(DOWN, str(problem)) from None
        except LineBroken as problem:
            raise Refusal(UNREADABLE, str(problem)) from None

    async def search(self, query: Query, seconds: float, sent: Callable[[], None]) -> list[Entry]:
        """All entries, page after page on one connection; `sent` is called for each page asked."""
        request = {
            "op": "search", "base": query.base, "scope": query.scope, "filter": query.where,
            "attributes": list(query.attributes), "page_size": query.page_size,
        }  # fmt: skip
        found: list[Entry] = []
        size, cookie = 0, ""
        async with self._bound(seconds) as line:
            while True:
                sent()
                answer = _checked(await line.exchange({**request, "cookie": cookie}, seconds))
                page = [_entry(each) for each in _list(answer, "entries")]
                size += sum(map(size_of, page))
                if size > query.most:
                    raise Refusal(UNREADABLE, f"answers of more than {query.most} bytes")
                found += page
                cookie = _text(answer, "cookie")
                if not cookie:
                    return found

    async def compare(self, dn: str, attribute: str, value: str, seconds: float) -> bool:
        """Whether the entry's attribute has this value."""
        async with self._bound(seconds) as line:
            request = {"op": "compare", "dn": dn, "attribute": attribute, "value": value}
            answer = _checked(await line.exchange(request, seconds), among=(5, 6))
            return bool(answer["code"] == 6)

    async def modify(self, dn: str, changes: Sequence[Change], seconds: float) -> None:
        """Change an entry, all or nothing."""
        rows = [[each.kind, each.attribute, [_sendable(value) for value in each.values]] for each in changes]
        await self._do({"op": "modify", "dn": dn, "changes": rows}, seconds)

    async def add(self, dn: str, attributes: Mapping[str, tuple[bytes, ...]], seconds: float) -> None:
        """Make an entry."""
        values = {name: [_sendable(value) for value in several] for name, several in attributes.items()}
        await self._do({"op": "add", "dn": dn, "attributes": values}, seconds)

    async def delete(self, dn: str, seconds: float) -> None:
        """Remove an entry that has none below it."""
        await self._do({"op": "delete", "dn": dn}, seconds)

    async def modify_password(self, dn: str, password: str, seconds: float) -> None:
        """Set a password by the extended operation."""
        await self._do({"op": "password", "dn": dn, "password": password}, seconds)

    async def close(self) -> None:
        """Give back every connection."""
        self._lines.close()

    async def _do(self, request: Mapping[str, object], seconds: float) -> None:
        async with self._bound(seconds) as line:
            _checked(await line.exchange(request, seconds))

    @asynccontextmanager
    async def _bound(self, seconds: float) -> AsyncIterator[JsonLine]:
        try:
            async with self._lines.connection(seconds) as line:
                if line.greeted is not None:
                    _checked(line.greeted)
                yield line
        except LineDown as problem:
            self._lines.close()
            raise Refusal(DOWN, str(problem)) from None
        except LineBroken as problem:
            raise Refusal(UNREADABLE, str(problem)) from None


def _checked(answer: Mapping[str, Any], among: tuple[int, ...] = (0,)) -> Mapping[str, Any]:
    code = answer.get("code")
    if not isinstance(code, int) or isinstance(code, bool):
        raise Refusal(UNREADABLE, "an answer without a result code")
    if code not in among:
        raise Refusal(code, str(answer.get("text", ""))[:300])
    return answer


def _entry(row: Any) -> Entry:
    if not isinstance(row, dict) or not isinstance(row.get("attributes"), dict):
        raise Refusal(UNREADABLE, "an entry without attributes")
    attributes = {
        str(name).lower(): tuple(_received(value) for value in _list(row["attributes"], name))
        for name in row["attributes"]
    }
    return Entry(_text(row, "dn"), attributes)


def _list(row: Mapping[str, Any], name: str) -> list[Any]:
    value = row.get(name)
    if not isinstance(value, list):
        raise Refusal(UNREADABLE, f"{name}: no list")
    return value


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str):
        raise Refusal(UNREADABLE, f"{name}: no text")
    return value


def _received(value: Any) -> bytes:
    if isinstance(value, str):
        return value.encode()
    try:
        return b64decode(value["base64"], validate=True)
    except (TypeError, KeyError, ValueError, NotBase64):
        raise Refusal(UNREADABLE, "a value that is neither text nor base64") from None


def _sendable(value: bytes) -> object:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"base64": b64encode(value).decode()}
