"""The manifest of a system: `source.yaml`, what it is and how it wants to be asked."""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, Field, model_validator

import sources
from sources.kit.yaml_file import Strict, load
from sources.ports.catalogue import ports
from sources.ports.question import questions_of
from sources.ports.write import RetryClass, writes_of

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def seconds(value: object) -> float:
    """A duration such as `250ms`, `2s`, `10m` in seconds. Raises: ValueError saying so."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", str(value))
    if not match:
        raise ValueError(f"expected a duration such as 250ms, 2s or 10m, is {value!r}")
    return float(match[1]) * _UNITS[match[2]]


Duration = Annotated[float, BeforeValidator(seconds)]
Sensitivity = Literal["public", "internal", "confidential", "personal", "restricted"]
_SENSITIVITIES: tuple[str, ...] = get_args(Sensitivity)


class Owner(Strict):
    """The team that runs the system."""

    team: str
    contact: str


class Setting(Strict):
    """One setting an installation gives."""

    about: str
    required: bool = True
    secret: bool = False
    default: str | None = None


class Asked(Strict):
    """How one question is put. `because` says why fewer than fifty keys go into one call."""

    batch: int = Field(default=50, ge=1, le=1000)
    because: str | None = None

    @model_validator(mode="after")
    def _small_batches_explain_themselves(self) -> "Asked":
        if self.batch < 50 and not self.because:
            raise ValueError("a batch below 50 needs `because`: why the system cannot be asked for many")
        return self


class ReadRule(Strict):
    """A call that looks like a write and is a read; signed by security through the committed snapshot.

    `path` is a pattern below the source's address, `*` standing for one segment. `body` gives, for JMESPath expressions
    over the JSON body, the only values allowed (at least one must be present). With `graphql` the body must be a GraphQL
    request whose document holds nothing but queries.
    """

    method: str
    path: str
    reason: str = Field(min_length=10)
    body: dict[str, tuple[str, ...]] = {}
    graphql: bool = False


class Write(Strict):
    """One named write and what may be done after a lost answer; a permit for it opens the way for no other call.

    `path` and `body` are as in a ReadRule. Protocols without paths say in `method` what is done.
    """

    about: str
    retry: RetryClass
    method: str = "POST"
    path: str | None = None
    body: dict[str, tuple[str, ...]] = {}


class Limits(Strict):
    """What the system's owner lets be granted at all.

    Shape: `reads` gives the highest sensitivity by domain; `operations` those that may be granted (None: any);
    `approved_by` the team whose approval each run of an operation needs.
    """

    reads: dict[str, Sensitivity] = {}
    operations: tuple[str, ...] | None = None
    approved_by: dict[str, str] = {}

    def lowered(self, further: "Limits") -> "Limits":
        """These limits with an installation's own, which may only take away. Raises: ValueError naming what would give."""
        for domain, most in further.reads.items():
            here = self.reads.get(domain, most)
            if _SENSITIVITIES.index(most) > _SENSITIVITIES.index(here):
                raise ValueError(f"expected {domain} up to {here} at most, as the manifest says, is {most}")
        strange = sorted(set(further.operations or ()) - set(self.operations or further.operations or ()))
        if strange:
            raise ValueError(f"expected operations that the manifest allows, is {strange[0]}")
        return Limits(
            reads={**self.reads, **further.reads},
            operations=self.operations if further.operations is None else further.operations,
            approved_by={**further.approved_by, **self.approved_by},
        )


class Manifest(Strict):
    """What a system is and how it wants to be asked. Units: durations in seconds, sizes in bytes."""

    title: str
    owner: Owner
    ports: tuple[str, ...] = Field(min_length=1)
    protocol: Literal["http", "ldap", "sql", "socket"]
    key: Literal["employee_id", "login", "email", "directory_id"] | None = None
    domain: str
    settings: dict[str, Setting] = {}
    questions: dict[str, Asked] = {}
    timeout: Duration = 2.0
    in_flight: Duration = 10.0
    concurrency: int = Field(default=8, ge=1, le=256)
    freshness: Duration = 0.0
    stale: Duration = 600.0
    sweep: Duration = 300.0
    max_answer: int = Field(default=1_048_576, ge=1024)
    attribution: str | None = Field(default=None, pattern=r"^[A-Za-z][A-Za-z0-9-]*$")
    reads: tuple[ReadRule, ...] = ()
    writes: dict[str, Write] = {}
    ceiling: Limits | None = None

    @model_validator(mode="after")
    def _ports_and_questions_exist(self) -> "Manifest":
        for port in self.ports:
            if port not in ports():
                raise ValueError(f"no port {port!r}; there are {', '.join(sorted(ports()))}")
        known = {name for port in self.ports for name in questions_of(ports()[port])}
        for name in self.questions:
            if name not in known:
                raise ValueError(f"no question {name!r} in its ports; there are {', '.join(sorted(known))}")
        return self

    @model_validator(mode="after")
    def _writes_are_those_of_the_ports(self) -> "Manifest":
        known = [name for port in self.ports for name in writes_of(ports()[port])]
        for name in self.writes:
            if name not in known:
                near = get_close_matches(name, known, n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(known)) or 'none'}"
                raise ValueError(f"no write {name!r} in its ports; {hint}")
        return self

    def asked(self, question: str) -> Asked:
        """How this question is put; fifty keys a call unless the manifest says otherwise."""
        return self.questions.get(question) or Asked()


class Systems(Mapping[str, Manifest]):
    """The systems that ship, by folder name; each manifest is read when it is first looked at. Raises: ConfigError."""

    def __init__(self, root: Path) -> None:
        self._files = {file.parent.name: file for file in sorted(root.glob("*/source.yaml"))}
        self._read: dict[str, Manifest] = {}

    def __getitem__(self, system: str) -> Manifest:
        if system not in self._read:
            self._read[system] = load(self._files[system], Manifest)
        return self._read[system]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


@cache
def systems() -> Systems:
    """Every system that ships: the folders beside this kit are the list."""
    return Systems(Path(sources.__file__).parent)
