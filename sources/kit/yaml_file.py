"""Configuration from YAML, checked at once: a mistake names file, line, key and what was expected."""

import difflib
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

M = TypeVar("M", bound=BaseModel)


class ConfigError(Exception):
    """A configuration file is wrong. The text says where and what was expected."""

    def __init__(self, file: Path, line: int | None, key: str, expected: str) -> None:
        where = f"{file}:{line}" if line else str(file)
        super().__init__(f"{where}: {key}: {expected}" if key else f"{where}: {expected}")
        self.file, self.line, self.key, self.expected = file, line, key, expected


class Strict(BaseModel):
    """Base of all configuration models: unknown keys are mistakes, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def load(file: Path, model: type[M]) -> M:
    """Read one YAML file into its model. Raises: ConfigError for anything unreadable or unexpected."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigError(file, None, "", f"expected a readable UTF-8 file ({type(problem).__name__})") from None
    return read(text, file, model)


def read(text: str, file: Path, model: type[M]) -> M:
    """A YAML text as its model. Shape: `file` is where mistakes are said to stand. Raises: ConfigError."""
    try:
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        _refuse_twice(file, tree)
        content = yaml.safe_load(text)
    except RecursionError:
        raise ConfigError(file, None, "", "expected YAML that is not nested so deep") from None
    except yaml.MarkedYAMLError as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else None
        raise ConfigError(file, line, "", f"expected YAML: {problem.problem}") from None
    except (yaml.YAMLError, ValueError) as problem:  # ValueError: a day that no calendar has
        raise ConfigError(file, None, "", f"expected YAML: {problem}") from None
    if not isinstance(content, dict):
        raise ConfigError(file, 1, "", "expected keys with values")
    try:
        return model.model_validate(content)
    except ValidationError as problem:
        raise _first_mistake(file, tree, problem, model) from None


def _refuse_twice(file: Path, tree: yaml.Node | None) -> None:
    """A key given twice silently loses one value in YAML: refuse it, and keys that are no plain words."""
    known: set[int] = set()
    left: list[yaml.Node | None] = [tree]
    while left:
        node = left.pop()
        if id(node) in known:  # an alias stands for a node that was looked at where it is written
            continue
        known.add(id(node))
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                if not isinstance(key, yaml.ScalarNode):
                    raise ConfigError(file, key.start_mark.line + 1, "", "expected a word as key")
                if key.value in seen:
                    raise ConfigError(file, key.start_mark.line + 1, key.value, "expected once, is given twice")
                seen.add(key.value)
                left.append(value)
        elif isinstance(node, yaml.SequenceNode):
            left.extend(node.value)


def _first_mistake(file: Path, tree: yaml.Node | None, problem: ValidationError, model: type[BaseModel]) -> ConfigError:
    mistakes = problem.errors(include_url=False)
    mistake = mistakes[0]
    if mistake["type"] == "missing":  # a misspelt key is missing under its right name: tell where it stands
        beside = (each for each in mistakes if each["type"] == "extra_forbidden")
        mistake = next((each for each in beside if each["loc"][:-1] == mistake["loc"][:-1]), mistake)
    path = [part for part in mistake["loc"] if not (isinstance(part, str) and part.startswith("function-"))]
    expected = mistake["msg"].removeprefix("Value error, ")
    if mistake["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(path[-1]), _known_keys(model, path[:-1]), n=1)
        expected = "unknown key" + (f"; did you mean {near[0]!r}?" if near else "")
    elif mistake["type"] == "missing":
        expected = "required, is missing"
    return _mistake(file, tree, path, expected)


def mistake_at(file: Path, text: str, path: list[str | int], expected: str) -> ConfigError:
    """A mistake that is seen only after reading, told where it stands in the text. Shape: `path` as in the model."""
    return _mistake(file, yaml.compose(text, Loader=yaml.SafeLoader), path, expected)


def _mistake(file: Path, tree: yaml.Node | None, path: list[str | int], expected: str) -> ConfigError:
    written = _as_written(tree, path)
    return ConfigError(file, line_of(tree, written), ".".join(str(part) for part in written), expected)


def _as_written(tree: yaml.Node | None, path: list[str | int]) -> list[str | int]:
    """A path without what a model added: the place in a list made of a single value, the key of a value alone."""
    node, kept = tree, list[str | int]()
    for part in path:
        if isinstance(node, yaml.ScalarNode):
            break
        if isinstance(part, int) and not isinstance(node, yaml.SequenceNode):
            continue
        kept.append(part)
        if isinstance(node, yaml.MappingNode):
            node = next((value for key, value in node.value if key.value == str(part)), None)
        elif isinstance(node, yaml.SequenceNode):
            node = node.value[part] if isinstance(part, int) and part < len(node.value) else None
    return kept


def _known_keys(model: type[BaseModel], path: list[str | int]) -> list[str]:
    """Keys that would be right at this place; followed through models, and lists and mappings of models."""
    here: Any = model
    for part in path:
        if _is_model(here):
            field = next((each for name, each in here.model_fields.items() if (each.alias or name) == part), None)
            here = field.annotation if field else None
        else:
            here = next((each for each in reversed(get_args(here)) if each is not ...), None)
        while get_origin(here) in (Annotated, Union, UnionType):
            here = next((each for each in get_args(here) if each is not NoneType), None)
    return [field.alias or name for name, field in here.model_fields.items()] if _is_model(here) else []


def _is_model(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def line_of(tree: yaml.Node | None, path: list[str | int]) -> int | None:
    """The line (from 1) of the deepest part of the path that is present."""
    node, line = tree, tree.start_mark.line + 1 if tree else None
    for part in path:
        if isinstance(node, yaml.MappingNode):
            hit = next(((k, v) for k, v in node.value if k.value == str(part)), None)
            if hit is None:
                return line
            line, node = hit[0].start_mark.line + 1, hit[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            return line
    return line
