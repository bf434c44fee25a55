"""Catalogue: all operations there are; the folders are the list."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import Any

import operations
from audit.catalogue import Catalogue, of_operation
from audit.own_codes import own_codes
from operations.kit.operation import Operation, Undeclared, check
from operations.kit.scenario import Scenario, contain


@cache
def shipped() -> Mapping[str, Operation[Any]]:
    """The operations of this package, by name. Raises: Undeclared naming each that says too little of itself."""
    found: dict[str, Operation[Any]] = {}
    wrong: list[str] = []
    for module_info in pkgutil.iter_modules(operations.__path__):
        if module_info.name == "kit":
            continue
        module = importlib.import_module(f"operations.{module_info.name}.operation")
        for member in vars(module).values():
            if isinstance(member, type) and issubclass(member, Operation) and member.__module__ == module.__name__:
                try:
                    check(member)
                except Undeclared as problem:
                    wrong.append(str(problem))
                    continue
                if member.name != module_info.name:
                    wrong.append(f"{member.name}: stands in the folder {module_info.name}")
                found[member.name] = member()
    wrong += [
        f"{each.name}: is undone by {each.undone_by!r}, which is no operation"
        for each in found.values()
        if each.undone_by is not None and each.undone_by not in found
    ]
    for each in found.values():
        if isinstance(each, Scenario):
            try:
                contain(each, found)
            except Undeclared as problem:
                wrong.append(str(problem))
    if wrong:
        raise Undeclared("; ".join(wrong))
    return dict(sorted(found.items()))


def keep_known(found: Mapping[str, Operation[Any]], known: Mapping[str, object]) -> None:
    """See that the policy speaks of every operation: one that it does not know could never be run. Raises: Undeclared."""
    strange = [f"{name}: the policy's list of operations lacks it" for name in found if name not in known]
    if strange:
        raise Undeclared("; ".join(strange))


@cache
def events() -> Catalogue:
    """Every code that may stand in the trail: its own, and those of every operation."""
    found = own_codes()
    sentences: dict[str, list[str]] = {}
    for each in shipped().values():
        sentences.setdefault(each.event, []).append(each.about())
    for code, about in sentences.items():
        found.register(code, of_operation(code, " ".join(about)))
    return found
