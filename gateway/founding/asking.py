"""Asking: answers from flags and a file, from a terminal where there is one; a wrong one is asked again or is an error."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from gateway.founding import questions
from gateway.founding.questions import Question, WrongAnswer
from sources.kit.manifest import systems

Terminal = Callable[[str, str | None], str]
"""Asks a person. Shape: text and default -> what was typed."""


@dataclass(slots=True)
class Answers:
    """Everything that was answered. Shape: `given` as in a file of answers; `terminal` None where nobody can be asked."""

    given: dict[str, Any]
    terminal: Terminal | None = None
    complain: Callable[[str], None] = print
    used: set[str] = field(default_factory=set)

    def to(self, question: Question) -> Any:
        """The answer to a question. Raises: WrongAnswer where nobody can be asked again."""
        self.used.add(question.key)
        there, said = _at(self.given, question.key)
        if there and said is not None:
            return question.taken(said)  # what stands in a file or a flag is not asked: it is right or an error
        if self.terminal is None:
            if question.default is None:
                raise WrongAnswer(question.key, f"required, is missing: {question.text}")
            return question.taken(question.default)
        while True:
            try:
                return question.taken(self.terminal(question.text, question.default))
            except WrongAnswer as problem:
                self.complain(problem.expected)

    def all_used(self) -> None:
        """See that nothing was answered that nobody asked. Raises: WrongAnswer."""
        for key in _keys(self.given):
            if not any(key == each or key.startswith(f"{each}.") or each.startswith(f"{key}.") for each in self.used):
                raise WrongAnswer(key, "unknown key")


def answers_of(file: Path | None, flags: Mapping[str, Any]) -> dict[str, Any]:
    """What is known before anybody is asked; flags count more than the file. Raises: WrongAnswer."""
    given: dict[str, Any] = {}
    if file is not None:
        try:
            said = yaml.safe_load(file.read_text(encoding="utf-8"))
        except (OSError, ValueError, yaml.YAMLError) as problem:
            raise WrongAnswer(str(file), f"expected a readable YAML file ({type(problem).__name__})") from None
        if not isinstance(said, dict):
            raise WrongAnswer(str(file), "expected keys with values")
        given = said
    for key, value in flags.items():
        _put(given, key, value)
    return given


def asked(answers: Answers) -> dict[str, Any]:
    """All answers, checked. Shape: by the keys of the questions; sources as `{name: {system: …, setting: …}}`. Raises: WrongAnswer."""
    found: dict[str, Any] = {each.key: answers.to(each) for each in questions.general()}
    if found["sign_in"] == "oidc":
        found |= {each.key: answers.to(each) for each in questions.of_provider()}
    found |= {each.key: answers.to(each) for each in questions.of_people()}
    if found["team.region"] not in (*found["regions"], "all"):
        raise WrongAnswer("team.region", f"expected one of {', '.join(found['regions'])}, or all")
    if "all" in found["regions"]:
        raise WrongAnswer("regions", "all is no name of a region: it stands for every one")
    if found["team.id"] == "security_officers":
        raise WrongAnswer("team.id", "security_officers is the other team's")
    found["sources"] = dict(_sources(answers))
    answers.all_used()
    return found


def _sources(answers: Answers) -> Iterable[tuple[str, dict[str, str]]]:
    """Each source with its settings; a file of answers has them as okno.yaml does, a terminal is asked for the required ones."""
    answers.used.add("sources")
    said = answers.given.get("sources")
    if isinstance(said, dict):
        named = {name: each.get("system") if isinstance(each, dict) else None for name, each in said.items()}
        for name, system in named.items():
            if not isinstance(system, str):
                raise WrongAnswer(f"sources.{name}.system", f"required, is missing: one of {', '.join(systems())}")
        chosen = questions.of_sources().taken([f"{name}={system}" for name, system in named.items()])
    else:
        chosen = answers.to(questions.of_sources())
        said = {}
    for each in chosen:
        name, _, system = each.partition("=")
        manifest = systems()[system]
        settings = {"system": system}
        required = questions.of_source(name, manifest.settings)
        here = Answers({"sources": {name: said.get(name, {})}}, answers.terminal, answers.complain)
        for question in required:
            settings[question.key.rpartition(".")[2]] = here.to(question)
        for key, value in said.get(name, {}).items():
            settings.setdefault(key, value)  # checked with everything, once it is written
        yield name, settings


def _at(given: Mapping[str, Any], key: str) -> tuple[bool, Any]:
    here: Any = given
    for part in key.split("."):
        if not isinstance(here, Mapping) or part not in here:
            return False, None
        here = here[part]
    return True, here


def _put(given: dict[str, Any], key: str, value: Any) -> None:
    *above, last = key.split(".")
    here = given
    for part in above:
        found = here.setdefault(part, {})
        if not isinstance(found, dict):
            raise WrongAnswer(key, f"{part} has a value of its own already")
        here = found
    here[last] = value


def _keys(given: Mapping[str, Any], above: str = "") -> Iterable[str]:
    for name, value in given.items():
        key = f"{above}{name}"
        if isinstance(value, Mapping) and value and key != "sources":
            yield from _keys(value, f"{key}.")
        else:
            yield key
