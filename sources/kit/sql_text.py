"""SQL statements looked at before they are sent: what only reads, and how named parameters become numbered ones."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

_WRITES: Final = (
    exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.DDL, exp.Command, exp.Into, exp.Lock, exp.Copy, exp.Set,
    exp.Use, exp.Transaction, exp.Commit, exp.Rollback, exp.Drop, exp.Alter, exp.TruncateTable, exp.Pragma,
)  # fmt: skip
_FUNCTIONS: Final = frozenset(
    {
        "And", "Or", "Xor", "Case", "If", "Cast", "Coalesce", "Nullif", "Exists", "Count", "Sum", "Avg", "Min", "Max",
        "RowNumber", "Rank", "DenseRank", "Lower", "Upper", "Trim", "Length", "Substring", "Abs", "Round", "Greatest",
        "Least", "CurrentTimestamp", "CurrentDate", "Between", "Extract", "Concat",
    }
)  # fmt: skip
"""Functions that can only read. Any other may write, for what a function does is not in the statement."""
_TOKEN: Final = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|::|:([A-Za-z_]\w*)")

Values = Mapping[str, object]


@lru_cache(maxsize=512)
def only_reads(statement: str) -> bool:
    """Whether this is one statement that cannot change anything: a query, with none but known functions."""
    # escapes, dollar quotes and comments are where parsers disagree; no statement of ours needs them
    if any(odd in statement for odd in ("\\", "$$", "--", "/*", ";", "\x00")):
        return False
    try:
        parsed = sqlglot.parse(statement, read="postgres")
    except SqlglotError:
        return False
    if len(parsed) != 1 or not isinstance(parsed[0], exp.Query):
        return False
    return all(_harmless(node) for node in parsed[0].walk())


def _harmless(node: exp.Expr) -> bool:
    if isinstance(node, exp.DDL) and isinstance(node, exp.Query):
        return True
    if isinstance(node, _WRITES):
        return False
    return not isinstance(node, exp.Func) or type(node).__name__ in _FUNCTIONS


def expanded(statement: str, values: Values) -> tuple[str, dict[str, object]]:
    """Sequences spread over parameters of their own: `IN (:keys)` becomes `IN (:keys_0, :keys_1)`.

    A text that no column can hold is left out, so that it does not cost the others their answer. The number of parameters
    is rounded up to a power of two by repeating the last, so that few different statements are prepared.
    """
    flat: dict[str, object] = {}

    def spread(match: re.Match[str]) -> str:
        name = match[1]
        if name is None:
            return match[0]
        if name not in values:
            raise ValueError(f"the statement has a parameter {name!r} and no value for it")
        value = values[name]
        if not isinstance(value, list | tuple):
            flat[name] = value
            return match[0]
        value = [each for each in value if _can_be_stored(each)]
        if not value:
            return "NULL"
        places = 1 << (len(value) - 1).bit_length()
        names = [f"{name}_{index}" for index in range(places)]
        flat.update(zip(names, [*value, *[value[-1]] * (places - len(value))], strict=True))
        return ", ".join(f":{each}" for each in names)

    return _TOKEN.sub(spread, statement), flat


def _can_be_stored(value: object) -> bool:
    """Whether a text has a form in UTF-8 and no zero byte, which PostgreSQL does not take."""
    try:
        return not isinstance(value, str) or b"\x00" not in value.encode()
    except UnicodeEncodeError:
        return False


def numbered(statement: str, values: Values) -> tuple[str, list[object]]:
    """Named parameters as PostgreSQL numbers them: the same name is the same number."""
    order: dict[str, int] = {}

    def number(match: re.Match[str]) -> str:
        name = match[1]
        return match[0] if name is None else f"${order.setdefault(name, len(order) + 1)}"

    return _TOKEN.sub(number, statement), [values[name] for name in _ordered(statement)]


def _ordered(statement: str) -> list[str]:
    return list(dict.fromkeys(match[1] for match in _TOKEN.finditer(statement) if match[1] is not None))
