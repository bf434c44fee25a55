"""scim2-server: the directory of people over SCIM 2.0, in memory."""

import secrets
from typing import ClassVar

from tests.real.servers.server import Facts, Server, Site, nested
from tests.real.servers.wire import answers, call, expect

USER = "urn:ietf:params:scim:schemas:core:2.0:User"


class Scim2(Server):
    """Everything is forgotten when it stops. The one token may both read and write: it knows no other kind."""

    title = "directory, SCIM 2.0"
    ports: ClassVar = {"http": 27401}

    def install(self, site: Site) -> None:
        site.venv()

    def start(self, site: Site) -> Facts:
        token, port = site.secret("token"), site.port("http")
        site.spawn(
            site.venv() / "scim2-server", "--hostname", "127.0.0.1", "--port", str(port), "--bearer-token", token
        )
        url = f"http://127.0.0.1:{port}/v2"
        site.wait(lambda: answers(f"{url}/ServiceProviderConfig", _bearer(token)))
        return {"url": url, "port": port, "credentials": {"admin": {"token": token}}, "keeps_data": False}

    def prove(self, facts: Facts) -> str:
        credentials = nested(facts, "credentials")
        bearer, users, name = _bearer(credentials["admin"]["token"]), f"{facts['url']}/Users", secrets.token_hex(6)
        made = call("POST", users, bearer, {"schemas": [USER], "userName": name, "active": True})
        assert isinstance(made, dict)
        found = call("GET", f"{users}?filter=userName%20eq%20%22{name}%22", bearer)
        call("DELETE", f"{users}/{made['id']}", bearer)
        expect(isinstance(found, dict) and found["totalResults"] == 1, "a created user is found by userName")
        return "user created, found by filter, deleted"


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


SERVER = Scim2()
