"""What is asked for before an operation runs: a reason, a ticket, a late sign-in, a caller who is known."""

from datetime import timedelta
from typing import Any

import pytest

from resolvers import ids
from sources.ports.call import utc_now
from tests.operations.acting import (
    DOER,
    OTHER,
    Answer,
    Process,
    another_process,
    change_rows,
    codes,
    mutate,
    nothing_done,
    of_kind,
    plain_account,
    viewer_of,
    wish,
)
from tests.operations.stand import Stand

pytest_plugins = ("tests.operations.floor",)

_ANSWER = "id verifiedUntil problems { __typename code message path }"


async def someone(floor: Stand, place: int) -> Any:
    """An employee with an open ticket."""
    person = (await floor.people())[place]
    await floor.with_ticket(person.employee_id)
    return person


def contact(floor: Stand, employee: str, **more: Any) -> dict[str, Any]:
    """A wish of medium risk that fits everybody."""
    return wish(floor, employee, {"mobile": "+55 11 91111 0000"}, **more)


@pytest.mark.parametrize("reason", [None, "", "    ", "why"])
async def test_an_operation_without_a_reason_is_not_done(floor: Stand, reason: str | None) -> None:
    said = {**wish(floor, "", {}, purpose={"reason": reason}), **await locked(floor)}
    with nothing_done(floor, "REASON_REQUIRED"):
        answer = await mutate(floor, "unlock_account", said)
    assert of_kind(answer) == ["ReasonRequired"]
    assert answer["problems"][0]["path"] == ["input", "purpose", "reason"]
    assert answer["operation"] is None


async def locked(floor: Stand) -> dict[str, str]:
    """Somebody whom wrong passwords have locked out."""
    people = await floor.people()
    answers = await floor.asked("accounts", "accounts_of", *[each.ref for each in people])
    for person, several in zip(people, answers, strict=True):
        for each in several:
            if each.locked and each.source == "domain":
                return {
                    "employee": ids.encode("Employee", "directory", person.employee_id),
                    "account": ids.encode("Account", each.source, each.object_id),
                }
    raise AssertionError("nobody is locked out")


@pytest.mark.parametrize("number", [None, " ", "999999", "no such"])
async def test_an_operation_without_a_ticket_that_is_there_is_not_done(floor: Stand, number: str | None) -> None:
    person = await someone(floor, 40)
    said = contact(floor, person.employee_id, purpose={"reason": "because of the test", "ticket": number})
    with nothing_done(floor, "TICKET_REQUIRED"):
        answer = await mutate(floor, "update_contact", said)
    assert of_kind(answer) == ["TicketRequired"]
    assert answer["problems"][0]["path"] == ["input", "purpose", "ticket"]


async def test_a_closed_ticket_is_none(floor: Stand) -> None:
    people = await floor.people()
    answers = await floor.asked("tickets", "tickets_of", *[each.ref for each in people])
    person, number = next(
        (person, each.number)
        for person, several in zip(people, answers, strict=True)
        for each in several
        if each.status in ("RESOLVED", "REJECTED") and each.requester_email == person.email
    )
    said = contact(floor, person.employee_id, purpose={"reason": "because of the test", "ticket": number})
    with nothing_done(floor, "TICKET_CLOSED"):
        answer = await mutate(floor, "update_contact", said)
    assert of_kind(answer) == ["TicketRequired"]


async def test_the_ticket_of_somebody_else_is_told_like_one_that_is_not_there(floor: Stand) -> None:
    person, other = await someone(floor, 40), await someone(floor, 41)
    number = floor.tickets[other.employee_id]
    said = contact(floor, person.employee_id, purpose={"reason": "because of the test", "ticket": number})
    with nothing_done(floor, "TICKET_REQUIRED"):
        theirs = await mutate(floor, "update_contact", said)
    said = contact(floor, person.employee_id, purpose={"reason": "because of the test", "ticket": "999999"})
    nobodys = await mutate(floor, "update_contact", said)
    assert theirs["problems"][0]["message"].replace(number, "999999") == nobodys["problems"][0]["message"]


async def test_a_service_desk_that_is_silent_lets_nothing_pass(floor: Stand) -> None:
    person = await someone(floor, 40)
    said = contact(floor, person.employee_id)
    await floor.broken("tickets", "unavailable")
    try:
        with nothing_done(floor, "SOURCE_UNREACHABLE"):
            answer = await mutate(floor, "update_contact", said)
    finally:
        await floor.broken("tickets", None)
    assert of_kind(answer) == ["SourceUnreachable"]


@pytest.mark.parametrize("minutes", [None, 11, 24 * 60])
async def test_high_risk_needs_a_sign_in_of_just_now(floor: Stand, minutes: int | None) -> None:
    person, account = await plain_account(floor, 1)
    await floor.with_ticket(person.employee_id)
    await floor.verified(person.employee_id)
    at = None if minutes is None else utc_now() - timedelta(minutes=minutes)
    said = wish(floor, person.employee_id, {"account": account})
    with nothing_done(floor, "STEP_UP_REQUIRED"):
        answer = await mutate(floor, "disable_account", said, viewer=viewer_of(floor, authenticated_at=at))
    assert of_kind(answer) == ["StepUpRequired"]
    assert fulfilled(answer)["step_up"] is False
    late = viewer_of(floor, authenticated_at=utc_now() - timedelta(minutes=9))
    shown = await mutate(floor, "disable_account", {**said, "mode": "PREVIEW"}, viewer=late)
    assert fulfilled(shown)["step_up"] is True


def fulfilled(answer: Answer) -> dict[str, bool]:
    """What is asked for, and whether it is there. A caller who is verified is not asked for any more."""
    return {each["kind"]: each["fulfilled"] for each in answer["plan"]["obligations"]}


async def test_high_risk_needs_a_caller_whom_this_operator_has_verified(floor: Stand) -> None:
    person, account = await plain_account(floor, 2)
    await floor.with_ticket(person.employee_id)
    await floor.verified(person.employee_id, OTHER)
    said = wish(floor, person.employee_id, {"account": account})
    with nothing_done(floor, "CALLER_NOT_VERIFIED"):
        answer = await mutate(floor, "disable_account", said)
    assert of_kind(answer) == ["CallerNotVerified"]
    assert fulfilled(answer)["caller_verified"] is False


async def test_a_plan_stays_the_same_when_the_caller_is_verified_after_it_was_shown(floor: Stand) -> None:
    person, account = await plain_account(floor, 18)
    await floor.with_ticket(person.employee_id)
    said = wish(floor, person.employee_id, {"account": account})
    shown = await mutate(floor, "disable_account", {**said, "mode": "PREVIEW"})
    assert fulfilled(shown)["caller_verified"] is False
    await floor.verified(person.employee_id)
    answer = await mutate(floor, "disable_account", {**said, "planHash": shown["plan"]["hash"]})
    assert codes(answer) == []
    assert answer["operation"]["state"] == "SUCCEEDED"


async def test_a_caller_counts_as_verified_for_half_an_hour(floor: Stand) -> None:
    person, account = await plain_account(floor, 3)
    await floor.with_ticket(person.employee_id)
    await floor.verified(person.employee_id)
    said = wish(floor, person.employee_id, {"account": account}, mode="PREVIEW")
    assert "caller_verified" not in fulfilled(await mutate(floor, "disable_account", said))
    past = (utc_now() - timedelta(seconds=1)).replace(tzinfo=None).isoformat(sep=" ")
    statement = "update operation_verified_caller set until = ? where employee_id = ? and operator = ?"
    assert await change_rows(floor, statement, past, person.employee_id, DOER) == 1
    with nothing_done(floor, "CALLER_NOT_VERIFIED"):
        answer = await mutate(floor, "disable_account", {**said, "mode": "APPLY"})
    assert codes(answer) == ["CALLER_NOT_VERIFIED"]


def call(person: Any, method: str, note: str | None = None) -> dict[str, Any]:
    """A caller who says that they are somebody."""
    return {"employee": ids.encode("Employee", "directory", person.employee_id), "method": method, "note": note}


async def known(floor: Stand, place: int, login: str = DOER) -> bool:
    """Whether a caller counts as verified for an operator."""
    person, account = await plain_account(floor, place)
    said = wish(floor, person.employee_id, {"account": account}, mode="PREVIEW")
    answer = await mutate(floor, "disable_account", said, viewer=viewer_of(floor, login))
    assert codes(answer) == []
    return "caller_verified" not in fulfilled(answer)


async def test_a_call_back_says_which_number(floor: Stand) -> None:
    person, _account = await plain_account(floor, 4)
    with nothing_done(floor, "REASON_REQUIRED"):
        answer = await mutate(floor, "verify_caller", call(person, "CALL_BACK", " "), _ANSWER)
    assert of_kind(answer) == ["ReasonRequired"]
    answer = await mutate(floor, "verify_caller", call(person, "CALL_BACK", "the desk phone"), _ANSWER)
    assert answer["verifiedUntil"]


async def test_nobody_verifies_themselves(floor: Stand) -> None:
    person, _account = await plain_account(floor, 4)
    himself = viewer_of(floor, person.login)
    with nothing_done(floor, "NOT_ALLOWED"):
        answer = await mutate(
            floor, "verify_caller", call(person, "CALL_BACK", "the desk phone"), _ANSWER, viewer=himself
        )
    assert of_kind(answer) == ["NotAllowed"]
    assert answer["verifiedUntil"] is None


async def test_the_manager_alone_says_that_it_is_them(floor: Stand) -> None:
    place, person, manager = await managed(floor)
    begun = await mutate(floor, "verify_caller", call(person, "MANAGER"), _ANSWER)
    assert codes(begun) == []
    assert begun["verifiedUntil"] is None
    assert not await known(floor, place)
    for login in (DOER, OTHER, person.login):
        with nothing_done(floor, "ALREADY_DECIDED"):
            refused = await mutate(
                floor, "confirm_caller", {"verification": begun["id"]}, _ANSWER, viewer=viewer_of(floor, login)
            )
        assert of_kind(refused) == ["AlreadyDecided"]
        assert not await known(floor, place)
    himself = viewer_of(floor, manager)
    said = await mutate(floor, "confirm_caller", {"verification": begun["id"]}, _ANSWER, viewer=himself)
    assert codes(said) == []
    assert await known(floor, place)
    assert not await known(floor, place, OTHER)
    assert [each["operator"] for each in floor.records(code="caller.verified")][-1:] == [manager]
    again = await mutate(floor, "confirm_caller", {"verification": begun["id"]}, _ANSWER, viewer=himself)
    assert codes(again) == ["ALREADY_DECIDED"]


async def managed(floor: Stand) -> tuple[int, Any, str]:
    """An employee with an account, and the login of a manager who is somebody else."""
    place = 5
    while True:
        person, _account = await plain_account(floor, place)
        if person.manager_id:
            (manager,) = await floor.asked("directory", "people_by_id", person.manager_id)
            if manager is not None and manager.active:
                return place, person, manager.login
        place += 1


async def sent(floor: Stand, process: Process, place: int) -> tuple[str, str]:
    """A code that was sent. Returns: the verification and the code."""
    person, _account = await plain_account(floor, place)
    begun = await mutate(floor, "verify_caller", call(person, "CODE"), _ANSWER, process=process)
    assert codes(begun) == []
    return begun["id"], process.codes[person.employee_id]


def wrong(code: str) -> str:
    """Another code than this."""
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def confirm(floor: Stand, process: Process, id_: str, code: str, login: str = DOER) -> Answer:
    """What is answered to a code that was read out."""
    said = {"verification": id_, "code": code}
    return await mutate(floor, "confirm_caller", said, _ANSWER, viewer=viewer_of(floor, login), process=process)


async def test_the_code_that_was_sent_verifies_whoever_reads_it_out_once(floor: Stand) -> None:
    async with another_process(floor) as process:
        id_, code = await sent(floor, process, 13)
        assert not await known(floor, 13)
        with nothing_done(floor, "CALLER_NOT_VERIFIED"):
            assert codes(await confirm(floor, process, id_, code, OTHER)) == ["CALLER_NOT_VERIFIED"]
        assert not await known(floor, 13)
        answer = await confirm(floor, process, id_, f" {code} ")
        assert answer["verifiedUntil"]
        assert await known(floor, 13)
        assert codes(await confirm(floor, process, id_, code)) == ["CALLER_NOT_VERIFIED"]


async def test_five_wrong_codes_lock_the_right_one_out(floor: Stand) -> None:
    async with another_process(floor) as process:
        id_, code = await sent(floor, process, 14)
        with nothing_done(floor, "CALLER_NOT_VERIFIED", 6):
            for _ in range(5):
                assert codes(await confirm(floor, process, id_, wrong(code))) == ["CALLER_NOT_VERIFIED"]
            assert codes(await confirm(floor, process, id_, code)) == ["CALLER_NOT_VERIFIED"]
        assert not await known(floor, 14)
        told = [each for each in floor.records(code="caller.checked") if each["detail"].get("verification") == id_]
        assert len(told) == 6


async def test_four_wrong_codes_leave_the_right_one_good(floor: Stand) -> None:
    async with another_process(floor) as process:
        id_, code = await sent(floor, process, 15)
        for _ in range(4):
            await confirm(floor, process, id_, wrong(code))
        assert (await confirm(floor, process, id_, code))["verifiedUntil"]


async def test_a_code_that_comes_too_late_is_none(floor: Stand) -> None:
    async with another_process(floor) as process:
        id_, code = await sent(floor, process, 16)
        async with another_process(floor, lambda: utc_now() + timedelta(minutes=10, seconds=1)) as later:
            with nothing_done(floor, "CALLER_NOT_VERIFIED"):
                assert codes(await confirm(floor, later, id_, code)) == ["CALLER_NOT_VERIFIED"]
        assert not await known(floor, 16)


async def test_a_code_stands_in_no_record(floor: Stand) -> None:
    async with another_process(floor) as process:
        _id, code = await sent(floor, process, 17)
        assert f'"{code}"'.encode() not in floor.database.read_bytes()
        assert all(code not in str(each.get("detail")) for each in floor.records())
