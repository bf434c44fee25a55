"""OpenBao with the PKI engine: the certificate authority behind a Vault-style API, in memory."""

import secrets
from collections.abc import Mapping
from typing import ClassVar

from tests.real.servers.server import Facts, Server, Site, nested
from tests.real.servers.wire import Refused, answers, call, expect

ROLE = {
    "allow_any_name": True,
    "enforce_hostnames": False,
    "key_type": "rsa",
    "client_flag": True,
    "server_flag": False,
    "email_protection_flag": True,
    "ttl": "720h",
    "max_ttl": "8760h",
}
POLICIES = {
    "reader": """
        path "pki/certs" { capabilities = ["list"] }
        path "pki/certs/*" { capabilities = ["list"] }
        path "pki/cert/*" { capabilities = ["read"] }
        path "pki/crl" { capabilities = ["read"] }
    """,
    "writer": """
        path "pki/certs" { capabilities = ["list"] }
        path "pki/certs/*" { capabilities = ["list"] }
        path "pki/cert/*" { capabilities = ["read"] }
        path "pki/issue/employee" { capabilities = ["update"] }
        path "pki/sign/employee" { capabilities = ["update"] }
        path "pki/revoke" { capabilities = ["update"] }
    """,
}


class OpenBao(Server):
    """Everything is forgotten when it stops. `reader` may list and read, `writer` also issue and revoke."""

    title = "certificates, Vault-style API"
    ports: ClassVar = {"http": 27405}

    def install(self, site: Site) -> None:
        site.venv()

    def start(self, site: Site) -> Facts:
        port, root = site.port("http"), site.secret("root")
        site.spawn(
            site.venv() / "bao",
            "server",
            "-dev",
            "-dev-no-store-token",
            cwd=site.data,
            env={"HOME": str(site.data), "BAO_DEV_ROOT_TOKEN_ID": root, "BAO_DEV_LISTEN_ADDRESS": f"127.0.0.1:{port}"},
        )
        url = f"http://127.0.0.1:{port}"
        site.wait(lambda: answers(f"{url}/v1/sys/health"))
        tokens = {"admin": {"token": root}, **_prepare(url, _token(root))}
        return {
            "url": url,
            "port": port,
            "mount": "pki",
            "role": "employee",
            "credentials": tokens,
            "keeps_data": False,
        }

    def prove(self, facts: Facts) -> str:
        credentials = nested(facts, "credentials")
        reader, writer = (_token(credentials[name]["token"]) for name in ("reader", "writer"))
        pki = f"{facts['url']}/v1/pki"
        order = {"common_name": f"proof.{secrets.token_hex(4)}", "ttl": "1h", "exclude_cn_from_sans": True}
        serial = _data(call("POST", f"{pki}/issue/employee", writer, order))["serial_number"]
        listed = _data(call("LIST", f"{pki}/certs", reader))["keys"]
        try:
            call("POST", f"{pki}/revoke", reader, {"serial_number": serial})
        except Refused:
            denied = True
        else:
            denied = False
        before = _data(call("GET", f"{pki}/cert/{serial}", reader))["revocation_time"]
        call("POST", f"{pki}/revoke", writer, {"serial_number": serial})
        after = _data(call("GET", f"{pki}/cert/{serial}", reader))["revocation_time"]
        expect(isinstance(listed, list) and serial in listed, "an issued certificate is listed by its serial")
        expect(denied and before == 0, "the reader may not revoke")
        expect(after != 0, "a revoked certificate says when")
        return "certificate issued, listed, read, revoked; the reader's revocation was refused"


def _prepare(url: str, root: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The PKI engine with its root and the role for employees, and a token for each policy."""
    call("POST", f"{url}/v1/sys/mounts/pki", root, {"type": "pki", "config": {"max_lease_ttl": "87600h"}})
    call(
        "POST",
        f"{url}/v1/pki/root/generate/internal",
        root,
        {"common_name": "Corp Test CA", "ttl": "87600h", "issuer_name": "corp"},
    )
    call("POST", f"{url}/v1/pki/roles/employee", root, ROLE)
    tokens = {}
    for name, policy in POLICIES.items():
        call("PUT", f"{url}/v1/sys/policies/acl/{name}", root, {"policy": policy})
        made = call(
            "POST",
            f"{url}/v1/auth/token/create",
            root,
            {"policies": [name], "no_parent": True, "ttl": "768h", "display_name": name},
        )
        assert isinstance(made, dict)
        tokens[name] = {"token": str(made["auth"]["client_token"])}
    return tokens


def _token(value: str) -> dict[str, str]:
    return {"X-Vault-Token": value}


def _data(answer: object) -> dict[str, object]:
    assert isinstance(answer, dict)
    data: dict[str, object] = answer["data"]
    return data


SERVER = OpenBao()
