"""Salt: many computers in one command, computers that are off, nothing but the declared reads, jobs that take a while."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from sources.kit.desk import SourceDesk
from sources.kit.manifest import systems
from sources.kit.resilience.line import Line
from sources.kit.source import Instance
from sources.kit.twin.faults import GARBAGE_KINDS, Fault, GarbageKind
from sources.ports.call import CallContext
from sources.ports.errors import SourceError, WriteRefused
from sources.ports.keys import DeviceRef, EmployeeRef
from sources.ports.permit import WritePermit
from sources.ports.question import EVERYTHING, Need
from sources.salt import mapping
from sources.salt.client import Salt
from sources.salt.rows import LicenceSeat, SaltJob, SaltMinion, SaltPackage, SaltSeed
from sources.salt.twin import SaltTwin

LIST = {"client": "local", "tgt": ["nb-1.corp"], "tgt_type": "list", "fun": ["pkg.list_pkgs"], "arg": [[]]}
INSTALL = {"client": "local", "tgt": ["nb-1.corp"], "tgt_type": "list", "fun": "pkg.install", "arg": ["tree"]}


def seed() -> SaltSeed:
    """A hundred computers of all families, one of them off, with jobs and seats."""
    families = ("rpm", "deb", "windows", "macos")
    minions = [
        SaltMinion(f"nb-{number}.corp", families[number % 4], {"vim": SaltPackage("9.1", "Vim authors", 1767323045)})
        for number in range(100)
    ]
    minions[7].online = False
    done, failed = "2026, Nov 22 10:05:00.000000", "ERROR: no space left"
    jobs = [
        SaltJob(
            "20261122100000000001", "nb-1.corp", "pkg.install", ["vim"], "anna", done, True, {"vim": {"new": "9.1"}}
        ),
        SaltJob("20261122110000000002", "nb-1.corp", "pkg.remove", ["tree"], "anna", done, False, failed),
        SaltJob("20261122120000000003", "nb-1.corp", "pkg.install", [{"pkgs": ["htop"]}], "anna"),
        SaltJob("20261122130000000004", "nb-1.corp", "test.ping", [], "anna", done, True, True),
    ]
    seats = [
        LicenceSeat("S-2", "Visio", "anna", "2026-01-02T00:00:00+00:00", "2027-01-02T00:00:00+00:00"),
        LicenceSeat("S-1", "AutoCAD", "anna", "2026-01-02T00:00:00+00:00"),
    ]
    return SaltSeed(minions, jobs, seats, {"tree": ("2.1", "GNU")}, ".corp")


@pytest.fixture
async def twin() -> AsyncIterator[SaltTwin]:
    """A running twin whose jobs take a twentieth of a second."""
    served = SaltTwin(seed(), job_seconds=0.05)
    await served.start()
    yield served
    await served.stop()


@pytest.fixture
async def source(twin: SaltTwin) -> AsyncIterator[Salt]:
    """The connector at that twin, signed in."""
    opened = Salt(Instance("software", "salt", systems()["salt"], twin.settings()))
    await opened.start(context())
    twin.seen.clear()
    yield opened
    await opened.close()


def context(permit: WritePermit | None = None) -> CallContext:
    """A request with two seconds left."""
    return CallContext("test", time.monotonic() + 2, "t", "tester", permit=permit)


def device(hostname: str | None) -> DeviceRef:
    """A device of that host name."""
    return DeviceRef(f"NB-{hostname}", None, hostname)


async def ask(source: Salt, question: str, keys: list[object], need: Need = EVERYTHING) -> list[object]:
    """Put one question through a line of its own."""
    return list(await SourceDesk([Line(source)]).ask("software", question, keys, need, context()))


async def test_fifty_computers_cost_one_command(source: Salt, twin: SaltTwin) -> None:
    answers = await ask(source, "installed_on", [device(f"NB-{number}") for number in range(50)])
    assert sum(isinstance(answer, tuple) and answer[0].version == "9.1" for answer in answers) == 49
    assert twin.seen == {"POST /": 1}


async def test_a_hundred_and_twenty_employees_cost_three_commands(source: Salt, twin: SaltTwin) -> None:
    keys = [EmployeeRef(f"id{number}", f"user{number}") for number in range(119)] + [EmployeeRef("a", "Anna")]
    answers = await ask(source, "licences_of", list(keys))
    assert [(seat.licence_id, seat.product) for seat in answers[-1]] == [("S-1", "AutoCAD"), ("S-2", "Visio")]
    assert answers[:119] == [()] * 119
    assert twin.seen == {"POST /": 3}


async def test_publisher_and_day_are_told_where_the_package_manager_knows_them(source: Salt) -> None:
    rpm, deb, windows = await ask(source, "installed_on", [device("nb-0"), device("NB-1"), device("nb-2")])
    assert rpm[0].publisher == "Vim authors"
    assert rpm[0].installed_at.isoformat() == "2026-01-02T03:04:05+00:00"
    for answer in (deb, windows):
        assert (answer[0].name, answer[0].version) == ("vim", "9.1")
        assert (answer[0].publisher, answer[0].installed_at) == (None, None)
    assert deb[0].hostname == "NB-1"


async def test_details_are_not_asked_for_where_nobody_wants_them(source: Salt) -> None:
    need = Need(frozenset({"name", "version"}))
    (answer,) = await ask(source, "installed_on", [device("nb-0")], need)
    assert (answer[0].version, answer[0].publisher) == ("9.1", None)


async def test_a_computer_that_is_off_is_unavailable_and_the_others_are_not(source: Salt) -> None:
    call = context()
    keys = [device("nb-6"), device("nb-7"), device("nb-8")]
    answers = await SourceDesk([Line(source)]).ask("software", "installed_on", keys, EVERYTHING, call)
    assert [isinstance(answer, SourceError) for answer in answers] == [False, True, False]
    assert answers[1].code == "SOURCE_UNAVAILABLE"
    assert call.ledger.of("software").state == "PARTIAL"


async def test_a_computer_that_salt_does_not_know_has_no_programs(source: Salt, twin: SaltTwin) -> None:
    keys = [device("nb-999"), device(None), device("nb-1,nb-2"), device("*"), device("nb-1 or *")]
    assert await ask(source, "installed_on", list(keys)) == [(), (), (), (), ()]
    assert twin.seen == {"POST /": 1}


async def test_no_programs_at_all_are_not_believed(source: Salt, twin: SaltTwin) -> None:
    twin.minions["nb-1.corp"].packages.clear()
    (answer,) = await ask(source, "installed_on", [device("nb-1")])
    assert isinstance(answer, SourceError)
    assert answer.code == "BAD_SOURCE_DATA"


async def test_jobs_are_told_newest_first_and_only_those_about_software(source: Salt, twin: SaltTwin) -> None:
    keys = [device("NB-1"), device("nb-2"), device("nb-999"), device(None)]
    jobs, *others = await ask(source, "jobs_on", list(keys))
    assert [(job.action, job.product, job.state) for job in jobs] == [
        ("INSTALL", "htop", "RUNNING"),
        ("REMOVE", "tree", "FAILED"),
        ("INSTALL", "vim", "SUCCEEDED"),
    ]
    assert jobs[1].message == "ERROR: no space left"
    assert jobs[1].started_at.isoformat() == "2026-11-22T11:00:00.000002+00:00"
    assert jobs[1].ended_at.isoformat() == "2026-11-22T10:05:00+00:00"
    assert others == [(), (), ()]
    assert twin.seen == {"POST /": 1}


async def test_a_session_that_ran_out_is_renewed_once(source: Salt, twin: SaltTwin) -> None:
    twin.expire_sessions()
    (answer,) = await ask(source, "installed_on", [device("nb-1")])
    assert answer[0].name == "vim"
    assert twin.seen == {"POST /": 2, "POST /login": 1}


async def test_a_wrong_password_is_a_refusal(twin: SaltTwin) -> None:
    settings = {**twin.settings(), "password": "wrong"}
    source = Salt(Instance("software", "salt", systems()["salt"], settings))
    (answer,) = await ask(source, "installed_on", [device("nb-1")])
    assert isinstance(answer, SourceError)
    assert answer.code == "SOURCE_REJECTED"
    await source.close()


@pytest.mark.parametrize("kind", GARBAGE_KINDS)
@pytest.mark.parametrize("question", ["installed_on", "jobs_on", "licences_of"])
async def test_garbage_is_never_an_empty_answer(source: Salt, twin: SaltTwin, question: str, kind: GarbageKind) -> None:
    await twin.break_with(Fault("garbage", garbage=kind))
    for known in ("anna", "nobody") if question == "licences_of" else ("nb-1",):
        key = EmployeeRef("1", known) if question == "licences_of" else device(known)
        (answer,) = await ask(source, question, [key])
        assert isinstance(answer, SourceError)
        assert answer.code == "BAD_SOURCE_DATA"


@pytest.mark.parametrize("kind", GARBAGE_KINDS)
async def test_garbage_about_one_computer_makes_another_doubtful(
    source: Salt, twin: SaltTwin, kind: GarbageKind
) -> None:
    await twin.break_with(Fault("garbage", garbage=kind))
    answers = await ask(source, "installed_on", [device("nb-1"), device("nb-999")])
    assert [isinstance(answer, SourceError) for answer in answers] == [True, True]


@pytest.mark.parametrize(
    "body",
    [
        [INSTALL],
        [LIST, INSTALL],
        [INSTALL, LIST],
        [LIST, LIST],
        [{**LIST, "fun": ["pkg.list_pkgs", "pkg.install"], "arg": [[], ["tree"]]}],
        [{**LIST, "fun": [["pkg.install"], "pkg.list_pkgs"]}],
        [{**LIST, "client": "local_async"}],
        [{**LIST, "client": ["local", "wheel"]}],
        [{**LIST, "tgt_type": "compound", "tgt": "*"}],
        [{"client": "runner", "fun": "licences.grant", "login": "anna", "product": "Visio"}],
        [{"client": "runner", "fun": "pkg.list_pkgs"}],
        [{"client": "local", "fun": "licences.list", "tgt": "*"}],
        [{"client": "wheel", "fun": "key.accept"}],
        [{"fun": ["pkg.list_pkgs"], "tgt_type": "list"}],
        [LIST, {"tgt": "*"}],
        {**LIST},
        [],
        "pkg.list_pkgs",
        None,
    ],
)
async def test_nothing_but_one_declared_read_reaches_the_wire(source: Salt, twin: SaltTwin, body: object) -> None:
    with pytest.raises(WriteRefused):
        await source._http.request("POST", "/", context(), json=body)
    assert twin.calls == 0


@pytest.mark.parametrize("path", ["/run", "/hook/any", "/keys", "/minions", "/login/x"])
async def test_no_other_path_takes_a_post(source: Salt, twin: SaltTwin, path: str) -> None:
    with pytest.raises(WriteRefused):
        await source._http.request("POST", path, context(), json=[LIST])
    assert twin.calls == 0


def test_functions_in_order_are_read_as_well_as_functions_by_name() -> None:
    ordered = [{"vim": "9.1"}, {"vim": {"vendor": "Vim authors"}}]
    named = {mapping.LIST: ordered[0], mapping.INFO: ordered[1]}
    assert mapping.programs_of(ordered, "software", "nb-1") == mapping.programs_of(named, "software", "nb-1")


def test_a_job_that_ended_without_telling_how_is_bad_data() -> None:
    row = {
        "jid": "20261122100000000001",
        "fun": "pkg.install",
        "arg": ["vim"],
        "EndTime": "2026, Nov 22 10:05:00.000000",
    }
    answer = mapping.jobs_of({"nb-1": [row]}, "nb-1", "software", "nb-1")
    assert isinstance(answer, SourceError)
    assert answer.code == "BAD_SOURCE_DATA"


def leave(write: str) -> CallContext:
    """A request that may send this write once."""
    return context(WritePermit("distribute", "step", "software", write, time.monotonic() + 5))


async def test_an_installation_takes_its_time_and_is_then_seen(source: Salt, twin: SaltTwin) -> None:
    desk, call = SourceDesk([Line(source)]), leave("install_software")
    begun = await desk.write("software", "install_software", [device("NB-1"), "tree"], call)
    with pytest.raises(WriteRefused):
        await desk.write("software", "install_software", [device("NB-1"), "tree"], call)
    assert twin.seen == {"POST /": 1}
    states = []
    for _ in range(2):
        (jobs,) = await ask(source, "jobs_on", [device("nb-1")])
        states += [job.state for job in jobs if job.job_id == begun.key]
        await asyncio.sleep(0.1)
    assert states == ["RUNNING", "SUCCEEDED"]
    (programs,) = await ask(source, "installed_on", [device("nb-1")])
    assert [(each.name, each.version) for each in programs] == [("tree", "2.1"), ("vim", "9.1")]
    await desk.write("software", "remove_software", [device("nb-1"), "vim"], leave("remove_software"))
    await asyncio.sleep(0.1)
    (programs,) = await ask(source, "installed_on", [device("nb-1")])
    assert [each.name for each in programs] == ["tree"]


async def test_what_is_not_in_the_catalogue_fails_to_install(source: Salt, twin: SaltTwin) -> None:
    await SourceDesk([Line(source)]).write(
        "software", "install_software", [device("nb-1"), "nothing"], leave("install_software")
    )
    await asyncio.sleep(0.1)
    (jobs,) = await ask(source, "jobs_on", [device("nb-1")])
    assert (jobs[0].product, jobs[0].state) == ("nothing", "FAILED")
    assert jobs[0].message == "ERROR: Unable to locate package nothing"
    assert "nothing" not in twin.minions["nb-1.corp"].packages


async def test_a_job_for_a_computer_that_is_off_waits(source: Salt) -> None:
    await SourceDesk([Line(source)]).write(
        "software", "install_software", [device("nb-7"), "tree"], leave("install_software")
    )
    await asyncio.sleep(0.1)
    (jobs,) = await ask(source, "jobs_on", [device("nb-7")])
    assert [job.state for job in jobs] == ["RUNNING"]


@pytest.mark.parametrize(
    "product", ["", "-y", "fromrepo=evil", "tree,vim", "/tmp/tree.rpm", "salt://tree", "tree\nvim", "дерево", "x" * 129]
)
async def test_a_name_that_salt_would_take_for_more_is_not_sent(source: Salt, twin: SaltTwin, product: str) -> None:
    with pytest.raises(SourceError) as refused:
        await SourceDesk([Line(source)]).write(
            "software", "install_software", [device("nb-1"), product], leave("install_software")
        )
    assert refused.value.code == "SOURCE_REJECTED"
    assert twin.calls == 0


@pytest.mark.parametrize(("hostname", "calls"), [("unknown", 1), (None, 0)])
async def test_a_computer_that_salt_does_not_know_is_a_refusal(
    source: Salt, twin: SaltTwin, hostname: str | None, calls: int
) -> None:
    jobs = len(twin.jobs)
    with pytest.raises(SourceError) as refused:
        await SourceDesk([Line(source)]).write(
            "software", "install_software", [device(hostname), "tree"], leave("install_software")
        )
    assert (refused.value.code, twin.calls, len(twin.jobs)) == ("SOURCE_REJECTED", calls, jobs)


@pytest.mark.parametrize(
    "change", [{"tgt": ["nb-1.corp", "nb-2.corp"]}, {"tgt_type": "glob"}, {"client": "local"}, {"fun": "cmd.run"}]
)
async def test_a_permit_is_for_one_job_on_one_computer(source: Salt, twin: SaltTwin, change: dict[str, object]) -> None:
    with pytest.raises(WriteRefused):
        await source._session.run(
            {**INSTALL, "client": "local_async", **change}, leave("install_software"), write="install_software"
        )
    assert twin.calls == 0


async def test_a_write_in_a_session_that_ran_out_is_refused_and_not_sent_again(source: Salt, twin: SaltTwin) -> None:
    twin.expire_sessions()
    with pytest.raises(SourceError) as refused:
        await SourceDesk([Line(source)]).write(
            "software", "install_software", [device("nb-1"), "tree"], leave("install_software")
        )
    assert (refused.value.code, refused.value.retryable) == ("SOURCE_REJECTED", True)
    assert twin.seen == {"POST /": 1} and len(twin.jobs) == 4


async def test_a_seat_is_granted_and_taken_back_from_its_holder_only(source: Salt, twin: SaltTwin) -> None:
    desk, anna, boris = SourceDesk([Line(source)]), EmployeeRef("a", "Anna"), EmployeeRef("b", "boris")
    granted = await desk.write("software", "grant_licence", [boris, "Visio"], leave("grant_licence"))
    (seats,) = await ask(source, "licences_of", [boris])
    assert [(seat.licence_id, seat.product) for seat in seats] == [(granted.key, "Visio")]
    await desk.write("software", "revoke_licence", [boris, "S-1"], leave("revoke_licence"))
    assert "S-1" in twin.seats
    for _ in range(2):
        await desk.write("software", "revoke_licence", [anna, "S-1"], leave("revoke_licence"))
    (seats,) = await ask(source, "licences_of", [anna])
    assert [seat.licence_id for seat in seats] == ["S-2"]


async def test_a_product_without_seats_is_refused(source: Salt, twin: SaltTwin) -> None:
    with pytest.raises(SourceError) as refused:
        await SourceDesk([Line(source)]).write(
            "software", "grant_licence", [EmployeeRef("b", "boris"), "Nothing"], leave("grant_licence")
        )
    assert (refused.value.code, len(twin.seats)) == ("SOURCE_REJECTED", 2)
