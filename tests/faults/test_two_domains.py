"""One of two domains down: the other's accounts are there, and an error says whose are not."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.faults.kinds import FAULTS
from tests.faults.ward import Heard, Ward, judged, told

DOMAINS = {"domain": "CORP", "lab": "LAB"}
SHARED = ("accounts", "groups", "nestedGroups")
ASKED_FIRST = {"directory", *DOMAINS}
"""If one of these is late besides, nothing is said here of which accounts are shown; the ward's own judgement stands."""


def named_at(heard: Heard, block: str) -> set[str]:
    """Sources that errors at a block name."""
    return {error["extensions"]["source"] for error in heard.body["errors"] if error["path"][1] == block}


@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("source", DOMAINS)
async def test_accounts_and_groups_of_the_other_domain_are_shown(ward: Ward, source: str, kind: str) -> None:
    other: dict[str, Any] = {
        "accounts": [each for each in ward.golden["accounts"] if each["domain"] != DOMAINS[source]]
    }
    for block in ("groups", "nestedGroups"):
        edges = ward.golden[block]["edges"]
        other[block] = {"edges": [edge for edge in edges if edge["node"]["domain"] != DOMAINS[source]]}
        assert 0 < len(other[block]["edges"]) < len(edges)
    assert 0 < len(other["accounts"]) < len(ward.golden["accounts"])

    def judge(heard: Heard, broken: Mapping[str, str]) -> list[str]:
        wrong = ward.wrong(heard, broken)
        shown = heard.body["data"]["employee"]
        if shown is None or ASKED_FIRST & broken.keys() != {source}:
            return wrong
        wrong += [f"{block} shows {shown[block]!r:.300}" for block in SHARED if shown[block] != other[block]]
        return wrong + [f"{block} names {names}" for block in SHARED if (names := named_at(heard, block)) != {source}]

    broken = {source: kind}
    wrong = await judged(told(broken), lambda: ward.heard(broken), judge, broken)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("kind", FAULTS)
async def test_while_both_are_silent_nothing_is_known_and_both_are_named(ward: Ward, kind: str) -> None:
    broken = dict.fromkeys(DOMAINS, kind)

    def judge(heard: Heard, broken: Mapping[str, str]) -> list[str]:
        wrong = ward.wrong(heard, broken)
        shown = heard.body["data"]["employee"]
        if shown is None or "directory" in broken:
            return wrong
        wrong += [f"{block} shows {shown[block]!r:.300}" for block in SHARED if shown[block] is not None]
        return wrong + [f"{block} names {names}" for block in SHARED if (names := named_at(heard, block)) != {*DOMAINS}]

    wrong = await judged(told(broken), lambda: ward.heard(broken), judge, broken)
    assert not wrong, "\n".join(wrong)


async def test_the_own_account_is_not_guessed_while_the_first_domain_is_silent(ward: Ward) -> None:
    heard = await ward.heard({"domain": "refused"})
    assert heard.body["data"]["employee"]["account"] is None
    assert named_at(heard, "account") == {"domain"}


async def test_the_own_account_is_certain_while_only_a_later_domain_is_silent(ward: Ward) -> None:
    heard = await ward.heard({"lab": "refused"})
    assert heard.body["data"]["employee"]["account"] == ward.golden["account"]
    assert named_at(heard, "account") == set()
