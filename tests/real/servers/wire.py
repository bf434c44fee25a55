"""Plain calls for preparing and proving servers: HTTP with JSON, LDAP and SQL through the systems' own tools."""

import base64
import json
import os
import socket
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from tests.real.servers.process import PATH

# Addresses are loopback ones: a proxy of the environment must not see them.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Refused(Exception):
    """The server answered with an error, or with something else than expected."""


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def call(
    method: str,
    url: str,
    headers: Mapping[str, str] | None = None,
    body: object = None,
    form: Mapping[str, str] | None = None,
    seconds: float = 20,
) -> object:
    """One HTTP request; JSON in, JSON out (None for an empty answer).

    Raises: Refused for any status outside 200 to 299 and when nobody answers.
    """
    sent = dict(headers or {})
    data = None
    if form is not None:
        data = urllib.parse.urlencode(form).encode()
    elif body is not None:
        data = json.dumps(body).encode()
        sent.setdefault("Content-Type", "application/json")
    try:
        with _opener.open(urllib.request.Request(url, data, sent, method=method), timeout=seconds) as answer:
            text = answer.read()
    except urllib.error.HTTPError as wrong:
        raise Refused(f"{method} {url}: {wrong.code} {wrong.read()[:400]!r}") from wrong
    except OSError as silent:
        raise Refused(f"{method} {url}: {silent}") from silent
    try:
        return json.loads(text) if text.strip() else None
    except ValueError:
        return text.decode(errors="replace")


def answers(url: str, headers: Mapping[str, str] | None = None) -> bool:
    try:
        call("GET", url, headers, seconds=3)
    except Refused:
        return False
    return True


def listens(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), 1).close()
    except OSError:
        return False
    return True


def ldap(tool: str, url: str, ca: Path | str, user: str, password: str, *words: str, ldif: str = "") -> str:
    """ldapsearch, ldapadd, ldapmodify … over strict TLS. Raises: Refused with what the tool said."""
    env = {**os.environ, "PATH": PATH, "LDAPTLS_CACERT": str(ca), "LDAPTLS_REQCERT": "demand"}
    return _tool([tool, "-x", "-H", url, "-D", user, "-w", password, *words], ldif, env)


def sql(url: str, statements: str) -> str:
    """Run statements through psql, stopping at the first error; returns unaligned rows."""
    env = {**os.environ, "PATH": PATH}
    return _tool(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", url], statements, env)


def expect(holds: bool, what: str) -> None:
    """Raises: Refused when something read back is not what was written."""
    if not holds:
        raise Refused(f"does not hold: {what}")


def _tool(command: list[str], stdin: str, env: Mapping[str, str]) -> str:
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, env=env, timeout=60, check=False)
    except FileNotFoundError as missing:
        raise Refused(f"no such program: {missing.filename}") from missing
    if done.returncode:
        raise Refused(f"{command[0]}: {done.returncode} {(done.stderr or done.stdout).strip()[-400:]}")
    return done.stdout
