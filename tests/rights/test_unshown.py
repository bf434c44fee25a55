"""A source that could only say what is not shown is not asked; one that says something that is shown, is."""

from typing import Any, Final

import pytest

from sandbox.company.model import Company
from sandbox.company.person import Person
from tests.sandbox import Sandbox

OFFICER: Final = "security"
"""Sees masks of personal files, of everybody: rights that depend on nobody."""
ONBOARDING: Final = "onboarding"
"""Sees masks of personal files of those who are not protected, and their own in full."""
REASON: Final = "FORBIDDEN_FIELD"


@pytest.fixture(scope="session")
def ordinary(company: Company) -> Person:
    """Somebody who is nobody in particular."""
    cast = {"employee", "lead", "helpdesk.br", "security2"}
    return next(each for each in company.people if each.region == "br" and not each.vip and each.login not in cast)


async def asked(sandbox: Sandbox, login: str, of: str, inside: str) -> tuple[dict[str, Any], dict[str, int]]:
    """The answer, and the calls that it took."""
    sandbox.forget_calls()
    reply = await sandbox.ask(f'{{ employee(by: {{login: "{of}"}}) {{ login {inside} }} }}', login=login)
    return reply.body, sandbox.calls()


def withheld(body: dict[str, Any]) -> list[tuple[str, str, int]]:
    """What was withheld, and how often."""
    return [(each["field"], each["code"], each["count"]) for each in body["extensions"]["access"]["withheld"]]


@pytest.mark.parametrize("login", [OFFICER, ONBOARDING])
async def test_a_field_without_a_mask_costs_hr_no_call(sandbox: Sandbox, ordinary: Person, login: str) -> None:
    body, calls = await asked(sandbox, login, ordinary.login, "personal { homeAddress }")
    assert calls == {"directory": 1}
    assert body["data"]["employee"] == {"login": ordinary.login, "personal": {"homeAddress": None}}
    assert withheld(body) == [("PersonalDetails.homeAddress", REASON, 1)]
    assert [each["path"] for each in body["errors"]] == [["employee", "personal", "homeAddress"]]
    assert set(body["extensions"]["sources"]) == {"directory"}


@pytest.mark.parametrize("login", [OFFICER, ONBOARDING])
async def test_a_field_with_a_mask_beside_it_costs_one(sandbox: Sandbox, ordinary: Person, login: str) -> None:
    body, calls = await asked(sandbox, login, ordinary.login, "personal { homeAddress birthDate }")
    assert calls == {"directory": 1, "hr": 1}
    year = str(ordinary.private.birth_date.year)
    assert body["data"]["employee"]["personal"] == {"homeAddress": None, "birthDate": year}
    assert withheld(body) == [("PersonalDetails.homeAddress", REASON, 1)], "told in the very same way"
    assert [each["field"] for each in body["extensions"]["access"]["masked"]] == ["PersonalDetails.birthDate"]


@pytest.mark.parametrize(
    ("login", "block", "inside", "source"),
    [
        ("helpdesk.br", "account", "{ lastSignInAt }", None),
        ("helpdesk.br", "account", "{ lastSignInAt enabled }", "domain"),
        ("helpdesk.br", "mailbox", "{ forwardsTo lastOpenedAt }", None),
        ("helpdesk.br", "mailbox", "{ forwardsTo __typename }", "mail"),
        ("helpdesk.br", "employment", "{ terminatedOn absence { kind } absences { starts } }", None),
        ("analyst", "account", "{ distinguishedName description lastSignInAt }", None),
        ("analyst", "employment", "{ terminatedOn position }", "hr"),
        ("identity", "account", "{ distinguishedName description lastSignInAt }", "domain"),
    ],
)
async def test_forbidden_fields_of_a_block_cost_no_call_unless_something_beside_them_is_shown(
    sandbox: Sandbox, ordinary: Person, login: str, block: str, inside: str, source: str | None
) -> None:
    body, calls = await asked(sandbox, login, ordinary.login, f"{block} {inside}")
    assert (source in calls) is (source is not None)
    assert source is not None or calls == {"directory": 1}
    if login != "identity":
        assert {each[0].partition(".")[0] for each in withheld(body)} <= {"Account", "Mailbox", "Employment"}
        assert withheld(body)


async def test_whoever_reads_it_all_of_themselves_is_told(sandbox: Sandbox, ordinary: Person) -> None:
    mine, calls = await asked(sandbox, ONBOARDING, ONBOARDING, "personal { homeAddress }")
    assert calls == {"directory": 1, "hr": 1}
    assert mine["data"]["employee"]["personal"]["homeAddress"]
    query = "{ employees(filter: {active: true}, first: 30) { edges { node { login personal { homeAddress } } } } }"
    sandbox.forget_calls()
    page = (await sandbox.ask(query, login=ONBOARDING)).body["data"]["employees"]["edges"]
    nodes = [edge["node"] for edge in page if edge["node"]["personal"] is not None]
    assert len(nodes) > 5
    assert all(each["personal"]["homeAddress"] is None for each in nodes)
    assert ONBOARDING not in {each["login"] for each in nodes}
    assert "hr" not in sandbox.calls(), "nobody on this page is the viewer"


def _leaves(value: Any) -> list[Any]:
    return [each for inner in value.values() for each in _leaves(inner)] if isinstance(value, dict) else [value]
