"""A witness on the wire: it hands every request on as it came and keeps what was asked and answered."""

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import urlsplit

_OF_ONE_HOP: Final = frozenset({"host", "connection", "content-length", "transfer-encoding", "accept-encoding"})


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer. Shape: names of headers are in small letters."""

    headers: dict[str, str]
    asked: dict[str, Any]
    status: int
    answered: dict[str, Any]

    @property
    def representations(self) -> list[dict[str, Any]]:
        """The entities that were asked for, whatever the router calls the variable."""
        several = [each for each in (self.asked.get("variables") or {}).values() if isinstance(each, list)]
        return [each for each in (several[0] if several else []) if isinstance(each, dict) and "__typename" in each]

    @property
    def calls(self) -> dict[str, int]:
        """Calls of each source, as Okno accounts for them."""
        return {name: entry["calls"] for name, entry in self.answered["extensions"]["sources"].items()}


@dataclass(slots=True)
class Witness:
    """What has been posted to one server. Shape: `url` is where the witness listens in its stead. Units: `delay`, before a
    request is handed on, in seconds.
    """

    target: str
    url: str = ""
    delay: float = 0.0
    seen: list[Exchange] = field(default_factory=list)

    def entities(self) -> list[Exchange]:
        """Those that asked for entities."""
        return [each for each in self.seen if "_entities" in each.asked["query"]]


@contextmanager
def witnessed(target: str) -> Iterator[Witness]:
    """A witness before a server, from its start to its end."""
    witness = Witness(target)

    class Passing(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._pass_on(None)

        def do_POST(self) -> None:
            self._pass_on(self.rfile.read(int(self.headers["Content-Length"])))

        def _pass_on(self, body: bytes | None) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            where = urlsplit(target)._replace(query=urlsplit(self.path).query)
            onward = {name: value for name, value in headers.items() if name not in _OF_ONE_HOP}
            time.sleep(witness.delay)
            try:
                one = urllib.request.Request(where.geturl(), body, onward, method=self.command)
                with urllib.request.urlopen(one, timeout=20) as answer:
                    status, kind, content = answer.status, answer.headers["Content-Type"], answer.read()
            except urllib.error.HTTPError as refusal:
                status, kind, content = refusal.code, refusal.headers["Content-Type"], refusal.read()
            if body is not None:
                witness.seen.append(Exchange(headers, json.loads(body), status, json.loads(content)))
            self.send_response(status)
            self.send_header("Content-Type", kind or "text/plain")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_said: Any) -> None:
            """Nothing: what matters is kept."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Passing)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    witness.url = f"http://127.0.0.1:{server.server_address[1]}/graphql"
    try:
        yield witness
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
