"""The program itself: the Python it runs on, its names, its pages, what the environment tells it."""

import sys
from collections.abc import AsyncIterator
from typing import Final

import ui.pages
from gateway.doctor.examining import Patient, Said, check
from gateway.own_names import ClashingNames, check_own_names

KNOWN: Final = frozenset(
    {"OKNO_DRAIN", "OKNO_HOST", "OKNO_INSTALLATION", "OKNO_PORT", "OKNO_SECRETS", "OKNO_SKIP_UI", "OKNO_TOKEN"}
)
"""Variables of ours; docs/reference/configuration.md explains them."""
_OLDEST: Final = (3, 11)
_BEYOND: Final = (3, 13)


@check("Python", needs="nothing")
async def python_is_supported(_patient: Patient) -> AsyncIterator[Said]:
    """The version that Okno is made for."""
    said = ".".join(map(str, sys.version_info[:3]))
    if _OLDEST <= sys.version_info[:2] < _BEYOND:
        yield Said("ok", "Python", said)
    else:
        yield Said("fault", "Python", said, "install Okno with Python 3.11 or 3.12")


@check("names", needs="nothing")
async def names_are_our_own(_patient: Patient) -> AsyncIterator[Said]:
    """No other distribution stands where one of our packages should."""
    try:
        check_own_names()
    except ClashingNames as problem:
        yield Said("fault", "names", str(problem), "make a new environment and install Okno there alone")
    else:
        yield Said("ok", "names", "every package is Okno's own")


@check("pages", needs="nothing")
async def pages_are_built(_patient: Patient) -> AsyncIterator[Said]:
    """The user interface came with the installation."""
    if any(ui.pages.BUILT.glob("*.html")):
        yield Said("ok", "pages", "built")
    else:
        yield Said(
            "warning", "pages", "not built: the graph answers, browsers see nothing", "install without OKNO_SKIP_UI"
        )


@check("environment", needs="nothing")
async def variables_are_read(patient: Patient) -> AsyncIterator[Said]:
    """Every variable that begins with OKNO_ is one that something reads."""
    text = ""
    if (patient.folder / "okno.yaml").is_file():
        text = (patient.folder / "okno.yaml").read_text(encoding="utf-8", errors="replace")
    ours = sorted(name for name in patient.environment if name.startswith("OKNO_"))
    strange = [name for name in ours if name not in KNOWN and f"env:{name}" not in text]
    if strange:
        yield Said("warning", "environment", f"nothing reads {', '.join(strange)}", "see whether a name is misspelt")
    else:
        yield Said("ok", "environment", f"{len(ours)} variables of ours, all of them read")
