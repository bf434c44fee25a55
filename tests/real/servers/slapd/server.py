"""slapd: the OpenLDAP directory with memberOf, referential integrity and password policy."""

import secrets
from pathlib import Path
from typing import ClassVar

from tests.real.servers.packages import lacking
from tests.real.servers.server import Facts, Server, Site, nested
from tests.real.servers.wire import Refused, expect, ldap

BASE = "dc=corp,dc=example"
ADMIN = f"cn=admin,{BASE}"
READER = f"cn=reader,ou=services,{BASE}"


class Slapd(Server):
    """`admin` may do everything, `reader` read everything except passwords. Strict TLS on the second port."""

    title = "directory, LDAP of the OpenLDAP kind"
    ports: ClassVar = {"ldap": 27406, "ldaps": 27407}

    def debian(self) -> tuple[str, ...]:
        return lacking("slapd", "ldap-utils", "openssl")

    def start(self, site: Site) -> Facts:
        plain, strict = site.port("ldap"), site.port("ldaps")
        certificate = site.certificate(["localhost", "ldap.corp.example"], ["127.0.0.1"])
        admin, reader = site.secret("admin"), site.secret("reader")
        (site.data / "db").mkdir(exist_ok=True)
        config = site.data / "slapd.conf"
        config.touch(mode=0o600)
        config.write_text(
            _filled(
                site.fixture / "slapd.conf",
                DATA=site.data,
                CA=certificate.ca,
                CERT=certificate.cert,
                KEY=certificate.key,
                ADMIN=admin,
            )
        )
        url = f"ldaps://127.0.0.1:{strict}"
        site.spawn("slapd", "-d", "none", "-f", config, "-h", f"ldap://127.0.0.1:{plain}/ {url}/")
        who = (url, str(certificate.ca), ADMIN, admin)
        site.wait(lambda: _answers(*who))
        # Added through the server: slapadd would pass the overlays by.
        try:
            ldap("ldapsearch", *who, "-b", BASE, "-s", "base", "1.1")
        except Refused:
            ldap("ldapadd", *who, ldif=_filled(site.fixture / "tree.ldif", READER=reader))
        return {
            "url": url,
            "plain_url": f"ldap://127.0.0.1:{plain}",
            "port": strict,
            "ca": str(certificate.ca),
            "base": BASE,
            "people": f"ou=people,{BASE}",
            "groups": f"ou=groups,{BASE}",
            "keeps_data": True,
            "credentials": {
                "admin": {"user": ADMIN, "password": admin},
                "reader": {"user": READER, "password": reader},
            },
        }

    def prove(self, facts: Facts) -> str:
        credentials = nested(facts, "credentials")
        url, ca = str(facts["url"]), str(facts["ca"])
        admin = (url, ca, credentials["admin"]["user"], credentials["admin"]["password"])
        reader = (url, ca, credentials["reader"]["user"], credentials["reader"]["password"])
        name, password = f"proof{secrets.token_hex(4)}", secrets.token_hex(8)
        person, group = f"uid={name},ou=people,{BASE}", f"cn={name},ou=groups,{BASE}"
        ldap(
            "ldapadd",
            *admin,
            ldif=f"dn: {person}\nobjectClass: inetOrgPerson\nuid: {name}\ncn: {name}\nsn: Proof\n"
            f"employeeNumber: 0000001\nuserPassword: {password}\n\n"
            f"dn: {group}\nobjectClass: groupOfNames\ncn: {name}\nmember: {person}\n",
        )
        for _ in range(5):
            expect(not _answers(url, ca, person, "wrong"), "a wrong password is refused")
        read = ldap("ldapsearch", *reader, "-LLL", "-b", person, "-s", "base", "*", "memberOf", "pwdAccountLockedTime")
        locked = not _answers(url, ca, person, password)
        ldap("ldapmodify", *admin, ldif=f"dn: {person}\nchangetype: modify\ndelete: pwdAccountLockedTime\n")
        open_again = _answers(url, ca, person, password)
        ldap("ldapdelete", *admin, person)
        left = ldap("ldapsearch", *reader, "-LLL", "-b", group, "-s", "base", "member")
        ldap("ldapdelete", *admin, group)
        expect(f"memberOf: {group}" in read, "a person knows their groups")
        expect("userPassword" not in read, "the reader sees no passwords")
        expect("pwdAccountLockedTime:" in read and locked, "five wrong passwords lock the account")
        expect(open_again, "an unlocked account signs in")
        expect(person not in left, "a deleted person leaves their groups")
        return "person and group written; memberOf, lockout, unlock, referential integrity hold"


def _filled(template: Path, **words: object) -> str:
    text = template.read_text()
    for name, value in words.items():
        text = text.replace(f"@{name}@", str(value))
    return text


def _answers(url: str, ca: str, user: str, password: str) -> bool:
    try:
        ldap("ldapwhoami", url, ca, user, password)
    except Refused:
        return False
    return True


SERVER = Slapd()
