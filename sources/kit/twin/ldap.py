"""The LDAP twin's server: a tree of entries behind JSON lines, with the refusals of the protocol."""

from abc import abstractmethod
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson

from sources.kit.twin.faults import Fault
from sources.kit.twin.json_lines import JsonLineTwin
from sources.kit.twin.ldap_filter import BadFilter, fold
from sources.kit.twin.ldap_tree import LdapError, Row, Tree, TreeEntry, Value

_FAULTS: Final = {"busy": (51, "Server is busy"), "unavailable": (52, "Server is unavailable"),
                  "denied": (50, "Insufficient access rights")}  # fmt: skip
_READS: Final = frozenset({"bind", "search", "compare"})
READER_PASSWORD: Final = "reader-of-the-twin"  # noqa: S105 - a made-up server's
WRITER_PASSWORD: Final = "writer-of-the-twin"  # noqa: S105 - a made-up server's


class LdapTwin(JsonLineTwin):
    """A directory. A subclass says who may sign in, what its dialect computes, and what its writes set off.

    Searches and writes are counted in `seen`, page by page; binds in `binds`, for a connection is kept for many calls.
    """

    links: Mapping[str, str] = {"memberOf": "member"}
    size_limit = 1000
    passing = frozenset({"binds"})

    def __init__(self, rows: Iterable[Row]) -> None:
        super().__init__()
        self.tree = Tree(rows, self.links)
        self.binds: Counter[str] = Counter()
        self._work = {
            "search": self._search, "compare": self._compare, "modify": self._modify, "add": self._add,
            "delete": self._delete, "password": self._password,
        }  # fmt: skip

    @property
    def url(self) -> str:
        """The address the gateway is given."""
        return f"twin+ldap://127.0.0.1:{self.port}"

    @abstractmethod
    def sign_in(self, user: str, password: str) -> str:
        """Check credentials; the account that has signed in. Raises: LdapError, as the product says it."""

    @abstractmethod
    def may_write(self, account: str) -> bool:
        """Whether this account may change entries."""

    def computed(self, entry: TreeEntry, attribute: str) -> list[Value] | None:  # noqa: ARG002 - for dialects
        """An attribute that is worked out when it is read; None for all others."""
        return None

    def set_password(self, entry: TreeEntry, password: str) -> None:  # noqa: ARG002 - for dialects
        """What the extended operation does to an entry. Raises: LdapError."""
        raise LdapError(2, "unsupported extended operation")

    def change(self, entry: TreeEntry, kind: str, attribute: str, values: list[Value]) -> None:
        """One change of one attribute. Raises: LdapError."""
        present = entry.attributes.get(attribute, [])
        folded = {fold(each if isinstance(each, bytes) else each.encode()) for each in values}

        def given(value: Value) -> bool:
            return fold(value if isinstance(value, bytes) else value.encode()) in folded

        if kind == "replace":
            entry.set(attribute, values)
        elif kind == "add":
            if any(given(value) for value in present):
                raise LdapError(20, "Attribute or value exists")
            entry.set(attribute, [*present, *values])
        else:
            if not present or (values and not any(given(value) for value in present)):
                raise LdapError(16, "No such attribute")
            entry.set(attribute, [value for value in present if not given(value)] if values else [])

    def respond(self, request: dict[str, Any]) -> dict[str, object]:
        """The answer to one operation, with its result code."""
        operation = str(request.get("op"))
        try:
            if operation == "bind":
                self.binds[str(request.get("user"))] += 1
                self.introduce(self.sign_in(str(request.get("user")), str(request.get("password"))))
                return {"code": 0}
            self.seen[operation] += 1
            if self.who is None:
                raise LdapError(1, "a successful bind must be completed on the connection")
            if operation not in self._work:
                raise LdapError(2, f"unknown operation {operation}")
            return self._work[operation](request)
        except LdapError as refusal:
            return {"code": refusal.code, "text": refusal.text}
        except BadFilter as problem:
            return {"code": 2, "text": str(problem)}

    def altering(self, request: bytes) -> str | None:
        """The operation, unless it is one of the three that read."""
        operation = str(orjson.loads(request).get("op"))
        return None if operation in _READS else operation

    def refusal(self, fault: Fault) -> bytes:
        """Busy, unavailable or denied as LDAP says it."""
        code, text = _FAULTS[fault.kind]
        return orjson.dumps({"code": code, "text": text}) + b"\n"

    def _search(self, request: dict[str, Any]) -> dict[str, object]:
        found = list(self.tree.search(request["base"], request["scope"], request["filter"]))
        size, start = int(request.get("page_size") or 0), int(request.get("cookie") or 0)
        if not size and len(found) > self.size_limit:
            raise LdapError(4, "Size limit exceeded")
        end = start + min(size or self.size_limit, self.size_limit)
        rows = [self._row(entry, request["attributes"]) for entry in found[start:end]]
        return {"code": 0, "entries": rows, "cookie": str(end) if end < len(found) else ""}

    def _row(self, entry: TreeEntry, names: list[str]) -> dict[str, object]:
        wanted = sorted(entry.attributes) if "*" in names else names
        attributes = {name: self.read_attribute(entry, name.lower()) for name in wanted if name != "1.1"}
        shown = {name: [_sendable(value) for value in values] for name, values in attributes.items() if values}
        return {"dn": entry.dn, "attributes": shown}

    def read_attribute(self, entry: TreeEntry, attribute: str) -> list[Value]:
        """What a reader sees of an attribute."""
        worked_out = self.computed(entry, attribute)
        return entry.values(attribute) if worked_out is None else worked_out

    def _compare(self, request: dict[str, Any]) -> dict[str, object]:
        entry = self.tree.get(request["dn"])
        same = fold(str(request["value"]).encode()) in entry.folded(str(request["attribute"]).lower())
        return {"code": 6 if same else 5}

    def _modify(self, request: dict[str, Any]) -> dict[str, object]:
        entry = self._writable(request)
        before = {name: list(values) for name, values in entry.attributes.items()}
        try:
            for kind, attribute, values in request["changes"]:
                self.change(entry, kind, attribute.lower(), [_received(value) for value in values])
        except LdapError:
            for name in {*entry.attributes, *before}:
                entry.set(name, before.get(name, []))
            raise
        finally:
            self.tree.changed()
        return {"code": 0}

    def _add(self, request: dict[str, Any]) -> dict[str, object]:
        self._check_writer()
        values = {name: [_received(value) for value in several] for name, several in request["attributes"].items()}
        self.tree.add(request["dn"], values)
        return {"code": 0}

    def _delete(self, request: dict[str, Any]) -> dict[str, object]:
        self.tree.delete(self._writable(request).dn)
        return {"code": 0}

    def _password(self, request: dict[str, Any]) -> dict[str, object]:
        self.set_password(self._writable(request), request["password"])
        return {"code": 0}

    def _writable(self, request: dict[str, Any]) -> TreeEntry:
        self._check_writer()
        return self.tree.get(request["dn"])

    def _check_writer(self) -> None:
        if self.who is None or not self.may_write(self.who):
            raise LdapError(50, "Insufficient access rights")


def _sendable(value: Value) -> object:
    return value if isinstance(value, str) else {"base64": b64encode(value).decode()}


def _received(value: Any) -> Value:
    return value if isinstance(value, str) else b64decode(value["base64"])
