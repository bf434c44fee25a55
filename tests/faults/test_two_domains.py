"""One of two domains down: the other's accounts are there, and an error says whose are not."""

import pytest

from tests.faults.kinds import FAULTS
from tests.faults.ward import Ward

DOMAINS = {"domain": "CORP", "lab": "LAB"}


@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("source", DOMAINS)
async def test_accounts_and_groups_of_the_other_domain_are_shown(ward: Ward, source: str, kind: str) -> None:
    await ward.break_with({source: kind})
    try:
        body = (await ward.ask()).body
    finally:
        await ward.mend()
    shown = body["data"]["employee"]
    left = [account for account in ward.golden["accounts"] if account["domain"] != DOMAINS[source]]
    assert shown["accounts"] == left != []
    for block in ("groups", "nestedGroups"):
        edges = ward.golden[block]["edges"]
        kept = [edge for edge in edges if edge["node"]["domain"] != DOMAINS[source]]
        assert 0 < len(kept) < len(edges)
        assert shown[block] == {"edges": kept}
    named = {(error["path"][1], error["extensions"]["source"]) for error in body["errors"]}
    assert {(block, source) for block in ("accounts", "groups", "nestedGroups")} <= named


async def test_the_own_account_is_not_guessed_while_the_first_domain_is_silent(ward: Ward) -> None:
    await ward.break_with({"domain": "refused"})
    try:
        body = (await ward.ask()).body
    finally:
        await ward.mend()
    assert body["data"]["employee"]["account"] is None
    assert ("account", "domain") in {(error["path"][1], error["extensions"]["source"]) for error in body["errors"]}


async def test_the_own_account_is_certain_while_only_a_later_domain_is_silent(ward: Ward) -> None:
    await ward.break_with({"lab": "refused"})
    try:
        body = (await ward.ask()).body
    finally:
        await ward.mend()
    assert body["data"]["employee"]["account"] == ward.golden["account"]
    assert "account" not in {error["path"][1] for error in body["errors"]}
