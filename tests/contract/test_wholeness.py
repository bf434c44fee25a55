"""A source is a folder, and the folder is whole: manifest, connector, mapping, twin, seed, tests."""

import importlib
import inspect
from pathlib import Path

import pytest

import sources
from gateway.discovery import connector_of
from sandbox.company.model import Company
from sources.kit.manifest import Manifest, systems
from sources.kit.twin.twin import Twin
from sources.kit.yaml_file import ConfigError, read
from sources.ports.catalogue import ports
from sources.ports.question import questions_of
from sources.ports.write import writes_of
from tests.contract.subjects import listings, questions, sweeps
from tests.contract.twins import twin_of
from tests.contract.writing import samples, writes

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
def test_a_connector_sends_every_write_of_its_manifest_and_each_has_a_sample(system: str) -> None:
    manifest, connector = systems()[system], connector_of(system)
    declared = writes(system)
    assert {each.name for _, each in declared} == set(manifest.writes)
    assert len(declared) == len(manifest.writes), "two ports of one system call a write the same"
    assert [
        each.name for _, each in declared if not inspect.iscoroutinefunction(getattr(connector, each.name, None))
    ] == []
    assert [each.name for port, each in declared if each.name not in samples(port)] == []


@pytest.mark.parametrize("system", systems())
def test_a_connector_takes_a_write_as_its_port_declares_it(system: str) -> None:
    connector = connector_of(system)
    given = {
        each.name: tuple(inspect.signature(getattr(connector, each.name)).parameters)[1:] for _, each in writes(system)
    }
    assert given == {each.name: (*each.parameters, "call") for _, each in writes(system)}


def test_a_write_that_no_port_has_is_refused_with_the_nearest_word() -> None:
    file = ROOT / "vault_pki" / "source.yaml"
    wrong = file.read_text(encoding="utf-8").replace("  revoke_certificate:", "  revoke_certificat:")
    with pytest.raises(ConfigError, match="no write 'revoke_certificat'.*did you mean 'revoke_certificate'") as told:
        read(wrong, file, Manifest)
    assert str(file) in str(told.value)


@pytest.mark.parametrize("port", ports())
def test_a_write_is_read_back_by_a_question_of_its_port(port: str) -> None:
    asked = questions_of(ports()[port])
    for each in writes_of(ports()[port]).values():
        assert each.readback in asked, each.name
        assert each.key is None or each.key in each.parameters, each.name


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
