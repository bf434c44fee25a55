"""Own names: our top-level packages are common words, and another distribution may bring one of the same name.

With PyPI's package `schema` in the same environment an editable install breaks at run time while tests stay green, so
the program looks before it starts.
"""

from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from importlib.util import find_spec
from pathlib import Path
from typing import Final

OWN: Final = ("schema", "resolvers", "sources", "operations", "authz", "audit", "ui", "gateway", "sandbox")


class ClashingNames(Exception):
    """Another distribution's package stands where one of ours should. The text says which, where, and what to do."""


def check_own_names(root: Path | None = None) -> None:
    """See that each of our packages is found beside this one and belongs to one distribution. Raises: ClashingNames."""
    home = root or Path(__file__).resolve().parent.parent
    wrong = []
    for name in OWN:
        spec = find_spec(name)
        places = [Path(each).resolve() for each in (spec.submodule_search_locations or ())] if spec else []
        if spec is not None and spec.origin and not places:
            places = [Path(spec.origin).resolve()]
        if places != [home / name]:
            wrong.append(f"{name} is found at {places[0] if places else 'no place'}, not at {home / name}")
    wrong += [f"{name} also belongs to {', '.join(others)}" for name, others in _claimed().items()]
    if wrong:
        raise ClashingNames(f"{'; '.join(wrong)}. Install Okno in an environment of its own.")


def _claimed() -> dict[str, list[str]]:
    """Our names that other installed distributions claim as well."""
    try:
        distribution("okno")
    except PackageNotFoundError:
        return {}
    claims = packages_distributions()
    found = {name: sorted({other for other in claims.get(name, ()) if other != "okno"}) for name in OWN}
    return {name: others for name, others in found.items() if others}
