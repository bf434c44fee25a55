"""Faults by switch: what hurts in real systems, imitated at the socket, repeatable."""

import random
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

import orjson

FaultKind = Literal["refused", "hang", "cut", "slow", "garbage", "busy", "unavailable", "denied", "lost_reply", "deaf"]
GarbageKind = Literal["bad_json", "wrong_type", "missing_key", "truncated", "html", "huge"]
FAULT_KINDS: Final[tuple[str, ...]] = get_args(FaultKind)
GARBAGE_KINDS: Final[tuple[str, ...]] = get_args(GarbageKind)
_OF_WRITES: Final = frozenset({"lost_reply", "deaf"})


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. Units: `latency` and `retry_after` in seconds. `share` of the calls is hit, all by default.

    `lost_reply` obeys and cuts the connection, `deaf` answers as if it had obeyed: both hit writes alone, as every fault
    does with `writes_only`.
    """

    kind: FaultKind
    latency: float = 0.0
    garbage: GarbageKind = "bad_json"
    retry_after: int = 1
    share: float = 1.0
    writes_only: bool = False


@dataclass(slots=True)
class FaultSwitch:
    """The switch of one twin."""

    fault: Fault | None = None
    dice: random.Random = field(default_factory=lambda: random.Random(7))

    def hits(self, *, writing: bool) -> Fault | None:
        """The fault that this call suffers, if any."""
        if self.fault is None or (not writing and (self.fault.writes_only or self.fault.kind in _OF_WRITES)):
            return None
        if self.fault.share < 1.0 and self.dice.random() >= self.fault.share:
            return None
        return self.fault


def spoil(content: bytes, kind: GarbageKind) -> bytes:
    """A good answer made bad in one of six ways."""
    if kind == "bad_json":
        return b'{"this is": not json, ]'
    if kind == "truncated":
        return content[: max(1, len(content) // 2)]
    if kind == "html":
        return b"<!doctype html><html><body><h1>Maintenance</h1><p>We will be back soon.</p></body></html>"
    if kind == "huge":
        return orjson.dumps({"padding": "x" * 2_000_000})
    try:
        tree = orjson.loads(content)
    except orjson.JSONDecodeError:
        return b"\x00\xff" * 40
    return orjson.dumps(_wrong_types(tree) if kind == "wrong_type" else _without_keys(tree))


def _wrong_types(tree: Any) -> Any:
    """Every leaf replaced by something of another type."""
    if isinstance(tree, dict):
        return {key: _wrong_types(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_wrong_types(value) for value in tree] or "nothing"
    return {"unexpected": 1} if isinstance(tree, str) else "unexpected"


def _without_keys(tree: Any) -> Any:
    """Every object of the innermost level emptied; an object of plain values alone loses them all."""
    if isinstance(tree, list):
        return [_without_keys(value) for value in tree]
    if not isinstance(tree, dict):
        return tree
    return {key: _without_keys(value) for key, value in tree.items() if isinstance(value, dict | list) and value}
