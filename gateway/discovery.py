"""Discovery: systems and their connectors, found in the package's folders and by entry point; no list by hand."""

import importlib
from importlib.metadata import entry_points
from typing import Any

from sources.kit.resilience.line import Line
from sources.kit.source import Instance, Source


class NoConnector(Exception):
    """A system has a manifest and no single connector."""


def connector_of(system: str) -> type[Source]:
    """The connector of a system: the one subclass of Source in its `client.py`. Raises: NoConnector."""
    module = importlib.import_module(f"sources.{system}.client")
    found = [
        member
        for member in vars(module).values()
        if isinstance(member, type) and issubclass(member, Source) and member.__module__ == module.__name__
    ]
    if len(found) != 1:
        raise NoConnector(f"sources/{system}/client.py: expected one connector, found {len(found)}")
    return found[0]


def connect(instances: tuple[Instance, ...]) -> list[Line]:
    """A line to each configured source, in order of the installation."""
    return [Line(connector_of(instance.system)(instance)) for instance in instances]


def commands() -> dict[str, Any]:
    """Commands that other distributions and the sandbox add, by name. Source: entry point group `okno.commands`."""
    return {each.name: each.load() for each in entry_points(group="okno.commands")}
