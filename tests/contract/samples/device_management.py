"""Samples of the port `device_management`."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from sources.ports.device_management import Management
from sources.ports.keys import DeviceRef
from tests.contract.keys import devices
from tests.contract.subjects import Source
from tests.contract.writing import Finder, Sample, asked

_OBEYED: Final = 5.0
"""Seconds; a device obeys when it calls in."""
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


async def _known(source: Source, fits: Callable[[Management], bool]) -> tuple[DeviceRef, Management]:
    """Of the devices that take commands and fit, the one that called in last."""
    machines = devices(source.company)
    answers = await asked(source, "device_management", "management_of", machines)
    managed = [(machine, each) for machine, each in zip(machines, answers, strict=True) if each and each.enrolled]
    return max(
        ((machine, each) for machine, each in managed if fits(each)), key=lambda pair: pair[1].last_seen_at or _NEVER
    )


async def _lock(source: Source) -> Sample:
    machine, _ = await _known(source, lambda each: each.locked is False)

    def shows(found: Management | None) -> bool:
        return found is not None and found.locked is True

    return Sample((machine,), shows, within=_OBEYED)


async def _wipe(source: Source) -> Sample:
    machine, _ = await _known(source, lambda each: each.wiped_at is None)

    def shows(found: Management | None) -> bool:
        return found is not None and not found.enrolled and found.wiped_at is not None

    return Sample((machine,), shows, again="refused", within=_OBEYED)


async def _recovery_key(source: Source) -> Sample:
    machine, before = await _known(source, lambda each: each.recovery_key_held is True)

    def shows(found: Management | None) -> bool:
        return found is not None and found.recovery_key_shown_at not in (None, before.recovery_key_shown_at)

    return Sample((machine,), shows, again="twice", within=_OBEYED)


SAMPLES: Final[dict[str, Finder]] = {"lock": _lock, "wipe": _wipe, "recovery_key": _recovery_key}
