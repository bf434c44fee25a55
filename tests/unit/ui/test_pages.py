"""What the routes of the pages answer, over a folder that looks like a build."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.types import Message

from ui.pages import TYPES, routes

SECRET = "not for anyone's eyes"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "built"
    (folder / "assets").mkdir(parents=True)
    (folder / "graphiql.html").write_text("<!doctype html><title>Okno · GraphiQL</title>", encoding="utf-8")
    (folder / "stamp").write_text(SECRET, encoding="ascii")
    (folder / "secret.js").write_text(SECRET, encoding="ascii")
    (tmp_path / "secret.js").write_text(SECRET, encoding="ascii")
    for suffix in TYPES:
        (folder / "assets" / f"part-Ab_1-x{suffix}").write_bytes(b"content")
    (folder / "assets" / "notes.txt").write_text(SECRET, encoding="ascii")
    return folder


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


async def get(built: Path, path: str, method: str = "GET") -> Answer:
    """Asks with the path as it stands, as a server hands it over: HTTP clients tidy dots away before they ask."""
    return await ask(Starlette(routes=routes(built)), path, method)


async def ask(application: Starlette, path: str, method: str = "GET") -> Answer:
    sent: list[Message] = []

    async def receive() -> Message:
        await asyncio.Event().wait()  # the client stays and sends nothing more
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "http_version": "1.1", "method": method, "scheme": "http", "server": ("okno", 80)}
    scope |= {"path": path, "raw_path": path.encode(), "root_path": "", "query_string": b"", "headers": []}
    await application(scope, receive, send)
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent[1:]))


async def test_the_page_is_html_asked_for_anew_each_time(built: Path) -> None:
    answer = await get(built, "/graphiql")
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert "Okno · GraphiQL" in answer.text


async def test_the_page_may_load_from_its_own_origin_only(built: Path) -> None:
    answer = await get(built, "/graphiql")
    rules = dict(rule.split(" ", 1) for rule in answer.headers["content-security-policy"].split("; "))
    assert rules.pop("default-src") == "'none'"
    assert rules == {
        "script-src": "'self'",
        "style-src": "'self' 'unsafe-inline'",
        "font-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "worker-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }


async def test_a_file_is_kept_for_good(built: Path) -> None:
    answer = await get(built, "/assets/part-Ab_1-x.js")
    assert answer.status == 200
    assert answer.body == b"content"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_worker_may_not_evaluate_strings_either(built: Path) -> None:
    answer = await get(built, "/assets/part-Ab_1-x.js")
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert "unsafe-eval" not in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("suffix", "expected"),
    [
        (".js", "text/javascript; charset=utf-8"),
        (".css", "text/css; charset=utf-8"),
        (".svg", "image/svg+xml"),
        (".ttf", "font/ttf"),
        (".woff2", "font/woff2"),
    ],
)
async def test_a_file_has_the_type_browsers_want(built: Path, suffix: str, expected: str) -> None:
    answer = await get(built, f"/assets/part-Ab_1-x{suffix}")
    assert answer.headers["content-type"] == expected


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../secret.js",
        "/assets/../../secret.js",
        "/assets/..\\secret.js",
        "/assets/./../secret.js",
        "/assets//etc/passwd",
        "/assets/a/../../secret.js",
        "/assets/part-Ab_1-x.js/../../secret.js",
        "/assets/part-Ab_1-x.js\x00.js",
        "/assets/.",
        "/assets/..",
        "/assets/",
    ],
)
async def test_no_path_leads_out_of_the_folder(built: Path, path: str) -> None:
    answer = await get(built, path)
    assert answer.status == 404
    assert SECRET not in answer.text


@pytest.mark.parametrize("address", ["/assets/notes.txt", "/assets/gone-12345678.js", "/stamp", "/assets/stamp"])
async def test_only_files_of_a_known_kind_are_served(built: Path, address: str) -> None:
    answer = await get(built, address)
    assert answer.status == 404
    assert "immutable" not in answer.headers.get("cache-control", "")


async def test_a_missing_build_is_told_with_the_way_to_build(tmp_path: Path) -> None:
    answer = await get(tmp_path / "nothing", "/graphiql")
    assert answer.status == 503
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert "have not been built" in answer.text
    assert "pip install" in answer.text


async def test_a_build_made_after_the_start_is_served(tmp_path: Path) -> None:
    application = Starlette(routes=routes(tmp_path))
    before = await ask(application, "/graphiql")
    (tmp_path / "graphiql.html").write_text("<!doctype html>", encoding="utf-8")
    after = await ask(application, "/graphiql")
    assert (before.status, after.status) == (503, 200)


@pytest.mark.parametrize("address", ["/graphiql", "/assets/part-Ab_1-x.js"])
async def test_pages_and_files_are_only_read(built: Path, address: str) -> None:
    assert (await get(built, address, "POST")).status == 405
    assert (await get(built, address, "HEAD")).status == 200
