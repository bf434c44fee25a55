"""Keys without zeros, dates in effect, chains of departments, poorer services, exact calls."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from sources.kit.twin.faults import GARBAGE_KINDS, Fault
from sources.odata_hr.tests.conftest import context, day, employee
from sources.ports.errors import SourceError
from sources.ports.hr import Absence, Employment, PersonalDetails
from sources.ports.keys import EmployeeRef
from sources.ports.question import EVERYTHING, Need

CHAIN = ["IT-SD", "IT", "ROOT"]


def ref(employee_id: str) -> EmployeeRef:
    return EmployeeRef(employee_id, f"login-{employee_id}")


async def test_a_number_without_its_zeros_is_the_employee_with_them(opened: Any) -> None:
    house = await opened(employee(1001, managerId="17"))
    (known,) = await house.line.ask("employment_of", [ref("0001001")], EVERYTHING, context())
    assert (known.employee_id, known.manager_id, known.departments[0].head_id) == ("0001001", "0000017", "0001002")


async def test_a_shorter_number_with_other_zeros_is_somebody_else(opened: Any) -> None:
    house = await opened(employee(1001))
    assert await house.line.ask("employment_of", [ref("01001"), ref("1001")], EVERYTHING, context()) == [None, None]


async def test_the_whole_chain_of_departments_comes_in_one_call(opened: Any) -> None:
    house = await opened(employee(1001))
    (known,) = await house.line.ask("employment_of", [ref("0001001")], EVERYTHING, context())
    assert [step.code for step in known.departments] == CHAIN
    assert dict(house.twin.seen) == {"POST /odata/v4/hr/$batch": 1}


async def test_departments_that_refer_to_each_other_are_expanded_in_one_get(opened: Any) -> None:
    house = await opened(employee(1001), nested=True)
    (known,) = await house.line.ask("employment_of", [ref("0001001")], EVERYTHING, context())
    assert [step.code for step in known.departments] == CHAIN
    assert dict(house.twin.seen) == {"GET /odata/v4/hr/Employees": 1}


async def test_a_circle_of_departments_ends(opened: Any) -> None:
    house = await opened(employee(1001))
    house.twin.tables.departments["ROOT"]["parent"] = "IT-SD"
    (known,) = await house.line.ask("employment_of", [ref("0001001")], EVERYTHING, context())
    assert [step.code for step in known.departments] == CHAIN


async def test_120_people_cost_three_calls(opened: Any) -> None:
    house = await opened(*(employee(number) for number in range(1, 121)))
    keys = [ref(f"{number:07}") for number in range(1, 121)]
    for question in ("employment_of", "personal_of"):
        house.twin.seen.clear()
        answers = await house.line.ask(question, keys, EVERYTHING, context())
        assert [each.employee_id for each in answers] == [key.employee_id for key in keys]
        assert house.twin.calls == 3


async def test_metadata_is_read_once_by_whoever_asks_first(opened: Any) -> None:
    house = await opened(employee(1), ready=False)
    for number in range(1, 4):
        await house.line.ask("personal_of", [ref(f"{number:07}")], EVERYTHING, context())
    assert house.twin.seen["GET /odata/v4/hr/$metadata"] == 1
    assert house.twin.calls == 4


async def test_only_what_is_needed_is_asked_for(opened: Any) -> None:
    house = await opened(employee(1001), lacking=frozenset({"Employees.absences", "Employees.jobs"}))
    house.twin.tables.columns["Employees"] = {"personIdExternal": "Edm.String", "email": "Edm.String"}
    (known,) = await house.line.ask("employment_of", [ref("0001001")], Need(frozenset({"email"})), context())
    assert known.employee_id == "0001001"


async def test_columns_a_poorer_service_lacks_stay_empty(opened: Any) -> None:
    lacking = frozenset(
        {"Employees.birthDate", "Employees.middleName", "Employees.absences", "Employees.terminationDate"}
        | {"Departments.parent", "Employees.employmentType", "Employees.homeAddress"}
    )
    house = await opened(employee(1001), lacking=lacking)
    (known,) = await house.line.ask("employment_of", [ref("0001001")], EVERYTHING, context())
    assert (known.status, known.kind, known.position) == ("ACTIVE", None, "Analyst")
    assert [step.code for step in known.departments] == ["IT-SD"]
    (file,) = await house.line.ask("personal_of", [ref("0001001")], EVERYTHING, context())
    assert file == PersonalDetails("hr", "0001001", legal_name="Jo Doe 1001")


async def test_a_column_that_vanishes_is_missed_once(opened: Any) -> None:
    house = await opened(employee(1001, email="a@b.example"))
    del house.twin.tables.columns["Employees"]["birthDate"]
    (refused,) = await house.line.ask("personal_of", [ref("0001001")], EVERYTHING, context())
    assert isinstance(refused, SourceError) and refused.code == "SOURCE_REJECTED"
    assert "birthDate" in refused.detail and "birthDate" not in str(refused)
    (known,) = await house.line.ask("personal_of", [ref("0001001")], EVERYTHING, context())
    assert known.legal_name == "Jo Doe 1001"


@pytest.mark.parametrize(
    ("columns", "status"),
    [
        (lambda: {"hireDate": day(14), "status": "A"}, "FUTURE"),
        (lambda: {"hireDate": day(0), "status": "F"}, "ACTIVE"),
        (lambda: {"terminationDate": day(-1), "status": "A"}, "TERMINATED"),
        (lambda: {"terminationDate": day(0), "status": "T"}, "ACTIVE"),
        (lambda: {"status": "T"}, "TERMINATED"),
        (lambda: {"status": "L"}, "ON_LEAVE"),
        (lambda: {"status": "Z"}, "OTHER"),
        (lambda: {"absences": [{"kind": "sick", "startDate": day(-1), "endDate": None}]}, "ON_LEAVE"),
        (lambda: {"absences": [{"kind": "business_trip", "startDate": day(-1), "endDate": day(1)}]}, "ACTIVE"),
        (lambda: {"absences": [{"kind": "vacation", "startDate": day(1), "endDate": day(9)}]}, "ACTIVE"),
    ],
)
async def test_status_is_as_of_today(opened: Any, columns: Callable[[], dict[str, object]], status: str) -> None:
    house = await opened(employee(1001, **columns()))  # of the day on which it runs, not on which it was collected
    (known,) = await house.line.ask("employment_of", [ref("0001001")], Need(frozenset({"status"})), context())
    assert known.status == status


async def test_the_position_is_the_one_in_effect(opened: Any) -> None:
    jobs = [
        {"startDate": day(30), "position": "Director", "fte": 1},
        {"startDate": "2020-01-31", "position": "Analyst", "fte": 1},
        {"startDate": "2023-01-31", "position": "Head", "fte": 1},
    ]
    house = await opened(employee(1001, jobs=jobs), employee(1002, jobs=jobs[:1], hireDate=day(30)))
    head, future = await house.line.ask("employment_of", [ref("0001001"), ref("0001002")], EVERYTHING, context())
    assert (head.position, [step.title for step in head.positions]) == ("Head", ["Analyst", "Head", "Director"])
    assert (future.position, future.status) == ("Director", "FUTURE")


async def test_absences_are_those_under_way_and_ahead(opened: Any) -> None:
    past = {"kind": "vacation", "startDate": day(-20), "endDate": day(-1)}
    ahead = {"kind": "moon-walk", "startDate": day(5), "endDate": day(6)}
    present = {"kind": "Parental", "startDate": day(-3), "endDate": day(0)}
    house = await opened(employee(1001, absences=[ahead, past, present]))
    (known,) = await house.line.ask("employment_of", [ref("0001001")], EVERYTHING, context())
    assert known.absences == (
        Absence("PARENTAL", date.fromisoformat(day(-3)), date.fromisoformat(day(0))),
        Absence("OTHER", date.fromisoformat(day(5)), date.fromisoformat(day(6))),
    )


async def test_reports_are_those_who_have_not_left(opened: Any) -> None:
    house = await opened(
        employee(1003), employee(1002), employee(1004, status="T"), employee(1005, terminationDate=day(-1))
    )
    mine, nobody = await house.line.ask("reports_of", ["0001001", "0001002"], EVERYTHING, context())
    assert [report.employee_id for report in mine] == ["0001002", "0001003"]
    assert nobody == ()
    assert house.twin.calls == 1


async def test_many_reports_are_followed_over_pages(opened: Any) -> None:
    house = await opened(*(employee(number) for number in range(2000, 2025)), page=10)
    (mine,) = await house.line.ask("reports_of", ["0001001"], EVERYTHING, context())
    assert len(mine) == 25
    assert house.twin.calls == 3


@pytest.mark.parametrize(
    "key",
    ["1' or '1' eq '1", "') or (1 eq 1", "1001')&$filter=status eq 'A'", "%27) or true", "a+b&c=d#e", "1001,1002"],
)
async def test_a_key_is_data_and_never_a_filter(opened: Any, key: str) -> None:
    house = await opened(employee(1001), employee(1002, personIdExternal="o'brien"))
    assert await house.line.ask("personal_of", [ref(key)], EVERYTHING, context()) == [None]
    assert await house.line.ask("reports_of", [key], EVERYTHING, context()) == [()]


async def test_one_bad_row_costs_only_its_own_key(opened: Any) -> None:
    house = await opened(employee(1001, hireDate="soon"), employee(1002))
    bad, good = await house.line.ask("employment_of", [ref("0001001"), ref("0001002")], EVERYTHING, context())
    assert isinstance(bad, SourceError) and bad.code == "BAD_SOURCE_DATA"
    assert isinstance(good, Employment)


@pytest.mark.parametrize("ready", [True, False])
@pytest.mark.parametrize("question", ["employment_of", "personal_of", "reports_of"])
@pytest.mark.parametrize("garbage", GARBAGE_KINDS)
async def test_garbage_is_bad_data(opened: Any, garbage: Any, question: str, ready: bool) -> None:
    house = await opened(employee(1001), employee(1002), ready=ready)
    await house.twin.break_with(Fault("garbage", garbage=garbage))
    keys: list[Any] = ["0001001"] if question == "reports_of" else [ref("0001001"), ref("0000009")]
    for answer in await house.line.ask(question, keys, EVERYTHING, context()):
        assert isinstance(answer, SourceError) and answer.code == "BAD_SOURCE_DATA"


async def test_a_wrong_password_is_a_refusal(opened: Any) -> None:
    house = await opened(employee(1001))
    house.source._http.set_header("Authorization", "Basic bm9ib2R5Om5vdGhpbmc=")
    (answer,) = await house.line.ask("personal_of", [ref("0001001")], EVERYTHING, context())
    assert isinstance(answer, SourceError) and answer.code == "SOURCE_REJECTED"


async def test_what_can_be_nobodys_key_is_not_sent_and_harms_nobody(opened: Any) -> None:
    house = await opened(employee(1001))
    unfit = ["\ud800", "0001001\0", "", "9" * 5000]
    for question in ("employment_of", "personal_of"):
        house.twin.seen.clear()
        known, *nobody = await house.line.ask(question, [ref("0001001"), *map(ref, unfit)], EVERYTHING, context())
        assert (known.employee_id, nobody) == ("0001001", [None] * 4)
        assert await house.line.ask(question, [*map(ref, unfit)], EVERYTHING, context()) == [None] * 4
        assert house.twin.calls == 1
    assert await house.line.ask("reports_of", unfit, EVERYTHING, context()) == [()] * 4
