"""All ports there are, by name: found in this folder, never listed by hand."""

import importlib
import pkgutil
from functools import cache

import sources.ports
from sources.ports.question import Question, questions_of
from sources.ports.write import Write, writes_of


@cache
def ports() -> dict[str, type]:
    """Port name (its module's) to the protocol that declares its questions."""
    found: dict[str, type] = {}
    for module_info in pkgutil.iter_modules(sources.ports.__path__):
        if module_info.name == "catalogue":
            continue
        module = importlib.import_module(f"sources.ports.{module_info.name}")
        for member in vars(module).values():
            if isinstance(member, type) and member.__module__ == module.__name__ and questions_of(member):
                found[module_info.name] = member
    return found


def question_of(port: str, name: str) -> Question:
    """A question by port and name. Raises: KeyError with what there is instead."""
    if port not in ports():
        raise KeyError(f"no port {port!r}; there are {', '.join(sorted(ports()))}")
    questions = questions_of(ports()[port])
    if name not in questions:
        raise KeyError(f"port {port!r} has no question {name!r}; it has {', '.join(sorted(questions))}")
    return questions[name]


def write_of(port: str, name: str) -> Write:
    """A write by port and name. Raises: KeyError with what there is instead."""
    if port not in ports():
        raise KeyError(f"no port {port!r}; there are {', '.join(sorted(ports()))}")
    writes = writes_of(ports()[port])
    if name not in writes:
        raise KeyError(f"port {port!r} has no write {name!r}; it has {', '.join(sorted(writes))}")
    return writes[name]
