"""What security signs is what the sandbox's policy gives now."""

from authz.matrix import matrix
from tests.house.rooms import ROOT
from tests.rights.installation import policy

SIGNED = ROOT / "docs/reference/rights.md"


def test_the_signed_matrix_is_the_one_that_the_policy_gives() -> None:
    assert SIGNED.read_text(encoding="utf-8") == matrix(policy()), (
        "run `okno policy matrix --installation sandbox/installation sandbox/installation > docs/reference/rights.md`, "
        "and read the difference"
    )


def test_every_field_every_role_every_team_and_every_operation_stands_in_it() -> None:
    text = SIGNED.read_text(encoding="utf-8")
    of = policy()
    assert [place for place in of.labels.of if f"`{'.'.join(place)}`" not in text] == []
    assert [name for name in of.rights.operations if f"\n| `{name}` |" not in text] == []
    assert [name for name in of.rights.teams if f"\n| {name} | " not in text] == []
    assert [name for name in of.rights.roles if f"\n| {name} | " not in text] == []
