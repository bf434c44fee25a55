"""Samba as an Active Directory domain controller, alone on a loopback address of its own."""

import os
import secrets
from base64 import b64encode

from tests.real.servers.packages import lacking
from tests.real.servers.place import free
from tests.real.servers.process import ServerFailed
from tests.real.servers.server import Facts, Server, Site, nested
from tests.real.servers.wire import Refused, expect, ldap

BASE = "DC=corp,DC=example"
STAFF = f"OU=Staff,{BASE}"
ADMIN, READER = "Administrator@corp.example", "okno.reader@corp.example"
ADDRESSES = [f"127.0.0.{last}" for last in range(20, 30)]
SERVED = (88, 389, 636, 3268, 3269)  # an AD controller has no other ports: only the address can differ
FAILURES = 5


class Samba(Server):
    """Administrator may do everything, `okno.reader` is an ordinary account, which reads almost everything in AD."""

    title = "domain accounts and groups, LDAP of the AD kind"
    root_because = "an AD controller listens on ports 88, 389 and 636"

    def debian(self) -> tuple[str, ...]:
        return lacking(
            "samba-ad-dc",
            "samba-ad-provision",
            "samba-dsdb-modules",
            "samba-vfs-modules",
            "winbind",
            "ldap-utils",
            "openssl",
        )

    def start(self, site: Site) -> Facts:
        address = _address()
        admin, reader = site.secret("admin"), site.secret("reader")
        home = site.data / "domain"
        if not (home / "ready").exists():
            _provision(site, address, admin, reader)
        certificate = site.certificate(["dc1.corp.example"], [address])
        # Options here win over the file: the address may differ from the one of the first start.
        options = {
            "interfaces": f"{address}/8",
            "bind interfaces only": "yes",
            "tls enabled": "yes",
            "tls cafile": certificate.ca,
            "tls certfile": certificate.cert,
            "tls keyfile": certificate.key,
        }
        site.spawn(
            "samba",
            "-F",
            "--no-process-group",
            "-M",
            "single",
            "-s",
            home / "etc/smb.conf",
            *(f"--option={name}={value}" for name, value in options.items()),
        )
        url = f"ldaps://{address}"
        site.wait(lambda: _answers(url, str(certificate.ca), READER, reader), 60)
        return {
            "url": url,
            "address": address,
            "port": 636,
            "ca": str(certificate.ca),
            "base": BASE,
            "staff": STAFF,
            "domain": "CORP",
            "realm": "CORP.EXAMPLE",
            "lockout_after": FAILURES,
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
        name, password = f"proof{secrets.token_hex(4)}", f"Aa1-{secrets.token_hex(8)}"
        person, login = f"CN={name},{STAFF}", f"{name}@corp.example"
        ldap(
            "ldapadd",
            *admin,
            ldif=f"dn: {person}\nobjectClass: user\nsAMAccountName: {name}\n"
            f"userPrincipalName: {login}\nemployeeID: 0000001\nuserAccountControl: 512\n"
            f"unicodePwd:: {_quoted(password)}\n",
        )
        try:
            signed_in = _answers(url, ca, login, password)
            for _ in range(FAILURES):
                _answers(url, ca, login, "wrong")
            wanted = ("employeeID", "lockoutTime", "objectGUID")
            read = ldap("ldapsearch", *reader, "-LLL", "-b", STAFF, f"(sAMAccountName={name})", *wanted)
            locked = not _answers(url, ca, login, password)
            change = f"dn: {person}\nchangetype: modify\nreplace: lockoutTime\nlockoutTime: 0\n"
            denied = _refused("ldapmodify", *reader, ldif=change)
            ldap("ldapmodify", *admin, ldif=change)
            open_again = _answers(url, ca, login, password)
        finally:
            ldap("ldapdelete", *admin, person)
        expect(signed_in, "a new account signs in")
        expect("employeeID: 0000001" in read and "objectGUID::" in read, "the reader sees the account")
        expect("lockoutTime: 0" not in read and locked, "wrong passwords lock the account")
        expect(denied, "the reader may not unlock")
        expect(open_again, "an unlocked account signs in")
        return "account written, signed in, locked out, unlocked; the reader's unlock was refused"


def _provision(site: Site, address: str, admin: str, reader: str) -> None:
    """A new domain with an empty OU=Staff; LDAP and Kerberos only, no file shares, no name service."""
    home = site.data / "domain"
    site.run("rm", "-rf", home)
    options = {
        "interfaces": f"{address}/8",
        "bind interfaces only": "yes",
        "vfs objects": "",
        "log level": "1",
        "log file": home / "log.samba",
        "server services": "ldap,cldap,kdc",
        "dcerpc endpoint servers": "",
        "ldap server require strong auth": "allow_sasl_over_tls",
        "pid directory": home,
        "ncalrpc dir": home / "ncalrpc",
        "dns forwarder": "",
    }
    site.run(
        "samba-tool",
        "domain",
        "provision",
        "--realm=CORP.EXAMPLE",
        "--domain=CORP",
        f"--adminpass={admin}",
        "--server-role=dc",
        "--dns-backend=NONE",
        "--host-name=dc1",
        f"--host-ip={address}",
        f"--targetdir={home}",
        *(f"--option={name}={value}" for name, value in options.items()),
        show="samba-tool domain provision",
    )
    at = ("-H", str(home / "private/sam.ldb"), "-s", str(home / "etc/smb.conf"))
    site.run(
        "samba-tool",
        "domain",
        "passwordsettings",
        "set",
        f"--account-lockout-threshold={FAILURES}",
        "--account-lockout-duration=30",
        "--min-pwd-age=0",
        "--history-length=3",
        *at,
        show="password settings",
    )
    site.run("samba-tool", "ou", "create", STAFF, *at, show="samba-tool ou create")
    site.run("samba-tool", "user", "create", "okno.reader", reader, *at, show="samba-tool user create")
    site.run("samba-tool", "user", "setexpiry", "okno.reader", "--noexpiry", *at, show="samba-tool user setexpiry")
    (home / "ready").touch()


def _address() -> str:
    """OKNO_REAL_SAMBA_ADDRESS if set, else the first loopback address whose AD ports nobody holds."""
    wanted = os.environ.get("OKNO_REAL_SAMBA_ADDRESS")
    for address in [wanted] if wanted else ADDRESSES:
        if all(free(address, port) for port in SERVED):
            return address
    raise ServerFailed(f"ports {SERVED} are taken on {wanted or 'every address from 127.0.0.20 to 127.0.0.29'}")


def _quoted(password: str) -> str:
    """A password as AD wants it: in quotes, UTF-16."""
    return b64encode(f'"{password}"'.encode("utf-16-le")).decode()


def _refused(*words: str, ldif: str) -> bool:
    try:
        ldap(*words, ldif=ldif)
    except Refused:
        return True
    return False


def _answers(url: str, ca: str, user: str, password: str) -> bool:
    return not _refused("ldapsearch", url, ca, user, password, "-b", BASE, "-s", "base", "1.1", ldif="")


SERVER = Samba()
