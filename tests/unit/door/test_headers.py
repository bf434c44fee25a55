"""Headers of safety on every answer, whoever gives it."""

from gateway.door.headers import EVERYWHERE
from tests.unit.door.wire import served

ALWAYS = {name.lower(): value for name, value in EVERYWHERE.items()}


def lacking(told) -> dict[str, str | None]:
    """Headers that are not there, or not once."""
    return {name: told.header(name) for name in ALWAYS if [key for key, _ in told.headers].count(name) != 1}


async def test_every_kind_of_answer_carries_them() -> None:
    async with served({"rates": {"failures": 1}}) as server:
        answers = {
            200: await server.ask(),
            401: await server.ask("GET", "/graphql", "Authorization: Bearer bad"),
            429: await server.ask("GET", "/graphql", "Authorization: Bearer bad"),
            404: await server.ask("GET", "/nowhere"),
            405: await server.ask("PATCH", "/graphql"),
            421: await server.ask(host="evil.example"),
            403: await server.ask("GET", "/graphql", "Origin: https://evil.example"),
            500: await server.ask("GET", "/broken"),
            400: await server.ask("GET /graphql", "x"),
        }
        for status, told in answers.items():
            assert told.status == status, (status, told)
            assert lacking(told) == {}, status
            assert told.header("content-security-policy") == ALWAYS["content-security-policy"]
            assert told.header("strict-transport-security") is None
        refused = await server.shake("Host: evil.example")
        assert (refused.status, lacking(refused)) == (421, {})


async def test_over_tls_browsers_are_told_to_stay_with_it() -> None:
    async with served({"proxies": ["127.0.0.1/32"]}) as server:
        told = await server.ask("GET", "/graphql", "X-Forwarded-Proto: https")
        assert told.header("strict-transport-security") == "max-age=31536000"
    async with served() as server:
        told = await server.ask("GET", "/graphql", "X-Forwarded-Proto: https")
        assert told.header("strict-transport-security") is None


async def test_what_breaks_unforeseen_is_told_by_a_trace_id_alone(caplog) -> None:
    async with served() as server:
        told = await server.ask("GET", "/broken")
        assert told.code == "INTERNAL"
        assert b"sesame" not in told.body
        assert b"Traceback" not in told.body
        assert told.json["errors"][0]["extensions"]["traceId"] in caplog.text
        late = await server.ask("GET", "/broken-late")
        assert late.body == b"6\r\nbegun \r\n"  # cut, and not ended as if it were whole
