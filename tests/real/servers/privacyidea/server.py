"""privacyIDEA: second factors over its REST API, on SQLite, with people read from the AD controller."""

from typing import ClassVar

from tests.real.servers.server import Facts, Server, Site, nested
from tests.real.servers.wire import Refused, answers, call, expect


class PrivacyIdea(Server):
    """`admin` may do everything. Realm `corp` reads people from Samba when that runs, keyed by objectGUID."""

    title = "second factors, privacyIDEA REST"
    ports: ClassVar = {"http": 27409}
    after = ("samba",)

    def install(self, site: Site) -> None:
        site.venv()

    def start(self, site: Site) -> Facts:
        port, password, manage = site.port("http"), site.secret("admin"), site.venv() / "pi-manage"
        env = {
            "PRIVACYIDEA_CONFIGFILE": str(site.fixture / "pi.cfg"),
            "OKNO_PI_DATA": str(site.data),
            "OKNO_PI_SECRET": site.secret("key"),
            "OKNO_PI_PEPPER": site.secret("pepper"),
        }
        if not (site.data / "ready").exists():
            site.run("sh", "-c", 'rm -f "$0"/*', site.data)
            for words in (
                ("setup", "create_enckey"),
                ("setup", "create_audit_keys"),
                ("setup", "create_tables"),
                ("admin", "add", "admin", "-p", password, "-e", "admin@corp.example"),
            ):
                site.run(manage, *words, env=env, show=f"pi-manage {words[0]} {words[1]}")
            (site.data / "ready").touch()
        site.spawn(manage, "run", "-h", "127.0.0.1", "-p", str(port), env=env, cwd=site.data)
        url = f"http://127.0.0.1:{port}"
        site.wait(lambda: answers(f"{url}/healthz/livez"), 60)
        if "samba" in site.others:
            _read_people(url, _signed_in(url, password), site.others["samba"])
        return {
            "url": url,
            "port": port,
            "realm": "corp" if "samba" in site.others else "",
            "keeps_data": True,
            "credentials": {"admin": {"user": "admin", "password": password}},
        }

    def prove(self, facts: Facts) -> str:
        credentials = nested(facts, "credentials")
        url = str(facts["url"])
        admin = _signed_in(url, credentials["admin"]["password"])
        made = call("POST", f"{url}/token/init", admin, {"type": "totp", "genkey": 1, "description": "proof"})
        assert isinstance(made, dict)
        serial = made["detail"]["serial"]
        call("POST", f"{url}/token/disable", admin, {"serial": serial})
        read = _value(call("GET", f"{url}/token/?serial={serial}", admin))
        call("DELETE", f"{url}/token/{serial}", admin)
        assert isinstance(read, dict)
        expect(read["count"] == 1 and read["tokens"][0]["active"] is False, "a disabled token is read back as such")
        if not facts["realm"]:
            return "token enrolled, disabled, read, deleted (no realm: Samba was not running)"
        people = _value(call("GET", f"{url}/user/?realm={facts['realm']}&username=okno.*", admin))
        expect(isinstance(people, list), "people are read from the AD controller")
        return "token enrolled, disabled, read, deleted; the realm answers from the AD controller"


def _read_people(url: str, admin: dict[str, str], samba: Facts) -> None:
    """A realm over the staff of the domain."""
    reader = nested(samba, "credentials")["reader"]
    call(
        "POST",
        f"{url}/resolver/corp",
        admin,
        {
            "type": "ldapresolver",
            "LDAPURI": samba["url"],
            "TLS_VERIFY": "True",
            "TLS_CA_FILE": samba["ca"],
            "LDAPBASE": samba["staff"],
            "BINDDN": reader["user"],
            "BINDPW": reader["password"],
            "AUTHTYPE": "Simple",
            "LOGINNAMEATTRIBUTE": "sAMAccountName",
            "LDAPSEARCHFILTER": "(sAMAccountName=*)(objectClass=user)",
            "UIDTYPE": "objectGUID",
            "NOREFERRALS": "True",
            "CACHE_TIMEOUT": "0",
            "USERINFO": '{"username": "sAMAccountName", "email": "mail", "givenname": "givenName", "surname": "sn"}',
        },
    )
    call("POST", f"{url}/realm/corp", admin, {"resolvers": "corp"})


def _signed_in(url: str, password: str) -> dict[str, str]:
    session = _value(call("POST", f"{url}/auth", body={"username": "admin", "password": password}))
    assert isinstance(session, dict)
    return {"Authorization": str(session["token"])}


def _value(answer: object) -> object:
    if not isinstance(answer, dict) or not answer["result"]["status"]:
        raise Refused(f"privacyIDEA: {answer}")
    return answer["result"]["value"]


SERVER = PrivacyIdea()
