"""What is wrong with an answer that was given while some systems were broken."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from resolvers.problems import CODES as CLOSED_LIST
from tests.faults.card import BLOCKS
from tests.faults.kinds import codes, is_late

FAILED: Final = ("FAILED", "PARTIAL")


def is_part(shown: Any, whole: Any) -> bool:
    """Whether what is shown is the whole with something left out: nothing invented, nothing turned into another."""
    if shown is None or shown == whole:
        return True
    if isinstance(shown, dict) and isinstance(whole, dict):
        return shown.keys() == whole.keys() and all(is_part(shown[key], whole[key]) for key in shown)
    if isinstance(shown, list) and isinstance(whole, list):
        rest = iter(whole)
        return all(any(is_part(each, other) for other in rest) for each in shown)
    return False


def faults_of(body: Mapping[str, Any], golden: Mapping[str, Any], broken: Mapping[str, str]) -> list[str]:
    """Everything that must not be so, in words. Shape: `broken` gives the kind of fault by source."""
    errors = body.get("errors", [])
    wrong = [text for error in errors for text in _of_error(error, broken)]
    wrong += _of_account(body["extensions"]["sources"], errors, broken)
    shown = body["data"]["employee"]
    # a directory that was late has perhaps said who the employee is, and not who their manager is
    if "directory" in broken and (shown is None or not is_late(broken["directory"])):
        if shown is not None:
            wrong.append("an employee is shown though the directory is broken")
        if [(error.get("path"), error["extensions"].get("source")) for error in errors] != [
            (["employee"], "directory")
        ]:
            wrong.append(f"not one error at the employee that names the directory: {errors}")
        return wrong
    if shown is None:
        return [*wrong, "no employee though the directory is well"]
    return wrong + [text for block in golden for text in _of_block(block, shown, golden, errors, broken)]


def _of_block(
    block: str, shown: Mapping[str, Any], golden: Mapping[str, Any], errors: list[Any], broken: Mapping[str, str]
) -> Iterator[str]:
    """A block whose sources are well is whole; of another, what is missing has an error at or below its path."""
    concerned = BLOCKS[block] & broken.keys()
    if shown[block] == golden[block]:
        return
    if not concerned:
        yield f"{block} differs though its sources are well: {shown[block]!r:.300}"
    if not is_part(shown[block], golden[block]):
        yield f"{block} shows what is not there: {shown[block]!r:.300}"
    named = {error["extensions"].get("source") for error in errors if error.get("path", [])[:2] == ["employee", block]}
    if not named & concerned:
        yield f"{block} lacks something and no error says why: {shown[block]!r:.300}"


def _of_error(error: Mapping[str, Any], broken: Mapping[str, str]) -> Iterator[str]:
    """An error names a broken source, in a code of the closed list that fits, at a block made of it."""
    said, path = error["extensions"], error.get("path") or []
    source, code = said.get("source"), said.get("code")
    if code not in CLOSED_LIST:
        yield f"a code out of the list: {error}"
    if source not in broken:
        yield f"an error that names no broken source: {error}"
    elif code not in codes(broken[source]):
        yield f"{broken[source]} is no {code}: {error}"
    if path[:1] != ["employee"] or (len(path) > 1 and source not in BLOCKS[path[1]]):
        yield f"an error at a place that is not made of its source: {error}"
    if "127.0.0.1" in error["message"]:
        yield f"an address in an error: {error}"


def _of_account(
    account: Mapping[str, Mapping[str, Any]], errors: list[Any], broken: Mapping[str, str]
) -> Iterator[str]:
    """`extensions.sources` tells the same story: failures of those that errors name, none of the others."""
    named = {error["extensions"].get("source") for error in errors}
    for source, entry in account.items():
        if source in named and entry["state"] not in FAILED:
            yield f"{source} has an error and is accounted {entry['state']}"
        if entry["state"] in FAILED and source not in named:
            yield f"{source} is accounted {entry['state']} and no error names it"
        if source not in broken and (entry["state"] != "OK" or "codes" in entry):
            yield f"{source} is well and is accounted {entry}"
    yield from (f"{source} has an error and is not accounted" for source in named - account.keys())
