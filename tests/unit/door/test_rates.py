"""How much one address and one caller get, and how often an address may be wrong."""

import pytest

from gateway.door.addresses import neighbourhood
from gateway.door.buckets import Buckets
from gateway.door.door_settings import DoorSettings, RateSettings
from gateway.door.rates import Rates
from tests.unit.door.wire import Served, served

BAD = "Authorization: Bearer bad"
GOOD = "Authorization: Bearer good"


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_gives_what_it_holds_and_fills_evenly() -> None:
    bucket = Buckets(per_second=2, burst=3)
    assert [bucket.take("a", 10.0) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert bucket.take("a", 10.0) == pytest.approx(0.5)
    assert bucket.take("b", 10.0) == 0.0
    assert bucket.take("a", 10.5) == 0.0
    assert bucket.take("a", 10.5) == pytest.approx(0.5)
    assert [bucket.take("a", 100.0) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert bucket.take("a", 100.0) > 0


def test_what_is_remembered_is_bounded() -> None:
    bucket = Buckets(per_second=1, burst=1, most=100)
    for number in range(10_000):
        assert bucket.take(str(number), 1.0) == 0.0
    assert len(bucket) == 100
    assert bucket.take("9999", 1.0) > 0  # the latest are kept


@pytest.mark.parametrize(
    ("address", "whose"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        (None, "?"),
    ],
)
def test_a_household_of_ipv6_is_one(address: str | None, whose: str) -> None:
    assert neighbourhood(address) == whose


async def statuses(
    server: Served, count: int, *headers: str, source: str = "127.0.0.1", target: str = "/graphql"
) -> list[int]:
    return [(await server.ask("GET", target, *headers, source=source)).status for _ in range(count)]


async def test_an_address_gets_so_much_and_another_is_not_held_up() -> None:
    async with served({"rates": {"address_per_second": 0.001, "address_burst": 3}}) as server:
        assert await statuses(server, 5) == [200, 200, 200, 429, 429]
        assert (await server.shake()).status == 429
        assert await statuses(server, 3, source="127.0.0.2") == [200, 200, 200]
        told = await server.ask()
        assert told.code == "RATE_LIMITED"
        retry = int(told.header("retry-after") or 0)
        assert 900 < retry <= 1_000
        assert 0 <= retry * 1_000 - told.json["errors"][0]["extensions"]["retryAfterMs"] < 1_000


async def test_a_caller_gets_so_much_from_wherever() -> None:
    async with served({"rates": {"caller_per_second": 0.001, "caller_burst": 2}}) as server:
        assert await statuses(server, 2, GOOD) == [200, 200]
        assert await statuses(server, 1, GOOD, source="127.0.0.2") == [429]
        assert (await server.shake(GOOD)).status == 429
        assert await statuses(server, 1, "Cookie: x=1; __Host-okno=abc") == [200]
        assert await statuses(server, 2, "Cookie: __Host-okno=abc") == [200, 429]


async def test_wrong_credentials_are_counted_by_themselves() -> None:
    async with served({"rates": {"failures": 3}}) as server:
        assert await statuses(server, 1, GOOD) == [200]
        tried = [f"Authorization: Bearer bad{number}" for number in range(5)]
        assert [(await server.ask("GET", "/graphql", each)).status for each in tried] == [401, 401, 401, 429, 429]
        assert len(server.echo.seen) == 4  # the last two were not looked at
        # who was let in before is not held up by a neighbour; who asks for what needs nobody is neither
        assert await statuses(server, 2, GOOD) == [200, 200]
        assert await statuses(server, 1, target="/graphiql") == [200]
        # but whoever has not been seen before has to wait, also with a token that would be good
        assert await statuses(server, 1, "Cookie: __Host-okno=new") == [429]
        assert await statuses(server, 1, target="/auth/callback") == [429]
        assert (await server.shake()).status == 429
        assert await statuses(server, 1, "Cookie: __Host-okno=new", source="127.0.0.3") == [200]


async def test_a_websocket_whose_caller_is_nobody_counts_as_a_failure() -> None:
    async with served({"rates": {"failures": 2}}) as server:
        import aiohttp

        for _ in range(2):
            async with aiohttp.ClientSession() as session:
                async with session.ws_connect(f"http://127.0.0.1:{server.port}/graphql") as socket:
                    await socket.send_str("nobody")
                    await socket.receive()
                    assert socket.close_code == 4403
        assert (await server.shake()).status == 429


async def test_a_caller_who_was_let_in_and_then_is_nobody_is_known_no_more() -> None:
    status = 200

    async def application(scope, receive, send) -> None:
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    clock = Clock()
    rates = Rates(application, RateSettings(failures=1), clock)

    async def ask(token: str) -> int:
        told: list[int] = []

        async def send(message) -> None:
            told.extend([message["status"]] if message["type"] == "http.response.start" else [])

        headers = [(b"authorization", token.encode())]
        scope = {"type": "http", "path": "/graphql", "client": ("192.0.2.1", 1), "headers": headers}
        await rates(scope, None, send)
        return told[0]

    assert await ask("a") == 200
    status = 401
    assert [await ask("a"), await ask("a")] == [401, 429]
    clock.now += 60.0
    status = 200
    assert await ask("a") == 200


def test_what_is_given_without_a_word() -> None:
    rates = DoorSettings().rates
    assert (rates.address_per_second, rates.caller_per_second, rates.failures) == (300.0, 50.0, 10)
