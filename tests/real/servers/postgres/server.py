"""PostgreSQL with one database per system that keeps its records here: `cmdb`, `badges`, `hr`."""

import os
import secrets
import signal
from pathlib import Path
from typing import ClassVar

from tests.real.servers.packages import lacking
from tests.real.servers.process import ServerFailed
from tests.real.servers.server import Facts, Server, Site, nested
from tests.real.servers.wire import Refused, expect, sql

ACCOUNT = "postgres"  # the server refuses to run as root
DATABASES = ("cmdb", "badges", "hr")


class Postgres(Server):
    """Each database has an owner of the same name; `reader` may read all of them and write nothing."""

    title = "databases of equipment, badges and HR"
    ports: ClassVar = {"sql": 27402}
    stop_signal = signal.SIGINT  # fast shutdown: SIGTERM would wait for every client to leave

    def debian(self) -> tuple[str, ...]:
        return () if _binaries() else lacking("postgresql")

    def start(self, site: Site) -> Facts:
        binaries = _binaries()
        if binaries is None:
            raise ServerFailed("PostgreSQL's server programs are not installed (Debian package postgresql)")
        port, password = site.port("sql"), site.secret("admin")
        drop, home = _as_account(site)
        if not (home / "db" / "PG_VERSION").exists():
            given = home / "given"
            given.write_text(password)
            site.run("chown", "--reference", str(home), given)
            site.run(
                *drop,
                binaries / "initdb",
                "-D",
                home / "db",
                "-U",
                "admin",
                "-A",
                "scram-sha-256",
                f"--pwfile={given}",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
                cwd=home,
                show="initdb",
            )
            given.unlink()
        # A test server: what a power cut would lose can be made again.
        site.spawn(
            *drop,
            binaries / "postgres",
            "-D",
            home / "db",
            "-p",
            str(port),
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "unix_socket_directories=",
            "-c",
            "fsync=off",
            "-c",
            "synchronous_commit=off",
            "-c",
            "full_page_writes=off",
            "-c",
            "max_connections=200",
            cwd=home,
        )
        url = f"postgresql://admin:{password}@127.0.0.1:{port}"
        site.wait(lambda: _speaks(url))
        return {"host": "127.0.0.1", "port": port, "keeps_data": True, **_databases(site, url, port)}

    def prove(self, facts: Facts) -> str:
        databases = nested(facts, "databases")
        badges, no = databases["badges"], secrets.token_hex(6)
        sql(
            badges["owner"],
            f"insert into badge (no, employee) values ('{no}', 'nobody');insert into badge_zone values ('{no}', 'HQ');",
        )
        read = sql(badges["reader"], f"select zone from badge join badge_zone on badge = no where no = '{no}'")
        try:
            sql(badges["reader"], f"update badge set blocked_at = now() where no = '{no}'")
        except Refused:
            denied = True
        else:
            denied = False
        sql(badges["owner"], f"delete from badge where no = '{no}'")
        expect(read.strip() == "HQ", "the reader sees the written badge")
        expect(denied, "the reader may not write")
        return "badge written by its owner, read by the reader, whose write was refused"


def _databases(site: Site, url: str, port: int) -> Facts:
    """Roles, databases and tables; harmless when they are there already."""
    reader = site.secret("reader")
    roles = [("reader", reader), *((name, site.secret(name)) for name in DATABASES)]
    for role, password in roles:
        sql(
            f"{url}/postgres",
            f"do $$ begin if not exists (select from pg_roles where rolname = '{role}') then "
            f"create role {role} login; end if; end $$;"
            f"alter role {role} password '{password}';",
        )
    sql(f"{url}/postgres", "grant pg_read_all_data to reader;")
    known = set(sql(f"{url}/postgres", "select datname from pg_database").split())
    told: dict[str, dict[str, str]] = {}
    for name, password in roles[1:]:
        if name not in known:
            sql(f"{url}/postgres", f"create database {name} owner {name}")
        owner = f"postgresql://{name}:{password}@127.0.0.1:{port}/{name}"
        schema = site.fixture / f"{name}.sql"
        if schema.exists():
            sql(owner, f"set client_min_messages = warning;\n{schema.read_text()}")
        told[name] = {"owner": owner, "reader": f"postgresql://reader:{reader}@127.0.0.1:{port}/{name}"}
    passwords = {
        "admin": {"user": "admin", "password": site.secret("admin")},
        "reader": {"user": "reader", "password": reader},
    }
    return {"databases": told, "credentials": passwords}


def _as_account(site: Site) -> tuple[list[str], Path]:
    """How to run as the database's account, and the folder it may write."""
    if os.geteuid() != 0:
        return [], site.data
    home = site.data_for(ACCOUNT)
    return ["setpriv", f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--clear-groups"], home


def _binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[4]))
    return found[-1].parent if found else None


def _speaks(url: str) -> bool:
    try:
        return sql(f"{url}/postgres", "select 1").strip() == "1"
    except Refused:
        return False


SERVER = Postgres()
