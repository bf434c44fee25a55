"""Logs: one line for each thing that happens, JSON where nobody reads along, by the list of what may be told."""

import logging
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from gateway.telemetry.log_list import LIST, MADE, UNLISTED
from gateway.trace import TRACE

_LONGEST: Final = 200
_LONGEST_OF_SERVER: Final = 4_000
_MOST_FRAMES: Final = 12
_PLACE: Final = re.compile(r"%[-+ #0]*[\d.]*[a-zA-Z]")
_ROOT: Final = Path(__file__).parents[2]
_USUAL: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
"""What every record has; anything else came as `extra`."""


def begin(
    stream: TextIO | None = None,
    *,
    json: bool | None = None,
    level: str | None = None,
    dropped: Callable[[], object] = lambda: None,
) -> logging.Handler:
    """Write the logs of this process. Shape: without `json` and `level`, as fits the stream: a terminal gets readable lines, and of
    warnings only.
    """
    to = stream or sys.stderr
    as_json = not to.isatty() if json is None else json
    wanted = (level or ("info" if as_json else "warning")).upper()
    handler = logging.StreamHandler(to)
    handler.setFormatter(formatter(as_json=as_json, dropped=dropped))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("okno").setLevel(wanted)
    return handler


def formatter(*, as_json: bool, dropped: Callable[[], object]) -> logging.Formatter:
    """How records are written."""

    def told(_logger: WrappedLogger, _name: str, said: EventDict) -> EventDict:
        args = said.get("positional_args")
        problem = (said.get("exc_info") or (None, None, None))[1]
        return _told(said["_record"], args if isinstance(args, tuple) else (), problem, dropped)

    last: Processor = structlog.processors.JSONRenderer(_as_json) if as_json else _as_text
    return structlog.stdlib.ProcessorFormatter(processors=[told, last], use_get_message=False, pass_foreign_args=True)


def _told(
    record: logging.LogRecord, args: tuple[Any, ...], problem: BaseException | None, dropped: Callable[[], object]
) -> EventDict:
    """What a record may tell."""
    moment = structlog.processors.TimeStamper(fmt="iso", utc=True)(None, "", {})["timestamp"]
    line: EventDict = {"at": moment, "level": record.levelname.lower(), "logger": record.name}
    if record.name == "okno" or record.name.startswith("okno."):
        line.update(_of_ours(record, args, dropped))
    elif record.name.startswith("uvicorn"):
        text = str(record.msg) % args if args else str(record.msg)
        line["event"] = text.strip()[:_LONGEST_OF_SERVER]  # about itself, never about a request
    else:
        # a library's text may have anything in it already; only one that is still to be filled is its own
        line["event"] = str(record.msg)[:_LONGEST] if args else "a library speaks"
        dropped()
    line.setdefault("trace", TRACE.get())
    if line["trace"] is None:
        del line["trace"]
    if problem is not None:
        line["error"], line["where"] = list(_kinds(problem)), list(_frames(problem))
    return line


def _of_ours(record: logging.LogRecord, given: tuple[Any, ...], dropped: Callable[[], object]) -> EventDict:
    text = str(record.msg)
    listed = LIST.get(text, UNLISTED)
    puts = (*listed.puts, *(None for _ in given[len(listed.puts) :]))
    said: EventDict = {"event": _named(text, puts)}
    for name, value in zip(puts, given, strict=False):
        _put(said, name, value, dropped)
    for name, value in vars(record).items():
        if name not in _USUAL and not name.startswith("_"):
            _put(said, name if name in listed.extra else None, value, dropped)
    return said


def _put(said: EventDict, name: str | None, value: Any, dropped: Callable[[], object]) -> None:
    if name is not None and name in MADE:
        value = MADE[name](value)
    if name is None or not isinstance(value, str | int | float | bool | None):
        dropped()
    elif value is not None:
        said[name] = value[:_LONGEST] if isinstance(value, str) else value


def _named(text: str, puts: tuple[str | None, ...]) -> str:
    """A text with names where values are put in: the same for every line of its kind."""
    left = iter(puts)
    return _PLACE.sub(lambda _found: f"{{{next(left, None) or '…'}}}", text)


def _kinds(problem: BaseException) -> Iterator[str]:
    """The names of an exception and of those behind it; never what they say."""
    seen = set[int]()
    now: BaseException | None = problem
    while now is not None and id(now) not in seen:
        seen.add(id(now))
        yield type(now).__name__
        now = now.__cause__ or now.__context__


def _frames(problem: BaseException) -> Iterator[str]:
    """Where it happened, the last places."""
    for frame in traceback.extract_tb(problem.__traceback__)[-_MOST_FRAMES:]:
        path = Path(frame.filename)
        shown = path.relative_to(_ROOT) if path.is_relative_to(_ROOT) else Path(*path.parts[-2:])
        yield f"{shown.as_posix()}:{frame.lineno} {frame.name}"


def _as_json(line: EventDict, **_options: Any) -> str:
    return orjson.dumps(line, default=str).decode()


def _as_text(_logger: WrappedLogger, _name: str, line: EventDict) -> str:
    known = {name: value for name, value in line.items() if name not in ("at", "level", "logger", "event", "where")}
    text = re.sub(r"\{(\w+)\}", lambda found: str(known.pop(found[1], "…")), line["event"])
    rest = " ".join(f"{name}={value}" for name, value in known.items())
    where = "".join(f"\n    {each}" for each in line.get("where", ()))
    return f"{line['at'][11:19]} {line['level']:<8} {text}{f'  {rest}' if rest else ''}{where}"
