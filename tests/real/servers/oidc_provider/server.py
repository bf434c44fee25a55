"""oidc-provider: the sign-in service over OpenID Connect, in memory."""

import json
import urllib.error
import urllib.request
from typing import ClassVar

from tests.real.servers.server import Facts, Server, Site
from tests.real.servers.wire import answers, call, expect

CLIENT = "okno"
GROUPS = {"told.member": ["okno-told"], "told.nobody": []}
"""People whose groups the provider tells; of all others it tells none."""


class OidcProvider(Server):
    """Anybody signs in under the login they type. Everything is forgotten when it stops."""

    title = "sign-in, OpenID Connect"
    ports: ClassVar = {"http": 27412}

    def install(self, site: Site) -> None:
        site.node()

    def start(self, site: Site) -> Facts:
        node, port, secret = site.node(), site.port("http"), site.secret("client")
        environment = {
            "PORT": str(port),
            "CLIENT_ID": CLIENT,
            "CLIENT_SECRET": secret,
            "COOKIE_KEY": site.secret("cookies"),
            "GROUPS": json.dumps(GROUPS),
        }
        site.spawn(node.program, node.folder / "start.js", cwd=node.folder, env=environment)
        url = f"http://127.0.0.1:{port}"
        site.wait(lambda: answers(f"{url}/.well-known/openid-configuration"))
        credentials = {"client": {"user": CLIENT, "password": secret}}
        return {"url": url, "port": port, "credentials": credentials, "keeps_data": False}

    def prove(self, facts: Facts) -> str:
        published = call("GET", f"{facts['url']}/.well-known/openid-configuration")
        assert isinstance(published, dict)
        expect(published["issuer"] == facts["url"], "the issuer is the address")
        keys = call("GET", published["jwks_uri"])
        expect(isinstance(keys, dict) and bool(keys["keys"]), "keys are published")
        back = "http://127.0.0.1:9/auth/callback"
        bare = f"{published['authorization_endpoint']}?client_id={CLIENT}&response_type=code&scope=openid"
        expect("PKCE" in _sent_to(f"{bare}&redirect_uri={back}"), "PKCE is demanded")
        return "published itself and its keys, refused a sign-in without PKCE"


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def _sent_to(url: str) -> str:
    """Where a redirect leads."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stay())
    try:
        with opener.open(url, timeout=10) as answer:
            return str(answer.url)
    except urllib.error.HTTPError as redirect:
        return redirect.headers.get("Location", "")


SERVER = OidcProvider()
