"""OpenVPN: the VPN gateway with its management socket; sessions are named by the certificate's CN."""

import signal
import socket
import time
from pathlib import Path
from typing import ClassVar

from tests.real.servers import tls
from tests.real.servers.packages import lacking
from tests.real.servers.process import ServerFailed, born, spawn, stop
from tests.real.servers.server import Facts, Server, Site
from tests.real.servers.wire import Refused, expect, listens


class OpenVpn(Server):
    """Its tap device gets no address, so no route of the machine changes. Clients connect with `connect`."""

    title = "VPN gateway, management socket"
    ports: ClassVar = {"vpn": 27410, "management": 27411}
    root_because = "a VPN server makes a network device"

    def debian(self) -> tuple[str, ...]:
        return lacking("openvpn", "openssl")

    def start(self, site: Site) -> Facts:
        if not Path("/dev/net/tun").exists():
            raise ServerFailed("this machine has no /dev/net/tun")
        port, management = site.port("vpn"), site.port("management")
        server = site.certificate(["vpn.corp.example"], ["127.0.0.1"])
        site.spawn(
            "openvpn",
            "--mode",
            "server",
            "--tls-server",
            "--dev",
            "tap",
            "--ifconfig-noexec",
            "--proto",
            "udp4",
            "--local",
            "127.0.0.1",
            "--lport",
            str(port),
            "--ca",
            server.ca,
            "--cert",
            server.cert,
            "--key",
            server.key,
            "--dh",
            "none",
            "--keepalive",
            "2",
            "10",
            "--management",
            "127.0.0.1",
            str(management),
        )
        site.wait(lambda: listens("127.0.0.1", management))
        return {
            "address": f"127.0.0.1:{management}",
            "port": management,
            "vpn_port": port,
            "ca": str(server.ca),
            "clients": str(site.data / "clients"),
            "keeps_data": False,
        }

    def before_stop(self, facts: Facts) -> None:
        for session in Path(str(facts["clients"])).glob("*/session"):
            disconnect(facts, session.parent.name)

    def prove(self, facts: Facts) -> str:
        login = f"proof{time.monotonic_ns()}"
        connect(facts, login)
        try:
            seen = _wait_for(facts, login)
            killed = ask(facts, f"kill {login}", ("SUCCESS", "ERROR"))[-1]
        finally:
            disconnect(facts, login)
        expect(seen, "a connected client is listed under its CN")
        expect(killed.startswith("SUCCESS"), "a session is cut by its CN")
        return "client connected, listed, its session cut"


def connect(facts: Facts, login: str) -> None:
    """Open a session for a login, until `disconnect` or until the server is taken down."""
    folder = Path(str(facts["clients"])) / login
    authority = Path(str(facts["ca"])).parent
    made = tls.issue(authority, folder, [], [], usage="clientAuth", subject=login)
    client = spawn(
        [
            "openvpn",
            "--client",
            "--dev",
            "null",
            "--ifconfig-noexec",
            "--proto",
            "udp4",
            "--nobind",
            "--remote",
            "127.0.0.1",
            str(facts["vpn_port"]),
            "--remote-cert-tls",
            "server",
            "--ca",
            made.ca,
            "--cert",
            made.cert,
            "--key",
            made.key,
        ],
        folder / "log",
    )
    (folder / "session").write_text(f"{client.pid} {born(client.pid)}")


def disconnect(facts: Facts, login: str) -> None:
    session = Path(str(facts["clients"])) / login / "session"
    pid, since = session.read_text().split()
    stop(int(pid), since, signal.SIGTERM)
    session.unlink()


def ask(facts: Facts, command: str, ends: tuple[str, ...]) -> list[str]:
    """One management command; its lines up to the one that begins with one of `ends`."""
    with socket.create_connection(("127.0.0.1", int(str(facts["port"]))), 5) as line:
        said = line.makefile("r", encoding="utf-8")
        line.sendall(f"{command}\n".encode())
        lines = []
        for raw in said:
            lines.append(raw.strip())
            if lines[-1].startswith(ends):
                return lines
    raise Refused("the management socket was closed")


def _wait_for(facts: Facts, login: str) -> bool:
    for _ in range(100):
        if any(line.startswith(f"CLIENT_LIST\t{login}\t") for line in ask(facts, "status 3", ("END",))):
            return True
        time.sleep(0.1)
    return False


SERVER = OpenVpn()
