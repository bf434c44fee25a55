"""Request Tracker 5: the service desk over REST 2.0, on SQLite."""

import secrets
from typing import ClassVar

from tests.real.servers.packages import lacking
from tests.real.servers.place import write_private
from tests.real.servers.server import Facts, Server, Site, nested
from tests.real.servers.wire import answers, basic, call, expect

PROGRAM = "/usr/share/request-tracker5/libexec/rt-server"


class RequestTracker(Server):
    """Only `root` exists at first; the queue `General` is RT's own. Privileged users may work in every queue."""

    title = "service desk, RT REST 2.0"
    ports: ClassVar = {"http": 27408}

    def debian(self) -> tuple[str, ...]:
        return lacking("request-tracker5", "rt5-standalone", "rt5-db-sqlite")

    def start(self, site: Site) -> Facts:
        port, password = site.port("http"), site.secret("admin")
        for folder in ("mason", "session", "site.d"):
            (site.data / folder).mkdir(exist_ok=True)
        config = site.data / "RT_SiteConfig.pm"
        text = (site.fixture / "RT_SiteConfig.pm").read_text()
        config.write_text(text.replace("@PORT@", str(port)).replace("@DATA@", str(site.data)))
        # Both are needed: with only the first, Debian's own site files are read as well.
        env = {"RT_SITE_CONFIG": str(config), "RT_SITE_CONFIG_DIR": str(site.data / "site.d"), "LC_ALL": "C.UTF-8"}
        if not (site.data / "ready").exists():
            (site.data / "rt.sqlite").unlink(missing_ok=True)
            given = site.data / "given"
            write_private(given, password)
            site.run(
                "rt-setup-database-5",
                "--action",
                "init",
                "--dba",
                "root",
                "--dba-password",
                "",
                "--root-password-file",
                given,
                env=env,
                show="rt-setup-database",
            )
            given.unlink()
            (site.data / "ready").touch()
        if not (site.data / "rights").exists():
            site.run(
                "rt-setup-database-5",
                "--action",
                "insert",
                "--datafile",
                site.fixture / "rights.pl",
                "--dba",
                "root",
                "--dba-password",
                "",
                env=env,
                show="rt-setup-database insert",
            )
            (site.data / "rights").touch()
        site.spawn(PROGRAM, "--host", "127.0.0.1", "--port", str(port), env=env, cwd=site.data)
        url = f"http://127.0.0.1:{port}/REST/2.0"
        site.wait(lambda: answers(f"{url}/rt", basic("root", password)), 60)
        return {
            "url": url,
            "port": port,
            "queue": "General",
            "keeps_data": True,
            "credentials": {"admin": {"user": "root", "password": password}},
        }

    def prove(self, facts: Facts) -> str:
        credentials = nested(facts, "credentials")
        root, subject = basic(**credentials["admin"]), f"Проверка {secrets.token_hex(4)}"
        made = call(
            "POST",
            f"{facts['url']}/ticket",
            root,
            {"Queue": "General", "Subject": subject, "Content": "proof", "ContentType": "text/plain"},
        )
        assert isinstance(made, dict)
        ticket = f"{facts['url']}/ticket/{made['id']}"
        read = call("GET", ticket, root)
        call("DELETE", ticket, root)
        expect(isinstance(read, dict) and read["Subject"] == subject, "a created ticket is read back")
        return "ticket created, read, deleted"


SERVER = RequestTracker()
