"""Expected: what a record must show for an effect to be proven. Data, so that any process can look, now or at night."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from operations.kit.json_values import Json, plain

Test = Literal["is", "set", "unset", "has", "lacks", "after", "mentions"]
TESTS: Final[tuple[Test, ...]] = ("is", "set", "unset", "has", "lacks", "after", "mentions")


@dataclass(frozen=True, slots=True)
class Expected:
    """What one attribute of a record must show.

    Shape: `attribute` may lead into a nested record by a dot. `is`: equals `value`, `set`: is there, `unset`: is not,
    `has` and `lacks`: a list with or without `value`, `after`: a moment later than `value` (any, where that is None),
    `mentions`: a text that contains `value`.
    """

    attribute: str
    test: Test
    value: Json = None

    def holds(self, record: object) -> bool:
        """Whether a record shows it."""
        seen = read(record, self.attribute)
        match self.test:
            case "is":
                return bool(plain(seen) == self.value)
            case "set":
                return seen is not None
            case "unset":
                return seen is None
            case "has":
                return self.value in (plain(seen) or ())
            case "lacks":
                return self.value not in (plain(seen) or ())
            case "after":
                return isinstance(seen, datetime) and (
                    self.value is None or seen > datetime.fromisoformat(str(self.value))
                )
            case "mentions":
                return isinstance(seen, str) and str(self.value) in seen

    def told(self) -> str:
        """The state that is expected, in few words, for a plan."""
        words: Mapping[Test, str] = {"set": "set", "unset": "none", "after": "now"}
        if self.test in words:
            return words[self.test]
        shown = str(self.value).lower() if isinstance(self.value, bool) else str(self.value)
        return {"has": f"with {shown}", "lacks": f"without {shown}"}.get(self.test, shown)


def read(record: object, attribute: str) -> Any:
    """An attribute of a record, through nested ones; None where one on the way is missing."""
    for name in attribute.split("."):
        if record is None:
            return None
        record = getattr(record, name)
    return record


def shows(attribute: str, value: Json) -> Expected:
    """The attribute is this value."""
    return Expected(attribute, "is", value)


def is_set(attribute: str) -> Expected:
    """The attribute has a value."""
    return Expected(attribute, "set")


def is_unset(attribute: str) -> Expected:
    """The attribute has none."""
    return Expected(attribute, "unset")


def has(attribute: str, value: Json) -> Expected:
    """The list contains it."""
    return Expected(attribute, "has", value)


def lacks(attribute: str, value: Json) -> Expected:
    """The list does not contain it."""
    return Expected(attribute, "lacks", value)


def later(attribute: str, than: datetime | None) -> Expected:
    """The moment is later than it was."""
    return Expected(attribute, "after", None if than is None else than.isoformat())


def mentions(attribute: str, text: str) -> Expected:
    """The text contains it."""
    return Expected(attribute, "mentions", text)


def all_hold(expected: Sequence[Expected], record: object) -> bool:
    """Whether a record shows all of it."""
    return all(each.holds(record) for each in expected)
