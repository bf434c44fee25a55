"""GraphQL over HTTP: what is answered with which status and type, and what is refused."""

from typing import Any

import orjson
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from gateway.graphql_http import MOST_BODY, Endpoint
from gateway.identity.callers import Caller, Refusal
from gateway.identity.tokens import Tokens
from gateway.media import LEGACY, MODERN, preferred
from gateway.settings import Installation
from gateway.store import Store
from resolvers.asking import Viewer
from resolvers.replies import Reply
from tests.unit.gateway.asgi import post
from tests.unit.gateway.conftest import Ask, callers_of, viewers_of

VIEWER = {"query": "{ viewer { login activeTeam { id } } }"}


@pytest.mark.parametrize("media", [MODERN, LEGACY])
async def test_a_good_request_is_200_in_the_type_asked_for(ask: Ask, media: str) -> None:
    answer = await ask(VIEWER, Accept=media)
    assert (answer.status, answer.media) == (200, f"{media}; charset=utf-8")
    assert answer.json["data"] == {"viewer": {"login": "ann", "activeTeam": {"id": "north"}}}
    assert "errors" not in answer.json
    assert answer.json["extensions"]["sources"] == {}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"query": "{ viewer { login }"}, "PARSE_FAILED"),
        ({"query": "{ viewer { shoeSize } }"}, "VALIDATION_FAILED"),
        ({"query": "query A { viewer { login } } query B { viewer { login } }"}, "BAD_INPUT"),
        ({"query": "query A { viewer { login } }", "operationName": "B"}, "BAD_INPUT"),
        ({"query": '{ node(id: "nonsense") { id } }'}, "BAD_INPUT"),
        ({"query": "query($text: String!) { search(text: $text) { edges { cursor } } }"}, "BAD_INPUT"),
        (
            {"query": "query($n: Int!) { employees(first: $n) { edges { cursor } } }", "variables": {"n": "x"}},
            "BAD_INPUT",
        ),
    ],
)
async def test_what_is_not_executed_is_400_and_200_for_old_clients(ask: Ask, body: Any, code: str) -> None:
    for media, status in ((MODERN, 400), (LEGACY, 200)):
        answer = await ask(body, Accept=media)
        assert (answer.status, answer.media) == (status, f"{media}; charset=utf-8")
        assert set(answer.codes) == {code}
        assert "data" not in answer.json, "nothing was executed"


async def test_an_error_beside_data_is_200(ask: Ask) -> None:
    answer = await ask({"query": '{ viewer { login } employee(by: {personnelNumber: "*"}) { id } }'}, Accept=MODERN)
    assert (answer.status, answer.codes) == (200, ["BAD_INPUT"])
    assert answer.json["data"] == {"viewer": {"login": "ann"}, "employee": None}
    assert answer.json["errors"][0]["path"] == ["employee"]


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (None, LEGACY),
        ("", LEGACY),
        ("*/*", LEGACY),
        ("application/*", LEGACY),
        (MODERN, MODERN),
        (LEGACY, LEGACY),
        (f"{MODERN}, {LEGACY};q=0.9", MODERN),
        (f"{LEGACY};q=0.9, {MODERN}", MODERN),
        (f"{MODERN};q=0.5, {LEGACY}", LEGACY),
        (f"{LEGACY}, {MODERN}", LEGACY),
        (f"{MODERN}, {LEGACY}", MODERN),
        (f"*/*, {MODERN}", MODERN),
        (f"{MODERN};q=0.5, */*", LEGACY),
        (f"{MODERN}, */*;q=0.1", MODERN),
        (f"{LEGACY};q=0, */*", MODERN),
        (f"{MODERN};q=0, */*", LEGACY),
        (f"*/*;q=0, {MODERN};q=0.001", MODERN),
        ("application/*;q=0, */*", None),
        ("*/*;q=0", None),
        (f"{MODERN};q=0", None),
        ("text/html", None),
        ("text/html, application/xhtml+xml, */*;q=0.8", LEGACY),
        (f"{LEGACY}; charset=utf-8", LEGACY),
        ("Application/GraphQL-Response+JSON", MODERN),
        (f"{MODERN};Q=0.2, {LEGACY};Q=0.1", MODERN),
        (f"{LEGACY}, multipart/mixed", LEGACY),
        (f"text/event-stream, {MODERN};q=0.1", MODERN),
        (f"{MODERN};q=lots, {LEGACY};q=0.1", LEGACY),
        (f"{MODERN};q=inf, {LEGACY}", LEGACY),
        (f"{MODERN};q=nan", None),
        (",,;;,", None),
    ],
)
def test_the_type_is_chosen_by_weight(accept: str | None, media: str | None) -> None:
    assert preferred(accept) == media


async def test_a_type_that_is_not_spoken_is_406(ask: Ask) -> None:
    answer = await ask(VIEWER, Accept="text/html")
    assert (answer.status, answer.media) == (406, f"{LEGACY}; charset=utf-8")


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer okno_guess",
        "Basic b2tubzpva25v",
        "okno_guess",
        "Bearer okno_" + "x" * 9000,
    ],
)
async def test_without_a_good_token_it_is_401_and_says_how(ask: Ask, authorization: str | None) -> None:
    answer = await ask(VIEWER, Authorization=authorization, Accept=MODERN)
    assert (answer.status, answer.codes) == (401, ["UNAUTHENTICATED"])
    assert answer.headers["www-authenticate"] == 'Bearer realm="okno"'
    assert "data" not in answer.json


async def test_a_token_of_the_sandbox_is_no_good_from_afar(ask: Ask) -> None:
    for client in (("10.0.0.7", 1), ("::ffff:10.0.0.7", 1), None):
        assert (await ask(VIEWER, client=client)).status == 401
    for client in (("127.0.0.9", 1), ("::1", 1), ("::ffff:127.0.0.1", 1)):
        assert (await ask(VIEWER, client=client)).status == 200


async def test_whom_no_team_names_is_not_let_in_with_a_good_token(ask: Ask) -> None:
    assert (await ask(VIEWER, login="stranger")).status == 401


async def test_who_has_several_teams_chooses_by_header(ask: Ask) -> None:
    for chosen, active in ((None, "north"), ("north", "north"), ("south", "south")):
        answer = await ask(VIEWER, login="bob", Okno_Team=chosen)
        assert answer.json["data"]["viewer"]["activeTeam"] == {"id": active}


@pytest.mark.parametrize("chosen", ["south", "east", ""])
async def test_a_team_that_is_not_theirs_is_refused(ask: Ask, chosen: str) -> None:
    answer = await ask(VIEWER, login="ann", Okno_Team=chosen, Accept=MODERN)
    assert (answer.status, answer.codes) == (400, ["BAD_INPUT"])
    assert answer.json["errors"][0]["message"] == "Okno-Team: expected the id of a team of yours"


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
    ],
)
async def test_a_body_that_a_form_could_send_is_415(ask: Ask, content_type: str | None) -> None:
    answer = await ask(VIEWER, Content_Type=content_type)
    assert (answer.status, answer.codes) == (415, ["BAD_INPUT"])


async def test_json_with_a_charset_is_json(ask: Ask) -> None:
    assert (await ask(VIEWER, Content_Type="Application/JSON; charset=utf-8")).status == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b"null",
        b'"{ viewer { login } }"',
        b"NaN",
        b"[" * 100_000,
        {},
        {"query": None},
        {"query": ""},
        {"query": 7},
        {"query": ["{ viewer { login } }"]},
        {**VIEWER, "variables": []},
        {**VIEWER, "variables": "{}"},
        {**VIEWER, "operationName": 7},
        {**VIEWER, "extensions": []},
    ],
    ids=lambda body: repr(body)[:40],
)
async def test_a_body_of_another_form_is_400(ask: Ask, body: Any) -> None:
    for media in (MODERN, LEGACY):
        answer = await ask(body, Accept=media)
        assert (answer.status, answer.codes) == (400, ["BAD_INPUT"])


async def test_a_batch_is_refused(ask: Ask) -> None:
    answer = await ask(orjson.dumps([VIEWER, VIEWER]))
    assert (answer.status, answer.codes) == (400, ["BAD_INPUT"])
    assert "batches are not served" in answer.json["errors"][0]["message"]


async def test_nulls_beside_the_query_are_as_good_as_nothing(ask: Ask) -> None:
    answer = await ask({**VIEWER, "variables": None, "operationName": None, "extensions": None, "more": 1})
    assert (answer.status, "errors" in answer.json) == (200, False)


async def test_a_body_of_too_many_bytes_is_413_before_its_end_has_come(ask: Ask) -> None:
    part = b" " * (MOST_BODY // 2)
    padded = orjson.dumps(VIEWER) + b" " * (MOST_BODY - len(orjson.dumps(VIEWER)))
    assert (await ask(padded)).status == 200
    answer = await ask([part, part, b" ", b"never asked for", None])
    assert (answer.status, answer.codes) == (413, ["LIMIT_EXCEEDED"])


async def test_a_client_that_goes_in_the_middle_breaks_nothing(ask: Ask) -> None:
    assert (await ask([b'{"query": ', None])).status == 400


async def test_no_answer_is_stored_by_anyone(ask: Ask) -> None:
    answers = [
        await ask(VIEWER),
        await ask(b"{"),
        await ask(VIEWER, Authorization=None),
        await ask(VIEWER, Accept="a/b"),
    ]
    for answer in answers:
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "Authorization" in answer.headers["vary"]


class Broken:
    """A road that breaks, or answers what no JSON can carry."""

    def __init__(self, data: Any = None) -> None:
        self._data = data

    async def answer(self, _request: object, _viewer: object) -> Reply:
        if self._data is None:
            raise RuntimeError("secret of the inside")
        return Reply({"data": self._data}, True, "trace")


@pytest.mark.parametrize("data", [None, {"big": 2**70}, {"half": "\ud800"}], ids=["raises", "too big", "no text"])
async def test_a_defect_of_ours_is_a_coded_500_that_tells_nothing(
    data: Any, store: Store, installation: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    tokens = Tokens(store)
    token = await tokens.give("ann")
    endpoint: Any = Endpoint(Broken(data), callers_of(store, installation))  # type: ignore[arg-type]
    application = Starlette(routes=[Route("/graphql", endpoint.answer, methods=["POST"])])
    headers = {"Authorization": f"Bearer {token}", "Content-Type": LEGACY, "Accept": MODERN}
    answer = await post(application, [orjson.dumps(VIEWER)], headers)
    assert (answer.status, answer.codes, answer.media) == (500, ["INTERNAL"], f"{MODERN}; charset=utf-8")
    assert b"secret of the inside" not in answer.body
    assert answer.json["errors"][0]["extensions"]["traceId"] in caplog.text


class Ending:
    """A doorkeeper whose caller is known once and never again."""

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer
        self._asked = 0

    async def caller(self, _http: object) -> Caller | Refusal:
        self._asked += 1
        return Caller("ann", "SESSION") if self._asked == 1 else Refusal(401, "UNAUTHENTICATED", "no longer")

    def viewer(self, _caller: Caller, _team: str | None = None) -> Viewer | None:
        return self._viewer


async def test_rights_that_end_while_the_body_is_on_its_way_answer_nothing(installation: Installation) -> None:
    viewer = viewers_of(installation).viewer("ann")
    assert viewer is not None
    road = Broken({"told": True})
    endpoint: Any = Endpoint(road, Ending(viewer))
    application = Starlette(routes=[Route("/graphql", endpoint.answer, methods=["POST"])])
    headers = {"Content-Type": LEGACY, "Accept": MODERN}
    answer = await post(application, [orjson.dumps(VIEWER)], headers)
    assert (answer.status, answer.codes) == (401, ["UNAUTHENTICATED"])
    assert b"told" not in answer.body


async def test_a_policy_that_cannot_be_confirmed_answers_nothing(store: Store, installation: Installation) -> None:
    token = await Tokens(store).give("ann")
    road = Broken({"told": True})
    endpoint: Any = Endpoint(road, callers_of(store, installation), lambda: False)  # type: ignore[arg-type]
    application = Starlette(routes=[Route("/graphql", endpoint.answer, methods=["POST"])])
    headers = {"Authorization": f"Bearer {token}", "Content-Type": LEGACY, "Accept": MODERN}
    answer = await post(application, [orjson.dumps(VIEWER)], headers)
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert b"told" not in answer.body
