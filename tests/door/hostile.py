"""Hostile documents: what somebody sends who wants to break a gateway, or learn what is not theirs to know."""

from collections.abc import Mapping
from typing import Any, Final

from resolvers.limits import LONGEST, MOST_CHARACTERS

_LOGIN: Final = '(by: {login: "employee"})'


def _deep(levels: int) -> str:
    inside = "login"
    for _ in range(levels):
        inside = f"employment {{ manager {{ {inside} }} }}"
    return f"{{ employee{_LOGIN} {{ {inside} }} }}"


def _doubling(levels: int) -> str:
    chain = "".join(f"fragment F{n} on Employee {{ ...F{n + 1} ...F{n + 1} }} " for n in range(levels))
    return f"{{ employee{_LOGIN} {{ ...F0 }} }} {chain} fragment F{levels} on Employee {{ login }}"


def _branching(levels: int, times: int) -> str:
    """Small to write, large to carry out: each fragment asks for the next one several times."""
    chain = "".join(
        f"fragment F{n} on Employee {{ "
        + " ".join(f"a{k}: employment {{ manager {{ ...F{n + 1} }} }}" for k in range(times))
        + " } "
        for n in range(levels)
    )
    return f"{{ employee{_LOGIN} {{ ...F0 }} }} {chain} fragment F{levels} on Employee {{ login }}"


def _introspection(levels: int) -> str:
    inside = "name"
    for _ in range(levels):
        inside = f"fields {{ type {{ {inside} }} }}"
    return f"{{ __schema {{ types {{ {inside} }} }} }}"


HOSTILE: Final[Mapping[str, tuple[str, str]]] = {
    "deep": (_deep(200), "LIMIT_EXCEEDED"),
    "deeper than the parser goes": (_deep(1_500), "LIMIT_EXCEEDED"),
    "braces alone": ("{" * 3_900, "LIMIT_EXCEEDED"),
    "lists in lists": ("{ employee(by: " + "[" * 3_000 + ") { login } }", "LIMIT_EXCEEDED"),
    "wide": ("{ viewer { " + "login " * 1_490 + "} }", "LIMIT_EXCEEDED"),
    "wide, with other names": ("{ viewer { " + " ".join(f"a{n}: login" for n in range(900)) + " } }", "LIMIT_EXCEEDED"),
    "many aliases of something dear": (
        "{ " + " ".join(f"a{n}: employees(first: 200) {{ totalCount }}" for n in range(200)) + " }",
        "LIMIT_EXCEEDED",
    ),
    "directives on one field": ("{ viewer { login " + "@include(if: true) " * 240 + "} }", "LIMIT_EXCEEDED"),
    "unknown directives": ("{ viewer { login " + "@a " * 740 + "} }", "LIMIT_EXCEEDED"),
    "directives on the operation": ("query " + "@a " * 740 + "{ viewer { login } }", "LIMIT_EXCEEDED"),
    "a circle of fragments": (
        "{ viewer { ...A } } fragment A on Viewer { ...B } fragment B on Viewer { ...A }",
        "VALIDATION_FAILED",
    ),
    "a fragment that spreads itself": ("{ viewer { ...A } } fragment A on Viewer { login ...A }", "VALIDATION_FAILED"),
    "fragments that double": (_doubling(90), "LIMIT_EXCEEDED"),
    "fragments that multiply": (_branching(13, 10), "LIMIT_EXCEEDED"),
    "a thousand fragments": (
        "{ viewer { login } } " + "".join(f"fragment F{n} on Viewer {{ login }} " for n in range(500)),
        "LIMIT_EXCEEDED",
    ),
    "a thousand operations": ("".join(f"query Q{n} {{ viewer {{ login }} }} " for n in range(400)), "LIMIT_EXCEEDED"),
    "too many tokens": ("{ " + "viewer { login } " * 2_000 + "}", "LIMIT_EXCEEDED"),
    "very long": ("{ viewer { login } } #" + "x" * MOST_CHARACTERS, "LIMIT_EXCEEDED"),
    "a long text in it": (
        '{ search(text: "' + "x" * (MOST_CHARACTERS - 100) + '") { edges { matched } } }',
        "LIMIT_EXCEEDED",
    ),
    "long comments": ("{ viewer { logn } } " + ("#" + "x" * (LONGEST - 10) + "\n") * 9, "LIMIT_EXCEEDED"),
    "a text without an end": ('{ search(text: "' + "\\\\" * 4_000, "PARSE_FAILED"),
    "the same within the same": (
        f"{{ employee{_LOGIN} {{ " + ("account { " + "login " * 35 + "} ") * 38 + "} }",
        "LIMIT_EXCEEDED",
    ),
    "a circle with branches": (
        f"{{ employee{_LOGIN} {{ ...A }} }} fragment A on Employee {{ "
        + " ".join(f"{name}: employment {{ manager {{ ...A }} }}" for name in "abc")
        + " }",
        "LIMIT_EXCEEDED",
    ),
    "names that are not there, again and again": ("{ viewer { " + "login logn " * 65 + " } }", "VALIDATION_FAILED"),
    "introspection without end": (_introspection(10), "VALIDATION_FAILED"),
    "introspection by aliases": (
        "{ " + " ".join(f"a{n}: __schema {{ types {{ name }} }}" for n in range(60)) + " }",
        "LIMIT_EXCEEDED",
    ),
    "fields that clash, each with each": (
        "{ viewer { "
        + " ".join(f"a: login ...F{n % 40}" for n in range(140))
        + " } } "
        + "".join(f"fragment F{n} on Viewer {{ a: region }} " for n in range(40)),
        "LIMIT_EXCEEDED",
    ),
    "many variables": (
        "query(" + " ".join(f"$v{n}: Int" for n in range(370)) + ") { viewer { login } }",
        "VALIDATION_FAILED",
    ),
    "a field that nearly is": ("{ viewer { logn } }", "VALIDATION_FAILED"),
    "an argument that nearly is": ('{ employee(b: {login: "a"}) { login } }', "VALIDATION_FAILED"),
    "a type that nearly is": ("{ viewer { ... on Vewer { login } } }", "VALIDATION_FAILED"),
    "a value that nearly is": ("{ employees(orderBy: LOGI) { totalCount } }", "VALIDATION_FAILED"),
    "control characters": ("{ viewer { login\u0000 } }", "PARSE_FAILED"),
}
"""What is sent, by what it is, and the code of its refusal."""

BODIES: Final[Mapping[str, tuple[bytes, int, str]]] = {
    "a batch": (b'[{"query": "{ viewer { login } }"}, {"query": "{ viewer { login } }"}]', 400, "BAD_INPUT"),
    "a body of a megabyte and more": (b'{"query": "' + b"x" * 1_100_000 + b'"}', 413, "LIMIT_EXCEEDED"),
    "a megabyte of variables in depth": (
        b'{"query": "query($a: String) { viewer { login } }", "variables": {"a": '
        + b"[" * 400_000
        + b"]" * 400_000
        + b"}}",
        400,
        "BAD_INPUT",
    ),
    "not UTF-8": (b'{"query": "\xff\xfe"}', 400, "BAD_INPUT"),
    "half a surrogate": (b'{"query": "{ viewer { login } } # \\ud800"}', 400, "BAD_INPUT"),
    "no JSON": (b"query { viewer { login } }", 400, "BAD_INPUT"),
    "nothing": (b"", 400, "BAD_INPUT"),
    "a number": (b"1", 400, "BAD_INPUT"),
    "a query that is none": (b'{"query": {"a": 1}}', 400, "BAD_INPUT"),
}
"""Bodies, with status and code."""


def said(name: str) -> dict[str, Any]:
    """A hostile request."""
    return {"query": HOSTILE[name][0]}
