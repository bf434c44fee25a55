"""OData as a protocol: nothing but reads leaves without a permit, links stay below the service, changes carry ETags."""

import asyncio
from typing import Any

import pytest

from sources.kit.odata import Asked, ODataRefused, ODataService, any_of, literal
from sources.kit.odata_model import Projection, read_model
from sources.kit.reading import BadData
from sources.kit.twin.odata_query import QuerySyntax, compile_filter
from sources.odata_hr.tests.conftest import context, employee, permit_for
from sources.odata_hr.twin import WRITER
from sources.ports.errors import WriteRefused

GET = {"id": "0", "method": "GET", "url": "/Employees"}


def service(house: Any) -> ODataService:
    found: ODataService = house.source._service
    return found


def writer(house: Any) -> ODataService:
    """The service as an account that may write."""
    url = house.twin.settings()["url"]
    return ODataService(house.source.http(url, user=WRITER[0], password=WRITER[1]), url)


async def test_a_patch_without_a_permit_never_leaves(opened: Any) -> None:
    house = await opened(employee(1001))
    with pytest.raises(WriteRefused):
        await service(house).change("Employees", "1001", {"title": "Boss"}, "*", context(), write="update_personal")
    with pytest.raises(WriteRefused):
        await house.source._http.request("PATCH", "/Employees('1001')", context(), json={"title": "Boss"})
    assert house.twin.calls == 0


@pytest.mark.parametrize(
    "hidden",
    [
        {"id": "1", "method": "PATCH", "url": "/Employees('1001')", "body": {"title": "Boss"}},
        {"id": "1", "method": "patch", "url": "/Employees('1001')"},
        {"id": "1", "method": "POST", "url": "/Employees"},
        {"id": "1", "method": "GET", "url": "/Employees", "body": {"title": "Boss"}},
        {"id": "1", "url": "/Employees('1001')"},
        {"id": "1", "method": ["GET"], "url": "/Employees"},
    ],
)
async def test_a_batch_that_hides_a_change_never_leaves(opened: Any, hidden: dict[str, Any]) -> None:
    house = await opened(employee(1001))
    with pytest.raises(WriteRefused):
        await service(house).batch([GET, hidden], context())
    assert house.twin.calls == 0
    assert house.twin.tables.employees["1001"].get("title") is None


@pytest.mark.parametrize("body", [{"requests": []}, {}, None, {"requests": [{"id": "1", "method": "PATCH"}]}])
async def test_a_batch_past_the_service_is_held_to_the_manifest(opened: Any, body: Any) -> None:
    house = await opened(employee(1001))
    with pytest.raises(WriteRefused):
        await house.source._http.request("POST", "/$batch", context(), json=body)
    assert house.twin.calls == 0


async def test_a_declared_batch_of_reads_passes(opened: Any) -> None:
    house = await opened(employee(1001))
    (answer,) = await service(house).batch([GET], context())
    assert answer["status"] == 200
    assert house.twin.calls == 1


async def test_a_permit_lets_one_change_pass_and_no_second(opened: Any) -> None:
    house = await opened(employee(1001))
    call = context(permit=permit_for("update_personal"))
    odata = writer(house)
    await odata.change("Employees", "1001", {"title": "Boss"}, "*", call, write="update_personal")
    with pytest.raises(WriteRefused):
        await odata.change("Employees", "1001", {"title": "Clerk"}, "*", call, write="update_personal")
    assert house.twin.tables.employees["1001"]["title"] == "Boss"
    assert house.twin.calls == 1
    await odata._http.close()


async def test_a_change_over_a_stale_etag_is_refused_by_the_service(opened: Any) -> None:
    house = await opened(employee(1001))
    odata = writer(house)
    before = await odata.read("Employees", "1001", context())
    assert before is not None and before.etag is not None
    call = context(permit=permit_for("update_personal"))
    await odata.change("Employees", "1001", {"title": "Boss"}, before.etag, call, write="update_personal")
    again = context(permit=permit_for("update_personal"))
    with pytest.raises(ODataRefused) as refused:
        await odata.change("Employees", "1001", {"title": "Clerk"}, before.etag, again, write="update_personal")
    assert refused.value.status == 412
    assert house.twin.tables.employees["1001"]["title"] == "Boss"
    assert await odata.read("Employees", "nobody", context()) is None
    await odata._http.close()


async def test_reading_rights_do_not_write_whatever_the_permit(opened: Any) -> None:
    house = await opened(employee(1001))
    with pytest.raises(Exception, match="refused"):
        await service(house).change(
            "Employees",
            "1001",
            {"title": "Boss"},
            "*",
            context(permit=permit_for("update_personal")),
            write="update_personal",
        )
    assert house.twin.tables.employees["1001"].get("title") is None


@pytest.mark.parametrize(
    "link",
    [
        "http://127.0.0.2/odata/v4/hr/Employees?$skiptoken=1",
        "//elsewhere.example/odata/v4/hr/Employees",
        "/admin/Employees",
        "../other/Employees?$skiptoken=1",
        "x/%2e%2e/%2e%2e/other",
        "x/%252e%252e/other",
        "file:///etc/passwd",
    ],
)
async def test_a_next_link_that_leads_away_is_not_followed(opened: Any, link: str) -> None:
    house = await opened(employee(1001))
    with pytest.raises(BadData):
        await service(house)._all_pages({"value": [], "@odata.nextLink": link}, context())
    assert house.twin.calls == 0


async def test_pages_that_never_end_are_bad_data(opened: Any) -> None:
    house = await opened(employee(1001))
    link = "Employees?$top=1"
    page = {"value": [], "@odata.nextLink": link}
    odata = service(house)

    async def same(*_args: Any, **_options: Any) -> Any:
        return type("Answer", (), {"body": page, "status": 200})()

    odata._send = same  # type: ignore[method-assign]
    async with asyncio.timeout(1):
        with pytest.raises(BadData):
            await odata._all_pages(page, context())


def test_an_address_has_no_plus_and_no_loose_mark() -> None:
    asked = Asked(
        "Employees", any_of("name", ["O'Neil & co", "a+b"]), Projection(("name",), {"jobs": Projection(("a", "b"))})
    )
    assert asked.query() == (
        "$filter=name%20in%20('O''Neil%20%26%20co','a%2Bb')&$select=name&$expand=jobs($select=a,b)"
    )
    assert literal("'") == "''''"


@pytest.mark.parametrize(
    "document",
    [
        b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
        b'<?xml version="1.0"?><!DOCTYPE edmx SYSTEM "file:///etc/passwd"><edmx/>',
        b"<edmx/>",
        b"not xml",
        b"",
    ],
)
def test_metadata_that_is_none_is_bad_data(document: bytes) -> None:
    with pytest.raises(BadData):
        read_model(document)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a eq 'x''y'", True),
        ("a ne 'x''y'", False),
        ("contains(tolower(a),'X') or n ge 2 and not (n gt 3)", True),
        ("startswith(a,'x') and endswith(a,'y') and b eq null", True),
        ("a in ('q','z') or n in (1,2)", True),
        ("d lt 2024-01-01", False),
    ],
)
def test_the_twin_understands_filters(text: str, found: bool) -> None:
    row = {"a": "x'y", "b": None, "n": 2, "d": "2024-06-01"}
    assert compile_filter(text, tuple(row), "E")(row) is found


@pytest.mark.parametrize("text", ["a eq", "zz eq 1", "a eq 'x' junk", "(a eq 'x'", "a in ()", "a+eq+'x'"])
def test_the_twin_refuses_what_it_does_not_understand(text: str) -> None:
    with pytest.raises(QuerySyntax):
        compile_filter(text, ("a",), "E")
