"""Routes of the built pages: each page's HTML under its own address, its files under /assets."""

import re
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

BUILT = Path(__file__).parent / "built"

NOT_BUILT = (
    "The pages of Okno have not been built: run `pip install .` (or `pip install -e .`) in Okno's source folder "
    "without OKNO_SKIP_UI, then start the gateway again.\n"
)

# Nothing from another origin and no evaluated string, ever. Two concessions to the code editor (Monaco), each tried
# without: it writes its themes into <style> elements and lays out lines by style attributes, and knows no nonce; and
# its style sheet holds small pictures as data. Its workers are files of ours and need no blob.
CONTENT_RULES = "; ".join(  # noqa: FLY002  # a rule a line reads better
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "font-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)

# A worker lives by the rules sent with its own script, so that the files carry rules too.
FILE_RULES = "default-src 'none'; script-src 'self'; connect-src 'self'"

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}

# Written out because the table of the machine may lack them or differ; a wrong type stops a module from running.
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".wasm": "application/wasm",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}

# The build puts every file straight into one folder; a name with a way out of it never reaches the disk.
FILE_NAME = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+")


def routes(built: Path | None = None) -> list[BaseRoute]:
    """The addresses of the pages, for the gateway's application.

    `built` is the folder the front end was built into; by default the one inside this package. It may be built
    after the start: each request looks at what is there.
    """
    folder = BUILT if built is None else built

    async def graphiql(_: Request) -> Response:
        return page(folder / "graphiql.html")

    async def asset(request: Request) -> Response:
        return file(folder / "assets", request.path_params["name"])

    return [
        Route("/graphiql", graphiql, methods=["GET"], name="graphiql"),
        Route("/assets/{name:path}", asset, methods=["GET"], name="assets"),
    ]


def page(html: Path) -> Response:
    """One built page, always asked for anew; 503 with a way out when it has not been built."""
    if not html.is_file():
        return PlainTextResponse(NOT_BUILT, status_code=503, headers={**EVERYWHERE, "Cache-Control": "no-store"})
    headers = {
        **EVERYWHERE,
        "Content-Security-Policy": CONTENT_RULES,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-cache",
    }
    return FileResponse(html, media_type="text/html; charset=utf-8", headers=headers)


def file(folder: Path, name: str) -> Response:
    """One built file, kept by the browser for good: its name changes with its content."""
    media_type = TYPES.get(Path(name).suffix)
    path = folder / name
    if media_type is None or FILE_NAME.fullmatch(name) is None or not path.is_file():
        return PlainTextResponse("There is no such file.\n", status_code=404, headers=EVERYWHERE)
    headers = {
        **EVERYWHERE,
        "Content-Security-Policy": FILE_RULES,
        "Cache-Control": "public, max-age=31536000, immutable",
    }
    return FileResponse(path, media_type=media_type, headers=headers)
