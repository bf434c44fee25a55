"""Certificates of the test servers: one throw-away authority, and names in the SAN as strict clients demand."""

import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.real.servers.process import ServerFailed

DAYS = "365"
_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class Certificate:
    """Paths of a certificate, its key and the authority that signed it."""

    ca: Path
    cert: Path
    key: Path


def issue(
    authority: Path,
    folder: Path,
    names: Sequence[str],
    addresses: Sequence[str],
    usage: str = "serverAuth",
    subject: str = "",
) -> Certificate:
    """A new certificate for these DNS names and IP addresses, signed by the authority kept in `authority`."""
    with _one_at_a_time:
        _make_authority(authority)
    folder.mkdir(parents=True, exist_ok=True)
    made = Certificate(authority / "ca.pem", folder / "cert.pem", folder / "key.pem")
    request, extensions = folder / "request.pem", folder / "extensions.txt"
    alternatives = ",".join([f"DNS:{name}" for name in names] + [f"IP:{address}" for address in addresses])
    san = f"subjectAltName={alternatives}\n" if alternatives else ""
    extensions.write_text(
        f"{san}extendedKeyUsage={usage}\nkeyUsage=critical,digitalSignature\nbasicConstraints=critical,CA:FALSE\n"
    )
    _openssl("req", "-new", *_new_key(made.key), "-subj", f"/CN={subject or names[0]}", "-out", request)
    with _one_at_a_time:
        _openssl(
            "x509",
            "-req",
            "-in",
            request,
            "-CA",
            made.ca,
            "-CAkey",
            authority / "ca.key",
            "-CAcreateserial",
            "-days",
            DAYS,
            "-out",
            made.cert,
            "-extfile",
            extensions,
        )
    made.key.chmod(0o600)
    request.unlink()
    extensions.unlink()
    return made


def _make_authority(folder: Path) -> None:
    if (folder / "ca.pem").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    _openssl(
        "req",
        "-x509",
        *_new_key(folder / "ca.key"),
        "-days",
        DAYS,
        "-subj",
        "/CN=Test authority",
        "-addext",
        "keyUsage=critical,keyCertSign,cRLSign",
        "-out",
        folder / "draft.pem",
    )
    (folder / "ca.key").chmod(0o600)
    (folder / "draft.pem").rename(folder / "ca.pem")


def _new_key(path: Path) -> tuple[str, ...]:
    return "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", str(path)


def _openssl(*words: str | Path) -> None:
    try:
        done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True, check=False)
    except FileNotFoundError as missing:
        raise ServerFailed("no such program: openssl (Debian package openssl)") from missing
    if done.returncode:
        raise ServerFailed(f"openssl {words[0]}: {done.stderr.strip()[-300:]}")
