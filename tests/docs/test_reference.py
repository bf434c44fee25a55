"""The reference pages name everything there is, and nothing that is not."""

import ast
import re
from collections.abc import Iterator
from typing import Final

import pytest
import yaml
from pydantic import BaseModel

from authz.vocabulary import ATTRIBUTES
from gateway.settings import GrantOf, OknoFile, RightsFile, RoleFile, RunOf, TeamFile
from resolvers.problems import CODES
from sources.kit.manifest import Asked, Limits, Manifest, Owner, ReadRule, Setting, Write
from sources.kit.yaml_file import read
from sources.ports.errors import SOURCE_CODES
from tests.docs.reading import DOCS, ROOT, blocks, first_cells

CONFIGURATION: Final = DOCS / "reference" / "configuration.md"
ERRORS: Final = DOCS / "reference" / "errors.md"


def section(text: str, title: str) -> str:
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found is not None, title
    return found[1]


def in_code(text: str) -> set[str]:
    return set(re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)))


def first_column(text: str) -> list[str]:
    return [
        name for row in re.findall(r"^\| (`[^|]+) \|", text, re.MULTILINE) for name in re.findall(r"`([^`]+)`", row)
    ]


def keys_of(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield prefix + (field.alias or name)
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from keys_of(field.annotation, f"{prefix}{name}.")


def test_every_code_is_explained_once_and_no_other_is() -> None:
    explained = [code for code in first_cells(ERRORS) if code.isupper()]
    assert sorted(explained) == sorted(CODES)


def test_codes_stand_under_the_heading_they_belong_to() -> None:
    text = ERRORS.read_text(encoding="utf-8")
    assert set(first_column(section(text, "Codes of a source"))) == set(SOURCE_CODES)
    reserved = set(first_column(section(text, "Codes that nothing sends yet")))
    assert reserved == set(CODES) - constants_sent() - set(SOURCE_CODES)


def constants_sent() -> set[str]:
    """Codes that our modules write down as a text anywhere but in the closed list itself."""
    found: set[str] = set()
    for room in ("resolvers", "gateway"):
        for path in (ROOT / room).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            listed = {id(leaf) for node in ast.walk(tree) if isinstance(node, ast.Set) for leaf in ast.walk(node)}
            for node in ast.walk(tree):
                if isinstance(node, ast.Constant) and node.value in CODES and id(node) not in listed:
                    found.add(node.value)
    return found


@pytest.mark.parametrize(
    ("title", "model"),
    [
        ("`okno.yaml`", OknoFile),
        ("`teams/<team>.yaml`", TeamFile),
        ("`roles/<role>.yaml`", RoleFile),
        ("`rights.yaml`", RightsFile),
    ],
)
def test_every_key_of_an_installation_is_named_and_no_other_is(title: str, model: type[BaseModel]) -> None:
    text = section(CONFIGURATION.read_text(encoding="utf-8"), title).split("Under each source:")[0]
    assert sorted(first_column(text)) == sorted(keys_of(model))


def test_what_an_installation_may_set_of_a_source_is_named() -> None:
    from gateway.settings import _OF_MANIFEST

    text = section(CONFIGURATION.read_text(encoding="utf-8"), "`okno.yaml`").split("Under each source:")[1]
    assert first_column(text) == ["system", *_OF_MANIFEST]


def test_every_attribute_that_a_condition_may_name_is_named() -> None:
    text = section(CONFIGURATION.read_text(encoding="utf-8"), "`roles/<role>.yaml`")
    assert set(ATTRIBUTES) <= in_code(text)
    assert {*GrantOf.model_fields, *RunOf.model_fields} - {"operation"} <= in_code(text)


def test_every_key_of_a_manifest_is_named_and_no_other_is() -> None:
    text = section(CONFIGURATION.read_text(encoding="utf-8"), "The manifest of a system")
    assert sorted(first_column(text)) == sorted(Manifest.model_fields)
    inner = {name for model in (Owner, Setting, Asked, ReadRule, Write, Limits) for name in model.model_fields}
    assert inner <= in_code(text)


def test_the_shown_source_is_one_that_the_gateway_would_take() -> None:
    from gateway.settings import _LIMITS
    from sources.kit.manifest import systems

    shown, _role = [yaml.safe_load(block.text) for block in blocks(CONFIGURATION) if block.language == "yaml"]
    for source in shown["sources"].values():
        manifest = systems()[source["system"]]
        given = set(source) - {"system", *_LIMITS}
        assert given <= set(manifest.settings)
        assert {name for name, each in manifest.settings.items() if each.required and each.default is None} <= given


def test_the_shown_role_is_one_that_would_be_taken() -> None:
    _source, text = [block.text for block in blocks(CONFIGURATION) if block.language == "yaml"]
    role = read(text, CONFIGURATION, RoleFile)
    assert [each.scope for each in role.read["directory"]] == ["anyone", "region"]
    assert [each.operation for each in role.run] == ["block_badge", "issue_temporary_badge"]
