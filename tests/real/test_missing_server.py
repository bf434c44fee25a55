"""A real server that cannot be had is named: a skip on somebody's machine, a failure on CI."""

from pathlib import Path

import pytest

from tests.real.systems import REAL, required


@pytest.fixture
def _nothing_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OKNO_REAL_HOME", str(tmp_path))


@pytest.mark.parametrize("server", sorted({each.server for each in REAL}))
@pytest.mark.usefixtures("_nothing_runs")
def test_a_missing_server_is_named_and_said_how_to_get(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=rf"real server {server} \(.+\) is not running: `make real-up`"):
        required(server)


@pytest.mark.usefixtures("_nothing_runs")
def test_a_missing_server_is_a_failure_on_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="real server samba"):
        required("samba")
