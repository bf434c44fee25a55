"""A source is a folder, and the folder is whole: manifest, connector, mapping, twin, seed, tests."""

import importlib
import inspect
from pathlib import Path

import pytest

import sources
from gateway.discovery import connector_of
from sandbox.company.model import Company
from sources.kit.manifest import systems
from sources.kit.twin.twin import Twin
from sources.ports.catalogue import ports
from tests.contract.subjects import listings, questions, sweeps
from tests.contract.twins import twin_of

ROOT = Path(sources.__file__).parent
FOLDERS = sorted(
    each.name
    for each in ROOT.iterdir()
    if each.is_dir() and each.name not in ("kit", "ports", "__pycache__") and any(each.glob("*.*"))
)


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_source_folder_is_whole(folder: str) -> None:
    expected = ("__init__.py", "source.yaml", "client.py", "mapping.py", "twin.py")
    missing = [name for name in expected if not (ROOT / folder / name).exists()]
    assert missing == []
    assert list((ROOT / folder / "tests").glob("test_*.py")), "no test of what is peculiar to it"


@pytest.mark.parametrize("system", systems())
def test_a_connector_answers_every_question_of_its_ports(system: str) -> None:
    connector = connector_of(system)
    assert connector.system == system
    wanted = [question.name for _, question in questions(system)] + [name for _, name in listings(system)]
    wanted += ["identifiers"] if sweeps(system) else []
    assert [name for name in wanted if not inspect.iscoroutinefunction(getattr(connector, name, None))] == []


@pytest.mark.parametrize("system", systems())
def test_a_manifest_names_every_question_and_its_batch(system: str) -> None:
    manifest = systems()[system]
    assert set(manifest.questions) == {question.name for _, question in questions(system)}
    assert all(port in ports() for port in manifest.ports)


@pytest.mark.parametrize("system", systems())
def test_a_source_has_a_twin_and_the_company_can_fill_it(system: str, company: Company) -> None:
    module = importlib.import_module(f"sources.{system}.twin")
    own = [each for each in vars(module).values() if inspect.isclass(each) and issubclass(each, Twin)]
    assert [each for each in own if each.__module__ == module.__name__]
    twin = twin_of(system, company)
    assert isinstance(twin, Twin)
    assert set(twin.settings()) <= set(systems()[system].settings)


@pytest.mark.parametrize("system", systems())
def test_secrets_are_called_secrets(system: str) -> None:
    open_ones = [
        name
        for name, setting in systems()[system].settings.items()
        if name.endswith(("password", "token", "secret", "secret_id", "key")) and not setting.secret
    ]
    assert open_ones == []
