"""The rules that the gateway sends with its pages, as a real browser keeps them."""

from playwright.sync_api import Page

from tests.e2e.conftest import Witness

INJECTED = """() => new Promise(done => {
  const heard = [];
  document.addEventListener("securitypolicyviolation", event => heard.push(event.effectiveDirective));
  const script = document.createElement("script");
  script.textContent = "window.injected = true";
  document.body.append(script);
  const picture = new Image();
  picture.src = "http://127.0.0.2:9/stolen";
  fetch("http://127.0.0.2:9/stolen").catch(() => {});
  setTimeout(() => done([window.injected ?? false, [...new Set(heard)].sort()]), 500);
})"""


def test_a_script_that_was_smuggled_in_neither_runs_nor_calls_anywhere(
    page: Page, gateway_url: str, witness: Witness
) -> None:
    answer = page.goto(f"{gateway_url}/graphiql")
    assert answer is not None
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    ran, heard = page.evaluate(INJECTED)
    assert ran is False
    assert heard == ["connect-src", "img-src", "script-src-elem"]
    assert len(witness.complaints) >= 3


def test_a_page_elsewhere_cannot_ask_in_our_name_or_frame_us(page: Page, gateway_url: str) -> None:
    framing = f"<!doctype html><title>Elsewhere</title><iframe src='{gateway_url}/graphiql'></iframe>"
    page.route("http://localhost:9/", lambda route: route.fulfill(body=framing, content_type="text/html"))
    page.goto("http://localhost:9/")
    for mode in ("no-cors", "cors"):
        with page.expect_event("requestfailed", lambda request: request.url.endswith("/graphql")) as failed:
            told = page.evaluate(
                """([url, mode]) => fetch(`${url}/graphql`, {method: "POST", mode, body: "{}"})
                    .then(() => "answered", () => "refused")""",
                [gateway_url, mode],
            )
        assert failed.value.headers["origin"] == "http://localhost:9"
        assert told == "refused"
    frame = page.frames[1]
    assert frame.locator("#page").count() == 0
