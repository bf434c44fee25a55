"""GraphiQL in a real browser: it signs in, asks, explains the schema, and talks to nobody but the gateway."""

import uuid

from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import Witness
from tests.process.okno import Running, asked

READY_MS = 30_000


def sign_in(page: Page, gateway_url: str, token: str) -> None:
    page.goto(f"{gateway_url}/graphiql")
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Use").click()
    wait_for_editor(page)


def wait_for_editor(page: Page) -> None:
    """The button to run shows before the code editors, which load by themselves, have their text."""
    expect(page.locator(".graphiql-query-editor .view-line").first).to_be_visible(timeout=READY_MS)
    expect(page.locator(".graphiql-response .monaco-editor")).to_be_visible(timeout=READY_MS)


def run_query(page: Page) -> None:
    page.get_by_role("button", name="Execute query").click()


def answer(page: Page) -> str:
    """The response as text: the code editor puts non-breaking spaces where the text has plain ones."""
    text = page.locator(".graphiql-response .view-lines").inner_text()
    return text.replace("\u00a0", " ")


def test_without_a_token_it_says_how_to_get_one(page: Page, gateway_url: str, witness: Witness) -> None:
    page.goto(f"{gateway_url}/graphiql")
    expect(page).to_have_title("Okno · GraphiQL")
    expect(page.locator("main")).to_contain_text("okno token analyst")
    assert not [url for url in witness.requests if url.endswith("/graphql")]
    assert witness.strangers() == []
    assert witness.complaints == []


def test_the_first_query_runs_and_its_answer_shows(
    page: Page, gateway_url: str, analyst_token: str, witness: Witness
) -> None:
    sign_in(page, gateway_url, analyst_token)
    run_query(page)
    response = page.locator(".graphiql-response")
    expect(response).to_contain_text('"login"', timeout=READY_MS)
    expect(response).to_contain_text('"display"')
    assert '"errors"' not in answer(page)
    assert witness.strangers() == []
    assert witness.complaints == []


def test_the_editor_works_in_workers_of_the_gateway_alone(
    page: Page, gateway_url: str, analyst_token: str, witness: Witness
) -> None:
    workers: list[str] = []
    page.on("worker", lambda worker: workers.append(worker.url))
    with page.expect_worker(lambda worker: "/editor.worker" in worker.url, timeout=READY_MS):
        sign_in(page, gateway_url, analyst_token)
    # The GraphQL worker alone knows the schema: a mark under a wrong field proves that it runs.
    editor = page.locator(".graphiql-query-editor")
    editor.locator(".view-lines").click()
    page.keyboard.press("Control+A")
    page.keyboard.type("{ noSuchFieldHere }")
    expect(editor.locator(".squiggly-error")).to_be_visible(timeout=READY_MS)
    assert any("/graphql.worker" in url for url in workers)
    assert all(url.startswith(f"{gateway_url}/assets/") for url in workers)
    assert witness.strangers() == []
    assert witness.complaints == []


def test_the_documentation_shows_the_schema(page: Page, gateway_url: str, analyst_token: str, witness: Witness) -> None:
    sign_in(page, gateway_url, analyst_token)
    page.get_by_role("button", name="Show Documentation Explorer").click()
    docs = page.locator(".graphiql-plugin")
    docs.get_by_role("link", name="Query", exact=True).click()
    expect(docs).to_contain_text("employee")
    assert witness.complaints == []


def test_the_explorer_offers_the_fields_of_the_schema(
    page: Page, gateway_url: str, analyst_token: str, witness: Witness
) -> None:
    sign_in(page, gateway_url, analyst_token)
    page.get_by_role("button", name="Show GraphiQL Explorer").click()
    expect(page.locator(".graphiql-explorer-root")).to_contain_text("employee")
    assert witness.complaints == []


def test_a_refused_token_is_told_in_words_and_no_editor_shows(page: Page, gateway_url: str, witness: Witness) -> None:
    page.goto(f"{gateway_url}/graphiql")
    page.get_by_label("Token").fill("not-a-token-of-this-gateway")
    page.get_by_role("button", name="Use").click()
    expect(page.locator("main [role=alert]")).to_contain_text("did not accept this token")
    assert page.locator(".graphiql-container").count() == 0
    assert witness.complaints == []


def test_a_token_withdrawn_while_working_takes_the_answers_off_the_screen(
    page: Page, gateway_url: str, analyst_token: str, witness: Witness
) -> None:
    sign_in(page, gateway_url, analyst_token)
    run_query(page)
    expect(page.locator(".graphiql-response")).to_contain_text('"login"', timeout=READY_MS)

    def refuse(route: Route) -> None:
        route.fulfill(status=401, body="")

    page.route("**/graphql", refuse)
    run_query(page)
    expect(page.locator("main [role=alert]")).to_contain_text("did not accept this token")
    assert page.locator(".graphiql-container").count() == 0
    page.unroute("**/graphql", refuse)
    page.get_by_label("Token").fill(analyst_token)
    page.get_by_role("button", name="Use").click()
    wait_for_editor(page)
    run_query(page)
    expect(page.locator(".graphiql-response")).to_contain_text('"login"', timeout=READY_MS)
    assert witness.complaints == []


def test_another_token_asks_for_the_schema_anew(page: Page, gateway_url: str, analyst_token: str) -> None:
    sign_in(page, gateway_url, analyst_token)
    page.get_by_role("button", name="Forget").click()
    expect(page.locator("main")).to_contain_text("okno token analyst")
    page.get_by_label("Token").fill(analyst_token)
    with page.expect_request(lambda request: "IntrospectionQuery" in (request.post_data or "")) as asked:
        page.get_by_role("button", name="Use").click()
    assert asked.value.headers["authorization"] == f"Bearer {analyst_token}"
    assert asked.value.headers["accept"] == "application/graphql-response+json, application/json"


def test_a_token_in_the_address_is_taken_over_and_leaves_no_trace(
    page: Page, gateway_url: str, analyst_token: str
) -> None:
    page.goto(f"{gateway_url}/graphiql#token={analyst_token}")
    wait_for_editor(page)
    assert page.url == f"{gateway_url}/graphiql"
    assert analyst_token in str(page.evaluate("Object.values(sessionStorage)"))
    assert analyst_token not in str(page.evaluate("Object.values(localStorage)"))
    page.get_by_role("button", name="Forget").click()
    assert analyst_token not in str(page.evaluate("Object.values(sessionStorage)"))


BRIGHTNESS = """([selector, property]) => {
  const colour = getComputedStyle(document.querySelector(selector))[property];
  const [red, green, blue] = colour.match(/[\\d.]+/g).map(Number);
  return (red + green + blue) / 3 / 255;
}"""
TEXT = [".graphiql-query-editor .monaco-editor", "color"]
BAR = [".sign-in", "backgroundColor"]


def wait_for_brightness(page: Page, of: list[str], *, bright: bool) -> None:
    """The page follows in its own time, after the browser has told it: no single look is the last word."""
    page.wait_for_function(f"of => ({BRIGHTNESS})(of) {'> 0.6' if bright else '< 0.4'}", arg=of, timeout=READY_MS)


def test_night_and_day_follow_the_system(page: Page, gateway_url: str, analyst_token: str, witness: Witness) -> None:
    sign_in(page, gateway_url, analyst_token)
    for night in (False, True, False):
        page.emulate_media(color_scheme="dark" if night else "light")
        wait_for_brightness(page, TEXT, bright=night)
        wait_for_brightness(page, BAR, bright=not night)
    assert witness.complaints == []


def done_ticket(gateway_url: str, token: str) -> str:
    """A run of an operation that has been done. Returns: its id."""
    found = asked(gateway_url, '{ employee(by: {login: "employee"}) { id } }', token)[1]["data"]["employee"]["id"]
    wish = {"queue": "Helpdesk-BR", "subject": "No sound", "text": "There is none.", "idempotencyKey": uuid.uuid4().hex}
    query = (
        "mutation($input: CreateTicketInput!) { createTicket(input: $input) { operation { id } problems { code } } }"
    )
    given = {"input": {**wish, "employee": found, "mode": "APPLY", "purpose": {"reason": "because of the test"}}}
    _status, body = asked(gateway_url, query, token, given)
    id_: str = body["data"]["createTicket"]["operation"]["id"]
    return id_


def test_a_run_is_followed_until_it_has_ended(page: Page, running: Running, gateway_url: str, witness: Witness) -> None:
    token = running.token("helpdesk.br")
    run = done_ticket(gateway_url, token)
    sign_in(page, gateway_url, token)
    page.locator(".graphiql-query-editor .view-lines").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(f'subscription {{ operation(id: "{run}") {{ name state }} }}')
    with page.expect_websocket() as opened:
        run_query(page)
    assert opened.value.url == f"{gateway_url.replace('http', 'ws')}/graphql"
    response = page.locator(".graphiql-response")
    expect(response).to_contain_text('"SUCCEEDED"', timeout=READY_MS)
    assert '"errors"' not in answer(page)
    # it has ended, so there is nothing to stop
    expect(page.get_by_role("button", name="Execute query")).to_be_visible(timeout=READY_MS)
    assert witness.strangers() == []
    assert witness.complaints == []
