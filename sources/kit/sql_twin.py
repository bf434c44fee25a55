"""SQL as JSON lines: the wire to a database twin."""

from collections.abc import Mapping, Sequence

from sources.kit.json_lines import JsonLines, LineBroken, LineDown
from sources.kit.sql_wire import DOWN, UNREADABLE, Row, SqlRefusal, Step


class TwinWire:
    """Implements `SqlWire` towards a twin. Units: `most` in bytes of one answer."""

    def __init__(self, url: str, user: str, password: str, *, most: int, connections: int) -> None:
        hello = {"op": "connect", "user": user, "password": password}
        self._lines = JsonLines(url, hello, most=most, connections=connections)

    async def run(self, steps: Sequence[Step], *, write: bool, seconds: float) -> list[Row]:
        """The rows of the last of these statements, all in one transaction that is READ ONLY unless it writes."""
        (statement, values), *more = steps
        request: dict[str, object] = {
            "op": "write" if write else "read",
            "statement": statement,
            "values": dict(values),
        }
        if more:
            request["then"] = [[each, dict(given)] for each, given in more]
        try:
            async with self._lines.connection(seconds) as line:
                if line.greeted is not None:
                    _checked(line.greeted)
                return _checked(await line.exchange(request, seconds))
        except LineDown as problem:
            self._lines.close()
            raise SqlRefusal(DOWN, str(problem)) from None
        except LineBroken as problem:
            raise SqlRefusal(UNREADABLE, str(problem)) from None

    async def close(self) -> None:
        """Give back every connection."""
        self._lines.close()


def _checked(answer: Mapping[str, object]) -> list[Row]:
    state, rows = answer.get("state"), answer.get("rows")
    if not isinstance(state, str) or len(state) != 5:
        raise SqlRefusal(UNREADABLE, "an answer without a state")
    if state != "00000":
        raise SqlRefusal(state, str(answer.get("text", ""))[:300])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise SqlRefusal(UNREADABLE, "an answer without rows")
    return rows
