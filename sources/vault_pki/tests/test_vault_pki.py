"""The index: what it costs, how it stays true, what it says when the authority does not answer."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from sources.kit.twin.faults import GARBAGE_KINDS, Fault
from sources.ports.errors import SourceError
from sources.ports.identifiers import Identifier
from sources.ports.keys import EmployeeRef
from sources.ports.question import EVERYTHING
from sources.vault_pki.tests.conftest import BEGAN, context, issued, permit_for, serial
from sources.vault_pki.twin import ROLE, WRITER

ANN = EmployeeRef("0001001", "Ann", "ann@okno.example")
BOB = EmployeeRef("0001002", "bob", "bob@okno.example")


async def ask(house: Any, *keys: EmployeeRef, **how: Any) -> list[Any]:
    found: list[Any] = await house.line.ask("certificates_of", list(keys), EVERYTHING, context(**how))
    return found


async def test_a_certificate_is_read_whole(opened: Any) -> None:
    revoked_at = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    house = await opened(issued(258, role="signing", revoked_at=revoked_at))
    ((found,),) = await ask(house, ANN)
    assert (found.serial, found.purpose, found.owner_login) == ("00:00:00:00:00:00:01:02", "SIGNING", "ann")
    assert (found.subject, found.issuer) == ("CN=ann,OU=SIGNING", "CN=Test CA")
    assert (found.not_before, found.emails, found.revoked_at) == (BEGAN, ("ann@okno.example",), revoked_at)


async def test_the_one_that_ends_last_comes_first_and_nobody_has_none(opened: Any) -> None:
    house = await opened(issued(1, days=10), issued(2, role="wifi", days=30), issued(3, days=20), issued(4, "carl"))
    mine, none = await ask(house, ANN, BOB)
    assert [each.serial for each in mine] == [serial(2), serial(3), serial(1)]
    assert [each.purpose for each in mine] == ["WIFI", "VPN", "VPN"]
    assert none == ()


async def test_a_certificate_under_a_former_login_is_found_by_its_address(opened: Any) -> None:
    house = await opened(issued(1, "ann.before", alt_names="other@okno.example, ANN@okno.example"))
    ((found,),) = await ask(house, ANN)
    assert found.owner_login == "ann.before"


async def test_the_authority_itself_is_nobody(opened: Any) -> None:
    house = await opened(issued(1))
    (found,) = await house.line.ask("certificate_by_serial", [house.twin.root], EVERYTHING, context())
    assert (found.owner_login, found.purpose) == (None, "OTHER")


async def test_the_first_index_costs_two_lists_and_a_read_for_each(opened: Any) -> None:
    house = await opened(*(issued(number) for number in range(1, 41)), ready=False)
    await house.source.start(context())
    assert (house.lists(), house.reads()) == (2, 41)


async def test_questions_within_the_refresh_cost_nothing(opened: Any) -> None:
    house = await opened(issued(1))
    await ask(house, *(EmployeeRef(str(number), f"login{number}") for number in range(1200)))
    assert house.twin.calls == 0


async def test_a_question_to_an_aged_index_costs_two_lists_and_the_new_ones(opened: Any) -> None:
    house = await opened(issued(1), refresh="0s")
    await ask(house, ANN)
    assert (house.lists(), house.reads()) == (2, 0)
    house.twin.rows[serial(2)] = issued(2, "bob")
    assert len((await ask(house, BOB))[0]) == 1
    assert (house.lists(), house.reads()) == (4, 1)


async def test_questions_at_once_share_one_refresh(opened: Any) -> None:
    house = await opened(issued(1))
    house.source.forget()
    await asyncio.gather(*(ask(house, EmployeeRef(str(number), f"login{number}")) for number in range(20)))
    assert (house.lists(), house.reads()) == (2, 0)


async def test_a_fresh_question_never_takes_what_was_listed_before_it(opened: Any) -> None:
    house = await opened(issued(1))
    house.twin.rows[serial(2)] = issued(2)
    assert len((await ask(house, ANN))[0]) == 1
    assert len((await ask(house, ANN, fresh=True))[0]) == 2
    assert house.lists() == 2


@pytest.mark.parametrize("lists_revoked", [True, False])
async def test_a_revocation_is_seen_with_the_next_refresh(opened: Any, lists_revoked: bool) -> None:
    house = await opened(issued(1), issued(2, "bob"), refresh="0s", lists_revoked=lists_revoked)
    house.twin.rows[serial(1)] = replace(house.twin.rows[serial(1)], revoked_at=BEGAN)
    ((found,),) = await ask(house, ANN)
    assert found.revoked_at == BEGAN
    assert found.status_at(datetime.now(UTC)) == "REVOKED"
    assert house.reads() == 1
    await ask(house, ANN)
    assert house.reads() == 1
    # where revocations are not listed, what is asked about is read again, and nothing else
    await ask(house, BOB)
    assert house.reads() == (1 if lists_revoked else 2)


async def test_where_revocations_are_not_listed_answers_are_as_young_as_the_index(opened: Any) -> None:
    house = await opened(issued(1), issued(2, "bob"), lists_revoked=False)
    await ask(house, ANN, BOB)
    assert house.twin.calls == 0
    house.twin.rows[serial(2)] = replace(house.twin.rows[serial(2)], revoked_at=BEGAN)
    (found,) = await house.line.ask("certificate_by_serial", [serial(2)], EVERYTHING, context(fresh=True))
    assert found.revoked_at == BEGAN
    assert (house.lists(), house.reads()) == (2, 1)


async def test_what_was_tidied_away_is_gone(opened: Any) -> None:
    house = await opened(issued(1), issued(2), refresh="0s")
    del house.twin.rows[serial(2)]
    assert [each.serial for each in (await ask(house, ANN))[0]] == [serial(1)]


async def test_a_write_through_us_is_visible_at_once(opened: Any) -> None:
    house = await opened(issued(1), token=WRITER)
    call = context(permit=permit_for("revoke_certificate"))
    await house.source._vault.write("/v1/pki/revoke", {"serial_number": serial(1)}, call, write="revoke_certificate")
    house.source.forget()
    ((found,),) = await ask(house, ANN)
    assert found.revoked_at is not None
    call = context(permit=permit_for("issue_certificate"))
    order = {"common_name": "bob", "alt_names": "bob@okno.example", "ttl": "24h"}
    made = await house.source._vault.write("/v1/pki/issue/wifi", order, call, write="issue_certificate")
    house.source.forget()
    ((found,),) = await ask(house, BOB)
    assert (found.serial, found.purpose) == (made["serial_number"], "WIFI")


async def test_the_index_has_an_age_and_answers_say_so(opened: Any) -> None:
    house = await opened(issued(1))
    built_at = house.source.index.as_of
    await asyncio.sleep(0.02)
    call = context()
    await house.line.ask("certificates_of", [ANN], EVERYTHING, call)
    assert call.ledger.of("pki").as_of == built_at
    assert house.source.index.age >= 0.02


@pytest.mark.parametrize(
    "written", ["00:00:00:00:00:00:01:02", "00-00-00-00-00-00-01-02", "0000000000000102", " 00:00:00:00:00:00:01:02 "]
)
async def test_a_serial_is_understood_in_every_form(opened: Any, written: str) -> None:
    house = await opened(issued(258))
    (found,) = await house.line.ask("certificate_by_serial", [written], EVERYTHING, context())
    assert found.serial == serial(258)


@pytest.mark.parametrize("written", ["../revoke", "ff", "", "zz", "00:00:00:00:00:00:01:02/../../x", "a" * 5000])
async def test_what_is_no_serial_is_unknown_and_never_sent(opened: Any, written: str) -> None:
    house = await opened(issued(258))
    assert await house.line.ask("certificate_by_serial", [written], EVERYTHING, context()) == [None]
    assert house.twin.calls == 0


async def test_the_sweep_names_every_serial(opened: Any) -> None:
    house = await opened(issued(1))
    found = await house.line.sweep(context())
    assert Identifier("CERTIFICATE_SERIAL", serial(1), "Certificate", serial(1)) in found
    assert len(found) == 2


async def test_a_question_waits_for_the_first_index_no_longer_than_it_may(opened: Any) -> None:
    house = await opened(*(issued(number) for number in range(1, 60)), ready=False)
    await house.twin.break_with(Fault("slow", latency=0.15))
    (late,) = await ask(house, ANN, seconds=0.2)
    assert isinstance(late, SourceError) and late.code in ("SOURCE_TIMEOUT", "DEADLINE_EXCEEDED")
    # the build has gone on meanwhile and is not begun anew
    (found,) = await ask(house, ANN)
    assert len(found) == 59
    assert (house.lists(), house.reads()) == (2, 60)


async def test_an_authority_that_hangs_at_first_is_a_timeout_and_then_recovers(opened: Any) -> None:
    house = await opened(issued(1), ready=False)
    await house.twin.break_with(Fault("hang"))
    (late,) = await ask(house, ANN)
    assert isinstance(late, SourceError) and late.code == "SOURCE_TIMEOUT"
    await house.twin.break_with(None)
    await asyncio.sleep(0.1)
    assert len((await ask(house, ANN))[0]) == 1


@pytest.mark.parametrize("ready", [True, False])
@pytest.mark.parametrize("garbage", GARBAGE_KINDS)
async def test_garbage_is_bad_data_and_then_forgotten(opened: Any, garbage: Any, ready: bool) -> None:
    house = await opened(issued(1), ready=ready, refresh="0s")
    await house.twin.break_with(Fault("garbage", garbage=garbage))
    for answer in await ask(house, ANN, BOB, fresh=True):
        assert isinstance(answer, SourceError) and answer.code == "BAD_SOURCE_DATA"
    await house.twin.break_with(None)
    assert len((await ask(house, ANN))[0]) == 1


@pytest.mark.parametrize(("kind", "code"), [("refused", "SOURCE_UNAVAILABLE"), ("denied", "SOURCE_REJECTED")])
@pytest.mark.parametrize("ready", [True, False])
async def test_an_authority_that_is_down_or_says_no(opened: Any, kind: Any, code: str, ready: bool) -> None:
    house = await opened(issued(1), ready=ready, refresh="0s")
    await house.twin.break_with(Fault(kind))
    (answer,) = await ask(house, ANN, fresh=True)
    assert isinstance(answer, SourceError) and answer.code == code


async def test_one_unreadable_certificate_is_nobodys_and_says_so_by_serial(opened: Any) -> None:
    house = await opened(issued(1), issued(2), ready=False)
    house.twin._pems[serial(2)] = "-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----\n"
    assert [each.serial for each in (await ask(house, ANN))[0]] == [serial(1)]
    (answer,) = await house.line.ask("certificate_by_serial", [serial(2)], EVERYTHING, context())
    assert isinstance(answer, SourceError) and answer.code == "BAD_SOURCE_DATA"
    await ask(house, ANN, fresh=True)
    assert house.twin.seen[f"GET /v1/pki/cert/{serial(2)}"] == 1


async def test_a_certificate_of_another_serial_is_bad_data(opened: Any) -> None:
    house = await opened(issued(1), issued(2), ready=False)
    house.twin._pems[serial(2)] = house.twin.pem(serial(1))
    (answer,) = await ask(house, ANN)
    assert isinstance(answer, SourceError) and answer.code == "BAD_SOURCE_DATA"


async def test_an_empty_authority_is_an_empty_list(opened: Any) -> None:
    house = await opened(ready=False)
    house.twin.lists_revoked = True
    assert await ask(house, ANN) == [()]
    assert (house.lists(), house.reads()) == (2, 1)


async def test_a_role_logs_in_once(opened: Any) -> None:
    house = await opened(issued(1), ready=False, token="", role_id=ROLE[0], secret_id=ROLE[1])
    assert len((await ask(house, ANN))[0]) == 1
    assert house.twin.seen["POST /v1/auth/approle/login"] == 1
    house.twin.tokens.clear()
    assert len((await ask(house, ANN, fresh=True))[0]) == 1
    assert house.twin.seen["POST /v1/auth/approle/login"] == 2
