"""Questions and changes over HTTP, in each client: what its user is given of what the gateway answers."""

import asyncio
import uuid
from collections.abc import Callable
from typing import Any, Final

import pytest

from tests.clients.documents import BY_LOGIN, CREATE, INVALID, PARTIAL, READ, TEAM, TICKETS, plain
from tests.clients.runs import Runs
from tests.clients.script import Clients, Line, Script
from tests.process.okno import Running, asked

HTTP: Final = ("apollo", "gql", "graphql_http", "relay", "urql")
NEWER: Final = "shoeSize: Int"
"""A field of the schema that a client was made with and that this gateway does not have (yet, or any more)."""
ACCEPTED: Final = {
    "apollo": "application/graphql-response+json,application/json;q=0.9",
    "graphql_http": "application/graphql-response+json, application/json",
    "urql": "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed",
}
"""What each says it takes, for everything but subscriptions and what is deferred."""
Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def ask(clients: Clients, relay: Callable[..., dict[str, Any]]) -> Ask:
    """One question of one client, at its end."""

    async def asked_of(name: str, document: str, added: str = "", **job: Any) -> Script:
        made = relay(document, added) if name == "relay" else {}
        return await clients.told(name, document, **made, **job)

    return asked_of


def codes(line: Line) -> list[str]:
    return [each["extensions"]["code"] for each in line["errors"]]


@pytest.mark.parametrize("name", HTTP)
async def test_a_question_with_variables_is_answered_with_data(
    ask: Ask, running: Running, token: str, name: str
) -> None:
    _status, body = asked(running.url, READ, token, BY_LOGIN)
    script = await ask(name, READ, variables=BY_LOGIN)
    (line,) = script.of("next")
    assert body["data"]["employee"]["login"] == BY_LOGIN["login"]
    # Relay asks for `id` whether or not the document does, and gives what the document asks for
    assert plain(line["data"]) == body["data"]
    assert not line.get("errors")
    assert script.kinds("next", "error", "complete") == ["next", "complete"]


@pytest.mark.parametrize("name", HTTP)
async def test_who_is_in_two_teams_says_for_which_one_they_ask(ask: Ask, running: Running, name: str) -> None:
    lead = await asyncio.to_thread(running.token, "lead")
    for team in ("helpdesk_br", "helpdesk_second_line"):
        script = await ask(name, TEAM, variables={}, token=lead, team=team)
        (line,) = script.of("next")
        assert plain(line["data"]) == {"viewer": {"login": "lead", "activeTeam": {"id": team}}}


@pytest.mark.parametrize("name", sorted(ACCEPTED))
async def test_an_ordinary_answer_is_json_whatever_else_a_client_takes(ask: Ask, name: str) -> None:
    script = await ask(name, READ, variables=BY_LOGIN)
    (question,), (answer,) = script.of("asked"), script.of("answered")
    assert question["method"] == "POST"
    assert question["accept"] == ACCEPTED[name]
    assert answer == {
        "kind": "answered",
        "status": 200,
        "type": "application/graphql-response+json; charset=utf-8",
    }


@pytest.mark.parametrize("name", HTTP)
async def test_what_may_not_be_seen_is_null_beside_the_rest(ask: Ask, name: str) -> None:
    document = PARTIAL.replace("personal", "personal @catch(to: RESULT)") if name == "relay" else PARTIAL
    script = await ask(name, document, variables=BY_LOGIN)
    (line,) = script.of("next")
    employee = line["data"]["employee"]
    assert employee["login"] == BY_LOGIN["login"]
    if name == "relay":  # it gives no error beside data: a field says that it wants to be told of its own
        assert employee["personal"]["ok"] is False
        assert employee["personal"]["errors"]
        return
    assert employee["personal"] is None
    assert codes(line) == ["FORBIDDEN_FIELD"]
    assert line["errors"][0]["path"] == ["employee", "personal"]


@pytest.mark.parametrize("name", HTTP)
async def test_a_document_that_does_not_fit_the_schema_is_refused_with_its_code(ask: Ask, name: str) -> None:
    script = await ask(name, INVALID, NEWER, variables=BY_LOGIN)
    (line,) = script.of("error")
    assert script.of("next") == []
    if name == "graphql_http":  # it does not look into an answer that is not 200
        assert line["status"] == 400
        assert '"VALIDATION_FAILED"' in line["body"]
        return
    assert codes(line) == ["VALIDATION_FAILED"]
    assert "shoeSize" in line["errors"][0]["message"]


@pytest.mark.parametrize("shown", [None, "nobody's"])
@pytest.mark.parametrize("name", HTTP)
async def test_whoever_is_nobody_here_is_told_so(ask: Ask, name: str, shown: str | None) -> None:
    script = await ask(name, READ, variables=BY_LOGIN, token=shown)
    (line,) = script.of("error")
    assert script.of("next") == []
    assert [each["status"] for each in script.of("answered")] == ([] if name == "gql" else [401])
    if name == "graphql_http":
        assert line["status"] == 401
        assert '"UNAUTHENTICATED"' in line["body"]
        return
    assert codes(line) == ["UNAUTHENTICATED"]


@pytest.mark.parametrize("name", HTTP)
async def test_a_preview_shows_a_plan_and_does_nothing(ask: Ask, running: Running, runs: Runs, name: str) -> None:
    def tickets() -> Any:
        _status, body = asked(running.url, TICKETS, runs.doer, BY_LOGIN, **{"Cache-Control": "no-cache"})
        return body["data"]["employee"]["tickets"]["edges"]

    before = await asyncio.to_thread(tickets)
    said = {"employee": runs.employee, "queue": "Helpdesk-BR", "subject": "No sound", "text": "There is none."}
    wish = {**said, "idempotencyKey": uuid.uuid4().hex, "mode": "PREVIEW", "purpose": {"reason": "because of the test"}}
    script = await ask(name, CREATE, variables={"input": wish})
    (line,) = script.of("next")
    created = plain(line["data"]["createTicket"])
    assert len(created["plan"]["hash"]) == 64
    assert created["operation"] is None
    assert created["problems"] == []
    assert not line.get("errors")
    assert await asyncio.to_thread(tickets) == before


@pytest.mark.parametrize("name", HTTP)
async def test_what_is_missing_for_a_change_is_data_and_no_error(ask: Ask, runs: Runs, name: str) -> None:
    said = {"employee": runs.employee, "queue": "Helpdesk-BR", "subject": "No sound", "text": "There is none."}
    script = await ask(name, CREATE, variables={"input": {**said, "idempotencyKey": uuid.uuid4().hex, "mode": "APPLY"}})
    (line,) = script.of("next")
    created = plain(line["data"]["createTicket"])
    assert created["operation"] is None
    assert [each["code"] for each in created["problems"]] == ["REASON_REQUIRED"]
