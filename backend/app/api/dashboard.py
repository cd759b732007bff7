"""The dashboard at /: the built pages of frontend/, or where they are not built, how to build them."""

from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import Message, Receive, Scope, Send

from app.api.requests.marks import policy_of
from app.core.errors import PathNotFound
from app.core.settings import Settings

PLACES = (
    "connections", "connectors", "jobs", "transformations", "datasets", "lineage", "quality", "personal-data",
    "quarantine", "settings",
)  # fmt: skip
"""What the pages' addresses begin with; all else at the root stays a problem of the API."""

_IN_THE_CHECKOUT = Path(__file__).parents[3] / "frontend" / "dist"
_FOR_EVER = "public, max-age=31536000, immutable"

_NOT_BUILT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Atlas</title>
<style>
  :root { color-scheme: light dark; }
  body { font: 16px/1.5 system-ui, sans-serif; margin: 0; min-height: 100vh; display: grid; place-items: center; }
  main { max-width: 34rem; padding: 2rem; }
</style>
</head>
<body><main>
<h1>Atlas runs; its dashboard is not built</h1>
<p>In the checkout, <code>make dashboard</code> builds it with Node 20 or newer, or with a Node of its own where there
is none. Then load this page again.</p>
<p>The API is there meanwhile: <a href="/docs">its documentation</a>, <a href="/health">its health</a>.</p>
</main></body>
</html>"""


class Assets:
    """Files whose names change with what is in them: compressed, and kept by browsers for ever."""

    def __init__(self, folder: Path) -> None:
        self._files = GZipMiddleware(StaticFiles(directory=folder, check_dir=False))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def kept(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                message["headers"] = [
                    *message["headers"],
                    (b"cache-control", _FOR_EVER.encode()),
                ]
            await send(message)

        await self._files(scope, receive, kept)


def install(app: FastAPI, settings: Settings) -> None:
    folder = settings.dashboard_folder or _IN_THE_CHECKOUT
    app.mount("/assets", Assets(folder / "assets"), name="dashboard")

    async def page(request: Request) -> HTMLResponse:
        """The one page that all places are drawn in; what is built while Atlas runs is shown at once.

        Errors: PathNotFound for a program: a client of Airbyte's API whose host lacks the path asks for /jobs too.
        """
        if request.url.path != "/" and "text/html" not in request.headers.get("accept", ""):
            raise PathNotFound(
                "There are pages for people here: the host of an Airbyte client must end with /api/public/v1."
            )
        built = folder / "index.html"
        html = built.read_text() if built.is_file() else _NOT_BUILT
        headers = {"Content-Security-Policy": policy_of(html), "Cache-Control": "no-cache"}
        return HTMLResponse(html, headers=headers)

    async def icon() -> Response:
        drawn = folder / "favicon.svg"
        return FileResponse(drawn) if drawn.is_file() else Response(status_code=404)

    app.add_api_route("/favicon.svg", icon, include_in_schema=False)
    for path in ("/", *(f"/{place}{rest}" for place in PLACES for rest in ("", "/{rest:path}"))):
        app.add_api_route(path, page, include_in_schema=False)
