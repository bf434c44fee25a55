"""JSON over one kept connection: filling is hundreds of small calls."""

import http.client
import json
from collections.abc import Mapping
from types import TracebackType
from urllib.parse import quote, urlsplit

from tests.real.servers.wire import Refused

Row = dict[str, object]


class Json:
    """A server's HTTP address and the credentials sent with every call."""

    def __init__(self, url: str, headers: Mapping[str, str], seconds: float = 30) -> None:
        address = urlsplit(url)
        self._base, self._headers = address.path.rstrip("/"), dict(headers)
        self._line = http.client.HTTPConnection(address.hostname or "", address.port, timeout=seconds)

    def __enter__(self) -> "Json":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, at: TracebackType | None
    ) -> None:
        self._line.close()

    def ask(self, method: str, path: str, body: object = None) -> Row:
        """One call; an empty answer is an empty row. Raises: Refused for any status outside 200 to 299."""
        data = None if body is None else json.dumps(body).encode()
        headers = self._headers if data is None else {"Content-Type": "application/json", **self._headers}
        try:
            self._line.request(method, self._base + quote(path, safe="/?&=$%'(),~:.-_+"), data, headers)
            answer = self._line.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as problem:
            self._line.close()
            raise Refused(f"{method} {path}: {type(problem).__name__} {problem}") from problem
        if not 200 <= answer.status < 300:
            raise Refused(f"{method} {path}: {answer.status} {content[:400]!r}")
        found = json.loads(content) if content.strip() else {}
        return found if isinstance(found, dict) else {"value": found}

    def rows(self, path: str, name: str) -> list[Row]:
        """The list that an answer holds under a name."""
        found = self.ask("GET", path).get(name)
        return found if isinstance(found, list) else []
