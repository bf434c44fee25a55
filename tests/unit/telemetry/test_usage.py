"""Who uses what of the schema: counted, put down, forgotten, and asked for before anything goes."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from graphql import build_schema, parse
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from typer.testing import CliRunner

from gateway.cli import app, mount
from gateway.store import Store
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.schema_changes import changes_between, deprecated_in, place_of
from gateway.telemetry.usage import Usage
from gateway.telemetry.usage_tables import UsageDocument, UsageField, UsagePlace, UsageWithheld
from gateway.telemetry.users import Use, Users
from gateway.whole_graph import whole_graph
from resolvers.observing import Observed
from resolvers.using import places_used
from tests.unit.telemetry.conftest import Served
from tests.unit.telemetry.test_metrics import observed

SDL = """
type Query { employee(by: By!, first: Int): Employee  thing: Thing  old: Int @deprecated(reason: "2027-01-01: use thing") }
input By { login: String  kind: Kind }
enum Kind { PERSON SERVICE }
interface Named { name: String }
type Employee implements Named { name: String  login: String  status: Status  phone(full: Boolean): String }
enum Status { ACTIVE LEFT }
type Device { host: String }
union Thing = Employee | Device
"""
TODAY = datetime(2026, 11, 24, 12, tzinfo=UTC)


def used(text: str, name: str | None = None) -> set[str]:
    document = parse(text)
    operations = {
        each.name.value if each.name else None: each for each in document.definitions if hasattr(each, "operation")
    }
    return set(places_used(build_schema(SDL), document, operations[name]))


def test_fields_arguments_inputs_and_enums_are_used() -> None:
    assert used("query($l: String) { employee(by: {login: $l}) { __typename alias: login status } }") == {
        "Query.employee",
        "Query.employee(by:)",
        "By",
        "Kind",
        "Employee.login",
        "Employee.status",
        "Status",
    }


def test_fragments_and_unions_are_followed_and_only_by_the_operation_that_spreads_them() -> None:
    text = """
    query One { thing { ...E ... on Device { host } } }
    query Two { employee(by: {login: "x"}) { phone(full: true) } }
    fragment E on Employee { name ...F }
    fragment F on Employee { login }
    """
    assert used(text, "One") == {"Query.thing", "Thing", "Employee.name", "Employee.login", "Device.host"}
    assert "Employee.phone(full:)" in used(text, "Two")
    assert "Employee.login" not in used(text, "Two")


class Clock:
    def __init__(self) -> None:
        self.now = TODAY

    def __call__(self) -> datetime:
        return self.now


def seen(
    client: str | None = "desk", document: str = "d1", places: tuple[str, ...] = ("Query.old",), **more: object
) -> Observed:
    return observed(client=client, document=document.ljust(64, "0"), used=frozenset(places), **more)


async def test_what_is_counted_adds_up_over_flushes_and_processes(store: Store) -> None:
    clock = Clock()
    first, second = (Usage(store.engine, days=400, clock=clock) for _ in range(2))
    for _ in range(3):
        first.answered(seen(places=("Query.old", "Query.thing")))
    await first.put_down()
    first.answered(seen())
    second.answered(seen(client="script", document="d2"))
    await asyncio.gather(first.put_down(), second.put_down())
    await first.put_down()
    users = Users(store.engine)
    assert await users.of(["Query.old"], 30, TODAY.date()) == [
        Use("desk", 4, "2026-11-24", (("d1".ljust(64, "0"), "", 4),)),
        Use("script", 1, "2026-11-24", (("d2".ljust(64, "0"), "", 1),)),
    ]
    assert await users.counts(30, TODAY.date()) == {"Query.old": 5, "Query.thing": 3}
    assert [each.client for each in await users.of(["Query.*"], 30, TODAY.date())] == ["desk", "script"]
    assert await users.of(["Query.ol"], 30, TODAY.date()) == []


async def test_what_was_not_executed_used_nothing(store: Store) -> None:
    usage = Usage(store.engine, days=400)
    usage.answered(seen(executed=False))
    usage.answered(observed(document=None))
    await usage.put_down()
    assert await Users(store.engine).since() is None


async def test_use_is_of_its_day_and_forgotten_in_time(store: Store) -> None:
    clock = Clock()
    usage = Usage(store.engine, days=40, clock=clock)
    usage.answered(seen(withheld={"Employee.phone": "FORBIDDEN_FIELD"}))
    await usage.put_down()
    clock.now += timedelta(days=31)
    usage.answered(seen(client="late"))
    await usage.put_down()
    users = Users(store.engine)
    assert [each.client for each in await users.of(["Query.old"], 30, clock.now.date())] == ["late"]
    assert [each.client for each in await users.of(["Query.old"], 31, clock.now.date())] == ["desk", "late"]
    clock.now += timedelta(days=10)
    usage._swept = clock.now - timedelta(hours=2)
    await usage._sweep()
    assert await users.since() == "2026-12-25"
    async with store.engine.connect() as connection:
        assert (await connection.execute(select(func.count()).select_from(UsageWithheld))).scalar() == 0
        assert (await connection.execute(select(func.count()).select_from(UsagePlace))).scalar() == 1


async def test_invented_names_make_a_bounded_number_of_rows(store: Store) -> None:
    metrics = Metrics()
    usage = Usage(store.engine, days=400, dropped=metrics.dropped.labels("usage").inc)
    for number in range(6_000):
        usage.answered(seen(client=f"client-{number}", document=f"{number:05}x", withheld={f"A.f{number}": "MASKED"}))
    usage.answered(seen(document="late", places=("Query.late",)))
    await usage.put_down()
    async with store.engine.connect() as connection:
        kinds = (UsageField, UsageDocument, UsagePlace, UsageWithheld)
        rows = [(await connection.execute(select(func.count()).select_from(each))).scalar() for each in kinds]
    assert rows == [202, 2_000, 2_000, 5_000]
    assert metrics.dropped.labels("usage")._value.get() == 4_001 + 1_000
    (late,) = await Users(store.engine).of(["Query.late"], 30, datetime.now(UTC).date())
    assert (late.client, late.count) == ("other", 1), "what cannot be told apart any more still counts as used"


async def test_what_cannot_be_written_is_counted_on(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/later.db")
    usage = Usage(store.engine, days=400)
    usage.answered(seen())
    with pytest.raises(OperationalError):
        await usage.put_down()
    usage.answered(seen())
    await asyncio.to_thread(store.migrate)
    await usage.put_down()
    (found,) = await Users(store.engine).of(["Query.old"], 30, date.today())
    assert found.count == 2
    await store.close()


async def test_a_request_leaves_its_use(traced: Served) -> None:
    query = 'query Card { employee(by: {login: "employee"}) { login employment { status } } }'
    for _ in range(2):
        await traced.ask(query, graphql_client_name="usage-test")
    assert traced.gateway.telemetry.usage is not None
    await traced.gateway.telemetry.usage.put_down()
    users = Users(traced.gateway.store.engine)
    today = datetime.now(UTC).date()
    for place in ("Employee.login", "Query.employee", "Query.employee(by:)", "Employment.status"):
        (found,) = [each for each in await users.of([place], 1, today) if each.client == "usage-test"]
        assert (found.count, [name for _, name, _ in found.documents]) == (2, ["Card"]), place


@pytest.mark.parametrize(
    ("old", "new", "place", "uses"),
    [
        ("old: Int @deprecated", "", "Query.old", ("Query.old",)),
        ("first: Int)", ")", "Query.employee(first:)", ("Query.employee(first:)",)),
        ("first: Int)", "first: Int  must: Int!)", "Query.employee(must:)", ("Query.employee",)),
        ("first: Int)", "first: String)", "Query.employee(first:)", ("Query.employee(first:)",)),
        ("login: String  status", "login: Int  status", "Employee.login", ("Employee.login",)),
        ("login: String  kind", "login: Int  kind", "By.login", ("By",)),
        ("login: String  kind", "login: String  need: Int!  kind", "By.need", ("By",)),
        ("ACTIVE LEFT", "ACTIVE", "Status.LEFT", ("Status",)),
        ("union Thing = Employee | Device", "union Thing = Employee", "Thing", ("Thing", )),
        ("type Employee implements Named", "type Employee", "Employee", ("Employee", "Employee.*")),
    ],
)  # fmt: skip
def test_each_break_is_told_with_its_place(old: str, new: str, place: str, uses: tuple[str, ...]) -> None:
    after = (
        SDL.replace(old, new, 1)
        if old != "old: Int @deprecated"
        else SDL.replace('old: Int @deprecated(reason: "2027-01-01: use thing")', "")
    )
    assert after != SDL
    found = [each for each in changes_between(SDL, after) if each.breaking]
    assert (place, uses) in {(each.place, each.uses) for each in found}


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("Directive @data was removed.", "@data"),
        ("A required argument @data(x:) was added.", "@data(x:)"),
        ("Repeatable flag was removed from @data.", "@data"),
        ("FIELD_DEFINITION was removed from @data.", "@data"),
        ("Standard scalar Float was removed because it is not referenced anymore.", "Float"),
        ("Employee changed from an Object type to an Interface type.", "Employee"),
        ("Query.a(x:) has changed defaultValue from 1 to 2.", "Query.a(x:)"),
    ],
)
def test_the_place_of_every_sentence_is_found(said: str, place: str) -> None:
    assert place_of(said) == place


def test_every_sentence_of_the_library_is_understood() -> None:
    """Everything of our own schema taken away, one type at a time."""
    from graphql import print_schema

    text = print_schema(whole_graph()[0])
    found = changes_between(text, "type Query { nothing: Int }")
    assert len(found) > 200
    assert all(each.place for each in found)


def test_a_new_value_is_dangerous_and_breaks_nobody() -> None:
    (found,) = changes_between(SDL, SDL.replace("ACTIVE LEFT", "ACTIVE LEFT AWAY"))
    assert (found.breaking, found.place, found.uses) == (False, "Status.AWAY", ("Status",))


def test_what_is_to_go_is_listed() -> None:
    assert deprecated_in(build_schema(SDL)) == {"Query.old": "2027-01-01: use thing"}


@pytest.fixture
def installation(tmp_path: Path) -> Path:
    folder = tmp_path / "installation"
    (folder / "teams").mkdir(parents=True)
    (folder / "okno.yaml").write_text(
        f"name: Test\ndatabase: sqlite:///{tmp_path}/okno.db\nsources: {{}}\n", encoding="utf-8"
    )
    (tmp_path / "old.graphql").write_text(SDL, encoding="utf-8")
    text = SDL.replace('old: Int @deprecated(reason: "2027-01-01: use thing")', "").replace("ACTIVE LEFT", "ACTIVE")
    (tmp_path / "new.graphql").write_text(text, encoding="utf-8")
    mount()
    return folder


def checked(installation: Path, *more: str) -> tuple[int, str]:
    folder = installation.parent
    words = ["schema", "check", str(folder / "old.graphql"), "--new", str(folder / "new.graphql")]
    result = CliRunner().invoke(app, [*words, "--installation", str(installation), *more])
    return result.exit_code, result.output


def put(folder: Path, *answers: Observed, at: datetime | None = None) -> None:
    async def down() -> None:
        store = Store(f"sqlite:///{folder}/okno.db")
        await asyncio.to_thread(store.migrate)
        usage = Usage(store.engine, days=400, clock=lambda: at or datetime.now(UTC))
        for each in answers:
            usage.answered(each)
        await usage.put_down()
        await store.close()

    asyncio.run(down())


def test_a_break_that_nobody_uses_passes(installation: Path) -> None:
    code, said = checked(installation)
    assert code == 0
    assert "breaking   Field Query.old was removed." in said
    assert "2 breaking, 0 dangerous; 0 of the breaking ones used within 30 days" in said
    assert "no use is remembered at all" in said


def test_a_break_that_somebody_uses_fails_and_names_them(installation: Path, tmp_path: Path) -> None:
    put(tmp_path, seen(client="desk", name="Card"), seen(client="desk", name="Card"), seen("script", "d2", ("Status",)))
    code, said = checked(installation)
    assert code == 1
    assert "    desk: 2 times, last " in said
    assert "Card d10000000000 (2)" in said
    assert "    script: 1 times" in said
    assert "2 of the breaking ones used" in said


def test_who_used_it_long_ago_holds_nothing_up(installation: Path, tmp_path: Path) -> None:
    put(tmp_path, seen(), at=datetime.now(UTC) - timedelta(days=31))
    assert checked(installation)[0] == 0
    assert checked(installation, "--days", "40")[0] == 1


def test_what_is_no_schema_is_told(installation: Path, tmp_path: Path) -> None:
    (tmp_path / "new.graphql").write_text("type {", encoding="utf-8")
    code, said = checked(installation)
    assert code == 2
    assert "this is no schema" in said


def test_clients_and_fields_are_printed(installation: Path, tmp_path: Path) -> None:
    put(tmp_path, seen(client="desk", name="Card", places=("Employee.login", "Employee.name")))

    def said(*words: str) -> str:
        result = CliRunner().invoke(app, ["usage", *words, "--installation", str(installation)])
        assert result.exit_code == 0, result.output
        return result.output

    assert "desk: 1 times" in said("clients", "Employee.login")
    assert "desk: 2 times" in said("clients", "Employee")
    assert said("clients", "Employee.phone") == "nobody has used Employee.phone within 30 days\n"
    assert said("fields").splitlines() == ["         1  Employee.login", "         1  Employee.name"]
    assert said("fields", "--deprecated") in {"nothing is deprecated\n"} or "  " in said("fields", "--deprecated")
