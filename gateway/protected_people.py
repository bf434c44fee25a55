"""Protected people: who of those that were looked at is under special protection, as the directory says now."""

import time
import uuid
from collections.abc import Collection
from typing import Final

from audit.detections.watching import People
from sources.ports.call import CallContext
from sources.ports.directory import Person
from sources.ports.errors import SourceError
from sources.ports.question import Desk, Need

_PATIENCE: Final = 10.0
_VIP: Final = Need(frozenset({"vip"}))
_MOST: Final = 100


def protected_people(desk: Desk) -> People:
    """How detections find out. Shape: by number, or by `@` and a login or an address."""

    async def protected(whose: Collection[str]) -> frozenset[str]:
        by = {"people_by_id": {each: each for each in whose if not each.startswith("@")}}
        named = {each[1:]: each for each in whose if each.startswith("@")}
        by["people_by_email"] = {name: each for name, each in named.items() if "@" in name}
        by["people_by_login"] = {name: each for name, each in named.items() if "@" not in name}
        found: set[str] = set()
        for question, keys in by.items():
            names = sorted(keys)
            for start in range(0, len(names), _MOST):
                found |= await _asked(desk, question, names[start : start + _MOST], keys)
        return frozenset(found)

    return protected


async def _asked(desk: Desk, question: str, names: list[str], keys: dict[str, str]) -> set[str]:
    call = CallContext("detections", time.monotonic() + _PATIENCE, uuid.uuid4().hex, "okno")
    answers = await desk.ask("directory", question, names, _VIP, call)
    wrong = next((each for each in answers if isinstance(each, SourceError)), None)
    if wrong is not None:
        raise OSError(f"the directory does not say who is under special protection ({wrong.code})")
    people = zip(names, answers, strict=True)
    return {keys[name] for name, each in people if isinstance(each, Person) and each.vip}
