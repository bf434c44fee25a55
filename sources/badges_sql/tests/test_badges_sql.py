"""What is peculiar to the badge database: numbers without zeros, one statement, latest passages, no write as a read."""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from sources.badges_sql import statements
from sources.badges_sql.client import BadgeDatabase
from sources.badges_sql.mapping import temporary_number
from sources.badges_sql.twin import BadgesSqlTwin
from sources.kit.desk import SourceDesk
from sources.kit.manifest import systems
from sources.kit.reads import ReadRules
from sources.kit.resilience.line import Line
from sources.kit.source import Instance
from sources.kit.sql import SqlTransport
from sources.kit.sql_text import expanded, numbered, only_reads
from sources.kit.twin.faults import GARBAGE_KINDS, Fault
from sources.kit.twin.sql import READER, READER_PASSWORD, WRITER, WRITER_PASSWORD
from sources.ports.call import CallContext
from sources.ports.errors import SourceError, WriteRefused
from sources.ports.keys import EmployeeRef
from sources.ports.permit import WritePermit
from sources.ports.question import EVERYTHING, Need

SEED: dict[str, list[dict[str, Any]]] = {
    "badge": [
        {"no": "B-2", "employee": "1001", "kind": "temporary", "issued_at": "2026-02-01T08:00:00+00:00",
         "valid_until": "2026-02-08T08:00:00+00:00", "blocked_at": None},
        {"no": "B-1", "employee": "1001", "kind": "permanent", "issued_at": None, "valid_until": None,
         "blocked_at": None},
        {"no": "B-3", "employee": "1002", "kind": "visitor", "issued_at": None, "valid_until": None,
         "blocked_at": None},
    ],
    "badge_zone": [{"badge": "B-1", "zone": "LAB"}, {"badge": "B-1", "zone": "HQ"}],
    "badge_event": [
        {"id": number, "badge": "B-1", "door": f"D{number}", "at": f"2026-01-{number + 1:02}T08:00:00+00:00",
         "granted": number % 2 == 0}
        for number in range(25)
    ],
}  # fmt: skip
UNTIL = datetime(2026, 12, 24, 18, tzinfo=UTC)
ANNA, BORIS = EmployeeRef("0001001", "anna"), EmployeeRef("0001002", "boris")
WRITING = (
    "UPDATE badge SET blocked_at = now() RETURNING no",
    "WITH gone AS (DELETE FROM badge RETURNING no) SELECT no FROM gone",
    "SELECT no INTO badge_copy FROM badge",
    "SELECT no FROM badge FOR UPDATE",
    "SELECT no FROM badge FOR SHARE",
    "SELECT assign_asset('NB-1', '1001')",
    "SELECT nextval('badge_event_id_seq')",
    "SELECT pg_terminate_backend(1)",
    "SELECT x FROM dblink('', 'DELETE FROM badge') AS t(x text)",
    "SELECT 1; DELETE FROM badge",
    "SELECT 1 -- ; \n; DELETE FROM badge",
    "INSERT INTO badge_zone VALUES ('B-1', 'X')",
    "DELETE FROM badge",
    "TRUNCATE badge",
    "DROP TABLE badge",
    "EXPLAIN ANALYZE DELETE FROM badge",
    "COPY badge TO PROGRAM 'sh'",
    "CALL forget()",
    "SET default_transaction_read_only = off",
    "PRAGMA query_only = OFF",
    "BEGIN",
    "VACUUM",
    "no SQL at all",
)


def call(permit: WritePermit | None = None) -> CallContext:
    return CallContext("test", time.monotonic() + 5, "t", "tester", permit=permit)


def permit(write: str = "block") -> WritePermit:
    return WritePermit("block_badge", "block", "badges", write, time.monotonic() + 5)


@pytest.fixture
async def twin() -> AsyncIterator[BadgesSqlTwin]:
    twin = BadgesSqlTwin(SEED)
    await twin.start()
    yield twin
    await twin.stop()


@pytest.fixture
async def desk(twin: BadgesSqlTwin) -> AsyncIterator[SourceDesk]:
    desk = SourceDesk([Line(BadgeDatabase(Instance("badges", "badges_sql", systems()["badges_sql"], twin.settings())))])
    yield desk
    await desk.close()


@pytest.fixture
async def sql(twin: BadgesSqlTwin) -> AsyncIterator[SqlTransport]:
    sql = SqlTransport(
        "badges", twin.url, ReadRules("badges"),
        user=READER, password=READER_PASSWORD, write_user=WRITER, write_password=WRITER_PASSWORD,
    )  # fmt: skip
    yield sql
    await sql.close()


async def test_a_number_finds_its_badges_though_the_database_has_no_leading_zeros(desk: SourceDesk) -> None:
    anna, boris, nobody = await desk.ask(
        "badges", "badges_of", [ANNA, BORIS, EmployeeRef("0009999", "x")], EVERYTHING, call()
    )
    assert [(each.number, each.kind, each.zones) for each in anna] == [
        ("B-1", "PERMANENT", ("HQ", "LAB")), ("B-2", "TEMPORARY", ()),
    ]  # fmt: skip
    assert [(each.number, each.kind) for each in boris] == [("B-3", "OTHER")]
    assert nobody == ()


async def test_the_latest_twenty_passages_come_newest_first(desk: SourceDesk) -> None:
    (badges,) = await desk.ask("badges", "badges_of", [ANNA], EVERYTHING, call())
    assert [each.door for each in badges[0].passages] == [f"D{number}" for number in range(24, 4, -1)]
    assert [each.granted for each in badges[0].passages[:2]] == [True, False]


async def test_three_employees_with_zones_and_passages_cost_one_statement(
    desk: SourceDesk, twin: BadgesSqlTwin
) -> None:
    asked = call()
    await desk.ask("badges", "badges_of", [ANNA, BORIS, EmployeeRef("0001003", "x")], EVERYTHING, asked)
    assert (twin.seen, asked.ledger.of("badges").calls) == ({"read": 1}, 1)


async def test_what_is_not_wanted_is_not_asked(desk: SourceDesk) -> None:
    (badges,) = await desk.ask("badges", "badges_of", [ANNA], Need(frozenset({"number", "zones"})), call())
    assert (badges[0].zones, badges[0].passages) == (("HQ", "LAB"), ())
    assert "badge_event" not in statements.badges_of(zones=True, passages=False)


@pytest.mark.parametrize("text", ["1001') OR ('1'='1", "1001'; DELETE FROM badge; --", ":employees", "%"])
async def test_what_a_key_says_never_becomes_part_of_the_statement(
    desk: SourceDesk, twin: BadgesSqlTwin, text: str
) -> None:
    assert await desk.ask("badges", "badges_of", [EmployeeRef(text, text)], EVERYTHING, call()) == [()]
    assert twin.database.execute("SELECT count(*) FROM badge").fetchone()[0] == 3


@pytest.mark.parametrize("kind", GARBAGE_KINDS)
async def test_garbage_is_bad_data(desk: SourceDesk, twin: BadgesSqlTwin, kind: Any) -> None:
    await twin.break_with(Fault("garbage", garbage=kind))
    (answer,) = await desk.ask("badges", "badges_of", [ANNA], EVERYTHING, call())
    assert isinstance(answer, SourceError) and answer.code == "BAD_SOURCE_DATA"


async def test_a_bad_row_costs_its_employee_only(desk: SourceDesk, twin: BadgesSqlTwin) -> None:
    twin.database.execute("UPDATE badge_event SET at = 'yesterday'")
    anna, boris = await desk.ask("badges", "badges_of", [ANNA, BORIS], EVERYTHING, call())
    assert isinstance(anna, SourceError) and anna.code == "BAD_SOURCE_DATA"
    assert [each.number for each in boris] == ["B-3"]


@pytest.mark.parametrize("statement", WRITING)
async def test_what_may_write_never_leaves_as_a_read(sql: SqlTransport, twin: BadgesSqlTwin, statement: str) -> None:
    for asked in (call(), call(permit())):
        with pytest.raises(WriteRefused):
            await sql.read(statement, {}, asked)
        assert asked.ledger.of("badges").calls == 0
    assert twin.calls == 0


async def test_the_database_itself_refuses_a_write_inside_a_read(twin: BadgesSqlTwin) -> None:
    twin.introduce(WRITER)
    answer = twin.respond({"op": "read", "statement": "DELETE FROM badge", "values": {}})
    assert answer["state"] == "25006"
    assert twin.database.execute("SELECT count(*) FROM badge").fetchone()[0] == 3


async def test_a_write_needs_its_permit_and_spends_it(sql: SqlTransport, twin: BadgesSqlTwin) -> None:
    values = {"badge": "B-1", "employee": "1001", "moment": "2026-03-01T00:00:00+00:00"}
    with pytest.raises(WriteRefused):
        await sql.write(statements.BLOCK, values, call(), write="block")
    with pytest.raises(WriteRefused):
        await sql.write(statements.BLOCK, values, call(permit()), write="issue_temporary")
    assert twin.calls == 0
    once = call(permit())
    assert await sql.write(statements.BLOCK, values, once, write="block") == [{"no": "B-1"}]
    with pytest.raises(WriteRefused):
        await sql.write(statements.BLOCK, values, once, write="block")
    assert twin.seen == {"write": 1}
    assert twin.database.execute("SELECT blocked_at FROM badge WHERE no = 'B-1'").fetchone()[0] == values["moment"]


async def test_the_reading_account_may_not_write(twin: BadgesSqlTwin) -> None:
    reader = SqlTransport("badges", twin.url, ReadRules("badges"), user=READER, password=READER_PASSWORD)
    with pytest.raises(SourceError) as refused:
        values = {"badge": "B-1", "employee": "1001", "moment": "2026-03-01T00:00:00+00:00"}
        await reader.write(statements.BLOCK, values, call(permit()), write="block")
    assert refused.value.code == "SOURCE_REJECTED"
    await reader.close()


@pytest.mark.parametrize(
    "statement",
    [
        statements.badges_of(zones=True, passages=True),
        "SELECT count(*), max(at) FROM badge_event WHERE badge IN (:badges)",
        "WITH recent AS (SELECT badge FROM badge_event) SELECT badge FROM recent LIMIT 5",
    ],
)
def test_queries_are_reads(statement: str) -> None:
    assert only_reads(statement)


def test_many_values_are_spread_and_their_number_rounded_up() -> None:
    text, flat = expanded(
        "no IN (:nos) AND kind = :kind AND door <> ':nos' AND x::text = ''", {"nos": ["a", "b", "c"], "kind": "k"}
    )
    assert text == "no IN (:nos_0, :nos_1, :nos_2, :nos_3) AND kind = :kind AND door <> ':nos' AND x::text = ''"
    assert flat == {"nos_0": "a", "nos_1": "b", "nos_2": "c", "nos_3": "c", "kind": "k"}
    assert expanded("no IN (:nos)", {"nos": []}) == ("no IN (NULL)", {})


def test_named_parameters_become_numbered_ones() -> None:
    assert numbered("a = :x AND b = :y AND c = :x AND d = ':z'::text", {"x": 1, "y": 2}) == (
        "a = $1 AND b = $2 AND c = $1 AND d = ':z'::text", [1, 2],
    )  # fmt: skip


async def test_a_badge_is_blocked_once_and_keeps_the_moment_of_the_first_time(
    desk: SourceDesk, twin: BadgesSqlTwin
) -> None:
    moments = []
    for _ in range(2):
        await desk.write("badges", "block", [ANNA, "B-1"], call(permit()))
        (badges,) = await desk.ask("badges", "badges_of", [ANNA], EVERYTHING, call())
        moments.append([each.blocked_at for each in badges])
    assert moments[0] == moments[1]
    assert [moment is None for moment in moments[0]] == [False, True]
    assert twin.seen["write"] == 2


@pytest.mark.parametrize(("holder", "number"), [(BORIS, "B-1"), (ANNA, "B-9")])
async def test_a_badge_of_somebody_else_or_of_nobody_is_refused(
    desk: SourceDesk, twin: BadgesSqlTwin, holder: EmployeeRef, number: str
) -> None:
    with pytest.raises(SourceError) as refused:
        await desk.write("badges", "block", [holder, number], call(permit()))
    assert refused.value.code == "SOURCE_REJECTED"
    assert twin.database.execute("SELECT count(*) FROM badge WHERE blocked_at IS NOT NULL").fetchone()[0] == 0


async def test_a_temporary_badge_comes_with_its_zones_and_twice_is_one_badge(
    desk: SourceDesk, twin: BadgesSqlTwin
) -> None:
    keys = set()
    for zones in (("LAB", "HQ"), ("HQ", "LAB", "HQ")):
        written = await desk.write("badges", "issue_temporary", [BORIS, zones, UNTIL], call(permit("issue_temporary")))
        keys.add(written.key)
    (badges,) = await desk.ask("badges", "badges_of", [BORIS], EVERYTHING, call())
    assert twin.seen["write"] == 2
    assert [(each.number, each.kind, each.zones, each.valid_until) for each in badges if each.kind == "TEMPORARY"] == [
        (*keys, "TEMPORARY", ("HQ", "LAB"), UNTIL)
    ]
    await desk.write("badges", "issue_temporary", [ANNA, ("HQ",), UNTIL], call(permit("issue_temporary")))
    assert twin.database.execute("SELECT count(*) FROM badge").fetchone()[0] == 5


async def test_a_number_that_somebody_else_has_is_refused_and_opens_nothing(
    desk: SourceDesk, twin: BadgesSqlTwin
) -> None:
    number = temporary_number(BORIS.employee_id, ("HQ",), UNTIL)
    twin.database.execute("INSERT INTO badge (no, employee, kind) VALUES (?, '1001', 'temporary')", [number])
    with pytest.raises(SourceError) as refused:
        await desk.write("badges", "issue_temporary", [BORIS, ("HQ",), UNTIL], call(permit("issue_temporary")))
    assert refused.value.code == "SOURCE_REJECTED"
    assert twin.database.execute("SELECT count(*) FROM badge_zone WHERE badge = ?", [number]).fetchone()[0] == 0


async def test_statements_are_kept_together_or_not_at_all(sql: SqlTransport, twin: BadgesSqlTwin) -> None:
    steps = [("INSERT INTO badge (no, employee) VALUES (:no, '7')", {"no": no}) for no in ("B-8", "B-1")]
    with pytest.raises(SourceError) as refused:
        await sql.transact(steps, call(permit()), write="block")
    assert refused.value.code == "SOURCE_REJECTED"
    assert twin.database.execute("SELECT count(*) FROM badge").fetchone()[0] == 3
