"""A running gateway and a real browser for the tests of pages."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, WebSocket, sync_playwright

from tests.process.okno import Running, sandbox_running

CHROMIUM = os.environ.get("OKNO_E2E_CHROMIUM", "/usr/bin/chromium")
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs a browser."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.e2e)


# No slots: Playwright keeps a mark on the object whose methods it calls.
@dataclass
class Witness:
    """What a page asked for and complained of while a test used it."""

    origin: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def saw_request(self, request: Request) -> None:
        self.requests.append(request.url)

    def saw_socket(self, socket: WebSocket) -> None:
        self.requests.append(socket.url)

    def heard(self, message: ConsoleMessage) -> None:
        # A refused or failed answer is told to the console by the browser itself; tests of refusals look at the page.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def strangers(self) -> list[str]:
        """Addresses outside the gateway's own origin."""
        ours = (f"{self.origin}/", f"blob:{self.origin}/", f"{self.origin.replace('http', 'ws', 1)}/")
        return [url for url in self.requests if not url.startswith(ours)]


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The made-up company, started as a user starts it."""
    with sandbox_running(tmp_path_factory.mktemp("okno")) as started:
        yield started


@pytest.fixture(scope="session")
def gateway_url(running: Running) -> str:
    """Where the gateway under test answers."""
    return running.url


@pytest.fixture(scope="session")
def analyst_token(running: Running) -> str:
    """A bearer token that this gateway accepts."""
    return running.token("analyst")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=list(SWITCHES))
        yield opened
        opened.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    fresh = browser.new_context(
        viewport={"width": 1280, "height": 800},
        locale="en-GB",
        timezone_id="UTC",
        color_scheme="light",
        reduced_motion="reduce",
    )
    yield fresh
    fresh.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def witness(page: Page, gateway_url: str) -> Witness:
    parts = urlsplit(gateway_url)
    seen = Witness(f"{parts.scheme}://{parts.netloc}")
    page.on("request", seen.saw_request)
    page.on("websocket", seen.saw_socket)
    page.on("console", seen.heard)
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    return seen
