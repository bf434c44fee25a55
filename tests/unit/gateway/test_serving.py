"""Where the gateway listens, and what it says when it cannot."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from gateway import serving
from gateway.settings import Installation


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_port_that_is_taken_is_told_with_a_way_out(
    installation: Installation, taken: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert serving.serve(installation, "127.0.0.1", taken) == 2
    said = capsys.readouterr()
    assert said.err == (f"okno: cannot listen on 127.0.0.1:{taken}: Address already in use; set OKNO_PORT to another\n")
    assert said.out == ""


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 70_000), ("192.0.2.1", 0), ("no such host", 0)])
def test_an_address_that_cannot_be_is_told(
    installation: Installation, host: str, port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert serving.serve(installation, host, port) == 2
    assert capsys.readouterr().err.startswith(f"okno: cannot listen on {host}:{port}: ")


@pytest.mark.parametrize(("host", "shown"), [("127.0.0.1", "127.0.0.1"), ("::1", "[::1]")])
def test_the_address_that_is_told_can_be_opened(
    installation: Installation, host: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        serving._listen(host, 0).close()
    except OSError:
        pytest.skip(f"this machine has no address {host}")
    told: list[str] = []

    class Server:
        started = True

        def __init__(self, _config: Any, address: str) -> None:
            told.append(address)

        def run(self, sockets: list[socket.socket]) -> None:
            told.append(str(sockets[0].getsockname()[1]))

    monkeypatch.setattr(serving, "_Announcing", Server)
    assert serving.serve(installation, host, 0) == 0
    assert told[0] == f"http://{shown}:{told[1]}"
