"""Search through the graph: what the index finds is read like everything else."""

import pytest

from sandbox.company.model import Company
from tests.sandbox import Sandbox

QUERY = """
query Find($text: String!, $kinds: [SearchKind!], $first: Int! = 20) {
  search(text: $text, kinds: $kinds, first: $first) {
    asOf
    edges { matched node { __typename
      ... on Employee { login } ... on Device { tag serialNumber } ... on Certificate { serial } ... on Group { name } ... on Ticket { number }
    } }
  }
}
"""


async def _found(sandbox: Sandbox, text: str, kinds: list[str] | None = None) -> list[dict[str, str]]:
    reply = await sandbox.ask(QUERY, {"text": text, "kinds": kinds})
    assert "errors" not in reply.body, reply.body
    return [edge["node"] | {"matched": edge["matched"]} for edge in reply.body["data"]["search"]["edges"]]


async def test_a_person_is_found_by_name_login_phone_address_and_number(sandbox: Sandbox, company: Company) -> None:
    person = company.person_by_login["employee"]
    for said in (person.display_name, person.login, person.mobile, person.email, person.employee_id.lstrip("0")):
        found = await _found(sandbox, said)
        assert person.login in [each.get("login") for each in found[:5]], said


async def test_a_device_is_found_by_tag_serial_host_and_address(sandbox: Sandbox, company: Company) -> None:
    device = next(each for each in company.devices if each.hostname and each.ip)
    for said in (device.asset_tag, device.serial_number, device.hostname, device.ip):
        assert said is not None
        found = await _found(sandbox, said, ["DEVICE"])
        assert found and found[0]["tag"] == device.asset_tag, said


async def test_a_certificate_is_found_by_its_serial_in_any_form(sandbox: Sandbox, company: Company) -> None:
    serial = company.certificates[0].serial
    for said in (serial, serial.replace(":", ""), serial.upper(), serial.replace(":", " ")):
        found = await _found(sandbox, said)
        assert [each.get("serial") for each in found[:1]] == [serial], said


async def test_a_ticket_is_found_by_its_number(sandbox: Sandbox, company: Company) -> None:
    number = company.tickets[-1].id
    for said in (str(number), f"#{number}", f"RT-{number}"):
        found = await _found(sandbox, said, ["TICKET"])
        assert found == [{"__typename": "Ticket", "number": str(number), "matched": "TICKET_NUMBER"}], said


async def test_a_group_is_found_by_its_name(sandbox: Sandbox, company: Company) -> None:
    found = await _found(sandbox, company.groups[0].name, ["GROUP"])
    assert found[0]["name"] == company.groups[0].name


@pytest.mark.parametrize("said", ["", "   "])
async def test_nothing_said_is_a_mistake(sandbox: Sandbox, said: str) -> None:
    reply = await sandbox.ask(QUERY, {"text": said})
    assert reply.body["errors"][0]["extensions"]["code"] == "BAD_INPUT"


async def test_twenty_matches_of_one_kind_are_read_by_one_call(sandbox: Sandbox) -> None:
    sandbox.forget_calls()
    found = await _found(sandbox, "a", ["EMPLOYEE"])
    assert len(found) > 1
    assert sandbox.calls() == {"directory": 1}
