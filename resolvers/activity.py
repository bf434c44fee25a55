"""Activity: what was done to employees through Okno itself, asked for once a request for all who are looked at."""

from collections.abc import Awaitable, Sequence
from typing import Final

from aiodataloader import DataLoader

from resolvers.asking import Asking
from sources.ports.activity import Deed
from sources.ports.directory import Person

_LOADER: Final = "deeds by employee"


async def _none() -> Sequence[Deed]:
    return ()


def deeds_of(person: Person, asking: Asking) -> Awaitable[Sequence[Deed]]:
    """What was done to an employee, as far as the viewer may know. Raises, when awaited: SourceError."""
    activity = asking.activity
    if activity is None:
        return _none()
    loader = asking.remembered.get(_LOADER)
    if loader is None:

        async def batch(keys: list[str]) -> list[Sequence[Deed]]:
            return list(await activity.deeds_of(asking, keys))

        loader = asking.remembered[_LOADER] = DataLoader(batch_load_fn=batch, cache=True)
    found: Awaitable[Sequence[Deed]] = loader.load(person.employee_id)
    return found
