"""LDAP over the network: the wire to a real server, on threads of its own."""

import asyncio
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from threading import Lock
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import bonsai
from bonsai import LDAPClient, LDAPEntry, LDAPModOp, LDAPSearchScope

from sources.kit.json_lines import LOOPBACK
from sources.kit.ldap_filter import equals
from sources.kit.ldap_polled import PolledConnection
from sources.kit.ldap_wire import DOWN, TIMED_OUT, UNREADABLE, Change, Entry, Query, Refusal, size_of

_SCOPES: Final = {"base": LDAPSearchScope.BASE, "one": LDAPSearchScope.ONE, "sub": LDAPSearchScope.SUB}
_KINDS: Final = {"add": LDAPModOp.ADD, "delete": LDAPModOp.DELETE, "replace": LDAPModOp.REPLACE}
_PASSWORD_POLICY: Final = range(-208, -199)
_GONE: Final = frozenset({-1, -11, 81, -101, -100})

T = TypeVar("T")


class BonsaiWire:
    """Implements `DirectoryWire` by the library bonsai.

    Every call of the library happens on a thread of this wire, at most `connections` at a time, each taking one kept
    connection or opening one. A connection whose call failed is never kept. While the library connects it lets no other
    thread of the process run, so a server that does not answer is found out beforehand, by a connection of our own.
    """

    def __init__(self, source: str, url: str, user: str, password: str, *, ca: str | None, connections: int) -> None:
        address = urlsplit(url)
        if address.scheme not in ("ldap", "ldaps"):
            raise ValueError("an LDAP address begins with ldaps:// or ldap://")
        self._url = url
        # without TLS a password would cross the network in the clear; only loopback has no network
        self._start_tls = address.scheme == "ldap" and address.hostname not in LOOPBACK
        self._host, self._port = address.hostname, address.port or (636 if address.scheme == "ldaps" else 389)
        self._user, self._password, self._ca = user, password, ca
        self._threads = ThreadPoolExecutor(connections, thread_name_prefix=f"ldap-{source}")
        self._places = asyncio.Semaphore(connections)
        self._idle: list[Any] = []
        self._lock = Lock()

    async def bind(self, user: str, password: str, seconds: float) -> None:
        """Sign in with these credentials on a connection of their own, and leave."""
        await self._probe(seconds)
        await self._run(lambda: self._connect(user, password, seconds).close())

    async def search(self, query: Query, seconds: float, sent: Callable[[], None]) -> list[Entry]:
        """All entries, page after page on one connection; `sent` is called for each page asked."""
        loop = asyncio.get_running_loop()
        return await self._with(
            lambda connection: _searched(connection, query, seconds, lambda: loop.call_soon_threadsafe(sent)), seconds
        )

    async def compare(self, dn: str, attribute: str, value: str, seconds: float) -> bool:
        """Whether the entry's attribute has this value, asked as a search of that entry alone."""

        def compared(connection: Any) -> bool:
            return bool(connection.search(dn, LDAPSearchScope.BASE, equals(attribute, value), ["1.1"], seconds))

        return await self._with(compared, seconds)

    async def modify(self, dn: str, changes: Sequence[Change], seconds: float) -> None:
        """Change an entry, all or nothing."""

        def modified(connection: Any) -> None:
            entry = LDAPEntry(dn, connection)
            for change in changes:
                entry.change_attribute(change.attribute, _KINDS[change.kind], *change.values)  # type: ignore[arg-type, unused-ignore]  # the library is an extra
            entry.modify(seconds)

        await self._with(modified, seconds)

    async def add(self, dn: str, attributes: Mapping[str, tuple[bytes, ...]], seconds: float) -> None:
        """Make an entry."""

        def added(connection: Any) -> None:
            entry = LDAPEntry(dn)
            for name, values in attributes.items():
                entry[name] = list(values)
            connection.add(entry, seconds)

        await self._with(added, seconds)

    async def delete(self, dn: str, seconds: float) -> None:
        """Remove an entry that has none below it."""
        await self._with(lambda connection: connection.delete(dn, seconds), seconds)

    async def modify_password(self, dn: str, password: str, seconds: float) -> None:
        """Set a password by the extended operation."""
        await self._with(lambda connection: connection.modify_password(dn, password, None, seconds), seconds)

    async def close(self) -> None:
        """Give back every connection; calls under way end by their own time limit."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._forget()

    async def _with(self, use: Callable[[Any], T], seconds: float) -> T:
        """Use a kept or new connection on a thread; keep it if all went well."""
        latest = time.monotonic() + seconds
        async with self._places:
            with self._lock:
                kept = self._idle.pop() if self._idle else None
            if kept is None:
                await self._probe(seconds)
            return await self._run(self._job(use, kept, latest))

    def _job(self, use: Callable[[Any], T], kept: Any, latest: float) -> Callable[[], T]:
        def used() -> T:
            left = latest - time.monotonic()
            if left <= 0:
                if kept is not None:
                    kept.close()
                raise Refusal(TIMED_OUT, "no thread was free in time")
            connection = kept or self._connect(self._user, self._password, left)
            try:
                result = use(connection)
            except BaseException as problem:
                connection.close()
                if isinstance(problem, bonsai.LDAPError) and problem.code in _GONE:
                    # the server has gone or dropped us: the other kept connections are no better
                    self._forget()
                raise
            with self._lock:
                self._idle.append(connection)
            return result

        return used

    async def _run(self, job: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, job)
        except bonsai.LDAPError as problem:
            raise _refusal(problem) from None

    def _connect(self, user: str, password: str, seconds: float) -> Any:
        if not password:
            # RFC 4513, 5.1.2: a bind without a password succeeds as nobody
            raise Refusal(49, "an empty password is never sent")
        client = LDAPClient(self._url, self._start_tls)
        client.set_credentials("SIMPLE", user=user, password=password)
        client.set_cert_policy("demand")
        if self._ca:
            client.set_ca_cert(self._ca)
        client.set_ignore_referrals(True)
        client.set_server_chase_referrals(False)
        client.set_auto_page_acquire(False)
        client.set_async_connection_class(PolledConnection)
        return client.connect(is_async=True, timeout=seconds)

    @cached_property
    def _tls(self) -> ssl.SSLContext | None:
        return ssl.create_default_context(cafile=self._ca) if self._url.startswith("ldaps://") else None

    async def _probe(self, seconds: float) -> None:
        """Connect and shake hands as the library will, without blocking anyone."""
        try:
            async with asyncio.timeout(seconds):
                _, writer = await asyncio.open_connection(self._host, self._port, ssl=self._tls)
        except OSError as problem:
            if isinstance(problem, TimeoutError):
                raise
            raise Refusal(DOWN, type(problem).__name__) from None
        writer.transport.abort()

    def _forget(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()


def _searched(connection: Any, query: Query, seconds: float, sent: Callable[[], object]) -> list[Entry]:
    # left to itself the library makes whole numbers of digits: 0001001 would be 1001
    connection.client.set_raw_attributes(list(query.attributes))
    found: list[Entry] = []
    size = 0
    sent()
    page = connection.paged_search(
        query.base, _SCOPES[query.scope], query.where, list(query.attributes), seconds, page_size=query.page_size
    )
    while True:
        for row in page:
            entry = Entry(str(row.dn), {name.lower(): _raw(values) for name, values in row.items(exclude_dn=True)})
            size += size_of(entry)
            if size > query.most:
                raise Refusal(UNREADABLE, f"answers of more than {query.most} bytes")
            found.append(entry)
        further = page.acquire_next_page()
        if further is None:
            return found
        sent()
        page = connection.get_result(further, seconds)


def _raw(values: Any) -> tuple[bytes, ...]:
    return tuple(value if isinstance(value, bytes) else str(value).encode() for value in values)


def _refusal(problem: bonsai.LDAPError) -> Refusal:
    code = int(problem.code)
    if code in _GONE:
        return Refusal(DOWN, str(problem))
    if code == -5:
        return Refusal(TIMED_OUT, str(problem))
    return Refusal(49 if code in _PASSWORD_POLICY else code, str(problem))
