"""The installation over the real servers can be served, and its secrets lie in files of their own."""

from pathlib import Path

import pytest
import yaml

from gateway.settings import load_installation
from sources.kit.manifest import systems
from tests.real.installation import write
from tests.real.systems import REAL, required

pytestmark = pytest.mark.real


def test_it_can_be_loaded_and_shows_no_secret(tmp_path: Path) -> None:
    facts = {each.server: required(each.server) for each in REAL}
    assert write(tmp_path, facts) == [each.source for each in REAL]
    shown = (tmp_path / "okno.yaml").read_text(encoding="utf-8")
    for real in REAL:
        kept = [name for name, each in systems()[real.system].settings.items() if each.secret]
        secrets = {name: value for name, value in real.settings(facts[real.server]).items() if name in kept}
        assert [name for name, value in secrets.items() if value in shown] == []
        given = yaml.safe_load(shown)["sources"][real.source]
        assert all(Path(given[name].removeprefix("file:")).stat().st_mode & 0o777 == 0o600 for name in secrets)
    assert {each.name for each in load_installation(tmp_path, {}).instances} == {each.source for each in REAL}
