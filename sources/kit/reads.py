"""What is a read and what is not, decided before anything reaches the wire.

A non-read is not an HTTP verb: anything but the safe methods is a write unless the manifest lists it under `reads:`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.visitor import TreeInterpreter

from sources.kit.graphql_document import is_query
from sources.kit.manifest import ReadRule, Write
from sources.ports.call import CallContext
from sources.ports.errors import WriteRefused

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "LIST", "OPTIONS"})
_OVERRIDES: Final = frozenset({"x-http-method-override", "x-http-method", "x-method-override"})
_SEGMENT: Final = r"(?:(?!%2[fF]|%5[cC])[^/\\?#])+"
"""What `*` stands for; an encoded slash is a slash to many servers."""


@dataclass(frozen=True, slots=True)
class _Compiled:
    method: str
    path: re.Pattern[str] | None
    body: tuple[tuple[Any, frozenset[str]], ...]
    graphql: bool

    def admits(self, method: str, path: str, body: object) -> bool:
        if method != self.method or (self.path is not None and not self.path.fullmatch(path)):
            return False
        if self.graphql and not is_query(body):
            return False
        try:
            return all(_all_among(_Lossless().visit(where.parsed, body), allowed) for where, allowed in self.body)
        except JMESPathError:
            return False


class _Lossless(TreeInterpreter):
    """JMESPath in which projections keep what is missing as null: an element that lacks the value is seen, not dropped."""

    def visit_projection(self, node: Any, value: Any) -> Any:
        base = self.visit(node["children"][0], value)
        return [self.visit(node["children"][1], each) for each in base] if isinstance(base, list) else None

    def visit_value_projection(self, node: Any, value: Any) -> Any:
        base = self.visit(node["children"][0], value)
        return [self.visit(node["children"][1], each) for each in base.values()] if isinstance(base, dict) else None


def _all_among(found: object, allowed: frozenset[str]) -> bool:
    values = found if isinstance(found, list) else [found]
    return bool(values) and all(isinstance(value, str) and value in allowed for value in values)


def _compile(rule: ReadRule | Write) -> _Compiled:
    pattern = None
    if rule.path is not None:
        parts = re.split(r"(\*)", rule.path)
        pattern = re.compile("".join(_SEGMENT if part == "*" else re.escape(part) for part in parts))
    body = tuple((jmespath.compile(where), frozenset(values)) for where, values in rule.body.items())
    return _Compiled(rule.method.upper(), pattern, body, isinstance(rule, ReadRule) and rule.graphql)


class ReadRules:
    """The reads of one source that look like writes, and the gate every request passes."""

    def __init__(self, source: str, rules: Sequence[ReadRule] = (), writes: Mapping[str, Write] | None = None) -> None:
        self.source = source
        self._rules = tuple(_compile(rule) for rule in rules)
        self._writes = None if writes is None else {name: _compile(write) for name, write in writes.items()}

    def is_read(self, method: str, path: str, body: object = None) -> bool:
        """Whether this HTTP request only reads."""
        upper = method.upper()
        return upper in SAFE_METHODS or any(rule.admits(upper, path, body) for rule in self._rules)

    def admit_http(
        self, method: str, path: str, body: object, headers: Sequence[str], call: CallContext, write: str | None
    ) -> None:
        """Let a request pass, or refuse it. Raises: WriteRefused; nothing has been sent then."""
        if any(name.lower() in _OVERRIDES for name in headers):
            raise WriteRefused(f"{self.source}: method override headers are never sent")
        what = f"{method.upper()} {path}"
        signed = self._signed(write)
        if signed is not None and not signed.admits(method.upper(), path, body):
            raise WriteRefused(f"{self.source}: {what} is not what the manifest says of the write {write}")
        self.admit(self.is_read(method, path, body), what, call, write)

    def _signed(self, write: str | None) -> "_Compiled | None":
        """What the manifest says of a write. Raises: WriteRefused for one that it does not name."""
        if write is None or self._writes is None:
            return None
        if write not in self._writes:
            raise WriteRefused(f"{self.source}: the manifest names no write {write}")
        return self._writes[write]

    def admit(self, read: bool, what: str, call: CallContext, write: str | None) -> None:
        """Let a read pass; let a write pass only with its permit, which is spent by it. Raises: WriteRefused."""
        self._signed(write)
        if read and write is None:
            return
        if call.permit is None:
            raise WriteRefused(f"{self.source}: {what} is not a read and carries no permit")
        if write is None:
            raise WriteRefused(f"{self.source}: {what} is not a read and names no write of the manifest")
        call.permit.spend(self.source, write)
