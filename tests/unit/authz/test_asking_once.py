"""The engine asks once for each role and kind, and says what it would say if it asked about everybody one by one."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import pytest
from polar import Variable

from authz.differing import diff
from authz.engine import BUILT_IN, OsoEngine, _when
from authz.policy import Policy, built_in
from authz.reliance import Reliance
from authz.rights import Actor, Operation, Rights
from authz.rows import Forbid, Obligation, OpForbid, OpPermit, Permit, When
from tests.unit.authz.company import LABELS, OPERATIONS, RIGHTS, actors, policy

TEXTS: Final[Mapping[str, str]] = {
    "nothing": "",
    "clearance": 'forbid(actor, _action, "hr", "personal", [{attr: "case_open", any: [false]}], "no case") if not "vip" in actor.clearance;',
    "a role": 'forbid(actor, "read", "group", "internal", [], "not for guards") if a in actor.assignments and a.role = "guard";',
    "no such role": """
op_forbid(actor, op, [{attr: "vip", any: [false]}], "not here") if not op.domain = "own" and not (a in actor.assignments and a.role = "officer");
obligation(actor, op, [], "step_up") if op.name = "unlock_account" and a in actor.assignments and a.role = "guard";""",
    "a permit by role": """
permit(actor, "read", "group", "internal", [{attr: "region", any: ["br"]}], "besides") if a in actor.assignments and a.role = "hr_support";
op_permit(actor, op, [{attr: "region", any: ["cis"]}], "besides") if op.name = "unlock_account" and not "vip" in actor.clearance;
op_permit(actor, op, [], "and these") if op.risk = "low" and a in actor.assignments and a.role = "officer";""",
    "what roles give": 'forbid(actor, "read", "hr", "internal", [], "both") if permit(actor, "read", "group", _c, _w, _r);',
    "unattended": 'op_forbid(actor, op, [], "nobody answers for it") if actor.unattended = true and op.risk = "high";',
}  # fmt: skip


class OneByOne(OsoEngine):
    """Asks about every actor as a whole, every time."""

    __slots__ = ()

    def permits(self, actor: Actor, action: str) -> tuple[Permit, ...]:
        rows = self._whole("permit", actor, action, "domain", "ceiling", "when", "role")
        return tuple(Permit(action, _s(r["domain"]), _s(r["ceiling"]), _w(r["when"]), _s(r["role"])) for r in rows)

    def forbids(self, actor: Actor, action: str) -> tuple[Forbid, ...]:
        rows = self._whole("forbid", actor, action, "domain", "floor", "when", "reason")
        return tuple(Forbid(action, _s(r["domain"]), _s(r["floor"]), _w(r["when"]), _s(r["reason"])) for r in rows)

    def op_permits(self, actor: Actor, operation: Operation) -> tuple[OpPermit, ...]:
        rows = self._whole("op_permit", actor, self._operation(operation), "when", "role")
        return tuple(OpPermit(operation.name, _w(r["when"]), _s(r["role"])) for r in rows)

    def op_forbids(self, actor: Actor, operation: Operation) -> tuple[OpForbid, ...]:
        rows = self._whole("op_forbid", actor, self._operation(operation), "when", "reason")
        return tuple(OpForbid(operation.name, _w(r["when"]), _s(r["reason"])) for r in rows)

    def obligations(self, actor: Actor, operation: Operation) -> tuple[Obligation, ...]:
        rows = self._whole("obligation", actor, self._operation(operation), "when", "kind")
        return tuple(Obligation(operation.name, _w(r["when"]), _s(r["kind"])) for r in rows)

    def _whole(self, rule: str, actor: Actor, about: object, *asked: str) -> list[Mapping[str, object]]:
        return list(self._rows(rule, self._actor(actor), about, *map(Variable, asked)))


def _s(word: object) -> str:
    return "*" if isinstance(word, Variable) else str(word)


def _w(said: object) -> When:
    return _when(said)


SERVED: Final = replace(
    RIGHTS, teams={**RIGHTS.teams, "officers": replace(RIGHTS.teams["officers"], services=("robot",))}
)


def both(text: str, rights: Rights = SERVED) -> tuple[Policy, Policy]:
    """The same policy twice: as it runs, and asking one by one."""
    extra = {"policy/more.polar": text} if text else {}
    quick = Policy.of(rights, LABELS, extra)
    return quick, Policy(rights, LABELS, quick.polar, OneByOne(quick.polar, rights))


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_every_row_is_the_same(name: str) -> None:
    quick, slow = both(TEXTS[name])
    rows = 0
    for actor in actors(quick).values():
        for action in ("read", "mask"):
            assert set(quick.permits(actor, action)) == set(slow.permits(actor, action))
            assert set(quick.forbids(actor, action)) == set(slow.forbids(actor, action))
            rows += len(slow.permits(actor, action)) + len(slow.forbids(actor, action))
        for operation in OPERATIONS:
            one, other = quick.operation(actor, operation.name), slow.operation(actor, operation.name)
            assert set(one.permits) == set(other.permits), (actor, operation)
            assert set(one.forbids) == set(other.forbids), (actor, operation)
            assert set(one.obligations) == set(other.obligations), (actor, operation)
            rows += len(other.permits) + len(other.forbids) + len(other.obligations)
    assert rows > 100


@pytest.mark.parametrize("name", ["clearance", "no such role", "unattended", "what roles give"])
def test_a_change_of_the_text_is_told_alike(name: str) -> None:
    (quick, slow), (old, old_slow) = both(TEXTS[name]), both("")
    told = diff(old, quick)
    assert told.gains or told.losses
    plain = diff(old_slow, slow)
    assert (set(told.gains), set(told.losses)) == (set(plain.gains), set(plain.losses))


class Counting(OsoEngine):
    """Counts what Oso is asked."""

    __slots__ = ("asked",)

    def __init__(self, texts: Mapping[str, str], rights: Rights) -> None:
        super().__init__(texts, rights)
        self.asked: list[str] = []

    def _rows(self, rule: str, *arguments: object):  # type: ignore[no-untyped-def]  # counted, and handed on as it is
        self.asked.append(rule)
        return super()._rows(rule, *arguments)


def test_a_text_about_clearance_is_asked_once_for_each_clearance() -> None:
    texts = {BUILT_IN: built_in(), "policy/more.polar": TEXTS["clearance"]}
    engine = Counting(texts, RIGHTS)
    people = actors(policy())
    for actor in people.values():
        for operation in OPERATIONS:
            for asked in (engine.op_permits, engine.op_forbids, engine.obligations):
                asked(actor, operation)
    kinds = len({(each.clearance, each.unattended) for each in people.values()})
    assert engine.asked.count("op_forbid") == engine.asked.count("obligation") == kinds * len(OPERATIONS)
    assert engine.asked.count("op_permit") == 0, "no text has one besides what roles give"
    held = {(each.role, bool(each.regions)) for actor in people.values() for each in actor.assignments}
    assert engine.asked.count("granted_run") == len(held)


def test_what_a_rule_relies_on_is_read_off_the_texts() -> None:
    giving = {"permit": "granted", "op_permit": "granted_run"}

    def on_roles(name: str) -> set[str]:
        texts = {BUILT_IN: built_in(), "policy/more.polar": TEXTS[name]}
        wanted = {"permit", "forbid", "op_permit", "op_forbid", "obligation"}
        found = Reliance.of(texts, BUILT_IN, giving)
        assert wanted & found.on_grants == ({"forbid"} if name == "what roles give" else set())
        return wanted & found.on_roles

    assert on_roles("nothing") == on_roles("clearance") == on_roles("unattended") == set()
    assert on_roles("a role") == {"forbid"}
    assert on_roles("no such role") == {"op_forbid", "obligation"}
    assert on_roles("a permit by role") == {"permit", "op_permit"}
    assert on_roles("what roles give") == {"forbid"}
