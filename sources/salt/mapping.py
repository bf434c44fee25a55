"""What Salt returns to the port's records.

Source: Salt, `pkg.list_pkgs` and `pkg.info_installed` of its execution modules; the site's runners as the manifest says.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sources.kit.reading import BadData, epoch, moment, optional_text, rows, text, truth
from sources.ports.errors import SourceError
from sources.ports.software import InstalledSoftware, Licence, SoftwareJob

LIST: Final = "pkg.list_pkgs"
INFO: Final = "pkg.info_installed"
_ACTIONS: Final = {"pkg.install": "INSTALL", "pkg.remove": "REMOVE", "pkg.purge": "REMOVE"}
_JID_DIGITS: Final = 20
_PRODUCT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._+:()~-]{0,127}")
"""A comma would make several products, an equals sign an option, and a slash a file or an address to install from."""


def programs_of(returned: Any, source: str, hostname: str) -> tuple[InstalledSoftware, ...] | SourceError:
    """Programs of one computer, by name. A computer that is off gives `False`, and no list at all is not an empty list.

    Publisher and day of installation are there where the computer's package manager tells them (`pkg.info_installed`
    of the rpm family); elsewhere that function answers with words about its failure, and they are not known.
    """
    if returned is False:
        return SourceError("SOURCE_UNAVAILABLE", source, f"{hostname} did not answer")
    try:
        listed, details = _by_function(returned, 0, LIST), _by_function(returned, 1, INFO)
        if listed is None:
            raise BadData(f"expected what {LIST} returned, got {type(returned).__name__}")
        if not isinstance(listed, dict) or not listed:
            raise BadData(f"{LIST}: expected programs, got {str(listed)[:200]}")
        known = details if isinstance(details, dict) else {}
        return tuple(
            _program(name, listed[name], known.get(name, {}), source, hostname)
            for name in sorted(listed, key=lambda name: (name.casefold(), name))
        )
    except BadData as problem:
        return SourceError("BAD_SOURCE_DATA", source, f"{hostname}: {problem}")


def absence(
    told: Sequence[tuple[InstalledSoftware, ...] | SourceError],
) -> tuple[InstalledSoftware, ...] | SourceError:
    """What it means that a computer is not in an answer: Salt does not know it, unless nothing there can be read."""
    bad = [each for each in told if isinstance(each, SourceError) and each.code == "BAD_SOURCE_DATA"]
    return bad[0] if bad and len(bad) == len(told) else ()


def jobs_of(
    answered: Mapping[str, Any], minion: str, source: str, hostname: str
) -> tuple[SoftwareJob, ...] | SourceError:
    """Jobs of one computer that installed or removed something, the newest first."""
    try:
        listed = rows(answered, minion)
        jobs = [_job(row, source, hostname) for row in listed if text(row, "fun") in _ACTIONS]
        return tuple(sorted(jobs, key=lambda job: job.job_id, reverse=True))
    except BadData as problem:
        return SourceError("BAD_SOURCE_DATA", source, f"{hostname}: {problem}")


def licences_of(answered: Mapping[str, Any], login: str, source: str) -> tuple[Licence, ...] | SourceError:
    """Licences of one employee, by product."""
    try:
        seats = [_licence(row, source) for row in rows(answered, login)]
        return tuple(sorted(seats, key=lambda seat: (seat.product.casefold(), seat.licence_id)))
    except BadData as problem:
        return SourceError("BAD_SOURCE_DATA", source, f"{login}: {problem}")


def is_product(name: str) -> bool:
    """Whether Salt takes a text for the name of one product. Source: `load_args_and_kwargs` of the minion."""
    return _PRODUCT.fullmatch(name) is not None


def job_of(begun: Mapping[str, Any], source: str) -> str:
    """The id of a job that has begun. Raises: BadData; SourceError where no computer was there to be told."""
    if not begun:
        raise SourceError("SOURCE_REJECTED", source, "the computer is not known here")
    return text(begun, "jid")


def seat_of(granted: Mapping[str, Any], source: str) -> str:
    """The id of a seat that was granted. Raises: BadData; SourceError where the register refuses."""
    refused = optional_text(granted, "refused")
    if refused is not None:
        raise SourceError("SOURCE_REJECTED", source, refused[:200])
    return text(granted, "key")


def check_revoked(answered: Mapping[str, Any]) -> None:
    """That the register has answered at all. Raises: BadData."""
    if truth(answered, "revoked") is None:
        raise BadData("revoked: missing from an answer")


def _by_function(returned: Any, place: int, name: str) -> Any:
    """What one function of the command returned: by name, or by place where the minion has `multifunc_ordered` set."""
    if isinstance(returned, list):
        return returned[place] if len(returned) > place else None
    return returned.get(name) if isinstance(returned, dict) else None


def _program(name: str, version: Any, detail: Any, source: str, hostname: str) -> InstalledSoftware:
    told = detail[0] if isinstance(detail, list) and detail else detail
    if isinstance(version, list) and version:
        version = ",".join(each for each in version if isinstance(each, str))
    if not isinstance(version, str):
        raise BadData(f"{name}: expected a version, got {type(version).__name__}")
    installed = epoch(told, "install_date_time_t") or moment(told, "install_date")
    return InstalledSoftware(source, hostname, name, version, optional_text(told, "vendor"), installed)


def _job(row: Any, source: str, hostname: str) -> SoftwareJob:
    ended, succeeded = optional_text(row, "EndTime"), truth(row, "success")
    if ended is not None and succeeded is None:
        raise BadData("success: missing from a job that has ended")
    said = row.get("return")
    return SoftwareJob(
        source=source,
        job_id=text(row, "jid"),
        hostname=hostname,
        action=_ACTIONS[text(row, "fun")],
        product=_product(rows(row, "arg")),
        state="RUNNING" if ended is None else "SUCCEEDED" if succeeded else "FAILED",
        started_at=moment_of_jid(text(row, "jid")),
        ended_at=None if ended is None else _salt_time(ended),
        message=said if isinstance(said, str) and said else None,
    )


def _product(arguments: Sequence[Any]) -> str:
    """The product a job was about: its first plain argument, or the first of `pkgs`."""
    plain = next((each for each in arguments if isinstance(each, str)), None)
    named = next((each["pkgs"] for each in arguments if isinstance(each, dict) and each.get("pkgs")), None)
    found = plain or (named[0] if isinstance(named, list) and isinstance(named[0], str) else None)
    if found is None:
        raise BadData("arg: names no product")
    return found


def _licence(row: Any, source: str) -> Licence:
    granted = moment(row, "granted")
    if granted is None:
        raise BadData("granted: a moment is missing")
    return Licence(source, text(row, "key"), text(row, "product"), granted, moment(row, "expires"))


def moment_of_jid(jid: str) -> datetime:
    """When a job began: its id is the moment to the microsecond."""
    try:
        return datetime.strptime(jid[:_JID_DIGITS], "%Y%m%d%H%M%S%f").replace(tzinfo=UTC)
    except ValueError:
        raise BadData("jid: expected a moment of twenty digits") from None


def _salt_time(value: str) -> datetime:
    """A moment as Salt writes it: `2026, Nov 22 21:57:38.000000`."""
    try:
        return datetime.strptime(value, "%Y, %b %d %H:%M:%S.%f").replace(tzinfo=UTC)
    except ValueError:
        raise BadData("EndTime: expected a moment as Salt writes it") from None
